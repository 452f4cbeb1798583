"""The fast way to read YAML: line by line, for the block style that nearly all charts are written in.

Called by the loader first. Whatever is unusual (anchors, tags, flows over several lines, folded plain text, tabs, any
fault) raises UnusualError, and the whole document is read by the exact reader instead; both give equal values.
"""

import re
from functools import cache
from typing import Any

from helmpy.golang.types import GoError
from helmpy.yaml import keys, resolver
from helmpy.yaml.composer import Composer
from helmpy.yaml.syntax.parser import whole_document

_MAX_LINE_WITH_KEY = 1000
_MAX_QUOTED_LINES = 50
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\"}
_NOT_PLAIN = frozenset("#,[]{}&*!|>'\"%@`?: ")


_EMPTY = ("{}", "[]")
_NOT_QUOTED = frozenset("\"'\\")
_OF_WORDS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./")


class UnusualError(Exception):
    """This reader leaves the document to the exact one."""


@cache
def _unusual_character() -> re.Pattern[str]:
    # Small classes side by side: one large one takes 10 ms to compile.
    return re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]|[\u2028\u2029]|[\ud800-\udfff]|\ufeff|[\ufffe\uffff]")


@cache
def _quoted_key() -> re.Pattern[str]:
    return re.compile(r"""(?:"([^"\\]*)"|'([^']*)') *:(?: +|$)""")


@cache
def _double_quoted() -> re.Pattern[str]:
    return re.compile(r'"((?:[^"\\]|\\[ntr0"\\])*)" *(?: #.*)?')


@cache
def _single_quoted() -> re.Pattern[str]:
    return re.compile(r"'((?:[^']|'')*)' *(?: #.*)?")


@cache
def _closed_quotes() -> re.Pattern[str]:
    return re.compile(r"""(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*") *(?: #[^\n]*)?""", re.DOTALL)


@cache
def _block_header() -> re.Pattern[str]:
    return re.compile(r"([|>])([+-]?) *(?:#.*)?")


def read(data: bytes, *, whole: range) -> Any:
    """The value of the only document of a text; numbers in `whole` stay int. Raises UnusualError."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise UnusualError from None
    if _unusual_character().search(text):
        raise UnusualError
    return _Reader(text, whole).read()


class _Reader:
    """`_open` is the stack of (collection, its indentation); the last one takes what the next line says."""

    def __init__(self, text: str, whole: range) -> None:
        self._lines = text.split("\n")
        self._ends_line = text.endswith("\n")
        self._whole = whole
        self._next = 0
        self._root: Any = None
        self._open: list[tuple[Any, int]] = []
        self._waiting: tuple[Any, Any, int] | None = None  # collection, key or index, indentation: a value below it
        self._key_texts: dict[str, str] = {}

    def read(self) -> Any:
        lines = self._lines
        count = len(lines)
        started = False
        while self._next < count:
            line = lines[self._next]
            self._next += 1
            text = line.lstrip(" ")
            if not text or text[0] == "#":
                continue
            indent = len(line) - len(text)
            if not indent and (line[0] == "%" or line.startswith(("---", "..."))):
                if started or line.rstrip(" ") != "---":
                    raise UnusualError
                started = True
                continue
            started = True
            if text in _EMPTY and self._waiting is not None:
                self._put_empty(text, indent)
                continue
            self._place(text, indent)
            self._entries(text, indent)
        return self._root

    def _put_empty(self, text: str, indent: int) -> None:
        """`{}` or `[]` on a line of its own, below the key that it belongs to: what toYaml and nindent make of nothing."""
        assert self._waiting is not None
        holder, key, below = self._waiting
        self._waiting = None
        if indent <= below:
            raise UnusualError
        holder[key] = {} if text == "{}" else []

    def _place(self, text: str, indent: int) -> None:
        """Make the collection that the line belongs to the last one of the stack."""
        is_entry = text.startswith("- ") or text == "-"
        stack = self._open
        if self._waiting is not None:
            holder, key, below = self._waiting
            self._waiting = None
            if indent > below or (is_entry and indent == below and type(holder) is dict):
                holder[key] = self._start(is_entry, indent)
                return
        elif not stack:
            self._root = self._start(is_entry, indent)
            return
        while stack and indent < stack[-1][1]:
            stack.pop()
        if not is_entry and len(stack) > 1 and type(stack[-1][0]) is list and stack[-2][1] == indent == stack[-1][1]:
            stack.pop()
        if not stack or stack[-1][1] != indent:
            raise UnusualError

    def _start(self, is_entry: bool, indent: int) -> Any:
        items: Any = [] if is_entry else {}
        self._open.append((items, indent))
        return items

    def _entries(self, text: str, indent: int) -> None:
        """One line: any number of `- `, then a pair or a scalar."""
        while text.startswith("- ") or text == "-":
            items = self._open[-1][0]
            if type(items) is not list:
                raise UnusualError
            rest = text[1:].lstrip(" ")
            if not rest or rest[0] == "#":
                items.append(None)
                self._waiting = (items, len(items) - 1, indent)
                return
            below = indent + len(text) - len(rest)
            is_entry = rest.startswith("- ") or rest == "-"
            pair = None if is_entry else self._pair(rest)
            if not is_entry and pair is None:
                items.append(self._value(rest, indent))
                return
            items.append(self._start(is_entry, below))
            text, indent = rest, below
        items = self._open[-1][0]
        pair = self._pair(text)
        if pair is None or type(items) is not dict:
            raise UnusualError
        key, rest = pair
        if rest and rest[0] != "#":
            items[key] = self._value(rest, indent)
        else:
            items[key] = None
            self._waiting = (items, key, indent)

    def _pair(self, text: str) -> tuple[str, str] | None:
        """The key and the rest of a line `key: rest`, or None if it is none."""
        if text[0] in "\"'":
            match = _quoted_key().match(text)
            if match is None:
                return None
            written = match[1] if match[1] is not None else match[2]
            return self._checked(text, written, text[match.end() :])
        at = text.find(": ")
        if at < 0:
            if text[-1] != ":":
                return None
            at = len(text) - 1
        written = text[:at].rstrip(" ")
        if not written or written[0] in _NOT_PLAIN or " #" in written or written == "<<":
            raise UnusualError
        key = self._key_texts.get(written)
        if key is None:
            key = self._key_texts[written] = self._resolved_key(written)
        return self._checked(text, key, text[at + 1 :].lstrip(" "))

    def _checked(self, text: str, key: str, rest: str) -> tuple[str, str]:
        if len(text) - len(rest) > _MAX_LINE_WITH_KEY:
            raise UnusualError
        return key, rest

    def _resolved_key(self, written: str) -> str:
        try:
            return keys.text(resolver.plain(written))
        except keys.BadKeyError:
            raise UnusualError from None

    def _value(self, text: str, indent: int) -> Any:
        """A value that starts on its line; `indent` is that of the collection it goes into."""
        first = text[0]
        if first in "\"'":
            return self._quoted(text)
        if first in "|>":
            return self._block(text, indent)
        if first in "[{":
            return self._flow(text)
        if first in _NOT_PLAIN and (first not in "?:" or text[1:2] in ("", " ")):
            raise UnusualError
        if text == "-" or text.startswith("- "):
            raise UnusualError
        comment = text.find(" #")
        if comment >= 0:
            text = text[:comment]
        text = text.rstrip(" ")
        if ": " in text or text[-1] == ":":
            raise UnusualError
        ahead = self._lines[self._next : self._next + 1]
        if ahead and comment < 0 and not ahead[0][: indent + 1].strip(" "):
            text = self._continued(text, indent)
        value = resolver.plain(text)
        if type(value) is int or type(value) is float:
            return self._number(value)
        return value

    def _continued(self, text: str, indent: int) -> str:
        """A plain scalar and the deeper lines that go on with it."""
        parts, empty = [text], 0
        for at in range(self._next, len(self._lines)):
            line = self._lines[at]
            more = line.strip(" ")
            if not more:
                empty += 1
                continue
            if len(line) - len(line.lstrip(" ")) <= indent or more[0] == "#":
                break
            if ": " in more or more[-1] == ":" or " #" in more:
                raise UnusualError
            parts.append("\n" * empty or " ")
            parts.append(more)
            self._next, empty = at + 1, 0
        return "".join(parts)

    def _number(self, value: int | float) -> int | float:
        if type(value) is int and value in self._whole:
            return value
        if value - value != 0:
            raise UnusualError
        return float(value)

    def _quoted(self, text: str) -> str:
        """A quoted scalar; one that goes on over lines is read by the exact reader alone."""
        if text[0] == "'":
            match = _single_quoted().fullmatch(text)
            if match:
                return match[1].replace("''", "'")
        else:
            match = _double_quoted().fullmatch(text)
            if match and "\\" not in match[1]:
                return match[1]
            if match:
                return re.sub(r"\\(.)", lambda found: _SIGNS[found[1]], match[1])
        for _ in range(_MAX_QUOTED_LINES):
            if _closed_quotes().fullmatch(text):
                return str(self._exactly(text))
            if self._next >= len(self._lines) - 1:
                break
            text += "\n" + self._lines[self._next]
            self._next += 1
        raise UnusualError

    def _exactly(self, text: str) -> Any:
        """A node that ends where the text ends."""
        try:
            return Composer(keys.text, self._number).compose(whole_document(text.encode()))
        except (GoError, keys.BadKeyError, RecursionError):
            raise UnusualError from None

    def _flow(self, text: str) -> Any:
        """A flow collection that ends on its line."""
        bare = text.rstrip(" ")
        if bare == "{}":
            return {}
        if bare == "[]":
            return []
        if "&" in text or "*" in text:
            raise UnusualError
        items = self._simple_items(bare) if bare[0] == "[" and bare[-1] == "]" else None
        return self._exactly(text) if items is None else items

    def _simple_items(self, text: str) -> list[Any] | None:
        """The items of `[a, "b", 'c']`; None where there is more to it."""
        items: list[Any] = []
        for written in text[1:-1].split(","):
            item = written.strip(" ")
            quote = item[:1]
            if quote in ('"', "'") and len(item) > 1 and item[-1] == quote and not _NOT_QUOTED.intersection(item[1:-1]):
                items.append(item[1:-1])
            elif quote.isalnum() and _OF_WORDS.issuperset(item):
                value = resolver.plain(item)
                items.append(self._number(value) if type(value) is int or type(value) is float else value)
            else:
                return None
        return items

    def _block(self, header: str, indent: int) -> str:
        """A literal or folded block, whose lines follow."""
        match = _block_header().fullmatch(header)
        if match is None or not (self._ends_line or match[2] == "-"):
            raise UnusualError
        depth = self._block_depth(indent)
        content: list[str] = []
        lines, at = self._lines, self._next
        end = len(lines) - self._ends_line
        while at < end:
            line = lines[at]
            text = line.lstrip(" ")
            if text and len(line) - len(text) < depth:
                break
            content.append(line[depth:])
            at += 1
        self._next = at
        kept = len(content)
        while kept and not content[kept - 1]:
            kept -= 1
        body = "\n".join(content[:kept]) if match[1] == "|" else _folded(content[:kept])
        if match[2] == "-":
            return body
        ending = "\n" if kept else ""
        return body + ending + ("\n" * (len(content) - kept) if match[2] == "+" else "")

    def _block_depth(self, indent: int) -> int:
        """The indentation of a block: that of its first line with text."""
        longest = 0
        for at in range(self._next, len(self._lines)):
            line = self._lines[at]
            text = line.lstrip(" ")
            if text:
                depth = max(len(line) - len(text), indent + 1)
                if longest > depth:
                    raise UnusualError
                return depth
            longest = max(longest, len(line))
        return max(longest, indent + 1)


def _folded(content: list[str]) -> str:
    """Lines of a `>` block: single breaks between lines of text become blanks."""
    parts: list[str] = []
    empty = 0
    after_text = False  # whether the line before is text that does not begin with a blank
    for number, line in enumerate(content):
        if not line:
            empty += 1
            continue
        is_text = line[0] != " "
        if number > empty or parts:
            if is_text and after_text:
                parts.append(" " if not empty else "")
            else:
                parts.append("\n")
        parts.append("\n" * empty + line)
        empty, after_text = 0, is_text
    return "".join(parts)
