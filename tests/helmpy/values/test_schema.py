"""values.schema.json: texts of the real Helm, and schemas that must not get their way."""

import json
from pathlib import Path

import pytest

from helmpy import disk_cache
from helmpy.chart import loader
from helmpy.chart.model import File
from helmpy.errors import SchemaError
from helmpy.values import schema

DRAFT7 = "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize(
    ("document", "values", "lines"),
    [
        ({}, {"a": 1}, []),
        ({"properties": {"a": {"type": "integer"}}}, {"a": 1.0}, []),
        ({"properties": {"a": {"minimum": 2000000}}}, {"a": 1e6}, ["- at '/a': minimum: got 1×10⁰⁶, want 2×10⁰⁶"]),
        ({"properties": {"a": {"maximum": 1000}}}, {"a": 12345.5}, ["- at '/a': maximum: got 12,345.5, want 1,000"]),
        (
            {"properties": {"a": {"enum": [1, 2.5, "a", None, True]}}},
            {"a": 3},
            ["- at '/a': value must be one of 1, 2.5, 'a', <nil>, true"],
        ),
        ({"properties": {"a": {"const": "it's"}}}, {"a": 5}, ["- at '/a': value must be 'it\\'s'"]),
        (
            {"$ref": "#", "required": ["z"]},
            {},
            [
                "- at '': both /$ref and  resolve to \"file:///values.schema.json#\" causing reference cycle",
                "- at '': missing property 'z'",
            ],
        ),
        (
            {"$ref": "#/a", "a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}},
            {},
            [
                "- at '': both /$ref/$ref/$ref and /$ref resolve to \"file:///values.schema.json#/a\" causing reference cycle"
            ],
        ),
        (
            {"properties": {"a": {"minLength": 3, "pattern": "^x"}, "b": {"type": "string"}}},
            {"a": "b", "b": 1},
            [
                "- at '/a': validation failed",
                "  - at '/a': minLength: got 1, want 3",
                "  - at '/a': 'b' does not match pattern '^x'",
                "- at '/b': got number, want string",
            ],
        ),
        (
            {
                "$schema": DRAFT7,
                "properties": {"a": {"items": [{}], "additionalItems": False, "contains": {"type": "string"}}},
            },
            {"a": [1, 2]},
            [
                "- at '/a': last 1 additionalItem(s) not allowed",
                "- at '/a': no items match contains schema",
                "  - at '/a/0': got number, want string",
                "  - at '/a/1': got number, want string",
            ],
        ),
        (
            {"properties": {"a": {"additionalProperties": False}}},
            {"a": {"y": 1, "x": 2}},
            ["- at '/a': additional properties 'x', 'y' not allowed"],
        ),
        (
            {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"required": ["x", "y"]}}},
            {},
            ["- at '': 'allOf' failed", "  - at '': missing properties 'x', 'y'"],
        ),
        (
            {"oneOf": [{"required": ["a"]}, {}]},
            {"a": 1},
            ["- at '': 'oneOf' failed, subschemas 0, 1 matched"],
        ),
    ],
)
def test_words_faults_as_helm_does(document, values, lines):
    text = schema.check(json.dumps(document).encode(), values)
    assert text.splitlines() == lines


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("http://127.0.0.1:9/x", "references that leave the chart are not followed"),
        ("https://example.invalid/x", "references that leave the chart are not followed"),
        ("file:///etc/passwd", "references that leave the chart are not followed"),
        ("no-such-file.json", "open /no-such-file.json: no such file or directory"),
        ("ftp://example.invalid/x", 'no URLLoader registered for "ftp://example.invalid/x"'),
    ],
)
def test_no_reference_leaves_the_chart(reference, reason):
    text = schema.check(json.dumps({"$ref": reference}).encode(), {})
    assert text.startswith('failing loading "')
    assert text.endswith(reason)


def test_a_urn_allows_everything_with_a_warning(capsys):
    assert schema.check(b'{"$ref": "urn:x:y"}', {"a": 1}) == ""
    logged = 'level=WARN msg="unresolved URN reference ignored; using permissive schema" urn=urn:x:y\n'
    assert capsys.readouterr().err == logged


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "EOF"),
        (b'{"a":', "unexpected EOF"),
        (b'{"a": 1}}', "invalid character after top-level value"),
        (b'{"items":' * 200 + b"true" + b"}" * 200, "nested deeper"),
        (b'{"items":' * 5000 + b"true" + b"}" * 5000, ""),
        (b"[" * 100_000, ""),
        (b'{"$ref": "#/nope"}', 'json-pointer in "file:///values.schema.json#/nope" not found'),
        (b'{"type": "bogus"}', "is not valid against metaschema"),
        (b"\xff", ""),
    ],
)
def test_bad_schemas_are_explained(text, message):
    fault = schema.check(text, {})
    assert fault
    assert message in fault


def test_a_schema_may_refer_to_itself():
    document = {"$defs": {"n": {"properties": {"n": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"}
    assert schema.check(json.dumps(document).encode(), {"n": {"n": {"n": {}}}}) == ""


GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "schema.jsonl"


@pytest.mark.parametrize(
    "row", [json.loads(line) for line in GOLDEN.read_text().splitlines()], ids=lambda row: row["schema"][-60:]
)
def test_formats_patterns_and_bad_schemas_as_recorded(row):
    """Recorded with the real Helm: formats of draft 7, patterns in Go's syntax, schemas that are none."""
    assert schema.check(row["schema"].encode(), row["values"]) == row["fault"]


@pytest.mark.parametrize(
    ("values", "fault"), [({"a": 1.0}, ""), ({"a": "x"}, "c:\n- at '/a': got string, want integer\n")]
)
def test_only_what_is_valid_is_remembered(values, fault, tmp_path, monkeypatch):
    monkeypatch.delenv("HELMPY_NO_CACHE", raising=False)
    monkeypatch.setenv("HELMPY_CACHE_HOME", str(tmp_path))
    document = b'{"properties": {"a": {"type": "integer"}}}'
    chart = loader.load_files(
        [File("Chart.yaml", b"apiVersion: v2\nname: c\nversion: 1.0.0"), File("values.schema.json", document)]
    )
    checked = []
    real = schema.check
    monkeypatch.setattr(schema, "check", lambda *args: checked.append(args) or real(*args))
    for _ in range(2):
        with disk_cache.memo("c"):
            try:
                schema.validate(chart, values)
                found = ""
            except SchemaError as error:
                found = str(error).partition("\n")[2]
        assert found == fault
    assert len(checked) == (2 if fault else 1)
