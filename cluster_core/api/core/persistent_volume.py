"""PersistentVolume: defaults, phase, columns."""

from cluster_core.api.cells import AGE, NAME, UNSET, get
from cluster_core.api.core.persistent_volume_claim import access_modes_text, storage_class_of
from cluster_core.api.core.pod_spec import defaults
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status


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
    for name, fill in _SOURCES.items():
        if name in spec:
            fill(spec[name])


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
        selectable_fields={"name": lambda pv: pv["metadata"].get("name", "")},
    ),
)
