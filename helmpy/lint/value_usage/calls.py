"""What functions do with abstract data: those that hand values on, look into maps, or run templates.

`RULES` maps a name (without "must") to a function of the walk and the arguments. Any other function uses its arguments up.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from helmpy.lint.value_usage import atoms
from helmpy.lint.value_usage.atoms import ANY, NOTHING, At, Data, Path

if TYPE_CHECKING:
    from helmpy.lint.value_usage.walk import Walk

Rule = Callable[["Walk", list[Data]], Data]


def _include(walk: "Walk", arguments: list[Data]) -> Data:
    if len(arguments) == 2:
        walk.include(arguments[0], arguments[1])
    return NOTHING


def _tpl(walk: "Walk", arguments: list[Data]) -> Data:
    """A text from the values is walked with the chart's own context, see `findings`."""
    walk.reads.use(arguments[0], "")
    if len(arguments) == 2:
        for text in atoms.constants(arguments[0]):
            walk.text(text, arguments[1], quiet=False)
        paths = frozenset(atom for atom in atoms.within(arguments[1]) if isinstance(atom, At) and atom.path)
        walk.reads.use(paths, "")
    return NOTHING


def _any_of(walk: "Walk", arguments: list[Data]) -> Data:
    """default, coalesce, ternary, and, or: one of the arguments, each of which may be absent."""
    for argument in arguments:
        walk.reads.touch(argument)
    return atoms.union(arguments)


def _joined(walk: "Walk", arguments: list[Data]) -> Data:
    """merge, concat, deepCopy: all arguments in one."""
    return atoms.union(arguments)


def _asked(walk: "Walk", arguments: list[Data]) -> Data:
    """empty, not, kindIs: whether something is there."""
    for argument in arguments:
        walk.reads.touch(argument)
    return NOTHING


def _has_key(walk: "Walk", arguments: list[Data]) -> Data:
    for key in _keys(arguments[1:2]):
        walk.reads.touch(atoms.field(arguments[0], key, walk.scopes))
    return NOTHING


def _index(walk: "Walk", arguments: list[Data]) -> Data:
    found = arguments[0]
    for argument in arguments[1:]:
        walk.reads.use(argument, "")
        found = atoms.union(atoms.field(found, key, walk.scopes) for key in _keys([argument]))
    return found


def _dig(walk: "Walk", arguments: list[Data]) -> Data:
    if len(arguments) < 3:
        return NOTHING
    found = _index(walk, [arguments[-1], *arguments[:-2]])
    walk.reads.touch(found)
    return found | arguments[-2]


def _pluck(walk: "Walk", arguments: list[Data]) -> Data:
    found = atoms.union(atoms.field(one, key, walk.scopes) for one in arguments[1:] for key in _keys(arguments[:1]))
    walk.reads.touch(found)
    return atoms.record({ANY: found})


def _keys(arguments: list[Data]) -> list[str]:
    """The keys that an argument may be: its texts, or any."""
    known = atoms.constants(atoms.union(arguments))
    return known or [ANY]


def _dict(walk: "Walk", arguments: list[Data]) -> Data:
    entries: dict[str, Data] = {}
    for key, value in zip(arguments[::2], [*arguments[1::2], NOTHING], strict=False):
        for name in _keys([key]):
            entries[name] = entries.get(name, NOTHING) | value
    return atoms.record(entries)


def _list(walk: "Walk", arguments: list[Data]) -> Data:
    return atoms.record({ANY: atoms.union(arguments)})


def _append(walk: "Walk", arguments: list[Data]) -> Data:
    return arguments[0] | _list(walk, arguments[1:])


def _element(walk: "Walk", arguments: list[Data]) -> Data:
    found = atoms.element(arguments[0], walk.scopes)
    walk.reads.touch(found)
    return found


def _map_keys(walk: "Walk", arguments: list[Data]) -> Data:
    for argument in arguments:
        walk.reads.touch(atoms.element(argument, walk.scopes))
    return NOTHING


def _map_values(walk: "Walk", arguments: list[Data]) -> Data:
    return _list(walk, [atoms.element(argument, walk.scopes) for argument in arguments])


def _set(walk: "Walk", arguments: list[Data]) -> Data:
    if len(arguments) < 3:
        return NOTHING
    target, key, value = arguments[:3]
    names = _keys([key])
    written: set[Path] = {(*atom.path, name) for atom in target if isinstance(atom, At) for name in names}
    walk.reads.written |= written
    if written:
        walk.reads.use(value, "")
    return target | atoms.record(dict.fromkeys(names, value))


def _last(walk: "Walk", arguments: list[Data]) -> Data:
    """required: its last argument, whose absence is dealt with."""
    walk.reads.touch(arguments[-1])
    return arguments[-1]


def _first(walk: "Walk", arguments: list[Data]) -> Data:
    """pick, omit: the first argument, or less of it."""
    return arguments[0]


def _piped(walk: "Walk", arguments: list[Data]) -> Data:
    """reverse, uniq, without: the items of a list, which comes last or first."""
    return atoms.union(arguments)


RULES: dict[str, Rule] = {
    "include": _include,
    "tpl": _tpl,
    **dict.fromkeys(("default", "coalesce", "ternary", "and", "or"), _any_of),
    **dict.fromkeys(("merge", "mergeOverwrite", "deepCopy", "concat", "chunk"), _joined),
    **dict.fromkeys(("empty", "not", "kindIs", "kindOf", "typeIs", "typeOf", "typeIsLike", "all", "any"), _asked),
    "hasKey": _has_key,
    "index": _index,
    "get": _index,
    "dig": _dig,
    "pluck": _pluck,
    "dict": _dict,
    "list": _list,
    "tuple": _list,
    "append": _append,
    "push": _append,
    "prepend": _append,
    "first": _element,
    "last": _element,
    "keys": _map_keys,
    "values": _map_values,
    "set": _set,
    "required": _last,
    **dict.fromkeys(("pick", "omit", "unset"), _first),
    **dict.fromkeys(("reverse", "uniq", "compact", "rest", "initial", "slice", "without"), _piped),
}
CHANGE_FIRST = frozenset({"set", "merge", "mergeOverwrite"})
"""Functions that change the map that they are given first."""


def plain_name(name: str) -> str:
    """The name without "must": `mustMerge` is `merge`."""
    return name[4].lower() + name[5:] if name.startswith("must") and len(name) > 4 else name
