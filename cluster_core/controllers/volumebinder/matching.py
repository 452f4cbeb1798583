"""Which volume a claim gets."""

from typing import Any

from cluster_core.apimachinery import quantity, selectors

Object = dict[str, Any]

CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def class_of(obj: Object) -> str:
    """The storage class of a claim or volume; "" for none."""
    annotations = obj["metadata"].get("annotations") or {}
    if CLASS_ANNOTATION in annotations:
        return annotations[CLASS_ANNOTATION]  # type: ignore[no-any-return]
    return obj["spec"].get("storageClassName") or ""


def is_bound_to(volume: Object, claim: Object) -> bool:
    """Whether the volume's claimRef names the claim; without a uid the name is enough."""
    reference = volume["spec"].get("claimRef")
    if reference is None:
        return False
    metadata = claim["metadata"]
    same = reference.get("name") == metadata["name"] and reference.get("namespace") == metadata["namespace"]
    return bool(same and reference.get("uid") in (None, "", metadata["uid"]))


def best(volumes: list[Object], claim: Object, *, delayed: bool) -> Object | None:
    """The volume for a claim: groups with the fewest access modes first; in a group a pre-bound one, else the smallest.

    With `delayed` (the claim waits for its first consumer) only pre-bound volumes count.
    """
    wanted = set(claim["spec"].get("accessModes") or ())
    groups: dict[frozenset[str], list[Object]] = {}
    for volume in sorted(volumes, key=lambda one: one["metadata"]["name"]):
        modes = frozenset(volume["spec"].get("accessModes") or ())
        if wanted <= modes:
            groups.setdefault(modes, []).append(volume)
    for modes in sorted(groups, key=len):
        found = _best_of(groups[modes], claim, delayed)
        if found is not None:
            return found
    return None


def _best_of(volumes: list[Object], claim: Object, delayed: bool) -> Object | None:
    selector = claim["spec"].get("selector")
    matches = selectors.from_object(selector).matches if selector is not None else selectors.EVERYTHING.matches
    smallest: Object | None = None
    for volume in volumes:
        if not _is_candidate(volume, claim):
            continue
        if is_bound_to(volume, claim):
            return volume
        if delayed or (volume.get("status") or {}).get("phase") != "Available":
            continue
        if not matches(volume["metadata"].get("labels")) or class_of(volume) != class_of(claim):
            continue
        if smallest is None or quantity.compare(_capacity(volume), _capacity(smallest)) < 0:
            smallest = volume
    return smallest


def _is_candidate(volume: Object, claim: Object) -> bool:
    """Not somebody else's, not going away, large enough, of the right mode and attributes."""
    if volume["spec"].get("claimRef") is not None and not is_bound_to(volume, claim):
        return False
    return mismatch(volume, claim, ignore=("class", "modes")) == ""


def mismatch(volume: Object, claim: Object, ignore: tuple[str, ...] = ()) -> str:
    """Why a volume does not satisfy a claim, in Kubernetes' words; "" if it does."""
    if "deletionTimestamp" in volume["metadata"]:
        return f'the volume is marked for deletion "{volume["metadata"]["name"]}"'
    if quantity.compare(_capacity(volume), requested(claim)) < 0:
        return "requested PV is too small"
    if "class" not in ignore and class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    one, other = volume["spec"], claim["spec"]
    if (one.get("volumeAttributesClassName") or "") != (other.get("volumeAttributesClassName") or ""):
        return "volumeAttributesClassName does not match"
    if (one.get("volumeMode") or "Filesystem") != (other.get("volumeMode") or "Filesystem"):
        return "incompatible volumeMode"
    if "modes" not in ignore and not set(other.get("accessModes") or ()) <= set(one.get("accessModes") or ()):
        return "incompatible accessMode"
    return ""


def requested(claim: Object) -> str:
    """The storage that a claim asks for."""
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def _capacity(volume: Object) -> str:
    return str((volume["spec"].get("capacity") or {}).get("storage", "0"))
