"""YAML tokens to the events of the first document, as Go's port of libyaml does, with its error texts.

Called by the loader. Keeps its own stack of states, so depth costs no recursion. Must not know what scalars mean.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from helmpy.yaml.resolver import TAG_PREFIX
from helmpy.yaml.syntax.cursor import YAMLSyntaxError
from helmpy.yaml.syntax.scanner import Scanner, Token

_BETWEEN = ("%YAML", "%TAG", "---", "...", "end")


class Event(NamedTuple):
    """`kind`: scalar, mapping, sequence, end or alias. `line` counts from 0; a `plain` scalar has no tag."""

    kind: str
    line: int
    value: str = ""
    anchor: str | None = None
    tag: str = ""
    plain: bool = False


_State = Callable[[], Event]


def events(data: bytes) -> Iterator[Event]:
    """The events of the first document of a stream. Raises YAMLSyntaxError where the text is not YAML."""
    return _Parser(data).events()


def whole_document(data: bytes) -> Iterator[Event]:
    """As `events`, but anything behind the first document is a fault."""
    parser = _Parser(data)
    yield from parser.events()
    if parser.rest().kind != "end":
        raise _fault("did not find expected <document start>", parser.rest())


class _Parser:
    def __init__(self, data: bytes) -> None:
        self._scanner = Scanner(data)
        self._states: list[_State] = []
        self._state: _State | None = None
        self._tags = {"!": "!", "!!": TAG_PREFIX}

    def events(self) -> Iterator[Event]:
        self._scanner.take()
        first = self._scanner.peek()
        if first.kind == "end":
            return
        if first.kind in ("%YAML", "%TAG", "---"):
            self._document_start()
            self._state = self._document_content
        else:
            self._state = self._block_node
        while self._state is not None:
            yield self._state()
        self._scanner.peek()

    def rest(self) -> Token:
        """The first token behind the document."""
        return self._scanner.peek()

    def _pop(self) -> None:
        self._state = self._states.pop() if self._states else None

    def _document_start(self) -> None:
        version, seen = False, set()
        while self._scanner.peek().kind in ("%YAML", "%TAG"):
            token = self._scanner.peek()
            if token.kind == "%TAG":
                if token.value in seen:
                    raise _fault("found duplicate %TAG directive", token)
                seen.add(token.value)
                self._tags[token.value] = token.suffix
            elif version:
                raise _fault("found duplicate %YAML directive", token)
            elif token.value != "1.1":
                raise _fault("found incompatible YAML document", token)
            else:
                version = True
            self._scanner.take()
        if self._scanner.peek().kind != "---":
            raise _fault("did not find expected <document start>", self._scanner.peek())
        self._scanner.take()

    def _document_content(self) -> Event:
        if self._scanner.peek().kind in _BETWEEN:
            return self._empty()
        return self._node(block=True, indentless=False)

    def _empty(self, then: _State | None = None) -> Event:
        """A scalar that is not written."""
        if then is None:
            self._pop()
        else:
            self._state = then
        return Event("scalar", self._scanner.peek().line, plain=True)

    def _block_node(self) -> Event:
        return self._node(block=True, indentless=False)

    def _node(self, *, block: bool, indentless: bool) -> Event:
        token = self._scanner.peek()
        if token.kind == "*":
            self._pop()
            self._scanner.take()
            return Event("alias", token.line, anchor=token.value)
        start = token.line
        anchor, tag = self._properties()
        token = self._scanner.peek()
        kind = token.kind
        if indentless and kind == "-":
            self._state = self._indentless_entry
            return Event("sequence", start, anchor=anchor, tag=tag)
        if kind == "scalar":
            self._pop()
            self._scanner.take()
            plain = (not tag and token.suffix == "plain") or tag == "!"
            return Event("scalar", start, token.value, anchor, tag, plain)
        if kind in ("[", "{") or (block and kind in ("block sequence", "block mapping")):
            opened, self._state = self._collections()[kind]
            return Event(opened, start, anchor=anchor, tag=tag)
        if anchor or tag:
            self._pop()
            return Event("scalar", start, "", anchor, tag, not tag)
        raise _fault("did not find expected node content", token)

    def _collections(self) -> dict[str, tuple[str, _State]]:
        return {
            "[": ("sequence", self._flow_sequence_first),
            "{": ("mapping", self._flow_mapping_first),
            "block sequence": ("sequence", self._block_sequence_first),
            "block mapping": ("mapping", self._block_mapping_first),
        }

    def _properties(self) -> tuple[str | None, str]:
        """An anchor and a tag, in any order."""
        anchor, tag = None, ""
        seen: set[str] = set()
        while (token := self._scanner.peek()).kind in ("&", "!") and token.kind not in seen:
            seen.add(token.kind)
            if token.kind == "&":
                anchor = token.value
            else:
                tag = self._full_tag(token)
            self._scanner.take()
        return anchor, tag

    def _full_tag(self, token: Token) -> str:
        if not token.value:
            return token.suffix
        prefix = self._tags.get(token.value, "")
        if not prefix:
            raise _fault("found undefined tag handle", token)
        return prefix + token.suffix

    def _end(self, *, take: bool = True) -> Event:
        self._pop()
        line = self._scanner.peek().line
        if take:
            self._scanner.take()
        return Event("end", line)

    # -- block collections

    def _block_sequence_first(self) -> Event:
        self._scanner.take()
        return self._block_sequence_entry()

    def _block_sequence_entry(self) -> Event:
        token = self._scanner.peek()
        if token.kind == "-":
            self._scanner.take()
            if self._scanner.peek().kind in ("-", "block end"):
                return self._empty(self._block_sequence_entry)
            self._states.append(self._block_sequence_entry)
            return self._node(block=True, indentless=False)
        if token.kind == "block end":
            return self._end()
        raise _fault("did not find expected '-' indicator", token)

    def _indentless_entry(self) -> Event:
        if self._scanner.peek().kind != "-":
            return self._end(take=False)
        self._scanner.take()
        if self._scanner.peek().kind in ("-", "?", ":", "block end"):
            return self._empty(self._indentless_entry)
        self._states.append(self._indentless_entry)
        return self._node(block=True, indentless=False)

    def _block_mapping_first(self) -> Event:
        self._scanner.take()
        return self._block_mapping_key()

    def _block_mapping_key(self) -> Event:
        token = self._scanner.peek()
        if token.kind == "?":
            self._scanner.take()
            return self._block_pair_part(self._block_mapping_value)
        if token.kind == "block end":
            return self._end()
        raise _fault("did not find expected key", token)

    def _block_mapping_value(self) -> Event:
        if self._scanner.peek().kind != ":":
            return self._empty(self._block_mapping_key)
        self._scanner.take()
        return self._block_pair_part(self._block_mapping_key)

    def _block_pair_part(self, then: _State) -> Event:
        if self._scanner.peek().kind in ("?", ":", "block end"):
            return self._empty(then)
        self._states.append(then)
        return self._node(block=True, indentless=True)

    # -- flow collections

    def _flow_sequence_first(self) -> Event:
        self._scanner.take()
        return self._flow_sequence_entry(first=True)

    def _flow_sequence_next(self) -> Event:
        return self._flow_sequence_entry(first=False)

    def _flow_sequence_entry(self, *, first: bool) -> Event:
        token = self._scanner.peek()
        if token.kind != "]" and not first:
            if token.kind != ",":
                raise _fault("did not find expected ',' or ']'", token)
            self._scanner.take()
            token = self._scanner.peek()
        if token.kind == "]":
            return self._end()
        if token.kind == "?":
            self._state = self._flow_pair_key
            self._scanner.take()
            return Event("mapping", token.line)
        self._states.append(self._flow_sequence_next)
        return self._node(block=False, indentless=False)

    def _flow_pair_key(self) -> Event:
        token = self._scanner.peek()
        if token.kind not in (":", ",", "]"):
            self._states.append(self._flow_pair_value)
            return self._node(block=False, indentless=False)
        self._scanner.take()
        return self._empty(self._flow_pair_value)

    def _flow_pair_value(self) -> Event:
        if self._scanner.peek().kind == ":":
            self._scanner.take()
            if self._scanner.peek().kind not in (",", "]"):
                self._states.append(self._flow_pair_end)
                return self._node(block=False, indentless=False)
        return self._empty(self._flow_pair_end)

    def _flow_pair_end(self) -> Event:
        self._state = self._flow_sequence_next
        return Event("end", self._scanner.peek().line)

    def _flow_mapping_first(self) -> Event:
        self._scanner.take()
        return self._flow_mapping_entry(first=True)

    def _flow_mapping_next(self) -> Event:
        return self._flow_mapping_entry(first=False)

    def _flow_mapping_entry(self, *, first: bool) -> Event:
        token = self._scanner.peek()
        if token.kind != "}" and not first:
            if token.kind != ",":
                raise _fault("did not find expected ',' or '}'", token)
            self._scanner.take()
            token = self._scanner.peek()
        if token.kind == "}":
            return self._end()
        if token.kind == "?":
            self._scanner.take()
            if self._scanner.peek().kind in (":", ",", "}"):
                return self._empty(self._flow_mapping_value)
            self._states.append(self._flow_mapping_value)
        else:
            self._states.append(self._flow_mapping_no_value)
        return self._node(block=False, indentless=False)

    def _flow_mapping_value(self) -> Event:
        if self._scanner.peek().kind == ":":
            self._scanner.take()
            if self._scanner.peek().kind not in (",", "}"):
                self._states.append(self._flow_mapping_next)
                return self._node(block=False, indentless=False)
        return self._empty(self._flow_mapping_next)

    def _flow_mapping_no_value(self) -> Event:
        return self._empty(self._flow_mapping_next)


def _fault(problem: str, token: Token) -> YAMLSyntaxError:
    return YAMLSyntaxError(problem, token.line)
