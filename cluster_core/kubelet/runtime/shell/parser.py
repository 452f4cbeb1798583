"""Shell text to a tree. Called by the interpreter; pure. Sizes and depths are bounded, since scripts are untrusted.

A node is a tuple whose first item names it: ("list", [items]), ("and", left, right), ("or", left, right), ("not", node),
("pipe", [nodes]), ("background", node), ("command", assignments, words, redirections), ("if", [(condition, body)], otherwise),
("while", condition, body, until), ("for", name, words | None, body), ("case", word, [(patterns, body)]),
("group", body, redirections), ("subshell", body, redirections), ("function", name, body).
A word is a list of parts: ("text", text, quoted), ("var", name, operator, word, quoted), ("command", text, quoted), ("sum", text, quoted).
"""

from typing import Any

Node = tuple[Any, ...]
Word = list[tuple[Any, ...]]

MAX_DEPTH, MAX_TEXT = 60, 256 * 1024
SPACE, META = " \t", " \t\n;&|<>()"
NAME_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
NAME_REST = NAME_START | frozenset("0123456789")
SPECIAL = frozenset("?$#@*!-0123456789")
CLOSERS = frozenset(("then", "fi", "do", "done", "elif", "else", "esac", "}"))


class ShellSyntaxError(ValueError):
    """The text is no script that this shell understands."""


def parse(text: str) -> Node:
    """The tree of a script. Raises ShellSyntaxError."""
    if len(text) > MAX_TEXT:
        raise ShellSyntaxError("script too long")
    parser = _Parser(text)
    tree = parser.commands(())
    parser.skip(newlines=True)
    if parser.at < len(text):
        raise ShellSyntaxError(f'syntax error: unexpected "{text[parser.at]}"')
    return tree


class _Parser:
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
            target.extend(_Parser("".join(lines), self.depth).double_quoted("") if "".join(lines) else [])
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

    # -- commands

    def commands(self, closers: tuple[str, ...]) -> Node:
        self.deeper()
        items: list[Node] = []
        while True:
            self.skip(newlines=True)
            if self.at >= len(self.text) or self.peek() == ")" or self.peek(2) == ";;" or self.keyword() in CLOSERS:
                break
            node = self.and_or()
            self.skip()
            if self.peek() == "&" and self.peek(2) != "&&":
                self.at += 1
                node = ("background", node)
            elif self.peek() == ";" and self.peek(2) != ";;":
                self.at += 1
            items.append(node)
        self.depth -= 1
        if closers and not items:
            raise ShellSyntaxError(f'syntax error: unexpected "{self.keyword() or self.peek() or "end of file"}"')
        return ("list", items)

    def and_or(self) -> Node:
        node = self.pipe()
        while True:
            self.skip()
            operator = self.peek(2)
            if operator not in ("&&", "||"):
                return node
            self.at += 2
            self.skip(newlines=True)
            node = ("and" if operator == "&&" else "or", node, self.pipe())

    def pipe(self) -> Node:
        if self.take_keyword("!"):
            return ("not", self.pipe())
        nodes = [self.command()]
        while True:
            self.skip()
            if self.peek() != "|" or self.peek(2) == "||":
                return nodes[0] if len(nodes) == 1 else ("pipe", nodes)
            self.at += 1
            self.skip(newlines=True)
            nodes.append(self.command())

    def command(self) -> Node:
        self.deeper()
        try:
            word = self.keyword()
            special = {
                "if": self.if_, "while": self.while_, "until": self.while_, "for": self.for_, "case": self.case_, "{": self.group,
            }.get(word)  # fmt: skip
            if special is not None:
                return special()
            if self.peek() == "(":
                return self.subshell()
            return self.simple()
        finally:
            self.depth -= 1

    def if_(self) -> Node:
        self.expect("if")
        branches = [self.branch()]
        otherwise = None
        while True:
            self.skip(newlines=True)
            if self.take_keyword("elif"):
                branches.append(self.branch())
            elif self.take_keyword("else"):
                otherwise = self.commands(("fi",))
            else:
                self.expect("fi")
                return ("if", branches, otherwise)

    def branch(self) -> tuple[Node, Node]:
        condition = self.commands(("then",))
        self.expect("then")
        return condition, self.commands(("fi",))

    def while_(self) -> Node:
        until = self.keyword() == "until"
        self.at += 5
        condition = self.commands(("do",))
        self.expect("do")
        body = self.commands(("done",))
        self.expect("done")
        return ("while", condition, body, until)

    def for_(self) -> Node:
        self.expect("for")
        name = self.keyword()
        self.at += len(name)
        self.skip(newlines=True)
        words: list[Word] | None = None
        if self.take_keyword("in"):
            words = []
            self.skip()
            while self.peek() and self.peek() not in ";\n":
                words.append(self.word())
                self.skip()
        if self.peek() == ";":
            self.at += 1
        self.expect("do")
        body = self.commands(("done",))
        self.expect("done")
        return ("for", name, words, body)

    def case_(self) -> Node:
        self.expect("case")
        self.skip()
        subject = self.word()
        self.expect("in")
        branches: list[tuple[list[Word], Node]] = []
        while True:
            self.skip(newlines=True)
            if self.take_keyword("esac"):
                return ("case", subject, branches)
            if self.peek() == "(":
                self.at += 1
            patterns = [self.pattern()]
            while self.peek() == "|":
                self.at += 1
                patterns.append(self.pattern())
            if self.peek() != ")":
                raise ShellSyntaxError('syntax error: expecting ")"')
            self.at += 1
            branches.append((patterns, self.commands(())))
            self.skip(newlines=True)
            if self.peek(2) == ";;":
                self.at += 2

    def pattern(self) -> Word:
        self.skip()
        word = self.word()
        self.skip()
        return word

    def group(self) -> Node:
        self.expect("{")
        body = self.commands(("}",))
        self.expect("}")
        return ("group", body, self.redirections())

    def subshell(self) -> Node:
        self.at += 1
        body = self.commands((")",))
        self.skip(newlines=True)
        if self.peek() != ")":
            raise ShellSyntaxError('syntax error: unexpected end of file (expecting ")")')
        self.at += 1
        return ("subshell", body, self.redirections())

    def redirections(self) -> list[Any]:
        found: list[Any] = []
        while (redirection := self.redirection()) is not None:
            found.append(redirection)
        return found

    def simple(self) -> Node:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirections: list[Any] = []
        while True:
            self.skip()
            redirection = self.redirection()
            if redirection is not None:
                redirections.append(redirection)
                continue
            if not self.peek() or self.peek() in ";&|\n)":
                break
            if self.peek() == "(":
                return self.function(words)
            name = self.assignment() if not words else ""
            if name:
                assignments.append((name, self.word() if self.peek() and self.peek() not in META else []))
            else:
                words.append(self.word())
        if not words and not assignments and not redirections:
            raise ShellSyntaxError(f'syntax error: unexpected "{self.peek() or "end of file"}"')
        return ("command", assignments, words, redirections)

    def function(self, words: list[Word]) -> Node:
        if len(words) != 1 or self.peek(2) != "()":
            raise ShellSyntaxError('syntax error: unexpected "("')
        self.at += 2
        self.skip(newlines=True)
        return ("function", "".join(part[1] for part in words[0]), self.command())

    def assignment(self) -> str:
        """NAME of a leading NAME=, taken; "" if there is none."""
        end = self.at
        while end < len(self.text) and self.text[end] in NAME_REST:
            end += 1
        if end == self.at or self.text[self.at] not in NAME_START or self.text[end : end + 1] != "=":
            return ""
        name = self.text[self.at : end]
        self.at = end + 1
        return name

    def redirection(self) -> Any:
        """(descriptor, operator, word) or None."""
        self.skip()
        start = self.at
        digits = self.at
        while digits < len(self.text) and self.text[digits].isdigit():
            digits += 1
        if self.text[digits : digits + 1] not in ("<", ">") and self.text[self.at : self.at + 2] != "&>":
            return None
        if self.peek(2) == "&>":
            self.at += 2
            self.skip()
            return ("both", ">", self.word())
        number = self.text[start:digits]
        self.at = digits
        for operator in ("<<-", "<<<", "<<", ">>", ">&", "<&", ">|", ">", "<"):
            if self.text.startswith(operator, self.at):
                self.at += len(operator)
                break
        self.skip()
        descriptor = number or ("0" if operator.startswith("<") else "1")
        word = self.word()
        if operator in ("<<", "<<-"):
            body: list[Any] = []
            self.heredocs.append(("".join(part[1] for part in word), operator == "<<-", body))
            return (descriptor, "<<", body)
        return (descriptor, ">" if operator == ">|" else operator, word)

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
        parts = _Parser(inner, self.depth).double_quoted("")
        self.depth -= 1
        return parts
