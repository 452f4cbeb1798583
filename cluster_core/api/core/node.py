"""Node: allocatable defaults, CIDR lists, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, UNKNOWN, get
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.apimachinery import conditions

_ROLE_PREFIX = "node-role.kubernetes.io/"


def default(node: Object) -> None:
    """Everything is allocatable unless said otherwise."""
    status = node["status"]
    for name in ("capacity", "allocatable"):
        if name in status:
            round_up(status[name])
    if "capacity" in status and "allocatable" not in status:
        status["allocatable"] = dict(status["capacity"])
    spec = node["spec"]
    if spec.get("podCIDRs"):
        spec["podCIDR"] = spec["podCIDRs"][0] if not spec.get("podCIDR") else spec["podCIDR"]
    elif spec.get("podCIDR"):
        spec["podCIDRs"] = [spec["podCIDR"]]


def prepare(new: Object, old: Object | None) -> None:
    """Status is kept through updates; a node may be created with one."""
    if old is not None:
        new["status"] = old["status"]


def _status(node: Object, _now: float) -> str:
    ready = conditions.get(node["status"].get("conditions"), "Ready")
    text = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    return f"{text},SchedulingDisabled" if node["spec"].get("unschedulable") else text


def _roles(node: Object, _now: float) -> str:
    roles = set()
    for key, value in (node["metadata"].get("labels") or {}).items():
        if key.startswith(_ROLE_PREFIX) and key != _ROLE_PREFIX:
            roles.add(key.removeprefix(_ROLE_PREFIX))
        elif key == "kubernetes.io/role" and value:
            roles.add(value)
    return ",".join(sorted(roles)) or NONE


def _address(type: str) -> Column:
    def cell(node: Object, _now: float) -> str:
        for address in node["status"].get("addresses") or ():
            if address["type"] == type:
                return str(address["address"])
        return NONE

    return Column("Internal-IP" if type == "InternalIP" else "External-IP", cell, priority=1)


def _info(node: Object, name: str) -> str:
    return (node["status"].get("nodeInfo") or {}).get(name) or ""


def _kernel(node: Object, _now: float) -> str:
    kernel, architecture = _info(node, "kernelVersion") or UNKNOWN, _info(node, "architecture")
    return f"{kernel} ({architecture})" if architecture else kernel


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Node",
        plural="nodes",
        short_names=("no",),
        namespaced=False,
        subresources=("proxy", "status"),
        default=default,
        prepare=prepare,
        generation=False,
        columns=(
            NAME,
            Column("Status", _status),
            Column("Roles", _roles),
            AGE,
            Column("Version", get("status", "nodeInfo", "kubeletVersion")),
            _address("InternalIP"),
            _address("ExternalIP"),
            Column("OS-Image", lambda node, _: _info(node, "osImage") or UNKNOWN, priority=1),
            Column("Kernel-Version", _kernel, priority=1),
            Column("Container-Runtime", lambda node, _: _info(node, "containerRuntimeVersion") or UNKNOWN, priority=1),
        ),
        selectable_fields={"spec.unschedulable": lambda node: "true" if node["spec"].get("unschedulable") else "false"},
    ),
)
