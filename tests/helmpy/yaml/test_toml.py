"""Reading TOML as fromToml does."""

import pytest

from helmpy.golang.types import GoError, Int64
from helmpy.yaml import toml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("a = 1\nb = 2.5\nc = 'x'\nd = true", {"a": 1, "b": 2.5, "c": "x", "d": True}),
        ("[t]\nl = [1, 2]\n[[x]]\ny = {z = 1}", {"t": {"l": [1, 2]}, "x": [{"y": {"z": 1}}]}),
        ('a = {b = 1,\n# c\n}\nc = "\\e\\x41"', {"a": {"b": 1}, "c": "\x1bA"}),
        ("a.b = 1\na.c = 2\n[d.e]\n[d]\nf = 1", {"a": {"b": 1, "c": 2}, "d": {"e": {}, "f": 1}}),
        ('a = """\nx\\\n   y"""\nb = \'\'\'\'q\'\'\'\'\nc = """"""', {"a": "xy", "b": "'q'", "c": ""}),
    ],
)
def test_reads(text, value):
    assert toml.loads(text) == value


def test_integers_are_int64():
    assert type(toml.loads("a = [5]")["a"][0]) is Int64


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2020-01-02", "2020-01-02 00:00:00 +0000 date-local"),
        ("2020-01-02t03:04:05z", "2020-01-02 03:04:05 +0000 UTC"),
        ("2020-01-02 03:04:05.5", "2020-01-02 03:04:05.5 +0000 datetime-local"),
        ("03:04", "0000-01-01 03:04:00 +0000 time-local"),
    ],
)
def test_times(text, shown, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    assert str(toml.loads(f"d = {text}")["d"]) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bad", "toml: line 1: unexpected EOF; expected key separator '='"),
        ("a = 1\nbad", "toml: line 2: unexpected EOF; expected key separator '='"),
        ("a = 1\na = 2", "toml: line 2 (last key \"a\"): Key 'a' has already been defined."),
        ("[t]\na = [1, x]", 'toml: line 2 (last key "t.a"): expected value but found "x" instead'),
        (
            "a = 1 2",
            "toml: line 1: expected a top-level item to end with a newline, comment, or EOF, but got '2' instead",
        ),
        ("a = 08", 'toml: line 1 (last key "a"): Invalid integer "08": cannot have leading zeroes'),
        ("a = " + "[" * 5000, "toml: nested too deeply"),
    ],
)
def test_refuses(text, message):
    with pytest.raises(GoError) as caught:
        toml.loads(text)
    assert str(caught.value).startswith(message)
