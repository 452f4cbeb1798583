"""The little language of --set: `a.b[0]=1,c={x,y}`, and its kin for strings, JSON, files and literals.

Called by `sources`. Every function changes the mapping that it is given. Must not read files itself.
"""

import re
from collections.abc import Callable
from typing import Any

from helmpy.errors import ValuesError
from helmpy.golang import json, strconv
from helmpy.golang.types import INT64_MAX, INT64_MIN, GoError, Int64, type_name

MAX_INDEX = 65536
MAX_NESTING = 30

Reader = Callable[[str], Any]


def parse(text: str) -> dict[str, Any]:
    """The values of one --set argument. Raises ValuesError with Helm's text."""
    values: dict[str, Any] = {}
    parse_into(text, values)
    return values


def parse_into(text: str, dest: dict[str, Any]) -> None:
    """Puts the values of one --set argument into `dest`; words become bool, null or int64. Raises ValuesError."""
    _Parser(text, typed_value).parse(dest)


def parse_string(text: str, dest: dict[str, Any]) -> None:
    """As `parse_into` for --set-string: every value stays text."""
    _Parser(text, str).parse(dest)


def parse_file(text: str, dest: dict[str, Any], read: Reader) -> None:
    """As `parse_into` for --set-file: `read` turns each value, a path, into what is set."""
    _Parser(text, read).parse(dest)


def parse_json(text: str, dest: dict[str, Any]) -> None:
    """As `parse_into` for --set-json: each value is JSON; an empty one is null."""
    _JSONParser(text, str).parse(dest)


def parse_literal(text: str, dest: dict[str, Any]) -> None:
    """As `parse_into` for --set-literal: all behind the first `=` is one string."""
    _LiteralParser(text, str).parse(dest)


def typed_value(text: str) -> Any:
    """A --set word as Helm types it: true, false, null, 0 and integers without a leading zero; else text."""
    word = text.casefold() if len(text) <= 5 else ""
    if word in _WORDS:
        return _WORDS[word]
    if text and text[0] != "0" and (digits := text[1:] if text[0] in "+-" else text).isascii() and digits.isdigit():
        number = int(text) if len(text) < 24 else INT64_MAX + 1
        return Int64(number) if INT64_MIN <= number <= INT64_MAX else text
    return text


_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "0": Int64(0)}


class _EndError(Exception):
    """The text is used up where it may be."""


class _Parser:
    """One argument. `read` turns the text of a value into the value."""

    escapes = True
    key_stops = "=[,."

    def __init__(self, text: str, read: Reader) -> None:
        self._text = re.sub("[\udc80-\udcff]", "\ufffd", text)
        self._at = 0
        self._read = read

    def parse(self, values: dict[str, Any]) -> None:
        try:
            while True:
                self._key(values, 0)
        except _EndError:
            return
        except GoError as error:
            raise ValuesError(str(error)) from None

    def _until(self, stops: str) -> tuple[str, str]:
        """The text up to one of `stops`, and that stop; it is empty at the end of the text."""
        taken: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char in stops:
                return "".join(taken), char
            if char == "\\" and self.escapes:
                char = self._text[self._at : self._at + 1]
                self._at += 1
            taken.append(char)
        return "".join(taken), ""

    def _next_is(self, char: str) -> bool:
        """Whether `char` comes next; it is then passed over."""
        found = self._text.startswith(char, self._at)
        self._at += found
        return found

    def _key(self, values: dict[str, Any], level: int) -> None:
        name, stop = self._until(self.key_stops)
        if stop == "[":
            self._indexed(values, name, level)
        elif stop == "=":
            self._assign(values, name)
        elif stop == ".":
            self._nested(values, name, level + 1)
        elif stop == ",":
            raise GoError(f"key {strconv.quote(name)} has no value (cannot end with ,)")
        elif name:
            raise GoError(f"key {strconv.quote(name)} has no value")
        else:
            raise _EndError

    def _nested(self, values: dict[str, Any], name: str, level: int) -> None:
        if level > MAX_NESTING:
            raise GoError(f"value name nested level is greater than maximum supported nested level of {MAX_NESTING}")
        inner = _expect(values, name, dict)
        try:
            self._key(inner, level)
        except _EndError:
            if inner:
                _put(values, name, inner)
            raise
        if not inner:
            raise GoError(f"key map {strconv.quote(name)} has no value")
        _put(values, name, inner)

    def _indexed(self, values: dict[str, Any], name: str, level: int) -> None:
        index = self._index()
        items = _expect(values, name, list)
        try:
            self._item(items, index, level)
        finally:
            _put(values, name, items)

    def _index(self) -> int:
        text, stop = self._until("]")
        if not stop:
            raise _EndError
        try:
            return strconv.atoi(text)
        except GoError as error:
            raise GoError(f"error parsing index: {error}") from None

    def _item(self, items: list[Any], index: int, level: int) -> None:
        """Set, in place, what the text behind `[index]` says."""
        if index < 0:
            raise GoError(f"negative {index} index not allowed")
        text, stop = self._until("[.=")
        if text:
            shown = " ".join(map(strconv.quote_rune, text))
            raise GoError(f"unexpected data at end of array index: [{shown}]")
        if stop == "=":
            _put_item(items, index, self._item_value())
        elif stop == "[":
            deeper = self._index()
            inner = [] if index >= len(items) or items[index] is None else _checked(items[index], list)
            self._item(inner, deeper, level)
            _put_item(items, index, inner)
        elif stop == ".":
            self._item_field(items, index, level)
        else:
            raise _EndError

    def _item_field(self, items: list[Any], index: int, level: int) -> None:
        inner: dict[str, Any] = {}
        if index < len(items):
            if not isinstance(items[index], dict):
                items[index] = {}
            inner = items[index]
        self._key(inner, level)
        _put_item(items, index, inner)

    def _assign(self, values: dict[str, Any], name: str) -> None:
        if self._at >= len(self._text):
            _put(values, name, "")
            raise _EndError
        _put(values, name, self._value())

    def _item_value(self) -> Any:
        return self._value() if self._at < len(self._text) else ""

    def _value(self) -> Any:
        if self._next_is("{"):
            return self._list()
        return self._read(self._until(",")[0])

    def _list(self) -> list[Any]:
        items = []
        while True:
            text, stop = self._until(",}")
            if not stop:
                raise GoError("list must terminate with '}'")
            items.append(self._read(text))
            if stop == "}":
                self._next_is(",")
                return items


class _JSONParser(_Parser):
    """Values are JSON, blanks around them do not count, and none at all is null."""

    def _assign(self, values: dict[str, Any], name: str) -> None:
        _put(values, name, self._value())

    def _item_value(self) -> Any:
        return self._value()

    def _value(self) -> Any:
        if self._skip_blanks():
            return None
        value, self._at = json.first(self._text, self._at)
        self._skip_blanks()
        return value

    def _skip_blanks(self) -> bool:
        """Pass over blanks and one comma; whether a comma or the end came."""
        while self._at < len(self._text):
            char = self._text[self._at]
            if char != "," and not char.isspace():
                return False
            self._at += 1
            if char == ",":
                return True
        return True


class _LiteralParser(_Parser):
    """No escapes, no commas, no lists: all behind `=` is the value."""

    escapes = False
    key_stops = "=[."

    def _assign(self, values: dict[str, Any], name: str) -> None:
        _put(values, name, self._value())

    def _value(self) -> Any:
        value, self._at = self._text[self._at :], len(self._text)
        return value


def _put(values: dict[str, Any], name: str, value: Any) -> None:
    """Set a key; an empty one is passed over."""
    if name:
        values[name] = value


def _put_item(items: list[Any], index: int, value: Any) -> None:
    if index > MAX_INDEX:
        raise GoError(f"index of {index} is greater than maximum supported index of {MAX_INDEX}")
    items.extend([None] * (index + 1 - len(items)))
    items[index] = value


def _expect(values: dict[str, Any], name: str, kind: type) -> Any:
    """What is set so far, which must be of that kind; a new one if there is none."""
    return _checked(values[name], kind) if name in values else kind()


def _checked(value: Any, kind: type) -> Any:
    if isinstance(value, kind):
        return value
    found = "nil" if value is None else type_name(value)
    wanted = type_name(kind())
    raise GoError(f"unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
