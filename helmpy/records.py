"""Records: classes that only name their fields, as dataclasses do.

For the classes that every run of a hot command defines: the standard library's `dataclasses` takes longer to import, and to
write the methods of such classes, than a chart takes to render. Type checkers treat both alike. Must not import anything.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, ClassVar, TypeVar, dataclass_transform

    T = TypeVar("T")
    R = TypeVar("R", bound="_Fields")
else:

    def dataclass_transform(**_options):
        """What the decorator says is for type checkers alone."""
        return lambda cls: cls


class _Made:
    """The default of a field that every record makes anew."""

    __slots__ = ("make",)

    def __init__(self, make: "Callable[[], object]") -> None:
        self.make = make


def made(*, default_factory: "Callable[[], T]") -> "T":
    """The default of a field that is changed in place: a new list or dict for each record."""
    return _Made(default_factory)  # type: ignore[return-value]


class _Fields:
    """Fields are the annotations of the class, in order; a value in the class body is the default. Equal by value."""

    _fields: "ClassVar[tuple[str, ...]]" = ()
    _constant: "ClassVar[Mapping[str, Any]]" = {}  # noqa: RUF012 (never changed in place)
    _made: "ClassVar[Mapping[str, Callable[[], Any]]]" = {}  # noqa: RUF012 (never changed in place)

    def __init_subclass__(cls) -> None:
        own = cls.__annotations__
        cls._fields = (*cls._fields, *(name for name in own if name[0] != "_"))
        given = {name: cls.__dict__[name] for name in own if name in cls.__dict__ and name[0] != "_"}
        cls._made = {**cls._made, **{name: value.make for name, value in given.items() if type(value) is _Made}}
        cls._constant = {**cls._constant, **{name: value for name, value in given.items() if name not in cls._made}}

    def __init__(self, *values: "Any", **named: "Any") -> None:
        fields = self._fields
        state = dict(zip(fields, values, strict=False))
        if len(values) != len(fields):
            state = self._completed(state, named)
        if len(values) > len(fields) or (named and len(values) == len(fields)):
            raise TypeError(f"{type(self).__name__} has {len(fields)} fields")
        self.__dict__.update(state)

    def _completed(self, state: "dict[str, Any]", named: "dict[str, Any]") -> "dict[str, Any]":
        """The fields with those given by name and those left to their defaults. Raises TypeError."""
        twice = [name for name in named if name in state or name not in self._fields]
        given = {**self._constant, **state, **named}
        for name, make in self._made.items():
            if name not in given:
                given[name] = make()
        missing = [name for name in self._fields if name not in given]
        if twice or missing:
            raise TypeError(f"{type(self).__name__}: unexpected {twice}, missing {missing}")
        return {name: given[name] for name in self._fields}

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"


@dataclass_transform(field_specifiers=(made,))
class Record(_Fields):
    """A record whose fields may be set anew."""

    __hash__ = None  # type: ignore[assignment]


@dataclass_transform(frozen_default=True, field_specifiers=(made,))
class FrozenRecord(_Fields):
    """A record that stays as it was made."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} cannot be deleted")


def replace(record: "R", /, **changes: "Any") -> "R":
    """A record of the same class with some fields changed. Raises TypeError for a name that is no field."""
    return type(record)(**{**record.__dict__, **changes})


def fields(record: "type[_Fields]") -> tuple[str, ...]:
    """The names of a class's fields, in order."""
    return record._fields
