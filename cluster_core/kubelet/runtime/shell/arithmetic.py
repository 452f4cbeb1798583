"""$(( … )): integers, variables, + - * / % comparisons, && || ! and parentheses; name=value assigns. Bounded to 64 bits."""

from collections.abc import Callable

_LEVELS = (("||",), ("&&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))
_TWO = ("||", "&&", "==", "!=", "<=", ">=", "+=", "-=", "++", "--")
MAX_TOKENS = 500


def evaluate(text: str, lookup: Callable[[str], str], variables: dict[str, str]) -> int:
    """The value. Raises ValueError for what is no expression."""
    return _Expression(_tokens(text), lookup, variables).whole()


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char in " \t\n$":
            at += 1
            continue
        end = at + 1
        if char.isalnum() or char == "_":
            while end < len(text) and (text[end].isalnum() or text[end] == "_"):
                end += 1
        elif text[at : at + 2] in _TWO:
            end = at + 2
        tokens.append(text[at:end])
        at = end
    if len(tokens) > MAX_TOKENS:
        raise ValueError("expression too long")
    return tokens


class _Expression:
    def __init__(self, tokens: list[str], lookup: Callable[[str], str], variables: dict[str, str]) -> None:
        self.tokens, self.at, self.lookup, self.variables = tokens, 0, lookup, variables

    def whole(self) -> int:
        if not self.tokens:
            return 0
        value = self.assignment()
        if self.at < len(self.tokens):
            raise ValueError("left over")
        return value

    def assignment(self) -> int:
        if len(self.tokens) > self.at + 1 and self.tokens[self.at + 1] in ("=", "+=", "-="):
            name, operator = self.tokens[self.at], self.tokens[self.at + 1]
            self.at += 2
            value = self.assignment()
            if operator != "=":
                old = _number(self.lookup(name))
                value = old + value if operator == "+=" else old - value
            self.variables[name] = str(value)
            return value
        return self.level(0)

    def level(self, number: int) -> int:
        if number == len(_LEVELS):
            return self.unary()
        value = self.level(number + 1)
        while self.at < len(self.tokens) and self.tokens[self.at] in _LEVELS[number]:
            operator = self.tokens[self.at]
            self.at += 1
            value = _apply(operator, value, self.level(number + 1))
        return value

    def unary(self) -> int:
        if self.at >= len(self.tokens):
            raise ValueError("unexpected end")
        token = self.tokens[self.at]
        self.at += 1
        if token in ("-", "+", "!"):
            value = self.unary()
            return -value if token == "-" else int(not value) if token == "!" else value
        if token in ("++", "--"):
            return self.step(self.tokens[self.at], 1 if token == "++" else -1, 1)
        if token == "(":
            value = self.assignment()
            if self.at >= len(self.tokens) or self.tokens[self.at] != ")":
                raise ValueError("missing )")
            self.at += 1
            return value
        if token[0].isdigit():
            return _number(token)
        if token[0].isalpha() or token[0] == "_":
            if self.at < len(self.tokens) and self.tokens[self.at] in ("++", "--"):
                self.at -= 1
                return self.step(token, 1 if self.tokens[self.at + 1] == "++" else -1, 2)
            return _number(self.lookup(token))
        raise ValueError(token)

    def step(self, name: str, by: int, tokens: int) -> int:
        old = _number(self.lookup(name))
        self.at += tokens
        self.variables[name] = str(old + by)
        return old if tokens == 2 else old + by


def _number(text: str) -> int:
    text = text.strip() or "0"
    if len(text) > 20:
        raise ValueError("number too long")
    return int(text, 8) if len(text) > 1 and text[0] == "0" and text.isdigit() else int(text, 0)


def _apply(operator: str, left: int, right: int) -> int:
    if operator in ("/", "%") and right == 0:
        raise ValueError("divide by zero")
    value = {
        "||": lambda: int(bool(left or right)),
        "&&": lambda: int(bool(left and right)),
        "==": lambda: int(left == right),
        "!=": lambda: int(left != right),
        "<=": lambda: int(left <= right),
        ">=": lambda: int(left >= right),
        "<": lambda: int(left < right),
        ">": lambda: int(left > right),
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1),
        "%": lambda: abs(left) % abs(right) * (1 if left >= 0 else -1),
    }[operator]()
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)
