"""Printing as Go's fmt prints."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helmpy.golang import fmt
from helmpy.golang.types import Int64, StringSlice, Uint8


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "<nil>"),
        (True, "true"),
        (7, "7"),
        (Int64(-7), "-7"),
        (1.0, "1"),
        (999999.0, "999999"),
        (1e6, "1e+06"),
        (123456789.0, "1.23456789e+08"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (-0.0, "-0"),
        (float("inf"), "+Inf"),
        (float("nan"), "NaN"),
        ("a\nb", "a\nb"),
        (b"hi", "[104 105]"),
        ([1, "a", None, [True]], "[1 a <nil> [true]]"),
        ({"b": 1.0, "a": None, "B": {}}, "map[B:map[] a:<nil> b:1]"),
        (StringSlice(["x", "y"]), "[x y]"),
        (1 + 2j, "(1+2i)"),
    ],
)
def test_value_text(value: Any, text: str) -> None:
    """`%v` of one value."""
    assert fmt.value_text(value) == text


@pytest.mark.parametrize(
    ("format", "values", "text"),
    [
        ("%s-%s", ("a", "b"), "a-b"),
        ("%d|%5d|%-5d|%05d|%+d", (1, 2, 3, -4, 5), "1|    2|3    |-0004|+5"),
        ("%x %X %o %O %b %c %U %q", (255, 255, 8, 8, 5, 65, 65, 65), "ff FF 10 0o10 101 A U+0041 'A'"),
        ("%#x %#o %#b", (255, 8, 5), "0xff 010 0b101"),
        ("%.3d|%5.2d|% d", (7, 7, 7), "007|   07| 7"),
        ("%6.2f|%e|%g|%G", (3.14159, 1234.5, 1e-7, 1e-7), "  3.14|1.234500e+03|1e-07|1E-07"),
        ("%+08.3f|%-8.1f|", (-3.14159, 2.0), "-003.142|2.0     |"),
        ("%#g|%x|%b", (1.0, 1.0, 1.0), "1.00000|0x1p+00|4503599627370496p-52"),
        ("%t|%5t", (True, False), "true|false"),
        ("%q|%+q|%#q|%x|% x|%#x", ("é\n", "é", "a", "hi", "hi", "hi"), '"é\\n"|"\\u00e9"|`a`|6869|68 69|0x6869'),
        ("%5s|%-5s|%.2s|%5.1s", ("é", "é", "héllo", "ab"), "    é|é    |hé|    a"),
        (
            "%v %+v %#v",
            ([1, "a"], {"a": 1}, [1, "a", 2.5, None]),
            '[1 a] map[a:1] []interface {}{1, "a", 2.5, interface {}(nil)}',
        ),
        ("%T %T %T %T", (1, 1.0, None, []), "int float64 <nil> []interface {}"),
        ("%[2]s %[1]s", ("a", "b"), "b a"),
        ("%*d|%-*d|%.*f", (4, 1, 4, 1, 1, 2.55), "   1|1   |2.5"),
        ("100%%", (), "100%"),
        # what does not fit is said in the text
        ("%d", (1.0,), "%!d(float64=1)"),
        ("%s", ([1, "a"],), "[%!s(int=1) a]"),
        ("%s", (None,), "%!s(<nil>)"),
        ("%s %s", ("a",), "a %!s(MISSING)"),
        ("a", ("b", None), "a%!(EXTRA string=b, <nil>)"),
        ("%z", (1,), "%!z(int=1)"),
        ("%", (), "%!(NOVERB)"),
        ("%!", (), "%!!(MISSING)"),
        ("%[3]d", (1,), "%!d(BADINDEX)"),
        ("%[x]d", (1,), "%!d(BADINDEX)"),
        ("%*d", ("a", 1), "%!(BADWIDTH)1"),
        ("%.*d", ("a", 1), "%!(BADPREC)1"),
        ("%99999999d", (1,), "%!(NOVERB)%!(EXTRA int=1)"),
        ("%w", (StringSlice("a"),), "%!w([]string=[a])"),
        ("%#v", (Uint8(3),), "0x3"),
    ],
)
def test_sprintf(format: str, values: tuple[Any, ...], text: str) -> None:
    """Verbs, flags, widths, indexes and the notes for mistakes."""
    assert fmt.sprintf(format, *values) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [((), ""), ((1, 2), "1 2"), ((1, "a", 2), "1a2"), (("a", "b"), "ab"), ((None, [1]), "<nil> [1]")],
)
def test_sprint(values: tuple[Any, ...], text: str) -> None:
    """Blanks stand only between operands of which neither is a string."""
    assert fmt.sprint(*values) == text


@given(st.text(), st.lists(st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.text())))
def test_sprintf_never_fails(format: str, values: list[Any]) -> None:
    """Any format takes any values."""
    assert isinstance(fmt.sprintf(format, *values), str)
