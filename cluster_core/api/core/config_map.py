"""ConfigMap: columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, name
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import config_map_key


def _count(config_map: Object, _now: float) -> int:
    return len(config_map.get("data") or ()) + len(config_map.get("binaryData") or ())


IMMUTABLE_SET = "field is immutable when `immutable` is set"
SIZE_LIMIT = 1048576


def keys_and_size(errors: Errors, path: str, found: Object, encoded: bool) -> int:
    """Checks the keys of data and returns its size in bytes; `encoded` values are base64."""
    size = 0
    for key, value in found.items():
        name(errors, f"{path}[{key}]", key, config_map_key)
        size += len(value) * 3 // 4 - value[-2:].count("=") if encoded else len(value.encode(errors="surrogateescape"))
    return size


def validate(config_map: Object) -> Errors:
    """A new map."""
    errors: Errors = []
    data, binary = config_map.get("data") or {}, config_map.get("binaryData") or {}
    size = 0
    for key, value in data.items():
        name(errors, f"data[{key}]", key, config_map_key)
        if key in binary:
            errors.append(field.invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        size += len(value) if value.isascii() else len(value.encode(errors="surrogateescape"))
    size += keys_and_size(errors, "binaryData", binary, encoded=True)
    if size > SIZE_LIMIT:
        errors.append(field.too_long("[]", SIZE_LIMIT))
    return errors


def immutability(errors: Errors, new: Object, old: Object, fields: tuple[str, ...]) -> None:
    """What `immutable: true` forbids."""
    if not old.get("immutable"):
        return
    if not new.get("immutable"):
        errors.append(field.forbidden("immutable", IMMUTABLE_SET))
    for each in fields:
        if new.get(each) != old.get(each):
            errors.append(field.forbidden(each, IMMUTABLE_SET))


def validate_update(new: Object, old: Object) -> Errors:
    """A changed map."""
    errors: Errors = []
    immutability(errors, new, old, ("data", "binaryData"))
    return errors + validate(new)


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ConfigMap",
        plural="configmaps",
        short_names=("cm",),
        generation=False,
        validate=validate,
        validate_update=validate_update,
        columns=(NAME, Column("Data", _count), AGE),
    ),
)
