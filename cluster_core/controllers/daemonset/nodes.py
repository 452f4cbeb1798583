"""Where the pods of a DaemonSet belong, and how a pod is made for a node."""

from typing import Any

from cluster_core.controllers import placement
from cluster_core.controllers import pods as podlib

Object = dict[str, Any]

HASH_LABEL = "controller-revision-hash"
GENERATION_LABEL = "pod-template-generation"
GENERATION_ANNOTATION = "deprecated.daemonset.template.generation"

_TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
_HOST_NETWORK_TOLERATED = ("network-unavailable", "NoSchedule")


def should_run(daemon_set: Object, node: Object) -> tuple[bool, bool]:
    """Whether a pod should be started on the node, and whether a running one may stay."""
    spec = daemon_set["spec"]["template"]["spec"]
    if spec.get("nodeName") and spec["nodeName"] != node["metadata"]["name"]:
        return False, False
    if not placement.fits_affinity(spec, node):
        return False, False
    taints = node["spec"].get("taints") or ()
    tolerations = _tolerations(spec)
    if placement.untolerated(taints, tolerations, ("NoSchedule", "NoExecute")) is None:
        return True, True
    return False, placement.untolerated(taints, tolerations, ("NoExecute",)) is None


def target_node(pod: Object) -> str:
    """The node that a pod is on or pinned to; "" if it cannot be told."""
    if pod["spec"].get("nodeName"):
        return pod["spec"]["nodeName"]  # type: ignore[no-any-return]
    affinity = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    for term in (affinity or {}).get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == "metadata.name" and field["operator"] == "In" and len(field["values"]) == 1:
                return field["values"][0]  # type: ignore[no-any-return]
    return ""


def new_pod(daemon_set: Object, node_name: str, revision_hash: str) -> Object:
    """A pod of the newest template, pinned to a node."""
    pod = podlib.from_template(daemon_set["spec"]["template"], daemon_set)
    labels = dict(pod["metadata"].get("labels") or {})
    if (generation := template_generation(daemon_set)) is not None:
        labels[GENERATION_LABEL] = generation
    labels[HASH_LABEL] = revision_hash
    pod["metadata"] = {**pod["metadata"], "labels": labels}
    spec = pod["spec"]
    pod["spec"] = {**spec, "tolerations": _tolerations(spec), "affinity": _pinned(spec.get("affinity"), node_name)}
    return pod


def template_generation(daemon_set: Object) -> str | None:
    """The generation of the template by the old annotation; None without one."""
    text = (daemon_set["metadata"].get("annotations") or {}).get(GENERATION_ANNOTATION, "")
    return str(int(text)) if text.isascii() and text.isdecimal() else None


def is_updated(daemon_set: Object, pod: Object, revision_hash: str) -> bool:
    """Whether a pod is of the newest template."""
    labels = pod["metadata"].get("labels") or {}
    generation = template_generation(daemon_set)
    return labels.get(HASH_LABEL) == revision_hash or (
        generation is not None and labels.get(GENERATION_LABEL) == generation
    )


def oldest_first(pod: Object) -> tuple[bool, str, str]:
    """Sort key: scheduled pods first, then by age and name."""
    return not pod["spec"].get("nodeName"), *podlib.age_order(pod)


def _pinned(affinity: Object | None, node_name: str) -> Object:
    """The affinity with one required term for the node in place of the user's terms, which were judged already."""
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node_name]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    affinity = affinity or {}
    return {**affinity, "nodeAffinity": {**(affinity.get("nodeAffinity") or {}), **required}}


def _tolerations(spec: Object) -> list[Object]:
    tolerations = list(spec.get("tolerations") or ())
    wanted = [*_TOLERATED, _HOST_NETWORK_TOLERATED] if spec.get("hostNetwork") else list(_TOLERATED)
    for name, effect in wanted:
        new = {"key": f"node.kubernetes.io/{name}", "operator": "Exists", "effect": effect}
        same = [i for i, t in enumerate(tolerations) if _same(t, new)]
        if same:
            tolerations[same[0]] = new
        else:
            tolerations.append(new)
    return tolerations


def _same(one: Object, other: Object) -> bool:
    return all(one.get(f, "") == other.get(f, "") for f in ("key", "effect", "operator", "value"))
