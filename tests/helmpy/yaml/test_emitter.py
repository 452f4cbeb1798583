"""Writing YAML: recorded results of the real Helm, and what is no plain value."""

import json
from pathlib import Path

import pytest

from helmpy.golang import json as go_json
from helmpy.golang.types import GoError, Int64, StringMap, StringSlice, Uint8
from helmpy.yaml import emitter, toml

GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "yaml_dump.jsonl"
ROWS = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


def shown(write, value):
    """What a template prints: errors vanish, and so does the engine's mark for a missing value."""
    try:
        return write(value).removesuffix("\n").replace("<no value>", "")
    except GoError:
        return ""


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_writes_as_helm_does(row):
    value = go_json.loads(row["json"])
    assert shown(emitter.dump, value) == row["toYaml"]
    assert shown(emitter.dump_pretty, value) == row["toYamlPretty"]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_writes_toml_as_helm_does(row):
    value = go_json.loads(row["json"])
    if "toToml" not in row:
        with pytest.raises(GoError) as caught:
            toml.dumps(value)
        assert str(caught.value) in row["toToml_error"]
        return
    try:
        text = toml.dumps(value)
    except GoError as error:
        text = str(error)
    assert text.replace("<no value>", "") == row["toToml"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Int64(9007199254740993), "9007199254740993\n"),
        (18446744073709551615, "18446744073709551615\n"),
        (Uint8(7), "7\n"),
        ({"k": StringSlice(["b", "yes"])}, 'k:\n- b\n- "yes"\n'),
        (StringMap(a="1"), 'a: "1"\n'),
        (b"\xff", "/w==\n"),
        ("\udcff", "\ufffd\n"),
        ({"a": True, "b": None, "c": False}, "a: true\nb: null\nc: false\n"),
    ],
)
def test_writes_the_other_types_of_go(value, text):
    assert emitter.dump(value) == text


@pytest.mark.parametrize("value", [float("nan"), {"a": float("inf")}, "\x7f", "a\ufffe", {"k" * 1100: 1}])
def test_refuses_what_json_and_yaml_cannot_hold(value):
    with pytest.raises(GoError):
        emitter.dump(value)


def test_a_cycle_is_an_error():
    value: dict = {}
    value["self"] = value
    with pytest.raises(GoError, match="cycle"):
        emitter.dump(value)


@pytest.mark.parametrize(
    ("keys", "ordered"),
    [
        (["a10", "a2", "a1"], ["a1", "a2", "a10"]),
        (["b", "B", "a", "A"], ["A", "B", "a", "b"]),
        (["é", "1.5", "9", "10", "_", "", "a-1", "a.b"], ["", "_", "1.5", "9", "10", "a-1", "a.b", "é"]),
        (["a01", "a1", "a001"], ["a1", "a01", "a001"]),
    ],
)
def test_keys_come_in_natural_order(keys, ordered):
    text = emitter.dump(dict.fromkeys(keys))
    assert [line.rpartition(":")[0].strip('"') for line in text.splitlines()] == ordered
