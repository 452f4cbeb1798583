"""Structural schemas at work on objects: unknown fields out, defaults in, and the types that server-side apply walks by."""

from typing import Any

from cluster_core.apimachinery.managed_fields.types import (
    ANYTHING,
    ATOMIC,
    GRANULAR,
    KEYED,
    LIST,
    MAP,
    SCALAR,
    SET,
    Type,
)

Schema = dict[str, Any]
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"
INT_OR_STRING = "x-kubernetes-int-or-string"
_ROOT = frozenset(("apiVersion", "kind", "metadata"))


def prune(schema: Schema, value: Any, unknown: list[str], path: str = "", root: bool = True) -> None:
    """Take unspecified fields out of `value` in place, noting their paths."""
    if isinstance(value, list):
        items = schema.get("items")
        for index, item in enumerate(value):
            if isinstance(items, dict):
                prune(items, item, unknown, f"{path}[{index}]", False)
        return
    if not isinstance(value, dict):
        return
    known = schema.get("properties") or {}
    additional = schema.get("additionalProperties")
    keep = _ROOT if root or schema.get(EMBEDDED) else ()
    for name in list(value):
        place = f"{path}.{name}" if path else name
        if name in keep:
            continue
        if name in known:
            prune(known[name], value[name], unknown, place, False)
        elif isinstance(additional, dict):
            prune(additional, value[name], unknown, place, False)
        elif not schema.get(PRESERVE) and additional is not True:
            del value[name]
            unknown.append(place)


def drop_nulls(schema: Schema, value: Any) -> None:
    """Take out nulls in place where they are not allowed and no default takes their place."""
    if isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, dict):
            for item in value:
                drop_nulls(items, item)
        return
    if not isinstance(value, dict):
        return
    properties, additional = schema.get("properties") or {}, schema.get("additionalProperties")
    for name in list(value):
        child = properties.get(name, additional)
        if not isinstance(child, dict):
            continue
        if value[name] is None and name in properties and not child.get("nullable") and "default" not in child:
            del value[name]
        else:
            drop_nulls(child, value[name])


def fill_defaults(schema: Schema, value: Any) -> None:
    """Set defaults of absent fields in place; null gives way to a default where null is not allowed."""
    if isinstance(value, list):
        items = schema.get("items")
        if isinstance(items, dict):
            for item in value:
                fill_defaults(items, item)
        return
    if not isinstance(value, dict):
        return
    for name, child in (schema.get("properties") or {}).items():
        missing = name not in value or (value[name] is None and not child.get("nullable"))
        if missing and "default" in child and child["default"] is not None:
            value[name] = _copy(child["default"])
        if name in value:
            fill_defaults(child, value[name])
    additional = schema.get("additionalProperties")
    if isinstance(additional, dict):
        for name, item in value.items():
            if name not in (schema.get("properties") or {}):
                fill_defaults(additional, item)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copy(v) for k, v in value.items()}
    return [_copy(v) for v in value] if isinstance(value, list) else value


_SCALARS = {"string": "string", "integer": "numeric", "number": "numeric", "boolean": "boolean"}


def apply_type(schema: Schema, root: bool = False, metadata: Type = ANYTHING) -> Type:
    """The type that server-side apply walks by; `metadata` is ObjectMeta's, for the root."""
    if schema.get(INT_OR_STRING):
        return Type(SCALAR, scalar="untyped")
    kind = schema.get("type")
    if kind == "array":
        return _list_type(schema)
    if kind == "object" or schema.get("properties") or root:
        return _map_type(schema, root, metadata)
    if kind in _SCALARS:
        return Type(SCALAR, scalar=_SCALARS[kind])
    return ANYTHING


def _list_type(schema: Schema) -> Type:
    relation = {"map": KEYED, "set": SET}.get(schema.get("x-kubernetes-list-type", ""), ATOMIC)
    items = schema.get("items") or {}
    keys = tuple(schema.get("x-kubernetes-list-map-keys") or ())
    properties = items.get("properties") or {}
    defaults = {k: properties[k]["default"] for k in keys if "default" in properties.get(k, {})}
    return Type(LIST, relation, load_element=lambda: apply_type(items), keys=keys, key_defaults=defaults)


def _map_type(schema: Schema, root: bool, metadata: Type) -> Type:
    relation = ATOMIC if schema.get("x-kubernetes-map-type") == "atomic" else GRANULAR
    additional = schema.get("additionalProperties")
    is_open = bool(schema.get(PRESERVE)) or additional is True

    def fields() -> dict[str, Type]:
        found = {name: apply_type(child) for name, child in (schema.get("properties") or {}).items()}
        if root or schema.get(EMBEDDED):
            text = Type(SCALAR, scalar="string")
            found.update({"apiVersion": text, "kind": text, "metadata": metadata})
        return found

    def element() -> Type:
        return apply_type(additional) if isinstance(additional, dict) else ANYTHING

    has_element = isinstance(additional, dict) or is_open
    return Type(MAP, relation, load_fields=fields, load_element=element if has_element else None, open=is_open)
