"""Records: fields, defaults, equality, freezing."""

import pytest

from helmpy.records import FrozenRecord, Record, fields, made, replace


class Point(Record):
    """A record with every kind of field."""

    x: int
    y: int = 0
    names: list[str] = made(default_factory=list)


class Far(Point):
    """A record with one more field."""

    z: int = 9


class Fixed(FrozenRecord):
    """A frozen record."""

    a: str
    b: tuple[str, ...] = ()


def test_fields_and_defaults() -> None:
    """By place, by name, by default; lists are made anew."""
    first, second = Point(1), Point(y=2, x=1)
    first.names.append("n")
    assert (first.x, first.y, first.names, second.y, second.names) == (1, 0, ["n"], 2, [])
    assert fields(Far) == ("x", "y", "names", "z")
    assert (Far(1, 2, [], 3).z, Far(1).z) == (3, 9)


@pytest.mark.parametrize(
    ("positional", "named"), [((), {}), ((1, 2, [], 4), {}), ((1,), {"x": 2}), ((1,), {"w": 2}), ((1, 2, []), {"y": 3})]
)
def test_wrong_fields(positional: tuple[object, ...], named: dict[str, object]) -> None:
    """Missing, too many, twice, unknown."""
    with pytest.raises(TypeError):
        Point(*positional, **named)


def test_values_compare() -> None:
    """Equal by value and class; frozen ones may be keys."""
    assert Point(1) == Point(1, 0, []) != Point(2)
    assert Point(1) != Far(1)
    assert {Fixed("a"), Fixed("a"), Fixed("b")} == {Fixed("a"), Fixed("b")}
    with pytest.raises(TypeError):
        hash(Point(1))
    assert repr(Fixed("a")) == "Fixed(a='a', b=())"


def test_frozen() -> None:
    """Nothing can be set; `replace` makes another."""
    fixed = Fixed("a")
    with pytest.raises(AttributeError):
        fixed.a = "b"
    with pytest.raises(AttributeError):
        del fixed.a
    assert replace(fixed, b=("c",)) == Fixed("a", ("c",))
    assert fixed == Fixed("a")
    with pytest.raises(TypeError):
        replace(fixed, c=1)
