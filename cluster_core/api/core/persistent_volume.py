"""PersistentVolume: defaults, phase, columns."""

from posixpath import normpath
from typing import Any

from cluster_core.api.cells import AGE, NAME, UNSET, get
from cluster_core.api.core.persistent_volume_claim import (
    VOLUME_MODES,
    access_modes,
    access_modes_text,
    beta_class_warnings,
    storage_class_of,
)
from cluster_core.api.core.pod_spec import defaults, volumes
from cluster_core.api.core.pod_spec.scheduling import node_selector
from cluster_core.api.go_structs import diff, shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import (
    IMMUTABLE,
    Errors,
    immutable,
    name,
    no_backsteps,
    one_of,
    positive_quantity,
    unsupported,
)
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_subdomain


def default(volume: Object) -> None:
    """Retained, a filesystem, pending."""
    spec, status = volume["spec"], volume["status"]
    if not status.get("phase"):
        status["phase"] = "Pending"
    if not spec.get("persistentVolumeReclaimPolicy"):
        spec["persistentVolumeReclaimPolicy"] = "Retain"
    spec.setdefault("volumeMode", "Filesystem")
    if "capacity" in spec:
        defaults.round_up(spec["capacity"])
    for kind, fill in _SOURCES.items():
        if kind in spec:
            fill(spec[kind])


def _host_path(source: Object) -> None:
    source.setdefault("type", "")


_SOURCES = {
    "hostPath": _host_path,
    "iscsi": defaults.default_iscsi,
    "rbd": defaults.default_rbd,
    "scaleIO": defaults.default_scale_io,
    "azureDisk": defaults.default_azure_disk,
}


def prepare(new: Object, old: Object | None) -> None:
    """A volume starts Pending."""
    keep_status(new, old, {"phase": "Pending", "lastPhaseTransitionTime": new["metadata"].get("creationTimestamp")})


def _claim(volume: Object, _now: float) -> str:
    claim = volume["spec"].get("claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def _phase(volume: Object, _now: float) -> str:
    return "Terminating" if "deletionTimestamp" in volume["metadata"] else volume["status"].get("phase", "")


_CAPACITY = ("storage",)
_RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
_SECRET_FIELDS = (
    "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef",
)  # fmt: skip
_PATHS = {"gcePersistentDisk": "persistentDisk"}
_MISSPELT = {"cephfs": "cephFS"}


def _csi(errors: Errors, path: str, source: Object) -> None:
    volumes.csi_driver_name(errors, f"{path}.driver", source.get("driver", ""))
    if not source.get("volumeHandle"):
        errors.append(field.required(f"{path}.volumeHandle"))
    for each in _SECRET_FIELDS:
        if each in source:
            for part in ("name", "namespace"):
                if not source[each].get(part):
                    errors.append(field.required(f"{path}.{each}.{part}"))


def _local(errors: Errors, path: str, source: Object) -> None:
    if not source.get("path"):
        errors.append(field.required(f"{path}.path"))
    else:
        no_backsteps(errors, f"{path}.path", source["path"])


_OWN_CHECKS: dict[str, volumes.Check] = {"csi": _csi, "local": _local}
_KINDS = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs",
    "iscsi", "cinder", "fc", "flexVolume", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume",
    "azureDisk", "scaleIO", "local", "storageos", "csi",
)  # fmt: skip


def validate(volume: Object) -> Errors:
    """A new volume."""
    errors: Errors = []
    spec = volume["spec"]
    if not spec.get("accessModes"):
        errors.append(field.required("spec.accessModes"))
    access_modes(errors, "spec.accessModes", spec.get("accessModes") or [])
    _validate_capacity(errors, "spec.capacity", spec.get("capacity") or {})
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy:
        one_of(errors, "spec.persistentVolumeReclaimPolicy", policy, _RECLAIM_POLICIES)
    if "nodeAffinity" in spec:
        _validate_affinity(errors, "spec.nodeAffinity", spec["nodeAffinity"])
    _validate_sources(errors, spec)
    if policy == "Recycle" and "hostPath" in spec and normpath(spec["hostPath"].get("path") or ".") in ("/", "//"):
        problem = "may not be 'recycle' for a hostPath mount of '/'"
        errors.append(field.forbidden("spec.persistentVolumeReclaimPolicy", problem))
    if spec.get("storageClassName"):
        name(errors, "spec.storageClassName", spec["storageClassName"], dns1123_subdomain)
    if "volumeMode" in spec:
        one_of(errors, "spec.volumeMode", spec["volumeMode"], VOLUME_MODES)
    if "volumeAttributesClassName" in spec:
        _validate_attributes_class(errors, "spec", spec)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """The source, the mode and, once set, the node affinity stay."""
    errors = validate(new)
    before, after = old["spec"], new["spec"]
    if not _same_sources(before, after):
        changes = diff("PersistentVolumeSource", before, after)
        problem = f"spec.persistentvolumesource is immutable after creation\n{changes}"
        errors.append(field.forbidden("spec.persistentvolumesource", problem))
    immutable(errors, "volumeMode", after.get("volumeMode"), before.get("volumeMode"))
    if "nodeAffinity" in before and after.get("nodeAffinity") != before["nodeAffinity"]:
        errors.append(field.invalid("nodeAffinity", _shown_affinity(after), IMMUTABLE))
    if "volumeAttributesClassName" in before and "volumeAttributesClassName" not in after:
        problem = "update from non-nil value to nil is forbidden"
        errors.append(field.forbidden("spec.volumeAttributesClassName", problem))
    return errors


def _shown_affinity(spec: Object) -> Any:
    return shown("VolumeNodeAffinity", spec["nodeAffinity"]) if "nodeAffinity" in spec else None


def _same_sources(before: Object, after: Object) -> bool:
    return all(_source_of(before, kind) == _source_of(after, kind, before) for kind in _KINDS)


def _source_of(spec: Object, kind: str, before: Object | None = None) -> Any:
    source = spec.get(kind)
    if kind == "csi" and source and before and "controllerExpandSecretRef" not in (before.get("csi") or source):
        return {key: value for key, value in source.items() if key != "controllerExpandSecretRef"}
    return source


def _validate_capacity(errors: Errors, path: str, capacity: Object) -> None:
    if not capacity:
        errors.append(field.required(path))
    if list(capacity) != ["storage"]:
        errors.append(unsupported(path, dict(sorted(capacity.items())) or None, _CAPACITY))
    for resource, amount in capacity.items():
        positive_quantity(errors, f"{path}[{resource}]", amount)


def _validate_affinity(errors: Errors, path: str, affinity: Object) -> None:
    if "required" not in affinity:
        errors.append(field.required(f"{path}.required", "must specify required node constraints"))
    else:
        node_selector(errors, f"{path}.required", affinity["required"])


def _validate_sources(errors: Errors, spec: Object) -> None:
    found = [kind for kind in _KINDS if kind in spec]
    if not found:
        errors.append(field.required("spec", "must specify a volume type"))
    for index, kind in enumerate(found):
        if index and kind != "flexVolume":
            errors.append(field.forbidden(f"spec.{_MISSPELT.get(kind, kind)}", volumes.MORE_THAN_ONE))
            continue
        check = _OWN_CHECKS.get(kind) or volumes.SOURCES[kind]
        check(errors, f"spec.{_PATHS.get(kind, kind)}", spec[kind])
        if kind == "local" and "nodeAffinity" not in spec:
            errors.append(field.required("spec.nodeAffinity", "Local volume requires node affinity"))


def _validate_attributes_class(errors: Errors, path: str, spec: Object) -> None:
    text = spec["volumeAttributesClassName"]
    if not text:
        errors.append(field.required(f"{path}.volumeAttributesClassName", "an empty string is disallowed"))
    else:
        name(errors, f"{path}.volumeAttributesClassName", text, dns1123_subdomain)
    if "csi" not in spec:
        errors.append(field.required(f"{path}.csi", "has to be specified when using volumeAttributesClassName"))


_RECYCLE = "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."
_GONE = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}


def warnings(new: Object, _old: Object | None) -> list[str]:
    """Old annotations, policies and sources."""
    found, spec = beta_class_warnings(new), new["spec"]
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append(f"spec.persistentVolumeReclaimPolicy: {_RECYCLE}")
    return found + [f"spec.{kind}: {text}" for kind, text in _GONE.items() if kind in spec]


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="PersistentVolume",
        plural="persistentvolumes",
        short_names=("pv",),
        namespaced=False,
        subresources=("status",),
        default=default,
        prepare=prepare,
        warnings=warnings,
        validate=validate,
        validate_update=validate_update,
        generation=False,
        columns=(
            NAME,
            Column("Capacity", get("spec", "capacity", "storage", default="0")),
            Column("Access Modes", lambda pv, _: access_modes_text(pv["spec"].get("accessModes"))),
            Column("Reclaim Policy", get("spec", "persistentVolumeReclaimPolicy")),
            Column("Status", _phase),
            Column("Claim", _claim),
            Column("StorageClass", lambda pv, _: storage_class_of(pv)),
            Column("VolumeAttributesClass", get("spec", "volumeAttributesClassName", default=UNSET)),
            Column("Reason", get("status", "reason")),
            AGE,
            Column("VolumeMode", get("spec", "volumeMode", default=UNSET), priority=1),
        ),
    ),
)
