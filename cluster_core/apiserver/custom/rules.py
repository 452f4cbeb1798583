"""Runs the rules of a schema (`x-kubernetes-validations`) on custom resources.

Called by `resources` once an object is otherwise valid. Programs are compiled once per schema; values become those of the expression
language by their schema (times, bytes, sets), and old values are found again where lists and maps allow it.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cluster_core.api.apiextensions.expressions import RULES, compile_rule, escaped, fields_of, place_of
from cluster_core.apimachinery import field
from cluster_core.apimachinery.field import FieldError

if TYPE_CHECKING:
    from cluster_core.apimachinery.cel import Program

Object = dict[str, Any]
ABSENT = object()
UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)
_BLOCKING = (field.REQUIRED, field.TOO_LONG, field.TOO_MANY, field.TYPE_INVALID)
OBJECT_LIMIT = 10_000_000
"""Work that all rules of one object may do."""


class _Budget:
    def __init__(self) -> None:
        self.left = OBJECT_LIMIT


class Rules:
    """The rules of one schema and of those below it."""

    def __init__(self, schema: Object, root: bool = False) -> None:
        self._schema, self._root = schema, root

    @cached_property
    def own(self) -> "list[_Rule]":
        """This schema's own rules; one that does not compile (accepted before it was checked) is left out."""
        return [_Rule(rule, self._schema, self._root) for rule in self._schema.get(RULES) or ()]

    @cached_property
    def fields(self) -> "dict[str, Rules]":
        """Rules of properties, where there are any."""
        found = {name: Rules(child) for name, child in sorted((self._schema.get("properties") or {}).items())}
        return {name: rules for name, rules in found.items() if rules.exist}

    @cached_property
    def elements(self) -> "Rules | None":
        """Rules of items or of a map's values."""
        kind = self._schema.get("type")
        below = self._schema.get("items") if kind == "array" else self._schema.get("additionalProperties")
        rules = Rules(below) if isinstance(below, dict) else None
        return rules if rules is not None and rules.exist else None

    @cached_property
    def exist(self) -> bool:
        """Whether there is any rule here or below."""
        return bool(self._schema.get(RULES)) or bool(self.fields) or self.elements is not None

    def problems(self, obj: Object, old: Object | None, found: list[FieldError]) -> list[FieldError]:
        """What the rules say of an object; `found` are its problems so far, of which some keep rules from being run."""
        if not self.exist:
            return []
        if any(problem.type in _BLOCKING for problem in found):
            return [field.invalid("<nil>", None, UNCHECKED)]
        problems: list[FieldError] = []
        self._check(problems, obj, ABSENT if old is None else old, "")
        return problems

    def _check(self, problems: list[FieldError], value: Any, old: Any, path: str) -> None:
        if value is None:
            return
        for rule in self.own:
            problem = rule.problem(value, old, path)
            if problem is not None:
                problems.append(problem)
        if isinstance(value, dict):
            self._check_object(problems, value, old if isinstance(old, dict) else {}, path)
        elif isinstance(value, list) and self.elements is not None:
            keys = self._schema.get("x-kubernetes-list-map-keys") or ()
            for index, item in enumerate(value):
                before = _correlated(item, old, keys) if keys and isinstance(old, list) else ABSENT
                self.elements._check(problems, item, before, f"{path}[{index}]")

    def _check_object(self, problems: list[FieldError], value: Object, old: Object, path: str) -> None:
        for name, rules in self.fields.items():
            if name in value:
                where = f"{path}.{name}" if path else name
                rules._check(problems, value[name], old.get(name, ABSENT), where)
        if self.elements is not None:
            known = self._schema.get("properties") or ()
            for name in sorted(value.keys() - set(known)):
                self.elements._check(problems, value[name], old.get(name, ABSENT), f"{path}[{name}]")


def _correlated(item: Any, old: list[Any], keys: Any) -> Any:
    identity = [item.get(key) for key in keys]
    return next((o for o in old if isinstance(o, dict) and [o.get(key) for key in keys] == identity), ABSENT)


class _Rule:
    """One rule: its program, and what to say when it does not hold."""

    def __init__(self, rule: Object, schema: Object, root: bool) -> None:
        self._rule, self._schema, self._root = rule, schema, root
        self._optional_old = bool(rule.get("optionalOldSelf"))
        self._program = self._compiled(rule.get("rule", ""))
        self._uses_old = self._program is not None and self._program.uses("oldSelf")

    def _compiled(self, expression: str) -> "Program | None":
        from cluster_core.apimachinery.cel import CompileError, InstantiationError

        try:
            return compile_rule(expression, self._schema, self._root, optional_old=self._optional_old)
        except (CompileError, InstantiationError):
            return None

    def problem(self, value: Any, old: Any, path: str) -> FieldError | None:
        """What the rule says of a value, None if nothing."""
        from cluster_core.apimachinery.cel import EvaluationError

        if self._program is None or (self._uses_old and old is ABSENT and not self._optional_old):
            return None
        if old is not ABSENT and not self._uses_old and old == value:
            return None  # what was there before and has not changed is let be
        variables = self._variables(value, old)
        try:
            if self._program.run(variables) is True:
                return None
        except EvaluationError as error:
            return field.invalid(path or "<nil>", self._schema.get("type", ""), self._failure(str(error)))
        return self._refusal(value, path, variables)

    def _variables(self, value: Any, old: Any) -> Object:
        from cluster_core.apimachinery.cel.values import NOTHING, Optional

        variables = {"self": converted(self._schema, value, self._root)}
        if self._uses_old:
            before = None if old is ABSENT else converted(self._schema, old, self._root)
            if self._optional_old:
                before = NOTHING if old is ABSENT else Optional((before,))
            variables["oldSelf"] = before
        return variables

    def _failure(self, error: str) -> str:
        shown = self._rule.get("message", "").strip() or self._rule.get("rule", "").strip()
        if error.startswith("no such overload"):
            text = "call arguments did not match a supported operator, function or macro signature for rule"
            return f"'{error}': {text}: {shown}"
        if error.startswith("operation cancelled: actual cost limit exceeded"):
            return (
                f"'{error}': no further validation rules will be run due to call cost exceeds limit for rule: {shown}"
            )
        return f"{error} evaluating rule: {shown}"

    def _refusal(self, value: Any, path: str, variables: Object) -> FieldError:
        detail = self._message(variables) or self._rule.get("message", "").strip()
        if not detail:
            detail = f"failed rule: {self._rule.get('rule', '').strip()}"
        place = place_of(self._schema, self._rule["fieldPath"]) if self._rule.get("fieldPath") else None
        where = f"{path}{place or ''}".lstrip(".") or "<nil>"
        reason = self._rule.get("reason") or field.INVALID
        if reason == field.FORBIDDEN:
            return field.forbidden(where, detail)
        if reason == field.REQUIRED:
            return field.required(where, detail)
        plain = isinstance(value, (dict, list))
        if reason == field.DUPLICATE:
            return FieldError(where, field.DUPLICATE, "Duplicate value") if plain else field.duplicate(where, value)
        if plain:
            return FieldError(where, field.INVALID, f"Invalid value: {detail}")
        return field.invalid(where, value, detail)

    def _message(self, variables: Object) -> str:
        """What the message expression gives, empty if that is no message."""
        from cluster_core.apimachinery.cel import EvaluationError

        expression = self._rule.get("messageExpression", "")
        program = self._compiled(expression) if expression.strip() else None
        if program is None:
            return ""
        try:
            text = program.run(variables)
        except EvaluationError:
            return ""
        return text.strip() if isinstance(text, str) and "\n" not in text and len(text) <= 5120 else ""


def converted(schema: Object, value: Any, root: bool = False) -> Any:
    """A JSON value as the expression language has it."""
    if isinstance(value, dict):
        return _converted_object(schema, value, root)
    if isinstance(value, list):
        return _converted_list(schema, [converted(schema.get("items") or {}, item) for item in value])
    if isinstance(value, str):
        return _converted_text(schema.get("format", ""), value) if schema.get("type") == "string" else value
    if schema.get("type") == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _converted_object(schema: Object, value: Object, root: bool) -> Object:
    additional = schema.get("additionalProperties")
    if isinstance(additional, dict):
        return {name: converted(additional, item) for name, item in value.items()}
    found: Object = {}
    for name, child in fields_of(schema, root).items():
        if value.get(name) is not None and escaped(name):
            found[name] = found[escaped(name)] = converted(child, value[name])
    return found


def _converted_list(schema: Object, items: list[Any]) -> list[Any]:
    from cluster_core.apimachinery.cel.values import KeyedList, SetList

    kind = schema.get("x-kubernetes-list-type")
    if kind == "set":
        return SetList(items)
    if kind != "map":
        return items
    keyed = KeyedList(items)
    keyed.keys = tuple(escaped(key) for key in schema.get("x-kubernetes-list-map-keys") or ())
    return keyed


def _converted_text(form: str, value: str) -> Any:
    from cluster_core.apimachinery.cel import EvaluationError, standard

    try:
        if form == "date-time":
            return standard.to_timestamp(value)
        if form == "date":
            return standard.to_timestamp(f"{value}T00:00:00Z")
        if form == "duration":
            return standard.to_duration(value)
    except EvaluationError:
        return value
    if form == "byte":
        import base64
        import binascii

        try:
            return base64.b64decode(value)
        except binascii.Error:
            return value
    return value
