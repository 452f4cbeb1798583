"""JSON as encoding/json writes and reads it."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmpy.golang import json
from helmpy.golang.types import GoError, NilList, NilMap, StringSlice

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ({"b": 1, "a": [True, "x"], "B": {}}, '{"B":{},"a":[true,"x"],"b":1}'),
        ([1.0, 1e20, 1e21, 1e-6, 1e-7, -0.0, 0.1], "[1,100000000000000000000,1e+21,0.000001,1e-7,-0,0.1]"),
        ("<a>&\u2028\x01\n\x7f☃", '"\\u003ca\\u003e\\u0026\\u2028\\u0001\\n\x7f☃"'),
        ("\udcff", '"\\ufffd"'),
        (b"hi", '"aGk="'),
        ([NilList(), NilMap(), StringSlice(["a"])], '[null,null,["a"]]'),
        (12345678901234567890, "12345678901234567890"),
    ],
)
def test_dumps(value: Any, text: str) -> None:
    """Sorted keys, Go's floats, HTML escaped."""
    assert json.dumps(value) == text


def test_dumps_indented_and_raw() -> None:
    """MarshalIndent, and an encoder that leaves HTML alone."""
    assert json.dumps({"a": [1, {}], "b": "<"}, indent="  ", escape_html=False) == (
        '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": "<"\n}'
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_dumps_refuses(value: Any) -> None:
    """Numbers that JSON lacks."""
    with pytest.raises(GoError, match="json: unsupported value: "):
        json.dumps(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (' {"a": [1, -0.5e1, true, null]} ', {"a": [1.0, -5.0, True, None]}),
        ('{"a":1,"a":2}', {"a": 2.0}),
        ('"\\u00e9\\ud83d\\ude00\\ud800x"', "é😀\ufffdx"),
        ("12345678901234567890", 12345678901234567890.0),
        ('"\udcff"', "\ufffd"),
    ],
)
def test_loads(text: str, value: Any) -> None:
    """Numbers become floats, what is not UTF-8 becomes U+FFFD."""
    assert json.loads(text) == value
    # Behind 5000 blanks the quick reader is tried first.
    assert json.loads(" " * 5000 + text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "unexpected end of JSON input"),
        ('{"a":', "unexpected end of JSON input"),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b"}', "invalid character '\"' after object key:value pair"),
        ("[1 2]", "invalid character '2' after array element"),
        ("[1,]", "invalid character ']' looking for beginning of value"),
        ("1 2", "invalid character '2' after top-level value"),
        ("01", "invalid character '1' after top-level value"),
        ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ("1ex", "invalid character 'x' in exponent of numeric literal"),
        ("-x", "invalid character 'x' in numeric literal"),
        ("trux", "invalid character 'x' in literal true (expecting 'e')"),
        ('"\n"', "invalid character '\\n' in string literal"),
        ('"\\x"', "invalid character 'x' in string escape code"),
        ('"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"),
        ("'a'", "invalid character '\\'' looking for beginning of value"),
        ("é", "invalid character 'Ã' looking for beginning of value"),
        ("[1e400]", "json: cannot unmarshal number 1e400 into Go value of type float64"),
        ("[" * 100_000, "exceeded max depth"),
    ],
)
def test_loads_refuses(text: str, message: str) -> None:
    """Go's complaints."""
    with pytest.raises(GoError) as caught:
        json.loads(text)
    assert str(caught.value) == message


@given(VALUES)
def test_round_trip(value: Any) -> None:
    """loads undoes dumps."""
    assert json.loads(json.dumps(value)) == value
