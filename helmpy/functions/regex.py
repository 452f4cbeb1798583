"""Regular expressions: Go's syntax and semantics on the RE2 engine, which like Go's runs in linear time.

The plain functions panic on a bad pattern with "regexp: Compile(…)" in front of the error (regexMatch just says false),
the must* functions return the error itself.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from helmpy.functions import unicode
from helmpy.golang import regexp, strconv
from helmpy.golang.function import Function
from helmpy.golang.limits import check_items, check_text
from helmpy.golang.types import GoError, NilStringSlice, StringSlice, go_bytes, go_string

_META = frozenset(b"\\.+*?()|[]{}^$")
_COMPILE_MEMORY = 32 << 20


class Regex:
    """A compiled pattern. Texts and results are bytes."""

    def __init__(self, pattern: str) -> None:
        """Raises GoError as regexp.Compile does."""
        import re2

        translated = regexp.translate(pattern)
        options = re2.Options()
        options.log_errors = False
        options.max_mem = _COMPILE_MEMORY
        try:
            self._compiled = re2.compile(go_bytes(translated.text), options)
        except re2.error:
            raise regexp.failure("expression too large", pattern) from None
        self.source = pattern
        self.names = translated.names

    def search(self, text: bytes, position: int = 0) -> Any:
        """The leftmost match at or after a position, or None."""
        match = self._compiled.search(text, position)
        while match is not None and _inside_rune(text, match.start()):  # RE2's \B looks at bytes
            match = self._compiled.search(text, match.start() + 1)
        return match

    def find_all(self, text: bytes, limit: int) -> Iterator[tuple[int, int]]:
        """Successive matches, at most `limit` if not negative; no empty match right after another match."""
        position, previous_end = 0, -1
        while limit != 0 and position <= len(text):
            match = self.search(text, position)
            if match is None:
                return
            start, end = match.span()
            accepted = end != position or start != previous_end
            position = end if end != position else position + _rune_width(text, position)
            previous_end = end
            if accepted:
                limit -= 1
                yield start, end

    def replace_all(self, text: bytes, replacement: Callable[[Any], bytes]) -> bytes:
        """Every match replaced, except empty ones right after another match."""
        out: list[bytes] = []
        size = last_end = position = 0
        while position <= len(text):
            match = self.search(text, position)
            if match is None:
                break
            start, end = match.span()
            out.append(text[last_end:start])
            if end > last_end or start == 0:
                out.append(replacement(match))
                size += len(out[-1])
                check_text(size, "regexReplaceAll")
                check_items(len(out) // 2, "regexReplaceAll")
            last_end = end
            position = max(end, position + _rune_width(text, position) if end <= position else end)
        return b"".join([*out, text[last_end:]])

    def split(self, text: bytes, limit: int) -> list[bytes]:
        """The text between matches, in at most `limit` parts if that is positive."""
        if self.source and not text:
            return [b""]
        parts: list[bytes] = []
        begin = end = 0
        for start, stop in self.find_all(text, limit):
            if len(parts) == limit - 1:
                break
            end = start
            if stop != 0:
                parts.append(text[begin:end])
            begin = stop
        return [*parts, text[begin:]] if end != len(text) else parts


def _inside_rune(text: bytes, position: int) -> bool:
    return position < len(text) and text[position] & 0xC0 == 0x80


def _rune_width(text: bytes, position: int) -> int:
    """Bytes of the character at a position; 1 at the end and for bytes that are not UTF-8."""
    end = position + 1
    while end < len(text) and end < position + 4 and text[end] & 0xC0 == 0x80 and text[position] >= 0xC0:
        end += 1
    return end - position


class Template:
    """A replacement text with `$1`, `${name}` and `$$`."""

    def __init__(self, text: str, regex: Regex) -> None:
        self._names = regex.names
        self._parts: list[bytes | tuple[int, ...]] = []
        self._read(text)

    def _read(self, text: str) -> None:
        while "$" in text:
            before, _, text = text.partition("$")
            self._parts.append(go_bytes(before))
            if text.startswith("$"):
                self._parts.append(b"$")
                text = text[1:]
                continue
            name, rest = _reference(text)
            if name:
                self._parts.append(self._groups(name))
                text = rest
            else:
                self._parts.append(b"$")
        self._parts.append(go_bytes(text))

    def _groups(self, name: str) -> tuple[int, ...]:
        """The groups that a reference may mean, the first that took part in the match wins."""
        if name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0"):
            return (int(name),) if len(name) < 9 and int(name) < len(self._names) else ()
        return tuple(i for i, known in enumerate(self._names) if known == name)

    def expand(self, match: Any) -> bytes:
        """The replacement for one match."""
        return b"".join(part if isinstance(part, bytes) else _first_group(match, part) for part in self._parts)


def _first_group(match: Any, groups: tuple[int, ...]) -> bytes:
    for group in groups:
        if (found := match.group(group)) is not None:
            return bytes(found)
    return b""


def _reference(text: str) -> tuple[str, str]:
    """The name at the start of the text behind a "$", and what follows; an empty name if there is none."""
    braced = text.startswith("{")
    body = text[1:] if braced else text
    length = next((i for i, rune in enumerate(body) if not _names_a_group(rune)), len(body))
    if braced and body[length : length + 1] != "}":
        return "", text
    return body[:length], body[length + braced :]


def _names_a_group(rune: str) -> bool:
    return rune == "_" or unicode.is_letter(rune) or unicode.is_digit(rune)


# --- the functions ---------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def must_compile(pattern: str) -> Regex:
    """regexp.Compile; raises GoError."""
    return Regex(pattern)


def compile_or_panic(pattern: str) -> Regex:
    """regexp.MustCompile; raises GoError with the text of its panic."""
    try:
        return must_compile(pattern)
    except GoError as error:
        quoted = f"`{pattern}`" if strconv.can_backquote(pattern) else strconv.quote(pattern)
        raise GoError(f"regexp: Compile({quoted}): {error}") from None


def _matches(regex: Regex, text: str) -> bool:
    return regex.search(go_bytes(text)) is not None


def _find(regex: Regex, text: str) -> str:
    match = regex.search(go_bytes(text))
    return "" if match is None else go_string(match.group())


def _find_all(regex: Regex, text: str, limit: int) -> StringSlice:
    data = go_bytes(text)
    found = []
    for start, end in regex.find_all(data, limit):
        found.append(go_string(data[start:end]))
        check_items(len(found), "regexFindAll")
    return StringSlice(found) if found else NilStringSlice()


def _replace(regex: Regex, text: str, replacement: str) -> str:
    return go_string(regex.replace_all(go_bytes(text), Template(replacement, regex).expand))


def _replace_literal(regex: Regex, text: str, replacement: str) -> str:
    data = go_bytes(replacement)
    return go_string(regex.replace_all(go_bytes(text), lambda match: data))


def _split(regex: Regex, text: str, limit: int) -> StringSlice:
    if limit == 0:
        return NilStringSlice()
    check_text(len(text), "regexSplit")
    return StringSlice(map(go_string, regex.split(go_bytes(text), limit)))


def regex_match(pattern: str, text: str) -> bool:
    """Whether the pattern matches somewhere; false for a bad pattern."""
    try:
        return _matches(must_compile(pattern), text)
    except GoError:
        return False


def quote_meta(text: str) -> str:
    """The text with every special character escaped."""
    check_text(2 * len(text), "regexQuoteMeta")
    return go_string(b"".join(b"\\%c" % byte if byte in _META else b"%c" % byte for byte in go_bytes(text)))


def _compiled_by(compile_: Callable[[str], Regex], use: Callable[..., Any]) -> Callable[..., Any]:
    def call(pattern: str, *args: Any) -> Any:
        return use(compile_(pattern), *args)

    return call


def _twice(name: str, use: Callable[..., Any], params: tuple[str, ...], returns: str) -> tuple[Function, Function]:
    """A function that panics on a bad pattern, and its must* twin that returns the error."""
    must = "must" + name[0].upper() + name[1:]
    return (
        Function(name, _compiled_by(compile_or_panic, use), params, returns),
        Function(must, _compiled_by(must_compile, use), params, returns),
    )


TABLE = (
    Function("mustRegexMatch", _compiled_by(must_compile, _matches), ("string", "string"), "bool"),
    *_twice("regexFind", _find, ("string", "string"), "string"),
    *_twice("regexFindAll", _find_all, ("string", "string", "int"), "[]string"),
    Function("regexMatch", regex_match, ("string", "string"), "bool"),
    Function("regexQuoteMeta", quote_meta, ("string",), "string"),
    *_twice("regexReplaceAll", _replace, ("string", "string", "string"), "string"),
    *_twice("regexReplaceAllLiteral", _replace_literal, ("string", "string", "string"), "string"),
    *_twice("regexSplit", _split, ("string", "string", "int"), "[]string"),
)
