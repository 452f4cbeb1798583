"""StorageClass: defaults, columns."""

from cluster_core.api.cells import AGE, get
from cluster_core.api.resource import Column, Object, Resource

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class"


def default(storage_class: Object) -> None:
    """Volumes are deleted with their claims and bound at once."""
    storage_class.setdefault("reclaimPolicy", "Delete")
    storage_class.setdefault("volumeBindingMode", "Immediate")


def is_default(storage_class: Object) -> bool:
    """Whether claims without a class get this one."""
    annotations = storage_class["metadata"].get("annotations") or {}
    return annotations.get(DEFAULT_CLASS) == "true" or annotations.get(BETA_DEFAULT_CLASS) == "true"


def _name(storage_class: Object, _now: float) -> str:
    return f"{storage_class['metadata']['name']}{' (default)' if is_default(storage_class) else ''}"


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="StorageClass",
        plural="storageclasses",
        short_names=("sc",),
        namespaced=False,
        default=default,
        generation=False,
        columns=(
            Column("Name", _name, format="name"),
            Column("Provisioner", get("provisioner")),
            Column("ReclaimPolicy", get("reclaimPolicy", default="Delete")),
            Column("VolumeBindingMode", get("volumeBindingMode", default="Immediate")),
            Column("AllowVolumeExpansion", get("allowVolumeExpansion", default=False)),
            AGE,
        ),
    ),
)
