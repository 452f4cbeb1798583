"""CSIDriver: defaults, columns."""

from cluster_core.api.cells import AGE, NAME, NONE, UNSET, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable, one_of
from cluster_core.apimachinery import field

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


_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_LONGEST = 1 << 32


def validate(driver: Object) -> Errors:
    """A new driver."""
    errors: Errors = []
    spec = driver["spec"]
    one_of(errors, "spec.fsGroupPolicy", spec["fsGroupPolicy"], _POLICIES)
    _validate_tokens(errors, "spec.tokenRequests", spec.get("tokenRequests") or [])
    for mode in spec.get("volumeLifecycleModes") or ():
        one_of(errors, "spec.volumeLifecycleModes", mode, ("Persistent", "Ephemeral"))
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < 10:
        problem = "must be greater than or equal to 10 seconds"
        errors.append(field.invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, problem))
    in_secrets = spec.get("serviceAccountTokenInSecrets")
    if in_secrets is not None and not spec.get("tokenRequests"):
        problem = "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
        errors.append(field.invalid("spec.serviceAccountTokenInSecrets", in_secrets, problem))
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """How volumes are attached and how long they live stays."""
    errors, after, before = validate(new), new["spec"], old["spec"]
    immutable(errors, "spec.attachedRequired", after.get("attachRequired"), before.get("attachRequired"))
    modes = "volumeLifecycleModes"
    immutable(errors, f"spec.{modes}", after.get(modes), before.get(modes))
    return errors


def _validate_tokens(errors: Errors, path: str, requests: list[Object]) -> None:
    seen: set[str] = set()
    for index, request in enumerate(requests):
        audience, seconds = request.get("audience", ""), request.get("expirationSeconds")
        if audience in seen:
            errors.append(field.duplicate(f"{path}[{index}].audience", audience))
            continue
        seen.add(audience)
        where = f"{path}[{index}].expirationSeconds"
        if seconds is not None and seconds < 600:
            errors.append(field.invalid(where, seconds, "may not specify a duration less than 10 minutes"))
        if seconds is not None and seconds > _LONGEST:
            errors.append(field.invalid(where, seconds, "may not specify a duration larger than 2^32 seconds"))


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="CSIDriver",
        plural="csidrivers",
        namespaced=False,
        default=default,
        validate=validate,
        validate_update=validate_update,
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
