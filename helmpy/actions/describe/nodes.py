"""Nodes, with the pods on them and what those ask for."""

from typing import Any

from cluster_core.apimachinery import quantity
from cluster_core.apimachinery.gvk import GVR
from helmpy.actions.describe.context import Context, date
from helmpy.actions.describe.pods import marks
from helmpy.actions.describe.writer import Writer

ROLE_LABEL = "node-role.kubernetes.io/"
LEASES = GVR("coordination.k8s.io", "v1", "leases")
INFO = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
)


def node(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A node."""
    metadata, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    labels = metadata.get("labels") or {}
    w.field(0, "Name", metadata["name"])
    roles = sorted(key.removeprefix(ROLE_LABEL) for key in labels if key.startswith(ROLE_LABEL))
    w.field(0, "Roles", ",".join(roles) or "<none>")
    marks(w, obj)
    w.field(0, "CreationTimestamp", date(metadata["creationTimestamp"]))
    taints = [f"{t['key']}{'=' + t['value'] if t.get('value') else ''}:{t['effect']}" for t in spec.get("taints") or []]
    w.field(0, "Taints", "\n".join(taints) or "<none>")
    w.field(0, "Unschedulable", bool(spec.get("unschedulable")))
    _lease(w, metadata["name"], context)
    conditions = status.get("conditions") or []
    if conditions:
        w.line(0, "Conditions:")
        w.rows(
            1,
            ["Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message"],
            [
                [
                    c["type"],
                    c["status"],
                    date(c.get("lastHeartbeatTime")),
                    date(c.get("lastTransitionTime")),
                    c.get("reason", ""),
                    c.get("message", ""),
                ]
                for c in conditions
            ],
        )
    w.line(0, "Addresses:")
    for address in status.get("addresses") or []:
        w.field(1, address["type"], address["address"])
    for name in ("capacity", "allocatable"):
        if status.get(name):
            w.line(0, f"{name.title()}:")
            for resource, quantity in sorted(status[name].items()):
                w.field(1, resource, quantity)
    w.line(0, "System Info:")
    info = status.get("nodeInfo") or {}
    for label, field in INFO:
        w.field(1, label, info.get(field, ""))
    for label, field in (("PodCIDR", "podCIDR"), ("ProviderID", "providerID")):
        if spec.get(field):
            w.field(0, label, spec[field])
    if spec.get("podCIDRs"):
        w.field(0, "PodCIDRs", ",".join(spec["podCIDRs"]))
    _pods(w, metadata["name"], status.get("allocatable") or {}, context)


def _lease(w: Writer, name: str, context: Context) -> None:
    lease = context.get(LEASES, name, "kube-node-lease")
    if isinstance(lease, str):
        w.field(0, "Lease", f"Failed to get lease: {lease}")
        return
    spec = lease.get("spec") or {}
    w.line(0, "Lease:")
    w.field(1, "HolderIdentity", spec.get("holderIdentity", "<unset>"))
    w.field(1, "AcquireTime", date(spec.get("acquireTime")))
    w.field(1, "RenewTime", date(spec.get("renewTime")))


def _pods(w: Writer, name: str, allocatable: dict[str, str], context: Context) -> None:
    found = [
        pod
        for pod in context.all(GVR("", "v1", "pods"), field_selector=f"spec.nodeName={name}")
        if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
    ]
    w.field(0, "Non-terminated Pods", f"({len(found)} in total)")
    rows = []
    totals: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    for pod in found:
        asked = {kind: _asked(pod, kind) for kind in totals}
        for kind, amounts in asked.items():
            for resource, amount in amounts.items():
                totals[kind][resource] = quantity.add(totals[kind].get(resource, "0"), amount)
        cells = [
            _share(asked[kind].get(r), allocatable.get(r)) for r in ("cpu", "memory") for kind in ("requests", "limits")
        ]
        age = context.age(pod["metadata"]["creationTimestamp"])
        rows.append([pod["metadata"]["namespace"], pod["metadata"]["name"], *cells, age])
    headings = ["Namespace", "Name", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age"]
    w.rows(1, headings, rows)
    w.line(0, "Allocated resources:")
    w.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)")
    names = ["cpu", "memory", "ephemeral-storage"]
    w.rows(
        1,
        ["Resource", "Requests", "Limits"],
        [[r, *(_share(totals[kind].get(r), allocatable.get(r)) for kind in totals)] for r in names],
    )


def _asked(pod: dict[str, Any], kind: str) -> dict[str, str]:
    """What a pod's containers ask for together."""
    total: dict[str, str] = {}
    for container in pod["spec"]["containers"]:
        for resource, text in ((container.get("resources") or {}).get(kind) or {}).items():
            total[resource] = quantity.add(total.get(resource, "0"), text)
    return total


def _share(amount: str | None, allocatable: str | None) -> str:
    if amount is None:
        return "0 (0%)"
    whole = quantity.milli(allocatable) if allocatable else 0
    percent = int(quantity.milli(amount) / whole * 100) if whole else 0
    return f"{amount} ({percent}%)"
