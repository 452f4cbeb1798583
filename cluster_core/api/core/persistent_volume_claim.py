"""PersistentVolumeClaim: defaults, data sources, phase, columns."""

from typing import Any

from cluster_core.api.cells import AGE, NAME, UNSET, get
from cluster_core.api.core.pod_spec.defaults import default_claim_spec
from cluster_core.api.go_structs import diff, shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import (
    Errors,
    fraction_warnings,
    immutable,
    label_selector,
    name,
    positive_quantity,
    unsupported,
)
from cluster_core.apimachinery import field, quantity
from cluster_core.apimachinery.names import dns1123_subdomain

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_SHORT_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def default(claim: Object) -> None:
    """A filesystem, pending."""
    default_claim(claim)


def default_claim(claim: Object) -> None:
    """A claim or the template of one."""
    status: Any = claim["status"]
    if not status.get("phase"):
        status["phase"] = "Pending"
    default_claim_spec(claim["spec"])


def prepare(new: Object, old: Object | None) -> None:
    """A claim starts Pending; the two fields for its data source agree."""
    keep_status(new, old, {"phase": "Pending"})
    spec = new["spec"]
    if old is None and (spec.get("dataSourceRef") or {}).get("namespace"):
        del spec["dataSourceRef"]
    if "dataSourceRef" not in spec and (old is None or not old["spec"].get("dataSource")) and not _is_copyable(spec):
        spec.pop("dataSource", None)
    normalize_data_source(spec)


def _is_copyable(spec: Object) -> bool:
    source = spec.get("dataSource") or {}
    group, kind = source.get("apiGroup") or "", source.get("kind")
    return (group, kind) in (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


def normalize_data_source(spec: Object) -> None:
    """`dataSource` and `dataSourceRef` are copied to each other when one is missing."""
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source and not reference:
        spec["dataSourceRef"] = _without_namespace(source)
    elif reference and not source and not reference.get("namespace"):
        spec["dataSource"] = _without_namespace(reference)


def _without_namespace(source: Object) -> Object:
    return {name: source[name] for name in ("apiGroup", "kind", "name") if name in source}


def access_modes(errors: Errors, path: str, modes: list[str]) -> None:
    """Modes of access, of a claim or a volume."""
    once = modes.count("ReadWriteOncePod")
    for mode in modes:
        if mode not in ACCESS_MODES:
            errors.append(unsupported(path, mode, ACCESS_MODES))
    if once and any(mode in ACCESS_MODES for mode in modes if mode != "ReadWriteOncePod"):
        errors.append(field.forbidden(path, "may not use ReadWriteOncePod with other access modes"))


def validate_claim_spec(errors: Errors, path: str, spec: Object) -> None:
    """The spec of a claim or the template of one."""
    modes = spec.get("accessModes") or []
    if not modes:
        errors.append(field.required(f"{path}.accessModes", "at least 1 access mode is required"))
    label_selector(errors, f"{path}.selector", spec.get("selector"))
    access_modes(errors, f"{path}.accessModes", modes)
    requested = (spec["resources"].get("requests") or {}).get("storage")
    if requested is None:
        errors.append(field.required(f"{path}.resources[storage]"))
    else:
        positive_quantity(errors, f"{path}.resources[storage]", requested)
    if spec.get("storageClassName"):
        name(errors, f"{path}.storageClassName", spec["storageClassName"], dns1123_subdomain)
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        errors.append(unsupported(f"{path}.volumeMode", mode, VOLUME_MODES))
    for each in ("dataSource", "dataSourceRef"):
        if spec.get(each):
            _validate_source(errors, f"{path}.{each}", spec[each])
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source and reference and (reference.get("namespace") is not None):
        problem = "may not be specified when dataSourceRef.namespace is specified"
        errors.append(field.invalid(f"{path}.dataSource", shown("TypedLocalObjectReference", source), problem))
    elif source and reference and any(source.get(n) != reference.get(n) for n in ("apiGroup", "kind", "name")):
        problem = "must match dataSourceRef"
        errors.append(field.invalid(path, {}, problem))
    attributes = spec.get("volumeAttributesClassName")
    if attributes:
        name(errors, f"{path}.volumeAttributesClassName", attributes, dns1123_subdomain)


def _validate_source(errors: Errors, path: str, source: Object) -> None:
    for each in ("name", "kind"):
        if not source.get(each):
            errors.append(field.required(f"{path}.{each}"))
    group = source.get("apiGroup")
    if not group and source.get("kind") != "PersistentVolumeClaim":
        problem = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        errors.append(field.invalid(path, source.get("kind", ""), problem))
    if group:
        name(errors, f"{path}.apiGroup", group, dns1123_subdomain)


def validate(claim: Object) -> Errors:
    """A new claim."""
    errors: Errors = []
    validate_claim_spec(errors, "spec", claim["spec"])
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """A changed claim: binding, growth of a bound claim, and its attributes class."""
    errors = validate(new)
    after, before = dict(new["spec"]), old["spec"]
    if not before.get("volumeName") and after.get("volumeName"):
        after["volumeName"] = ""
    after = {k: v for k, v in after.items() if v not in ("", None)}
    if "storageClassName" not in before and after.get("storageClassName"):
        after.pop("storageClassName")  # set late by the controller of default classes
    bound = old["status"].get("phase") == "Bound"
    if bound:
        after["resources"] = before["resources"]
        if after.get("volumeAttributesClassName"):
            after["volumeAttributesClassName"] = before.get("volumeAttributesClassName")
            after = {k: v for k, v in after.items() if v is not None}
    if after != {k: v for k, v in before.items() if v not in ("", None)}:
        shown_diff = diff("PersistentVolumeClaimSpec", before, new["spec"])
        problem = (
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        )
        errors.append(field.forbidden("spec", f"{problem}\n{shown_diff}"))
    if bound:
        _validate_growth(errors, new["spec"], before, old["status"])
    immutable(errors, "volumeMode", new["spec"].get("volumeMode"), before.get("volumeMode"))
    return errors


def _validate_growth(errors: Errors, new: Object, old: Object, status: Object) -> None:
    after = (new["resources"].get("requests") or {}).get("storage")
    before = (old["resources"].get("requests") or {}).get("storage")
    if after and before and quantity.compare(after, before) < 0:
        capacity = (status.get("capacity") or {}).get("storage", "0")
        if quantity.compare(after, capacity) <= 0:
            path, problem = "spec.resources.requests.storage", "field can not be less than status.capacity"
            errors.append(field.forbidden(path, problem))


def access_modes_text(modes: list[str] | None) -> str:
    """`RWO,ROX`, without repetitions."""
    found = set(modes or ())
    return ",".join(short for mode, short in _SHORT_MODES.items() if mode in found)


def storage_class_of(obj: Object) -> str:
    """The class of a volume or a claim, also by the old annotation."""
    beta = (obj["metadata"].get("annotations") or {}).get(BETA_CLASS)
    if beta is not None:
        return str(beta)
    return str(obj["spec"].get("storageClassName") or "")


def _phase(claim: Object, _now: float) -> str:
    return "Terminating" if "deletionTimestamp" in claim["metadata"] else claim["status"].get("phase", "")


def _bound(cell: Any) -> Any:
    return lambda claim, _: cell(claim) if claim["spec"].get("volumeName") else ""


def beta_class_warnings(obj: Object) -> list[str]:
    """The annotation that once named the class."""
    if BETA_CLASS not in (obj["metadata"].get("annotations") or {}):
        return []
    return [f'metadata.annotations[{BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead']


def spec_warnings(path: str, spec: Object) -> list[str]:
    """Warnings for the spec of a claim or the template of one."""
    resources = spec["resources"]
    return [
        warning
        for each in ("requests", "limits")
        for warning in fraction_warnings(f"{path}.resources.{each}", resources.get(each), "storage")
    ]


def warnings(new: Object, _old: Object | None) -> list[str]:
    """Old annotations."""
    return beta_class_warnings(new) + spec_warnings("spec", new["spec"])


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="PersistentVolumeClaim",
        plural="persistentvolumeclaims",
        short_names=("pvc",),
        subresources=("status",),
        default=default,
        prepare=prepare,
        warnings=warnings,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        columns=(
            NAME,
            Column("Status", _phase),
            Column("Volume", get("spec", "volumeName")),
            Column("Capacity", _bound(lambda c: (c["status"].get("capacity") or {}).get("storage", "0"))),
            Column("Access Modes", _bound(lambda c: access_modes_text(c["status"].get("accessModes")))),
            Column("StorageClass", lambda claim, _: storage_class_of(claim)),
            Column("VolumeAttributesClass", get("spec", "volumeAttributesClassName", default=UNSET)),
            AGE,
            Column("VolumeMode", get("spec", "volumeMode", default=UNSET), priority=1),
        ),
    ),
)
