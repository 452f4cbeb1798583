"""Reading TOML as fromToml does."""

import datetime

import pytest

from helmpy.golang.types import GoError, Int64
from helmpy.yaml import toml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", {}),
        ("a = 1\nb = 2.5\nc = 'x'\nd = true", {"a": 1, "b": 2.5, "c": "x", "d": True}),
        ("[t]\nl = [1, 2]\n[[x]]\ny = {z = 1}", {"t": {"l": [1, 2]}, "x": [{"y": {"z": 1}}]}),
        ("d = 2020-01-02", {"d": datetime.date(2020, 1, 2)}),
    ],
)
def test_reads(text, value):
    assert toml.loads(text) == value


def test_integers_are_int64():
    assert type(toml.loads("a = [5]")["a"][0]) is Int64


def test_times_are_converted_by_the_caller():
    assert toml.loads("d = 2020-01-02", moment=lambda value: value.isoformat()) == {"d": "2020-01-02"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bad", "toml: line 1: unexpected EOF; expected key separator '='"),
        ("a = 1\nbad", "toml: line 2: unexpected EOF; expected key separator '='"),
        ("a = 1\na = 2", "toml: line 2: "),
    ],
)
def test_refuses(text, message):
    with pytest.raises(GoError) as caught:
        toml.loads(text)
    assert str(caught.value).startswith(message)
