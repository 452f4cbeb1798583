"""What a position of an object is to server-side apply: a scalar, a map or struct, or a list with its way of merging."""

from collections.abc import Callable

SCALAR, MAP, LIST, ANY = "scalar", "map", "list", "any"
ATOMIC, GRANULAR, KEYED, SET = "atomic", "granular", "keyed", "set"


class Type:
    """`relation` tells how maps (granular, atomic) and lists (keyed, set, atomic) merge; `scalar` is string, numeric, boolean or untyped.

    `load_fields` gives a struct's fields when first asked for, since types may contain themselves.
    """

    __slots__ = (
        "_element",
        "_fields",
        "_load_element",
        "_load_fields",
        "key_defaults",
        "keys",
        "kind",
        "open",
        "relation",
        "scalar",
    )

    def __init__(
        self,
        kind: str,
        relation: str = GRANULAR,
        *,
        scalar: str = "",
        load_fields: "Callable[[], dict[str, Type]] | None" = None,
        load_element: "Callable[[], Type] | None" = None,
        keys: tuple[str, ...] = (),
        key_defaults: dict[str, object] | None = None,
        open: bool = False,
    ) -> None:
        self.kind, self.relation, self.scalar, self.keys = kind, relation, scalar, keys
        self.key_defaults = key_defaults or {}
        self.open = open
        """Whether a struct may hold fields beyond the declared ones."""
        self._load_fields, self._load_element = load_fields, load_element
        self._fields: dict[str, Type] | None = None
        self._element: Type | None = None

    @property
    def fields(self) -> "dict[str, Type]":
        """Declared fields of a struct."""
        if self._fields is None:
            self._fields = self._load_fields() if self._load_fields else {}
        return self._fields

    @property
    def element(self) -> "Type | None":
        """The type of a map's values or a list's items."""
        if self._element is None and self._load_element is not None:
            self._element = self._load_element()
        return self._element

    def child(self, name: str) -> "Type | None":
        """The type of a field or map value; None if a struct has no such field."""
        found = self.fields.get(name)
        return found if found is not None else self.element


ANYTHING = Type(ANY)


def resolved(type: Type, value: object) -> Type:
    """A concrete type: of free-form positions, from the value."""
    if type.kind != ANY:
        return type
    if isinstance(value, dict):
        return _ANY_MAP
    if isinstance(value, list):
        return _ANY_LIST
    return _ANY_SCALAR


_ANY_MAP = Type(MAP, GRANULAR, load_element=lambda: ANYTHING)
_ANY_LIST = Type(LIST, ATOMIC, load_element=lambda: ANYTHING)
_ANY_SCALAR = Type(SCALAR, scalar="untyped")
