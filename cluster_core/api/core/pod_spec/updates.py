"""What may change in a pod that exists, and how a refused change is shown."""

from typing import Any

from cluster_core.api.core.pod_spec import scheduling
from cluster_core.api.core.pod_spec.containers import PADDED_IMAGE
from cluster_core.api.go_structs import diff, internal_pod_spec
from cluster_core.api.validation import Errors
from cluster_core.apimachinery import field

Object = dict[str, Any]

UPDATABLE = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
NO_NEW_CONTAINERS = "pod updates may not add or remove containers"
_MIRROR = "kubernetes.io/config.mirror"
_APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"


def annotation_changes(errors: Errors, new: Object, old: Object) -> None:
    """Annotations that are fixed once the pod exists."""
    after, before = (pod["metadata"].get("annotations") or {} for pod in (new, old))
    for key, value in before.items():
        if after.get(key) == value:
            continue
        if key.startswith(_APP_ARMOR):
            errors.append(
                field.forbidden(f"metadata.annotations[{key}]", "may not remove or update AppArmor annotations")
            )
        if key == _MIRROR:
            errors.append(
                field.forbidden(f"metadata.annotations[{key}]", "may not remove or update mirror pod annotation")
            )
    for key in after.keys() - before.keys():
        if key.startswith(_APP_ARMOR):
            errors.append(field.forbidden(f"metadata.annotations[{key}]", "may not add AppArmor annotations"))
        if key == _MIRROR:
            errors.append(field.forbidden(f"metadata.annotations[{key}]", "may not add mirror pod annotation"))


def spec_changes(errors: Errors, new: Object, old: Object) -> None:
    """Changes of a pod's spec."""
    for group in ("containers", "initContainers"):
        if not _images(errors, f"spec.{group}", new.get(group) or [], old.get(group) or []):
            return
    if not _deadline(errors, new, old):
        return
    _tolerations(errors, new.get("tolerations") or [], old.get("tolerations") or [])
    known = {gate["name"] for gate in old.get("schedulingGates") or ()}
    for index, gate in enumerate(new.get("schedulingGates") or ()):
        if gate["name"] not in known:
            problem = f"only deletion is allowed, but found new scheduling gate '{gate['name']}'"
            errors.append(field.forbidden(f"spec.schedulingGates[{index}].name", problem))
    if new == old:
        return
    allowed = _with_allowed_changes(new, old)
    if old.get("schedulingGates"):
        _gated_changes(errors, allowed, old)
    if allowed != old:
        shown = diff("PodSpec", internal_pod_spec(old), internal_pod_spec(allowed))
        errors.append(field.forbidden("spec", f"{UPDATABLE}\n{shown}"))


def _images(errors: Errors, path: str, new: list[Object], old: list[Object]) -> bool:
    if len(new) != len(old):
        errors.append(field.forbidden(path, NO_NEW_CONTAINERS))
        return False
    for index, container in enumerate(new):
        image = container.get("image", "")
        if not image:
            errors.append(field.required(f"{path}[{index}].image"))
        if image.strip() != image:
            errors.append(field.invalid(f"{path}[{index}].image", image, PADDED_IMAGE))
    return True


def _deadline(errors: Errors, new: Object, old: Object) -> bool:
    after, before = new.get("activeDeadlineSeconds"), old.get("activeDeadlineSeconds")
    path = "spec.activeDeadlineSeconds"
    if after is None:
        if before is not None:
            errors.append(field.invalid(path, None, "must not update from a positive integer to nil value"))
        return True
    if not 0 <= after <= 2147483647:
        errors.append(field.invalid(path, after, "must be between 0 and 2147483647, inclusive"))
        return False
    if before is not None and before < after:
        errors.append(field.invalid(path, after, "must be less than or equal to previous value"))
        return False
    return True


def _tolerations(errors: Errors, new: list[Object], old: list[Object]) -> None:
    if new is old or new == old:
        return
    kept = [{k: v for k, v in toleration.items() if k != "tolerationSeconds"} for toleration in new]
    for toleration in old:
        if {k: v for k, v in toleration.items() if k != "tolerationSeconds"} not in kept:
            problem = "existing toleration can not be modified except its tolerationSeconds"
            errors.append(field.forbidden("spec.tolerations", problem))
            return
    scheduling.tolerations(errors, "spec.tolerations", new)


def _with_allowed_changes(new: Object, old: Object) -> Object:
    """`new` with everything that may change set back."""
    found = dict(new)
    for group in ("containers", "initContainers"):
        if found.get(group):
            found[group] = [_with_image(c, o) for c, o in zip(found[group], old[group], strict=True)]
    for each in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _restore(found, old, each)
    if (old.get("terminationGracePeriodSeconds") or 0) < 0 and found.get("terminationGracePeriodSeconds") == 1:
        _restore(found, old, "terminationGracePeriodSeconds")
    return found


def _with_image(container: Object, old: Object) -> Object:
    return (
        {**container, "image": old["image"]} if "image" in old else {k: v for k, v in container.items() if k != "image"}
    )


def _restore(found: Object, old: Object, name: str) -> None:
    if name in old:
        found[name] = old[name]
    else:
        found.pop(name, None)


def _gated_changes(errors: Errors, allowed: Object, old: Object) -> None:
    """A gated pod's node selector and affinity may get stricter."""
    before, after = old.get("nodeSelector") or {}, allowed.get("nodeSelector") or {}
    if any(after.get(key) != value for key, value in before.items()):
        problem = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
        errors.append(field.invalid("spec.nodeSelector", after, problem))
    _restore(allowed, old, "nodeSelector")
    new_affinity, old_affinity = allowed.get("affinity") or {}, old.get("affinity") or {}
    if new_affinity.get("nodeAffinity") == old_affinity.get("nodeAffinity"):
        return
    _node_affinity(errors, new_affinity.get("nodeAffinity") or {}, old_affinity.get("nodeAffinity") or {})
    others = {name: rules for name, rules in new_affinity.items() if name != "nodeAffinity"}
    kept = {**others, **({"nodeAffinity": old_affinity["nodeAffinity"]} if "nodeAffinity" in old_affinity else {})}
    if kept or "affinity" in old:
        allowed["affinity"] = kept
    else:
        allowed.pop("affinity", None)


def _node_affinity(errors: Errors, new: Object, old: Object) -> None:
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    before = (old.get(required) or {}).get("nodeSelectorTerms") or []
    after = (new.get(required) or {}).get("nodeSelectorTerms") or []
    path = f"spec.affinity.nodeAffinity.{required}.nodeSelectorTerms"
    if before and len(before) != len(after):
        problem = "no additions/deletions to non-empty NodeSelectorTerms list are allowed"
        errors.append(field.invalid(path, after, problem))
        return
    for index, term in enumerate(before):
        if not _only_adds(after[index], term):
            problem = "only additions are allowed (no mutations or deletions)"
            errors.append(field.invalid(f"{path}[{index}]", after[index], problem))


def _only_adds(new: Object, old: Object) -> bool:
    for each in ("matchExpressions", "matchFields"):
        before, after = old.get(each) or [], new.get(each) or []
        if after[: len(before)] != before:
            return False
    return bool(old) or not new


def ephemeral_changes(errors: Errors, new: Object, old: Object) -> None:
    """Ephemeral containers are only ever added."""
    path = "spec.ephemeralContainers"
    after = {container["name"]: container for container in new.get("ephemeralContainers") or ()}
    for container in old.get("ephemeralContainers") or ():
        name = container["name"]
        if name not in after:
            errors.append(field.forbidden(path, f'existing ephemeral containers "{name}" may not be removed\n'))
        elif after[name] != container:
            shown = diff("EphemeralContainer", container, after[name])
            errors.append(field.forbidden(path, f'existing ephemeral containers "{name}" may not be changed\n{shown}'))
