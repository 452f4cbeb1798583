"""Everything the user says about values: -f files and the --set family, in Helm's order.

Called by actions. Reads files only through the reader it is given.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helmpy.errors import ValuesError
from helmpy.golang import json
from helmpy.golang.types import GoError, go_string
from helmpy.records import FrozenRecord
from helmpy.values import strvals
from helmpy.yaml import loader

if TYPE_CHECKING:
    pass

Read = Callable[[str], bytes]


class ValueSources(FrozenRecord):
    """The flags as given, each kind in its order on the command line."""

    values: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    set_string: tuple[str, ...] = ()
    set_file: tuple[str, ...] = ()
    set_json: tuple[str, ...] = ()
    set_literal: tuple[str, ...] = ()


def read_file(name: str) -> bytes:
    """The content of a file, or of standard input for "-". Raises ValuesError as Go words it."""
    if name.strip() == "-":
        return sys.stdin.buffer.read()
    try:
        with open(name, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise ValuesError(_file_error(name, error)) from None


def merge(sources: ValueSources, *, read: Read = read_file) -> dict[str, Any]:
    """The user's values: files, then --set-json, --set, --set-string, --set-file and --set-literal.

    `read` gives the content of a path or URL. Raises ValuesError with Helm's text.
    """
    values: dict[str, Any] = {}
    for kind, argument in ordered(sources):
        apply(kind, argument, values, read)
    return values


def ordered(sources: ValueSources) -> list[tuple[str, str]]:
    """(flag without dashes, argument) from the lowest to the highest."""
    kinds = (
        ("values", sources.values),
        ("set-json", sources.set_json),
        ("set", sources.set),
        ("set-string", sources.set_string),
        ("set-file", sources.set_file),
        ("set-literal", sources.set_literal),
    )
    return [(kind, argument) for kind, arguments in kinds for argument in arguments]


def apply(kind: str, argument: str, values: dict[str, Any], read: Read = read_file) -> None:
    """Puts one flag's values over `values`, in place. Raises ValuesError with Helm's text."""
    if kind == "values":
        _apply_file(argument, values, read)
    elif kind == "set-json":
        _apply_json(argument, values)
    else:
        try:
            _SETTERS[kind](argument, values, lambda path: go_string(read(path)))
        except ValuesError as error:
            raise ValuesError(f"failed parsing --{kind} data: {error}") from None


_SETTERS: dict[str, Callable[[str, dict[str, Any], strvals.Reader], None]] = {
    "set": lambda argument, values, _read: strvals.parse_into(argument, values),
    "set-string": lambda argument, values, _read: strvals.parse_string(argument, values),
    "set-file": strvals.parse_file,
    "set-literal": lambda argument, values, _read: strvals.parse_literal(argument, values),
}


def _apply_file(name: str, values: dict[str, Any], read: Read) -> None:
    data = read(name)
    try:
        loader.merge_maps(values, loader.load_values(data))
    except loader.YAMLError as error:
        raise ValuesError(f"failed to parse {name}: {error}") from None


def _apply_json(argument: str, values: dict[str, Any]) -> None:
    whole = argument.strip()
    if not whole.startswith("{"):
        try:
            strvals.parse_json(argument, values)
        except ValuesError:
            raise ValuesError(f"failed parsing --set-json data {argument}") from None
        return
    try:
        given = json.loads(whole)
    except GoError:
        raise ValuesError(f"failed parsing --set-json data JSON: {argument}") from None
    loader.merge_maps(values, given)


def _file_error(name: str, error: Exception) -> str:
    import errno

    reasons = {
        errno.ENOENT: "no such file or directory",
        errno.EACCES: "permission denied",
        errno.ENOTDIR: "not a directory",
    }
    code = getattr(error, "errno", None)
    if code == errno.EISDIR:
        return f"read {name}: is a directory"
    return f"open {name}: {reasons.get(code or 0, str(getattr(error, 'strerror', None) or 'invalid argument').lower())}"
