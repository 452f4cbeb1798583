"""What makes the pod of an ordinal: its name, labels, host name, volumes and revision."""

from typing import Any, NamedTuple

from cluster_core.controllers import pods as podlib

Object = dict[str, Any]

POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name"
POD_INDEX_LABEL = "apps.kubernetes.io/pod-index"
REVISION_LABEL = "controller-revision-hash"


class Revisions(NamedTuple):
    """The two revisions of a set, and how often their hash collided."""

    current: Object
    update: Object
    collisions: int


def ordinal_of(pod_name: str, set_name: str) -> int:
    """The ordinal in a member's name; -1 if it is not a member's."""
    parent, _, digits = pod_name.rpartition("-")
    if parent != set_name or not digits.isascii() or not digits.isdecimal():
        return -1
    return int(digits) if int(digits) < 2**31 else -1


def start_ordinal(stateful_set: Object) -> int:
    """The first ordinal."""
    return int((stateful_set["spec"].get("ordinals") or {}).get("start", 0))


def in_range(stateful_set: Object, ordinal: int) -> bool:
    """Whether the set wants a pod of that ordinal."""
    start = start_ordinal(stateful_set)
    return start <= ordinal < start + int(stateful_set["spec"]["replicas"])


def revision_of(pod: Object) -> str:
    """The name of the revision that a pod was made from."""
    return (pod["metadata"].get("labels") or {}).get(REVISION_LABEL, "")  # type: ignore[no-any-return]


def claim_name(stateful_set: Object, template: Object, ordinal: int) -> str:
    """The name of a claim of an ordinal's pod."""
    return f"{template['metadata']['name']}-{stateful_set['metadata']['name']}-{ordinal}"


def new_pod(stateful_set: Object, revisions: Revisions, ordinal: int) -> Object:
    """The pod that the ordinal should get now: of the current revision below the partition, else of the new one."""
    revision = revisions.current if _gets_current(stateful_set, ordinal) else revisions.update
    template = {k: v for k, v in revision["data"]["spec"]["template"].items() if k != "$patch"}
    pod = podlib.from_template(template, stateful_set)
    name = f"{stateful_set['metadata']['name']}-{ordinal}"
    labels = {
        **(pod["metadata"].get("labels") or {}),
        POD_NAME_LABEL: name,
        POD_INDEX_LABEL: str(ordinal),
        REVISION_LABEL: revision["metadata"]["name"],
    }
    pod["metadata"] = {**pod["metadata"], "name": name, "labels": labels}
    pod["spec"] = {**pod["spec"], "hostname": name}
    if service := stateful_set["spec"].get("serviceName"):
        pod["spec"]["subdomain"] = service
    return with_storage(stateful_set, pod, ordinal)


def with_storage(stateful_set: Object, pod: Object, ordinal: int) -> Object:
    """The pod with the volumes of its claims before its others."""
    templates = stateful_set["spec"].get("volumeClaimTemplates") or ()
    volumes = [
        {"name": t["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim_name(stateful_set, t, ordinal)}}
        for t in templates
    ]
    names = {volume["name"] for volume in volumes}
    volumes += [volume for volume in pod["spec"].get("volumes") or () if volume["name"] not in names]
    return {**pod, "spec": {**pod["spec"], "volumes": volumes}} if volumes else pod


def matches(stateful_set: Object, pod: Object, ordinal: int) -> bool:
    """Whether a pod still carries its identity and storage."""
    name, labels = pod["metadata"]["name"], pod["metadata"].get("labels") or {}
    if labels.get(POD_NAME_LABEL) != name or labels.get(POD_INDEX_LABEL) != str(ordinal):
        return False
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes") or ()
        if "persistentVolumeClaim" in volume
    }
    templates = stateful_set["spec"].get("volumeClaimTemplates") or ()
    return all(claims.get(t["metadata"]["name"]) == claim_name(stateful_set, t, ordinal) for t in templates)


def restored(stateful_set: Object, pod: Object, ordinal: int) -> Object:
    """The pod with its identity and storage put right."""
    name = pod["metadata"]["name"]
    labels = {**(pod["metadata"].get("labels") or {}), POD_NAME_LABEL: name, POD_INDEX_LABEL: str(ordinal)}
    return with_storage(stateful_set, {**pod, "metadata": {**pod["metadata"], "labels": labels}}, ordinal)


def _gets_current(stateful_set: Object, ordinal: int) -> bool:
    """Without a rollingUpdate block: below the number of pods at the current revision; with one: below the partition."""
    strategy = stateful_set["spec"].get("updateStrategy") or {}
    rolling, start = strategy.get("rollingUpdate"), start_ordinal(stateful_set)
    if rolling is not None:
        return ordinal < start + int(rolling.get("partition") or 0)
    current = (stateful_set.get("status") or {}).get("currentReplicas", 0)
    return bool(strategy.get("type") == "RollingUpdate" and ordinal < start + current)
