"""Faults found by JSON Schema in the words and the tree that Helm's validator (santhosh-tekuri/jsonschema) prints.

Called by `schema`. jsonschema-rs gives a flat list; here it is put back into a tree of schemas, since each schema with
several faults gets a line of its own and `allOf` groups what it holds. Must not validate anything itself.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from helmpy.values import schema_texts as texts

_BY_NAME = ("properties", "patternProperties", "dependentSchemas", "dependencies")
_BY_INDEX = ("allOf", "anyOf", "oneOf", "prefixItems")
_ALONE = ("type", "const", "enum", "format")  # the first of these hides all else of its schema
_ORDER = (
    "$ref minProperties maxProperties required dependencies properties patternProperties additionalProperties "
    "propertyNames dependentSchemas dependentRequired minItems maxItems uniqueItems items additionalItems prefixItems "
    "contains minContains maxContains minLength maxLength pattern contentEncoding contentMediaType contentSchema "
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf $recursiveRef $dynamicRef not allOf anyOf oneOf if "
    "then else unevaluatedProperties unevaluatedItems"
)
_ONE_DEEPER = (
    "properties patternProperties additionalProperties items additionalItems prefixItems contains "
    "unevaluatedProperties unevaluatedItems"
)
Path = tuple[Any, ...]


@dataclass(slots=True)
class _Fault:
    """One line of the report and those below it."""

    where: Path
    text: str
    causes: "list[_Fault]" = field(default_factory=list)
    is_group: bool = False


@dataclass(slots=True)
class _Schema:
    """The faults of one schema at one place of the values."""

    where: Path
    own: list[tuple[str, Any]] = field(default_factory=list)
    inner: "dict[tuple[Any, ...], _Schema]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """One validation: the schema's document, what was validated, and the draft (4, 6, 7, 2019 or 2020).

    `subschema_errors` validates a value against the schema at a path of the document.
    """

    document: Any
    values: Any
    draft: int
    subschema_errors: Callable[[Path, Any], list[Any]]


def describe(errors: Iterable[Any], subject: Subject, base: Path = ()) -> str:
    """The report for the errors of one validation, without a newline at its end.

    `base` is the evaluation path of the schema that counts as the whole.
    """
    return "\n".join(_lines(_ungrouped(_Report(subject).faults(errors, base, ())), 0))


def _lines(faults: Iterable[_Fault], depth: int) -> Iterator[str]:
    for fault in faults:
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in fault.where)
        yield f"{'  ' * depth}- at {texts.quote(pointer)}: {fault.text}"
        yield from _lines(fault.causes, depth + 1)


class _Report:
    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def faults(self, errors: Iterable[Any], base: Path, where: Path) -> list[_Fault]:
        """The faults of the schema that lies at `base` of the evaluation path."""
        root = _Schema(where)
        for error in errors:
            self._place(root, error, len(base))
        return self._of_schema(root)

    def _place(self, schema: _Schema, error: Any, at: int) -> None:
        """Hang an error into the tree of schemas, at the keyword that found it."""
        kind = type(error.kind).__name__
        if kind == "PropertyNames":
            path = list(error.kind.error.evaluation_path)
            end = len(path) - 1 - path[::-1].index("propertyNames")
        else:
            path = list(error.evaluation_path)
            end = len(path) - (kind != "FalseSchema" or path[-1:] == ["additionalProperties"])
        instance = list(error.instance_path)
        while at < end:
            keyword = path[at]
            has_name = keyword in _BY_NAME or keyword in _BY_INDEX or isinstance((path[at + 1 :] or [None])[0], int)
            step = tuple(path[at : at + 1 + has_name])
            at += len(step)
            deeper = len(schema.where) + (keyword in _ONE_DEEPER.split())
            where = tuple(instance[:deeper])
            schema = schema.inner.setdefault((*step, where), _Schema(where))
        schema.own.append((path[end] if end < len(path) else "", error))

    def _of_schema(self, schema: _Schema) -> list[_Fault]:
        keywords = {keyword for keyword, _ in schema.own}
        for keyword in _ALONE:
            if keyword in keywords:
                return self._of_keyword(keyword, [e for k, e in schema.own if k == keyword][:1], schema.where)
        if "" in keywords:
            return [_Fault(schema.where, "false schema")]
        found: list[tuple[tuple[Any, ...], list[_Fault]]] = []
        for keyword in keywords:
            errors = [error for name, error in schema.own if name == keyword]
            found.append(((_rank(keyword), (), 1), self._of_keyword(keyword, errors, schema.where)))
        parts: list[_Fault] = []
        for step, inner in schema.inner.items():
            faults = self._of_schema(inner)
            if step[0] in ("$ref", "$dynamicRef", "$recursiveRef"):
                faults = _referred(faults, schema.where)
                if self._subject.draft < 2019:
                    return faults
            faults = _joined(faults, inner.where)
            if step[0] == "allOf":
                parts += faults
            else:
                found.append(((_rank(step[0]), tuple(map(str, inner.where)), 0), faults))
        if parts:
            found.append(((_rank("allOf"), (), 0), [_Fault(schema.where, "'allOf' failed", parts)]))
        return [fault for _, faults in sorted(found, key=lambda item: item[0]) for fault in faults]

    def _of_keyword(self, keyword: str, errors: list[Any], where: Path) -> list[_Fault]:
        name = type(errors[0].kind).__name__
        describe_kind = texts.KINDS.get(name)
        if name == "Required":
            return self._required(keyword, errors, where)
        if name == "PropertyNames":
            return self._property_names(errors, where)
        if name in ("AnyOf", "OneOfNotValid"):
            return [self._alternatives(errors[0], where)]
        if name == "Contains":
            return [self._contains(keyword, errors[0], where)]
        if name == "FalseSchema":
            return [_Fault(where, texts.additional(self._instance(where)))]
        if name == "UnevaluatedProperties":
            return [_Fault((*where, key), "false schema") for key in sorted(errors[0].kind.unexpected)]
        if describe_kind is None:
            return [_Fault(where, error.message) for error in errors]
        return [_Fault(where, describe_kind(error, self._keyword_value(error))) for error in errors]

    def _keyword_value(self, error: Any) -> Any:
        """What the schema says at the keyword; None where the schema is not this document."""
        value = self._subject.document
        for part in error.schema_path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def _instance(self, where: Path) -> Any:
        value = self._subject.values
        for part in where:
            value = value[part]
        return value

    def _required(self, keyword: str, errors: list[Any], where: Path) -> list[_Fault]:
        if keyword == "required":
            return [_Fault(where, texts.missing([error.kind.property for error in errors]))]
        present = self._instance(where)
        faults = []
        for name, needed in sorted((self._keyword_value(errors[0]) or {}).items()):
            missing = [other for other in needed if other not in present] if isinstance(needed, list) else []
            if name in present and missing:
                faults.append(
                    _Fault(where, f"properties {texts.quoted(missing)} required, if {texts.quote(name)} exists")
                )
        return faults

    def _property_names(self, errors: list[Any], where: Path) -> list[_Fault]:
        by_name: dict[str, list[Any]] = {}
        for error in errors:
            by_name.setdefault(error.kind.error.instance, []).append(error.kind.error)
        faults = []
        for name, inner in sorted(by_name.items()):
            path = list(inner[0].evaluation_path)
            base = path[: len(path) - path[::-1].index("propertyNames")]
            causes = _moved(_ungrouped(self.faults(inner, tuple(base), where)), len(where))
            faults.append(_Fault(where, f"invalid propertyName {texts.quote(name)}", causes))
        return faults

    def _contains(self, keyword: str, error: Any, where: Path) -> _Fault:
        """`contains` and its limits: how many items match, and why the others do not."""
        path = (*list(error.schema_path)[:-1], "contains")
        matched, causes = [], []
        for index, item in enumerate(error.instance):
            errors = self._subject.subschema_errors(path, item)
            place = (*where, index)
            below = _joined(self.faults(errors, ("$ref",), ()), ())
            causes += _placed(below, place)
            if not errors:
                matched.append(index)
        if keyword == "contains":
            return _Fault(where, "no items match contains schema", causes)
        found = f"but matched {texts.number(len(matched))} items at {' '.join(map(str, matched))}"
        if keyword == "minContains" and not matched:
            found = "but none matched"
        wanted = f"{keyword[:3]} {texts.number(self._keyword_value(error))} items required to match contains schema"
        return _Fault(where, f"{wanted}, {found}", causes if keyword == "minContains" else [])

    def _alternatives(self, error: Any, where: Path) -> _Fault:
        """`anyOf` and `oneOf` of which nothing fits: below it, why each did not."""
        base = tuple(error.evaluation_path)
        causes = []
        for index, errors in enumerate(error.kind.context):
            causes += _joined(self.faults(errors, (*base, index), where), where)
        any_of = type(error.kind).__name__ == "AnyOf"
        return _Fault(where, "'anyOf' failed" if any_of else "'oneOf' failed, none matched", causes)


@cache
def _order() -> dict[str, int]:
    return {keyword: rank for rank, keyword in enumerate(_ORDER.split())}


def _rank(keyword: str) -> int:
    same_place = {"patternProperties": "properties", "additionalProperties": "properties"}
    keyword = same_place.get(keyword, keyword)
    return _order().get(keyword, len(_ORDER))


def _joined(faults: list[_Fault], where: Path) -> list[_Fault]:
    """Several faults of one schema stand below a line of their own."""
    return [_Fault(where, "validation failed", faults, is_group=True)] if len(faults) > 1 else faults


def _ungrouped(faults: list[_Fault]) -> list[_Fault]:
    """At the top there is a line for the whole already."""
    return faults[0].causes if len(faults) == 1 and faults[0].is_group else faults


def _referred(faults: list[_Fault], where: Path) -> list[_Fault]:
    """Several faults behind a reference stand at the place of the reference."""
    faults = _ungrouped(faults)
    return [_Fault(where, "validation failed", faults)] if len(faults) > 1 else faults


def _moved(faults: list[_Fault], depth: int) -> list[_Fault]:
    return [_Fault(fault.where[depth:], fault.text, _moved(fault.causes, depth)) for fault in faults]


def _placed(faults: list[_Fault], where: Path) -> list[_Fault]:
    return [_Fault((*where, *fault.where), fault.text, _placed(fault.causes, where)) for fault in faults]
