"""Characters to words: blanks, comments, quotes, expansions and here-documents. The parser's lower half; pure.

A word is a list of parts: ("text", text, quoted), ("var", name, operator, word, quoted), ("command", text, quoted), ("sum", text, quoted).
"""

from typing import Any

Word = list[tuple[Any, ...]]

MAX_DEPTH, MAX_TEXT = 60, 256 * 1024
SPACE, META = " \t", " \t\n;&|<>()"
NAME_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
NAME_REST = NAME_START | frozenset("0123456789")
SPECIAL = frozenset("?$#@*!-0123456789")


class ShellSyntaxError(ValueError):
    """The text is no script that this shell understands."""


class Lexer:
    """A place in the text of a script, and what can be taken from there."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text, self.at, self.depth = text, 0, depth
        self.heredocs: list[tuple[str, bool, list[Any]]] = []

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ShellSyntaxError("nested too deeply")

    # -- characters

    def peek(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def skip(self, newlines: bool = False) -> None:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in SPACE or (newlines and char == "\n"):
                self.at += 1
                if char == "\n":
                    self.read_heredocs()
            elif self.peek(2) == "\\\n":
                self.at += 2
            elif char == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                return

    def read_heredocs(self) -> None:
        for mark, strip, target in self.heredocs:
            lines = []
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end]
                self.at = end + 1
                line = line.lstrip("\t") if strip else line
                if line == mark:
                    break
                lines.append(line + "\n")
            target.extend(Lexer("".join(lines), self.depth).double_quoted("") if "".join(lines) else [])
        self.heredocs = []

    def keyword(self) -> str:
        """The reserved word (or any plain word) here, without taking it."""
        self.skip()
        end = self.at
        while end < len(self.text) and self.text[end] not in META and self.text[end] not in "'\"$`\\":
            end += 1
        return self.text[self.at : end]

    def take_keyword(self, word: str) -> bool:
        if self.keyword() == word:
            self.at += len(word)
            return True
        return False

    def expect(self, word: str) -> None:
        self.skip(newlines=True)
        if not self.take_keyword(word):
            found = self.keyword() or self.peek() or "end of file"
            raise ShellSyntaxError(f'syntax error: unexpected {found} (expecting "{word}")')

    # -- words

    def word(self) -> Word:
        parts: Word = []
        text: list[str] = []

        def flush(quoted: bool = False) -> None:
            if text or quoted:
                parts.append(("text", "".join(text), quoted))
                text.clear()

        start = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in META:
                break
            if char == "\\":
                if self.peek(2) != "\\\n":
                    flush()
                    parts.append(("text", self.text[self.at + 1 : self.at + 2], True))
                self.at += 2
            elif char == "'":
                flush()
                end = self.text.find("'", self.at + 1)
                if end < 0:
                    raise ShellSyntaxError("syntax error: unterminated quoted string")
                parts.append(("text", self.text[self.at + 1 : end], True))
                self.at = end + 1
            elif char == '"':
                flush()
                self.at += 1
                parts.extend(self.double_quoted('"') or [("text", "", True)])
            elif char in "$`":
                flush()
                parts.append(self.expansion(False))
            else:
                text.append(char)
                self.at += 1
        flush()
        if self.at == start:
            raise ShellSyntaxError(f'syntax error: unexpected "{self.peek() or "end of file"}"')
        return parts

    def double_quoted(self, end: str) -> Word:
        parts: Word = []
        text: list[str] = []
        while True:
            if self.at >= len(self.text):
                if end:
                    raise ShellSyntaxError("syntax error: unterminated quoted string")
                break
            char = self.text[self.at]
            if char == end:
                self.at += 1
                break
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ("$", "`", '"', "\\", "\n"):
                if self.text[self.at + 1] != "\n":
                    text.append(self.text[self.at + 1])
                self.at += 2
            elif char in "$`":
                if text:
                    parts.append(("text", "".join(text), True))
                    text = []
                parts.append(self.expansion(True))
            else:
                text.append(char)
                self.at += 1
        if text:
            parts.append(("text", "".join(text), True))
        return parts

    def expansion(self, quoted: bool) -> tuple[Any, ...]:
        if self.peek() == "`":
            end = self.text.find("`", self.at + 1)
            if end < 0:
                raise ShellSyntaxError("syntax error: unterminated backquote")
            inner = self.text[self.at + 1 : end]
            self.at = end + 1
            return ("command", inner, quoted)
        if self.peek(3) == "$((":
            inner = self.balanced(self.at + 3, "))")
            return ("sum", inner, quoted)
        if self.peek(2) == "$(":
            return ("command", self.balanced(self.at + 2, ")"), quoted)
        if self.peek(2) == "${":
            return self.braced(quoted)
        self.at += 1
        char = self.peek()
        if char in SPECIAL and char:
            self.at += 1
            return ("var", char, "", None, quoted)
        end = self.at
        while end < len(self.text) and self.text[end] in NAME_REST:
            end += 1
        name = self.text[self.at : end]
        if not name:
            return ("text", "$", True)
        self.at = end
        return ("var", name, "", None, quoted)

    def balanced(self, start: int, closer: str) -> str:
        """The text up to the matching closer, minding quotes and nesting; takes it with the closer."""
        depth, at = 0, start
        while at < len(self.text):
            char = self.text[at]
            if char == "\\":
                at += 1
            elif char in "'\"":
                end = at + 1
                while end < len(self.text) and self.text[end] != char:
                    end += 2 if self.text[end] == "\\" and char == '"' else 1
                at = end
            elif char == "(":
                depth += 1
            elif char == ")":
                if depth == 0 and self.text.startswith(closer, at):
                    self.at = at + len(closer)
                    return self.text[start:at]
                depth -= 1
            at += 1
        raise ShellSyntaxError('syntax error: unterminated "$("')

    def braced(self, quoted: bool) -> tuple[Any, ...]:
        self.at += 2
        if self.peek() == "#" and self.peek(2) != "#}":
            self.at += 1
            name = self.name_or_special()
            self.close_brace()
            return ("var", name, "#", None, quoted)
        name = self.name_or_special()
        operator = ""
        for candidate in (":-", ":=", ":+", ":?", "##", "%%", "-", "=", "+", "?", "#", "%"):
            if self.text.startswith(candidate, self.at):
                operator = candidate
                self.at += len(candidate)
                break
        word = self.until_brace() if operator else None
        if not operator:
            self.close_brace()
        return ("var", name, operator, word, quoted)

    def name_or_special(self) -> str:
        end = self.at
        while end < len(self.text) and self.text[end] in NAME_REST:
            end += 1
        if end == self.at and self.peek() and self.peek() in SPECIAL:
            end += 1
        name = self.text[self.at : end]
        if not name:
            raise ShellSyntaxError("bad substitution")
        self.at = end
        return name

    def close_brace(self) -> None:
        if self.peek() != "}":
            raise ShellSyntaxError("bad substitution")
        self.at += 1

    def until_brace(self) -> Word:
        depth, end = 0, self.at
        while end < len(self.text):
            char = self.text[end]
            if char == "}" and depth == 0:
                break
            depth += (char == "{") - (char == "}")
            end += 1
        else:
            raise ShellSyntaxError("bad substitution")
        inner = self.text[self.at : end]
        self.at = end + 1
        self.deeper()
        parts = Lexer(inner, self.depth).double_quoted("")
        self.depth -= 1
        return parts
