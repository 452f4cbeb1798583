"""values.schema.json: the values of a chart and its subcharts against their JSON Schemas.

Called by the engine after coalescing. The library jsonschema-rs decides what is valid; `schema_report` words the faults.
No reference leaves the chart: neither files nor the network are ever read.
"""

import os
from collections.abc import Callable
from functools import cache

from helmpy import disk_cache, log
from helmpy.annotations import Any
from helmpy.chart.model import Chart
from helmpy.errors import SchemaError
from helmpy.golang import json
from helmpy.golang.types import GoError, go_bytes, go_string, type_name

LOCATION = "file:///values.schema.json"
MAX_DEPTH = 100
_REFUSED = "references that leave the chart are not followed"
_DEFAULT_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NEWEST = (2020, _DEFAULT_DRAFT)
_DRAFTS = {
    "json-schema.org/draft-04/schema": (4, "http://json-schema.org/draft-04/schema"),
    "json-schema.org/draft-06/schema": (6, "http://json-schema.org/draft-06/schema"),
    "json-schema.org/draft-07/schema": (7, "http://json-schema.org/draft-07/schema"),
    "json-schema.org/draft/2019-09/schema": (2019, "https://json-schema.org/draft/2019-09/schema"),
    "json-schema.org/draft/2020-12/schema": _NEWEST,
    "json-schema.org/schema": _NEWEST,
}


def validate(chart: Chart, values: dict[str, Any]) -> None:
    """Checks coalesced values against the schema of the chart and of each enabled subchart.

    Raises SchemaError with Helm's text, naming every fault of every chart.
    """
    faults = _faults(chart, values)
    if faults:
        raise SchemaError(f"values don't meet the specifications of the schema(s) in the following chart(s):\n{faults}")


def _faults(chart: Chart, values: dict[str, Any]) -> str:
    text = ""
    if chart.schema is not None:
        log.debug("chart name", **{"chart-name": chart.name})
        fault = _verdict(chart.schema, values)
        text = f"{chart.name}:\n{fault}" if fault else ""
    log.debug("number of dependencies in the chart", chart=chart.name, dependencies=len(chart.dependencies))
    for subchart in chart.dependencies:
        below = values.get(subchart.name)
        if isinstance(below, dict):
            text += _faults(subchart, below)
        elif below is not None:
            found = type_name(below)
            text += f"{subchart.name}:\ninvalid type for values: expected object (map), got {found}\n"
    return text


def _verdict(schema: bytes, values: Any) -> str:
    """What `check` says. That nothing is wrong is remembered for the next run: loading the library takes longer than most."""
    if b"urn:" in schema:
        return check(schema, values)  # may have to warn
    checked: list[str] = []

    def holds() -> bool:
        checked.append(check(schema, values))
        return not checked[0]

    subject = b"%d\0%b\0%b" % (len(schema), schema, go_bytes(json.dumps(values)))
    if not disk_cache.remembered("schema", subject, holds) and not checked:
        return check(schema, values)
    if not checked:
        _log_schema(schema)
    return checked[0] if checked else ""


def _log_schema(schema: bytes) -> None:
    log.debug("unmarshalled JSON schema", schema=go_string(schema))


def check(schema: bytes, values: Any) -> str:
    """What is wrong with values, or with the schema itself, as Helm words it; empty if nothing is."""
    import jsonschema_rs

    from helmpy.values import schema_cycles, schema_report

    try:
        document = _parse(schema)
    except GoError as error:
        return str(error)
    _log_schema(schema)
    fault = _outer_schema(document) or _pattern_fault(schema, document)
    if fault:
        return fault
    references = _References()
    try:
        validator = jsonschema_rs.validator_for(
            _readable(schema, document),
            retriever=references.load,
            base_uri=LOCATION,
            formats=_formats() if b"format" in schema else None,
        )
        errors = [] if validator.is_valid(whole_numbers(values)) else list(validator.iter_errors(whole_numbers(values)))
    except jsonschema_rs.ValidationError as error:
        known = references.fault or _unresolved(str(error)) or _schema_fault(document)
        return known or str(error).partition("\n")[0]
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        return references.fault or _unresolved(str(error)) or str(error)
    cycle = schema_cycles.of_root(document, LOCATION) if b'"#' in schema else ""
    if not errors:
        return cycle
    sub = _SubSchemas(whole_numbers(document))
    subject = schema_report.Subject(document, whole_numbers(values), draft(document), sub.errors)
    return cycle + schema_report.describe(errors, subject) + "\n"


def draft(document: Any) -> int:
    """The year or number of the draft that a schema asks for: 4, 6, 7, 2019 or 2020."""
    return _draft_and_metaschema(document)[0]


def _draft_and_metaschema(document: Any) -> tuple[int, str]:
    """The draft, and the address of its metaschema."""
    name = document.get("$schema") if isinstance(document, dict) else None
    found = _draft_of(name.partition("#")[0]) if isinstance(name, str) else None
    return found or _NEWEST


def _draft_of(address: str) -> tuple[int, str] | None:
    """The draft at an address; http, https and neither are one."""
    return _DRAFTS.get(address.removeprefix("http://").removeprefix("https://"))


class _References:
    """Stands where a schema loader would be: nothing is loaded, a URN counts as a schema that allows all."""

    def __init__(self) -> None:
        self.fault = ""

    def load(self, uri: str) -> Any:
        if uri.startswith("urn:"):
            _warn_of_urn(uri)
            return True
        self.fault = f'failing loading "{uri}": {_refusal(uri)}'
        raise ValueError(self.fault)


def _refusal(uri: str) -> str:
    """Why a reference is not followed: nothing is read, but what cannot be there is named as Helm names it."""
    from urllib.parse import unquote

    if _scheme(uri) not in ("file", "http", "https"):
        return f'no URLLoader registered for "{uri}"'
    path = unquote(uri.removeprefix("file://"))
    if uri.startswith("file:///") and not os.path.lexists(path):
        return f"open {path}: no such file or directory"
    return _REFUSED


def _scheme(uri: str) -> str:
    scheme, colon, _ = uri.partition(":")
    return scheme if colon and scheme.isalnum() else ""


@cache
def _warn_of_urn(uri: str) -> None:
    """Once for each, as Helm does."""
    log.warn("unresolved URN reference ignored; using permissive schema", urn=uri)


class _SubSchemas:
    """Validates against parts of a schema."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def errors(self, path: tuple[Any, ...], value: Any) -> list[Any]:
        import jsonschema_rs

        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
        outer = {"$ref": f"{LOCATION}#{pointer}"}
        if isinstance(self._document, dict) and "$schema" in self._document:
            outer["$schema"] = self._document["$schema"]
        validator = jsonschema_rs.validator_for(outer, retriever=lambda _uri: self._document)
        return list(validator.iter_errors(value))


def _parse(schema: bytes) -> Any:
    """The schema with numbers as they are written. Raises GoError."""
    import json as standard

    from helmpy.golang import json
    from helmpy.values import schema_texts

    try:
        json.loads(schema)
        document = standard.loads(schema, parse_float=schema_texts.WrittenFloat)
    except GoError as error:
        raise GoError(_decoder_text(str(error), schema)) from None
    except (RecursionError, ValueError):
        raise GoError("the schema cannot be read") from None
    if _depth(document) > MAX_DEPTH:
        raise GoError(f"the schema is nested deeper than {MAX_DEPTH} levels")
    return document


def _decoder_text(error: str, schema: bytes) -> str:
    """The words of Go's streaming JSON decoder in place of those of its Unmarshal."""
    if error == "unexpected end of JSON input":
        return "unexpected EOF" if schema.strip() else "EOF"
    return "invalid character after top-level value" if error.endswith("after top-level value") else error


def _outer_schema(document: Any) -> str:
    """What is wrong with a `$schema` that is none of the known drafts: it would have to be loaded."""
    name = document.get("$schema") if isinstance(document, dict) else None
    address = name.partition("#")[0] if isinstance(name, str) else _DEFAULT_DRAFT
    if address.startswith("urn:") or _draft_of(address):
        return ""
    return f'failing loading "{address}": {_refusal(address)}'


def _may_be_foreign(schema: bytes) -> bool:
    """Whether there may be a pattern that Go and jsonschema-rs read differently; plain ones need no closer look."""
    return b"pattern" in schema and any(sign in schema for sign in (b"(?", b"\\\\", b"{,", b"[:", b"{1"))


def _pattern_fault(schema: bytes, document: Any) -> str:
    if not _may_be_foreign(schema):
        return ""
    from helmpy.values import schema_patterns

    return _schema_fault(document) if schema_patterns.has_bad(document) else ""


def _readable(schema: bytes, document: Any) -> Any:
    """The schema as jsonschema-rs takes it: its text, or a copy with known addresses of drafts and ECMA's patterns."""
    copy = None
    if _may_be_foreign(schema):
        from helmpy.values import schema_patterns

        if schema_patterns.has_foreign(document):
            copy = schema_patterns.translated(whole_numbers(document))
    if _has_other_address(document):
        copy = {**(copy or whole_numbers(document)), "$schema": _draft_and_metaschema(document)[1]}
    return schema.decode("utf-8", "replace") if copy is None else copy


def _has_other_address(document: Any) -> bool:
    """Whether `$schema` is an address of a draft that only Go's validator knows."""
    name = document.get("$schema") if isinstance(document, dict) else None
    found = _draft_of(name.partition("#")[0]) if isinstance(name, str) else None
    return found is not None and name not in (found[1], f"{found[1]}#")


def _formats() -> dict[str, Callable[[str], bool]]:
    from helmpy.values import schema_formats

    return schema_formats.checks()


def _depth(document: Any) -> int:
    deepest, level = 0, [document]
    while level:
        deepest += 1
        level = [
            item
            for value in level
            if isinstance(value, (dict, list))
            for item in (value.values() if isinstance(value, dict) else value)
        ]
    return deepest


def whole_numbers(value: Any) -> Any:
    """The values as JSON Schema sees them: 2.0 is an integer, and every number or list is a built-in one."""
    if isinstance(value, dict):
        return {key: whole_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 63:
        return int(value)
    if isinstance(value, float):
        return float(value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _schema_fault(document: Any) -> str:
    """Why a schema does not fit its metaschema; empty if it does."""
    import jsonschema_rs

    from helmpy.values import schema_report

    number, metaschema = _draft_and_metaschema(document)
    meta = jsonschema_rs.validator_for(
        {"$schema": metaschema, "$ref": metaschema}, validate_formats=True, formats=_formats()
    )
    numbers = whole_numbers(document)
    subject = schema_report.Subject({}, numbers, number, lambda _path, _value: [])
    errors = list(meta.iter_errors(numbers))
    if not errors:
        return ""
    report = schema_report.describe(errors, subject, ("$ref",))
    return (
        f"\"{LOCATION}#\" is not valid against metaschema: jsonschema validation failed with '{metaschema}#'\n{report}"
    )


def _unresolved(error: str) -> str:
    import re

    match = re.search(r"(Pointer|Anchor) '(.*)' does not exist", error)
    if not match:
        return ""
    if match[1] == "Pointer":
        return f'json-pointer in "{LOCATION}#{match[2]}" not found'
    return f'anchor in "{LOCATION}#{match[2]}" not found in schema "{LOCATION}"'
