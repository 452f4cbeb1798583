"""Custom resources against the schema in their CustomResourceDefinition.

Called by `check`. jsonschema-rs decides what is valid; what Kubernetes adds to JSON Schema (nullable, int-or-string) is
translated first, and what it understands in its own way (patterns are Go's, fields that are not named are faults) is looked
at here. CEL rules are left to the server.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from helmpy.schemas.builtin import Fault, expected, unknown_field
from helmpy.schemas.positions import FieldPath

Schema = dict[str, Any]
Kinds = dict[tuple[str, str], "CustomKind"]
"""By (API version, kind)."""

_MAX_DEPTH = 100
_MAX_TEXT = 300
_PRESERVE = "x-kubernetes-preserve-unknown-fields"
_COPIED = frozenset(
    """allOf anyOf oneOf not enum exclusiveMaximum exclusiveMinimum maximum maxItems maxLength maxProperties minimum minItems
    minLength minProperties multipleOf required type uniqueItems""".split()
)
_OBJECT_FIELDS = ("apiVersion", "kind", "metadata")


def kinds_of(definitions: Iterable[Any]) -> Kinds:
    """The kinds that CustomResourceDefinition objects (v1) serve; whatever is not well formed is passed over."""
    found: Kinds = {}
    for definition in definitions:
        spec = definition.get("spec")
        names = spec.get("names") if isinstance(spec, dict) else None
        if not isinstance(names, dict) or not isinstance(spec.get("versions"), list):
            continue
        for version in spec["versions"]:
            if isinstance(version, dict) and version.get("served", True):
                schema = version.get("schema")
                root = schema.get("openAPIV3Schema") if isinstance(schema, dict) else None
                key = (f"{spec.get('group')}/{version.get('name')}", str(names.get("kind")))
                found[key] = CustomKind(root if isinstance(root, dict) else None)
    return found


class CustomKind:
    """One kind of a CustomResourceDefinition; `schema` is its openAPIV3Schema, if it has one."""

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema

    @cached_property
    def _validator(self) -> Any:
        import jsonschema_rs

        return jsonschema_rs.Draft4Validator(_translated(self.schema, 0), validate_formats=False)

    def faults(self, obj: dict[str, Any]) -> Iterator[Fault]:
        """Everything in an object that the schema does not allow."""
        import jsonschema_rs

        if self.schema is None:
            return
        try:
            errors = list(self._validator.iter_errors(obj))
        except (ValueError, jsonschema_rs.ReferencingError):
            yield Fault((), "the schema in the CustomResourceDefinition is not valid")
            return
        for error in errors:
            yield from _worded(error)
        yield from _own_rules(self.schema, obj, (), is_object=True)


def _translated(schema: Any, depth: int) -> Any:
    """The schema as plain JSON Schema."""
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return {}
    plain = {key: value for key, value in schema.items() if key in _COPIED}
    for key in ("allOf", "anyOf", "oneOf"):
        if isinstance(plain.get(key), list):
            plain[key] = [_translated(item, depth + 1) for item in plain[key]]
    if "not" in plain:
        plain["not"] = _translated(plain["not"], depth + 1)
    if isinstance(schema.get("properties"), dict):
        plain["properties"] = {key: _translated(item, depth + 1) for key, item in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            plain[key] = _translated(schema[key], depth + 1)
    if schema.get("x-kubernetes-int-or-string"):
        plain["type"] = ["integer", "string"]
    if schema.get("nullable") and "type" in plain:
        plain["type"] = [*([plain["type"]] if isinstance(plain["type"], str) else plain["type"]), "null"]
        if "enum" in plain:
            plain["enum"] = [*plain["enum"], None]
    return plain


def _worded(error: Any) -> Iterator[Fault]:
    path: FieldPath = tuple(error.instance_path)
    kind = error.kind
    if kind.name == "type":
        yield Fault(path, expected(" or ".join(name for name in kind.types if name != "null"), error.instance))
    elif kind.name == "required":
        yield Fault((*path, kind.property), "required field is missing")
    else:
        yield Fault(path, str(error.message).partition("\n")[0][:_MAX_TEXT])


def _own_rules(schema: Any, value: Any, path: FieldPath, *, is_object: bool) -> Iterator[Fault]:
    """Fields that the server would drop, and texts that do not match their pattern."""
    if not isinstance(schema, dict) or len(path) > _MAX_DEPTH:
        return
    if isinstance(value, str) and isinstance(schema.get("pattern"), str) and not _matches(schema["pattern"], value):
        yield Fault(path, f"does not match the pattern {schema['pattern']}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _own_rules(schema.get("items"), item, (*path, index), is_object=False)
        return
    if not isinstance(value, dict):
        return
    known = schema.get("properties")
    known = known if isinstance(known, dict) else {}
    more = schema.get("additionalProperties")
    is_object = is_object or bool(schema.get("x-kubernetes-embedded-resource"))
    for name, item in value.items():
        if is_object and name in _OBJECT_FIELDS:
            continue
        if name in known:
            yield from _own_rules(known[name], item, (*path, name), is_object=False)
        elif isinstance(more, dict):
            yield from _own_rules(more, item, (*path, name), is_object=False)
        elif not more and not schema.get(_PRESERVE):
            yield Fault((*path, name), unknown_field(name, known.keys() - value.keys()))


def _matches(pattern: str, text: str) -> bool:
    """Whether Go's regular expression finds something; one that cannot be read matches everything."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options).search(text) is not None
    except re2.error:
        return True
