"""Shell text to a tree. Called by the interpreter; pure. Sizes and depths are bounded, since scripts are untrusted.

A node is a tuple whose first item names it: ("list", [items]), ("and", left, right), ("or", left, right), ("not", node),
("pipe", [nodes]), ("background", node), ("command", assignments, words, redirections), ("if", [(condition, body)], otherwise),
("while", condition, body, until), ("for", name, words | None, body), ("case", word, [(patterns, body)]),
("group", body, redirections), ("subshell", body, redirections), ("function", name, body).
"""

from typing import Any

from cluster_core.kubelet.runtime.shell.lexer import (
    MAX_TEXT,
    META,
    NAME_REST,
    NAME_START,
    Lexer,
    ShellSyntaxError,
    Word,
)

__all__ = ["Node", "ShellSyntaxError", "Word", "parse"]

Node = tuple[Any, ...]
CLOSERS = frozenset(("then", "fi", "do", "done", "elif", "else", "esac", "}"))


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


class _Parser(Lexer):
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
