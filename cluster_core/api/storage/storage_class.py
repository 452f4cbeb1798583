"""StorageClass: defaults, columns."""

from cluster_core.api.cells import AGE, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, immutable, label_name, one_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import qualified_name

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


_RECLAIM_POLICIES = ("Delete", "Retain")
_BINDING_MODES = ("Immediate", "WaitForFirstConsumer")


def validate(storage_class: Object) -> Errors:
    """A new class."""
    errors: Errors = []
    provisioner = storage_class.get("provisioner", "")
    if not provisioner:
        errors.append(field.required("provisioner"))
    else:
        for problem in qualified_name(provisioner.lower()):
            errors.append(field.invalid("provisioner", provisioner.lower(), problem))
    validate_parameters(errors, "parameters", storage_class.get("parameters") or {})
    if storage_class.get("reclaimPolicy"):
        one_of(errors, "reclaimPolicy", storage_class["reclaimPolicy"], _RECLAIM_POLICIES)
    one_of(errors, "volumeBindingMode", storage_class.get("volumeBindingMode"), _BINDING_MODES)
    _validate_topologies(errors, "allowedTopologies", storage_class.get("allowedTopologies") or [])
    return errors


def _validate_topologies(errors: Errors, path: str, terms: list[Object]) -> None:
    """Each term once; one without expressions equals the blanks that upstream starts its list with."""
    seen: list[dict[str, set[str]]] = [{} for _ in terms]
    for index, term in enumerate(terms):
        where = f"{path}[{index}]"
        _validate_term(errors, where, term)
        expressions = term.get("matchLabelExpressions") or ()
        found = {requirement["key"]: set(requirement.get("values") or ()) for requirement in expressions}
        errors.extend(field.duplicate(f"{where}.matchLabelExpressions", "") for each in seen if each == found)
        seen.append(found)


def validate_update(new: Object, old: Object) -> Errors:
    """What volumes were made from stays."""
    errors: Errors = []
    for each in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"):
        immutable(errors, each, new.get(each), old.get(each))
    return errors


def validate_parameters(errors: Errors, path: str, parameters: dict[str, str], *, required: bool = False) -> None:
    """Parameters for a driver: at most 512, at most 256 KiB."""
    if len(parameters) > 512:
        errors.append(field.too_long(path, 512))
        return
    if "" in parameters:
        errors.append(field.invalid(path, "", "field can not be empty."))
    size = sum(len(text.encode(errors="surrogateescape")) for pair in parameters.items() for text in pair)
    if size > 256 * 1024:
        errors.append(field.too_long(path, 256 * 1024))
    if required and not parameters:
        errors.append(field.required(path, "must contain at least one key/value pair"))


def _validate_term(errors: Errors, path: str, term: Object) -> None:
    seen: set[str] = set()
    for index, requirement in enumerate(term.get("matchLabelExpressions") or ()):
        where, key = f"{path}.matchLabelExpressions[{index}]", requirement["key"]
        values = requirement.get("values") or []
        if not values:
            errors.append(field.required(f"{where}.values"))
        for at, value in enumerate(values):
            if value in values[:at]:
                errors.append(field.duplicate(f"{where}.values[{at}]", value))
        label_name(errors, f"{where}.key", key)
        if key in seen:
            errors.append(field.duplicate(f"{where}.key", key))
        seen.add(key)


RESOURCES = (
    Resource(
        group="storage.k8s.io",
        version="v1",
        kind="StorageClass",
        plural="storageclasses",
        short_names=("sc",),
        namespaced=False,
        default=default,
        validate=validate,
        validate_update=validate_update,
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
