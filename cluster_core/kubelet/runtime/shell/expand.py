"""Words to arguments: variables, substitutions, arithmetic, splitting and patterns. The shell's lower half."""

from collections.abc import Generator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cluster_core.kubelet.runtime.shell.lexer import Word

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.machine import Machine

OUTPUT_LIMIT = 1 << 20
MAIN, OTHER = "1", "7"
"""What $$ gives: in the container's main shell, and in others."""


class ExitShell(Exception):  # noqa: N818
    """`exit N`."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Stream:
    """Where output goes: the container's log, a buffer or a file."""

    __slots__ = ("parts", "size", "write_out")

    def __init__(self, write_out: Any = None) -> None:
        self.write_out = write_out
        self.parts: list[str] = []
        self.size = 0

    def write(self, text: str) -> None:
        """Take output; a buffer stops growing at 1 MiB."""
        if self.write_out is not None:
            self.write_out(text)
        elif self.size < OUTPUT_LIMIT:
            self.parts.append(text)
            self.size += len(text)

    @property
    def text(self) -> str:
        """What a buffer holds."""
        return "".join(self.parts)


class Expansion:
    """What the words of a shell are made of; the shell itself runs what is substituted."""

    machine: "Machine"
    err: Stream
    arguments: list[str]
    variables: dict[str, str]
    status: int
    main: bool

    def substitute(self, script: str) -> Generator[float, Any, str]:
        """The output of a script that stands in a word."""
        raise NotImplementedError

    def fields(self, words: list[Word]) -> Generator[float, Any, list[str]]:
        """The arguments that words give."""
        found: list[str] = []
        for word in words:
            found.extend((yield from self._field(word)))
        return found

    def _field(self, word: Word) -> Generator[float, Any, list[str]]:
        """One word as zero or more arguments: unquoted expansions are split at white space."""
        fields: list[str] = []
        current: str | None = None
        for part in word:
            if part[0] == "var" and part[1] == "@" and part[-1]:
                pieces, split = self.arguments[1:], True
            else:
                text = yield from self._part(part)
                split = not part[-1] and part[0] != "text"
                pieces = text.split() if split else [text]
            if not pieces:
                continue
            if len(pieces) == 1:
                current = (current or "") + pieces[0]
            else:
                fields.append((current or "") + pieces[0])
                fields.extend(pieces[1:-1])
                current = pieces[-1]
        if current is not None:
            fields.append(current)
        return self._glob(word, fields)

    def _glob(self, word: Word, fields: list[str]) -> list[str]:
        if len(fields) == 1 and any(p[0] == "text" and not p[2] and ("*" in p[1] or "?" in p[1]) for p in word):
            directory, slash, pattern = fields[0].rpartition("/")
            names = self.machine.files.names(directory or ("/" if slash else self.machine.directory))
            matches = [f"{directory}{slash}{n}" for n in names if fnmatchcase(n, pattern) and not n.startswith(".")]
            return matches or fields
        return fields

    def text_of(self, word: Word) -> Generator[float, Any, str]:
        """A word as one text, without splitting."""
        parts = []
        for part in word:
            parts.append((yield from self._part(part)))
        return "".join(parts)

    def _part(self, part: tuple[Any, ...]) -> Generator[float, Any, str]:
        kind = part[0]
        if kind == "text":
            return str(part[1])
        if kind == "command":
            return (yield from self.substitute(part[1]))
        if kind == "sum":
            return str(self._arithmetic(part[1]))
        return (yield from self._variable(part))

    def lookup(self, name: str) -> str | None:
        """A variable or special parameter."""
        if name == "?":
            return str(self.status)
        if name == "$":
            return MAIN if self.main and not self.machine.shared_processes else OTHER
        if name == "#":
            return str(len(self.arguments) - 1)
        if name in ("@", "*"):
            return " ".join(self.arguments[1:])
        if name.isdigit():
            return self.arguments[int(name)] if int(name) < len(self.arguments) else None
        if name == "!":
            return "2"
        return self.variables.get(name)

    def _variable(self, part: tuple[Any, ...]) -> Generator[float, Any, str]:
        _, name, operator, word, _ = part
        value = self.lookup(name)
        if not operator:
            return value or ""
        if operator == "#" and word is None:
            return str(len(value or ""))
        other = yield from self.text_of(word)
        missing = value is None or (operator.startswith(":") and value == "")
        kind = operator[-1]
        if operator in ("#", "##", "%", "%%"):
            return _trimmed(value or "", operator, other)
        if kind == "+":
            return "" if missing else other
        if not missing:
            return value or ""
        if kind == "=":
            self.variables[name] = other
        if kind == "?":
            self.err.write(f"sh: {name}: {other or 'parameter not set'}\n")
            raise ExitShell(2)
        return other

    def _arithmetic(self, text: str) -> int:
        from cluster_core.kubelet.runtime.shell.arithmetic import evaluate

        try:
            return evaluate(text, lambda name: self.lookup(name) or "0", self.variables)
        except ValueError:
            self.err.write("sh: arithmetic syntax error\n")
            raise ExitShell(2) from None


def _trimmed(value: str, operator: str, pattern: str) -> str:
    lengths = range(len(value) + 1)
    if operator in ("##", "%"):
        lengths = range(len(value), -1, -1)
    for size in lengths:
        if operator[0] == "#":
            if fnmatchcase(value[:size], pattern):
                return value[size:]
        elif fnmatchcase(value[size:], pattern):
            return value[:size]
    return value
