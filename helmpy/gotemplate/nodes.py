"""The tree of a parsed template: one small class per construct of the language.

Made by the parser, read by the compiler. `at` is where the node begins (an index into the text), `str(node)` what text/template
shows of it in error messages.
"""

from helmpy.golang.strconv import quote
from helmpy.golang.types import SPACES


class Node:
    """Anything in a tree."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at


# --- operands --------------------------------------------------------------------------------------------------------


class Dot(Node):
    """`.`"""

    __slots__ = ()

    def __str__(self) -> str:
        return "."


class Nil(Node):
    """`nil`"""

    __slots__ = ()

    def __str__(self) -> str:
        return "nil"


class Bool(Node):
    """`true` or `false`."""

    __slots__ = ("value",)

    def __init__(self, at: int, value: bool) -> None:
        self.at = at
        self.value = value

    def __str__(self) -> str:
        return "true" if self.value else "false"


class Number(Node):
    """A number; the attributes are None where the literal does not fit the kind."""

    __slots__ = ("complex_value", "float_value", "int_value", "text", "uint_value")

    def __init__(self, at: int, text: str) -> None:
        self.at = at
        self.text = text
        self.int_value: int | None = None
        self.uint_value: int | None = None
        self.float_value: float | None = None
        self.complex_value: complex | None = None

    def __str__(self) -> str:
        return self.text


class String(Node):
    """A string: the value, and the literal as it was written."""

    __slots__ = ("literal", "value")

    def __init__(self, at: int, literal: str, value: str) -> None:
        self.at = at
        self.literal = literal
        self.value = value

    def __str__(self) -> str:
        return self.literal


class Identifier(Node):
    """A function name."""

    __slots__ = ("name",)

    def __init__(self, at: int, name: str) -> None:
        self.at = at
        self.name = name

    def __str__(self) -> str:
        return self.name


class Field(Node):
    """`.a.b.c`"""

    __slots__ = ("names",)

    def __init__(self, at: int, names: tuple[str, ...]) -> None:
        self.at = at
        self.names = names

    def __str__(self) -> str:
        return "".join("." + name for name in self.names)


class Variable(Node):
    """`$x` or `$x.a.b`; the name includes the dollar."""

    __slots__ = ("name", "names")

    def __init__(self, at: int, name: str, names: tuple[str, ...] = ()) -> None:
        self.at = at
        self.name = name
        self.names = names

    def __str__(self) -> str:
        return ".".join((self.name, *self.names))


class Chain(Node):
    """`(pipeline).a.b`, `function.a`: fields of something that is neither a field nor a variable."""

    __slots__ = ("names", "node")

    def __init__(self, at: int, node: Node, names: tuple[str, ...]) -> None:
        self.at = at
        self.node = node
        self.names = names

    def __str__(self) -> str:
        return argument_text(self.node) + "".join("." + name for name in self.names)


# --- pipelines -------------------------------------------------------------------------------------------------------


class Command(Node):
    """Operands: a function, method or field with its arguments, or one value."""

    __slots__ = ("args",)

    def __init__(self, at: int, args: list[Node]) -> None:
        self.at = at
        self.args = args

    def __str__(self) -> str:
        return " ".join(map(argument_text, self.args))


class Pipe(Node):
    """Commands joined by `|`, with the variables that get the result."""

    __slots__ = ("assign", "commands", "variables")

    def __init__(self, at: int) -> None:
        self.at = at
        self.assign = False
        self.variables: list[Variable] = []
        self.commands: list[Command] = []

    def __str__(self) -> str:
        names = ", ".join(map(str, self.variables))
        sign = " = " if self.assign else " := "
        return (names + sign if names else "") + " | ".join(map(str, self.commands))


def argument_text(node: Node) -> str:
    """An operand inside a command: a nested pipeline stands in parentheses."""
    return f"({node})" if isinstance(node, Pipe) else str(node)


# --- statements ------------------------------------------------------------------------------------------------------


class Text(Node):
    """Text outside of actions."""

    __slots__ = ("text",)

    def __init__(self, at: int, text: str) -> None:
        self.at = at
        self.text = text

    def __str__(self) -> str:
        return self.text


JUMPS = frozenset({"break", "continue"})


class Block(Node):
    """A sequence of statements.

    `effects` names the variables that it sets with "=", and "break" and "continue" where they leave a loop around it.
    """

    __slots__ = ("effects", "nodes")

    def __init__(self, at: int) -> None:
        self.at = at
        self.nodes: list[Node] = []
        self.effects: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return "".join(map(str, self.nodes))


class Action(Node):
    """`{{ pipeline }}`"""

    __slots__ = ("pipe",)

    def __init__(self, at: int, pipe: Pipe) -> None:
        self.at = at
        self.pipe = pipe

    def __str__(self) -> str:
        return "{{" + str(self.pipe) + "}}"


class Branch(Node):
    """`if`, `with` or `range` with its bodies."""

    __slots__ = ("body", "orelse", "pipe")
    keyword = ""

    def __init__(self, at: int, pipe: Pipe, body: Block, orelse: Block | None) -> None:
        self.at = at
        self.pipe = pipe
        self.body = body
        self.orelse = orelse

    def __str__(self) -> str:
        orelse = "" if self.orelse is None else "{{else}}" + str(self.orelse)
        return f"{{{{{self.keyword} {self.pipe}}}}}{self.body}{orelse}{{{{end}}}}"


class If(Branch):
    """`{{ if }}`"""

    __slots__ = ()
    keyword = "if"


class With(Branch):
    """`{{ with }}`"""

    __slots__ = ()
    keyword = "with"


class Range(Branch):
    """`{{ range }}`"""

    __slots__ = ()
    keyword = "range"


class Template(Node):
    """`{{ template "name" pipeline }}`"""

    __slots__ = ("name", "pipe")

    def __init__(self, at: int, name: str, pipe: Pipe | None) -> None:
        self.at = at
        self.name = name
        self.pipe = pipe

    def __str__(self) -> str:
        return "{{template " + quote(self.name) + (f" {self.pipe}" if self.pipe else "") + "}}"


class Keyword(Node):
    """`{{ end }}`, `{{ else }}`, `{{ break }}` or `{{ continue }}`."""

    __slots__ = ("word",)

    def __init__(self, at: int, word: str) -> None:
        self.at = at
        self.word = word

    def __str__(self) -> str:
        return "{{" + self.word + "}}"


def is_empty(node: Node) -> bool:
    """Whether a tree holds nothing but blanks and comments: such a definition never replaces another."""
    if isinstance(node, Block):
        return all(map(is_empty, node.nodes))
    return isinstance(node, Text) and not node.text.strip(SPACES)
