"""PersistentVolumeClaim: defaults, data sources, phase, columns."""

from typing import Any

from cluster_core.api.cells import AGE, NAME, UNSET, get
from cluster_core.api.core.pod_spec.defaults import default_claim_spec
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status

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
    normalize_data_source(new["spec"])


def normalize_data_source(spec: Object) -> None:
    """`dataSource` and `dataSourceRef` are copied to each other when one is missing."""
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source and not reference:
        spec["dataSourceRef"] = {name: source.get(name) for name in ("apiGroup", "kind", "name")}
    elif reference and not source and not reference.get("namespace"):
        group, kind = reference.get("apiGroup") or "", reference.get("kind")
        if (group, kind) in (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot")):
            spec["dataSource"] = {name: reference.get(name) for name in ("apiGroup", "kind", "name")}


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
        selectable_fields={"name": lambda claim: claim["metadata"].get("name", "")},
    ),
)
