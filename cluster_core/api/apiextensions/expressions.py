"""Rules of schemas (`x-kubernetes-validations`) as expressions: what `self` is, and what is wrong with a rule when it is defined.

Validation of definitions calls `rule_problems`; custom resources compile their rules with `compile_rule`. Values are none of its business.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cluster_core.api.resource import Object
from cluster_core.api.validation import Errors, struct
from cluster_core.apimachinery import field

if TYPE_CHECKING:
    from cluster_core.apimachinery.cel import Program
    from cluster_core.apimachinery.cel.types import Type

RULES = "x-kubernetes-validations"
_EMBEDDED = "x-kubernetes-embedded-resource"
_KEYWORDS = frozenset(
    (
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    )
)  # fmt: skip
_ESCAPES = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
UNUSED_OLD = "may not be set if oldSelf is not used in rule"
NOT_BOOL = "cel expression must evaluate to a bool"
NOT_STRING = "messageExpression must evaluate to a string"


def escaped(name: str) -> str:
    """A property's name as expressions write it; empty if they cannot."""
    if name in _KEYWORDS:
        return f"__{name}__"
    if not name or not (name[0].isalpha() or name[0] == "_") or not name.isascii():
        return ""
    if not all(character.isalnum() or character in "_.-/" for character in name):
        return ""
    for plain, escape in _ESCAPES:
        name = name.replace(plain, escape)
    return name


def is_root_like(schema: Object, root: bool) -> bool:
    """Whether objects of the schema have kind, apiVersion and metadata of their own."""
    return root or bool(schema.get(_EMBEDDED))


def fields_of(schema: Object, root: bool) -> dict[str, Object]:
    """The schemas of an object's fields, with those that every resource has."""
    properties = dict(schema.get("properties") or {})
    if is_root_like(schema, root):
        text: Object = {"type": "string"}
        metadata = {"type": "object", "properties": {"name": text, "generateName": text}}
        properties.update({"apiVersion": text, "kind": text, "metadata": metadata})
    return properties


def type_of_schema(schema: Object, name: str, root: bool = False) -> "Type | None":
    """The static type of values; None where expressions cannot go."""
    from cluster_core.apimachinery.cel import types

    if schema.get("x-kubernetes-int-or-string"):
        return types.DYN
    kind = schema.get("type")
    if kind == "array":
        items = type_of_schema(schema.get("items") or {}, f"{name}.@idx")
        return None if items is None else types.list_of(items)
    if kind == "object":
        return _object_type(schema, name, root)
    if kind == "string":
        formats = {
            "byte": types.BYTES, "duration": types.DURATION, "date": types.TIMESTAMP, "date-time": types.TIMESTAMP,
        }  # fmt: skip
        return formats.get(schema.get("format", ""), types.STRING)
    scalars = {"boolean": types.BOOL, "number": types.DOUBLE, "integer": types.INT}
    return scalars.get(kind or "")


def _object_type(schema: Object, name: str, root: bool) -> "Type | None":
    from cluster_core.apimachinery.cel import types

    additional = schema.get("additionalProperties")
    if isinstance(additional, dict):
        value = type_of_schema(additional, f"{name}.@elem")
        return None if value is None else types.map_of(types.STRING, value)

    def fields() -> "Mapping[str, Type]":
        found = {}
        for each, child in fields_of(schema, root).items():
            known, written = type_of_schema(child, f"{name}.{each}"), escaped(each)
            if known is not None and written:
                found[each] = found[written] = known
        return found

    return types.object_type(name, fields)


def compile_rule(expression: str, schema: Object, root: bool, *, optional_old: bool = False) -> "Program":
    """A rule or message expression; raises what the expression language raises."""
    from cluster_core.apimachinery.cel import compile_expression, types

    own = type_of_schema(schema, "selfType", root) or types.DYN
    old = types.optional(own) if optional_old else own
    return compile_expression(expression, {"self": own, "oldSelf": old})


def rule_problems(schema: Object, path: str) -> Errors:
    """What is wrong with the rules of a sound schema, the deepest first."""
    errors: Errors = []
    _walk(errors, schema, path, root=True, lost="")
    return errors


def _walk(errors: Errors, schema: Object, path: str, *, root: bool, lost: str) -> None:
    """`lost` is the part of the schema whose parts cannot be found again in the old object."""
    for where, child, below in children(schema, path, lost):
        _walk(errors, child, where, root=False, lost=below)
    for index, rule in enumerate(schema.get(RULES) or ()):
        _rule(errors, f"{path}.{RULES}[{index}]", schema, rule, root, lost)


def children(schema: Object, path: str, lost: str) -> Iterator[tuple[str, Object, str]]:
    """Schemas right below, with their paths."""
    properties = schema.get("properties") or {}
    if isinstance(schema.get("additionalProperties"), dict):
        yield f"{path}.additionalProperties", schema["additionalProperties"], lost
    for name in sorted(properties):
        yield f"{path}.properties[{name}]", properties[name], lost
    if isinstance(schema.get("items"), dict):
        keyed = schema.get("x-kubernetes-list-type") == "map"
        yield f"{path}.items", schema["items"], lost if keyed or lost else path


def shown_rule(rule: Object) -> Any:
    """A rule as errors show it: the server's own struct."""
    names = ("rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf")
    empty = {"reason": None, "optionalOldSelf": None}
    text = str(struct({name[0].upper() + name[1:]: rule.get(name, empty.get(name, "")) for name in names}))
    from cluster_core.api.validation import Verbatim

    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Verbatim(text)


def _rule(errors: Errors, path: str, schema: Object, rule: Object, root: bool, lost: str) -> None:
    from cluster_core.apimachinery.cel import CompileError, InstantiationError

    expression = rule.get("rule", "")
    if not expression.strip():
        return
    optional_old, program = bool(rule.get("optionalOldSelf")), None
    try:
        program = compile_rule(expression, schema, root, optional_old=optional_old)
        if program.type.kind not in ("bool", "dyn"):
            errors.append(field.invalid(f"{path}.rule", shown_rule(rule), NOT_BOOL))
    except CompileError as error:
        errors.append(field.invalid(f"{path}.rule", shown_rule(rule), f"compilation failed: {error}"))
    except InstantiationError as error:
        errors.append(field.invalid(f"{path}.rule", shown_rule(rule), f"program instantiation failed: {error}"))
    if program is not None and program.type.kind in ("bool", "dyn"):
        _message(errors, path, schema, rule, root, optional_old)
    uses_old = program is not None and program.uses("oldSelf")
    if uses_old and lost and not optional_old:
        problem = f"oldSelf cannot be used on the uncorrelatable portion of the schema within {lost}"
        errors.append(field.invalid(f"{path}.rule", expression, problem))
    elif not uses_old and rule.get("optionalOldSelf") is not None:
        errors.append(field.invalid(f"{path}.optionalOldSelf", rule["optionalOldSelf"], UNUSED_OLD))


def _message(errors: Errors, path: str, schema: Object, rule: Object, root: bool, optional_old: bool) -> None:
    from cluster_core.apimachinery.cel import CompileError, InstantiationError

    expression = rule.get("messageExpression", "")
    if not expression.strip():
        return
    problem = ""
    try:
        if compile_rule(expression, schema, root, optional_old=optional_old).type.kind not in ("string", "dyn"):
            problem = NOT_STRING
    except CompileError as error:
        problem = f"messageExpression compilation failed: {error}"
    except InstantiationError as error:
        problem = f"messageExpression instantiation failed: {error}"
    if problem:
        errors.append(field.invalid(f"{path}.messageExpression", shown_rule(rule), problem))


def place_problems(errors: Errors, path: str, schema: Object, place: str) -> None:
    """A rule's `fieldPath`: a path of one line to a field that the schema has."""
    if not place.strip():
        errors.append(field.invalid(f"{path}.fieldPath", place, "must be non-empty if specified"))
    elif "\n" in place or "\r" in place:
        errors.append(field.invalid(f"{path}.fieldPath", place, "must not contain line breaks"))
    if place_of(schema, place) is None:
        errors.append(field.invalid(f"{path}.fieldPath", place, "must be a valid path"))


def place_of(schema: Object, place: str) -> str | None:
    """A `fieldPath` in the form of field errors (`.a.b[key]`), None if the schema has no such place."""
    shown, found = found_at(schema, place)
    return shown if found is not None else None


def found_at(schema: Object, place: str) -> tuple[str, Object | None]:
    """Where a path through properties and maps leads: in the form of field errors, and the schema there, if any."""
    import re

    shown, at = "", 0
    step = re.compile(r"\.([A-Za-z_][\w]*)|\['((?:[^'\\]|\\.)*)'\]", re.ASCII)
    while at < len(place):
        match = step.match(place, at)
        if match is None:
            return shown, None
        name = match[1] if match[1] is not None else match[2].replace("\\'", "'").replace("\\\\", "\\")
        properties, additional = schema.get("properties") or {}, schema.get("additionalProperties")
        if name in properties:
            schema, shown = properties[name], f"{shown}.{name}"
        elif isinstance(additional, dict):
            schema, shown = additional, f"{shown}[{name}]"
        else:
            return shown, None
        at = match.end()
    return shown, schema if shown else None
