"""Quoting and numbers as Go's strconv has them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmpy.golang import strconv
from helmpy.golang.types import GoError


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", '""'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("\a\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'),
        ("\x00\x7f", '"\\x00\\x7f"'),
        ("é☃😀", '"é☃😀"'),
        ("\u200b\u00a0\ufeff", '"\\u200b\\u00a0\\ufeff"'),
        ("\U000e0001", '"\\U000e0001"'),
        ("\U0001fae8", '"\U0001fae8"'),
        ("\udcff", '"\\xff"'),
    ],
)
def test_quote(text: str, quoted: str) -> None:
    """Printable characters stay, the rest is escaped; unquote reads it back."""
    assert strconv.quote(text) == quoted
    assert strconv.unquote(quoted) == text


@pytest.mark.parametrize(
    ("literal", "text"),
    [('"\\x41\\101\\u00e9"', "AAé"), ("`a\\n\r`", "a\\n"), ("'a'", "a"), ('"\\xc3\\xa9"', "é"), ('"\'"', "'")],
)
def test_unquote(literal: str, text: str) -> None:
    """Escapes, raw strings, characters."""
    assert strconv.unquote(literal) == text


@pytest.mark.parametrize(
    "literal",
    [
        "",
        '"',
        "a",
        '"a',
        "\"a'",
        '"\\\'"',
        '"\\x4"',
        '"\\ud800"',
        '"a"b"',
        "''",
        "'ab'",
        "`a`b`",
        '"\n"',
        '"\\400"',
        '"\\',
    ],
)
def test_unquote_refuses(literal: str) -> None:
    """What is not a literal."""
    with pytest.raises(ValueError, match="invalid syntax"):
        strconv.unquote(literal)


@given(st.text())
def test_quote_round_trip(text: str) -> None:
    """unquote undoes quote."""
    assert strconv.unquote(strconv.quote(text)) == text
    assert strconv.unquote(strconv.quote_to_ascii(text)) == text


@pytest.mark.parametrize(
    ("number", "fmt", "prec", "text"),
    [
        (0.0, "g", -1, "0"),
        (1e21, "f", -1, "1000000000000000000000"),
        (1.5e-7, "f", -1, "0.00000015"),
        (123456.0, "e", -1, "1.23456e+05"),
        (5e-324, "g", -1, "5e-324"),
        (2.5, "f", 0, "2"),
        (1234.5678, "g", 3, "1.23e+03"),
        (100.0, "g", 3, "100"),
        (1.0, "x", -1, "0x1p+00"),
        (-1.75, "x", 1, "-0x1.cp+00"),
        (0.1, "b", -1, "7205759403792794p-56"),
        (math.inf, "f", 2, "+Inf"),
    ],
)
def test_format_float(number: float, fmt: str, prec: int, text: str) -> None:
    """Formats and precisions."""
    assert strconv.format_float(number, fmt, prec) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (92223372036854775807.0, "9.222338e+19"),
        (1.23456789, "1.2345679"),
        (16777217.0, "1.6777216e+07"),
        (3.4028235e38, "3.4028235e+38"),
        (3.4028236e38, "+Inf"),
        (-1e39, "-Inf"),
        (1e-45, "1e-45"),
        (7e-46, "0"),
        (-0.0, "-0"),
        (2.0**-96, "1.2621775e-29"),
        (186839.125, "186839.12"),
    ],
)
def test_format_float32(number: float, text: str) -> None:
    """32 bits: the number is rounded first, and the nearest of the shortest texts wins."""
    assert strconv.format_float(number, "g", -1, 32) == text


def test_parse_float32() -> None:
    """32 bits: rounded, and out of range sooner."""
    assert strconv.parse_float("16777217", 32) == 16777216.0
    with pytest.raises(GoError, match="value out of range"):
        strconv.parse_float("1e39", 32)


@given(st.floats(allow_nan=False))
def test_format_float_reads_back(number: float) -> None:
    """The shortest text is the same number."""
    assert strconv.parse_float(strconv.format_float(number)) == number


@pytest.mark.parametrize(
    ("text", "base", "number"),
    [
        ("12", 10, 12),
        ("-0x1F", 0, -31),
        ("0b11", 0, 3),
        ("0o17", 0, 15),
        ("017", 0, 15),
        ("1_000", 0, 1000),
        ("ff", 16, 255),
    ],
)
def test_parse_int(text: str, base: int, number: int) -> None:
    """Bases, prefixes and underscores."""
    assert strconv.parse_int(text, base) == number


@pytest.mark.parametrize(
    ("text", "base", "message"),
    [
        ("", 10, 'strconv.ParseInt: parsing "": invalid syntax'),
        ("1_000", 10, 'strconv.ParseInt: parsing "1_000": invalid syntax'),
        ("1__0", 0, 'strconv.ParseInt: parsing "1__0": invalid syntax'),
        ("08", 0, 'strconv.ParseInt: parsing "08": invalid syntax'),
        ("٣", 10, 'strconv.ParseInt: parsing "٣": invalid syntax'),
        ("9223372036854775808", 10, 'strconv.ParseInt: parsing "9223372036854775808": value out of range'),
        ("9" * 5000, 10, "value out of range"),
    ],
)
def test_parse_int_refuses(text: str, base: int, message: str) -> None:
    """Bad syntax and overflow, in Go's words."""
    with pytest.raises(GoError) as caught:
        strconv.parse_int(text, base)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("0x1p-2", 0.25), ("+Inf", math.inf), ("1_0.5", 10.5)],
)
def test_parse_float(text: str, number: float) -> None:
    """Decimal, hexadecimal, infinite."""
    assert strconv.parse_float(text) == number


@pytest.mark.parametrize("text", ["", ".", "e5", "1e", "--1", "0x1", "_1", "1 ", "infinit", "1e400", "0x1p5000"])
def test_parse_float_refuses(text: str) -> None:
    """Bad syntax and overflow."""
    with pytest.raises(GoError, match=r"^strconv.ParseFloat: parsing "):
        strconv.parse_float(text)


@pytest.mark.parametrize(("text", "value"), [("1", True), ("T", True), ("true", True), ("False", False), ("0", False)])
def test_parse_bool(text: str, value: bool) -> None:
    """Go's twelve words."""
    assert strconv.parse_bool(text) is value
    with pytest.raises(GoError, match="invalid syntax"):
        strconv.parse_bool(text + "x")
