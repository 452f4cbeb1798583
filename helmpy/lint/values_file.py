"""Rules about values.yaml and its schema."""

from pathlib import Path
from typing import Any

from helmpy import log
from helmpy.golang.types import GoError
from helmpy.lint.report import Findings, Severity
from helmpy.values import merge, schema
from helmpy.yaml import loader

_FILE = "values.yaml"


def check(findings: Findings, directory: Path, overrides: dict[str, Any], *, skip_schema: bool) -> None:
    """Look at the chart's own values together with the user's.

    As in Helm, the tables in `overrides` take the chart's values up, and later rules and charts see them so.
    """
    path = directory / _FILE
    if findings.check(Severity.INFO, _FILE, "" if path.exists() else "file does not exist"):
        findings.check(Severity.ERROR, _FILE, _fault(path, overrides, skip_schema))


def _fault(path: Path, overrides: dict[str, Any], skip_schema: bool) -> str:
    try:
        values = loader.load(path.read_bytes()) if path.is_file() else None
    except GoError as error:
        return f"unable to parse YAML: {error}"
    if path.is_dir():
        return f"unable to parse YAML: read {path}: is a directory"
    if values is not None and not isinstance(values, dict):
        kind = loader.json_type_name(values)
        reason = f"json: cannot unmarshal {kind} into Go value of type common.Values"
        return f"unable to parse YAML: error unmarshaling JSON: while decoding JSON: {reason}"
    merged = merge.coalesce_tables(dict(overrides), values or {}, warn=log.info)
    schema_file = path.with_name("values.schema.json")
    if skip_schema or not schema_file.is_file():
        return ""
    return schema.check(schema_file.read_bytes(), merged)
