"""CSIDriver: defaults, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, UNSET, get
from cluster_core.api.resource import Column, Object, Resource

_DEFAULTS = {
    "attachRequired": True,
    "podInfoOnMount": False,
    "storageCapacity": False,
    "fsGroupPolicy": "ReadWriteOnceWithFSType",
    "requiresRepublish": False,
    "seLinuxMount": False,
}


def default(driver: Object) -> None:
    """Volumes are attached and persistent."""
    spec = driver["spec"]
    for name, value in _DEFAULTS.items():
        spec.setdefault(name, value)
    spec.setdefault("volumeLifecycleModes", ["Persistent"])


def _tokens(driver: Object, _now: float) -> str:
    requests = driver["spec"].get("tokenRequests")
    return UNSET if requests is None else ",".join(request.get("audience", "") for request in requests)


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="CSIDriver",
        plural="csidrivers",
        namespaced=False,
        default=default,
        generation=False,
        unconditional_update=False,
        columns=(
            NAME,
            Column("AttachRequired", get("spec", "attachRequired", default=True), "boolean"),
            Column("PodInfoOnMount", get("spec", "podInfoOnMount", default=False), "boolean"),
            Column("StorageCapacity", get("spec", "storageCapacity", default=False), "boolean"),
            Column("TokenRequests", _tokens),
            Column("RequiresRepublish", get("spec", "requiresRepublish", default=False), "boolean"),
            Column("Modes", lambda driver, _: ",".join(driver["spec"].get("volumeLifecycleModes") or ()) or NONE),
            AGE,
        ),
    ),
)
