"""Label and field selectors: their text and object forms, and matching."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

Labels = Mapping[str, str]


class SelectorError(ValueError):
    """A selector that cannot be read; the text is what the API server says."""


class Requirement(NamedTuple):
    """One term: `operator` is in, notin, exists, !, gt or lt ("=" is in with one value, "!=" notin with one)."""

    key: str
    operator: str
    values: tuple[str, ...]

    def matches(self, labels: Labels) -> bool:
        """Whether the labels satisfy this term."""
        operator = self.operator
        if operator == "in":
            return self.key in labels and labels[self.key] in self.values
        if operator == "notin":
            return self.key not in labels or labels[self.key] not in self.values
        if operator == "exists":
            return self.key in labels
        if operator == "!":
            return self.key not in labels
        return self._compares(labels)

    def _compares(self, labels: Labels) -> bool:
        try:
            left, right = int(labels[self.key]), int(self.values[0])
        except (KeyError, ValueError):
            return False
        return left > right if self.operator == "gt" else left < right


class LabelSelector(NamedTuple):
    """All requirements must hold; none at all matches everything."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Labels | None) -> bool:
        """Whether labels (None = no labels) match."""
        labels = labels or {}
        return all(r.matches(labels) for r in self.requirements)


EVERYTHING = LabelSelector(())


class _Nothing(LabelSelector):
    def matches(self, labels: Labels | None) -> bool:
        return False


NOTHING: LabelSelector = _Nothing(())
_OPERATORS = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def from_object(selector: Mapping[str, Any] | None) -> LabelSelector:
    """A metav1.LabelSelector; None selects nothing, {} everything. Raises SelectorError for an unknown operator."""
    if selector is None:
        return NOTHING
    terms = [Requirement(k, "in", (v,)) for k, v in sorted((selector.get("matchLabels") or {}).items())]
    for expression in selector.get("matchExpressions") or ():
        operator = _OPERATORS.get(expression["operator"])
        if operator is None:
            raise SelectorError(f'"{expression["operator"]}" is not a valid label selector operator')
        terms.append(Requirement(expression["key"], operator, tuple(expression.get("values") or ())))
    return LabelSelector(tuple(terms))


def go_text(selector: Mapping[str, Any] | None) -> str:
    """A LabelSelector object as Kubernetes' own structs print themselves in messages."""
    if selector is None:
        return "nil"
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{e['key']},Operator:{e['operator']},Values:[{' '.join(e.get('values') or ())}],}},"
        for e in selector.get("matchExpressions") or ()
    )
    listed = f"[]LabelSelectorRequirement{{{expressions}}}"
    return f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:{listed},}}"


def from_map(labels: Labels | None) -> LabelSelector:
    """Equality with every pair, as Services and ReplicationControllers select; an empty map selects everything."""
    return LabelSelector(tuple(Requirement(k, "in", (v,)) for k, v in sorted((labels or {}).items())))


class _Lexer:
    """Splits selector text into symbols and words as upstream's labels.Lexer does."""

    SPACE = " \t\r\n"
    SPECIAL = "=!(),><"
    SYMBOLS = (")", ",", "!", "==", "=", "!=", "(", "<", ">")

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def tokens(self) -> list[tuple[str, str]]:
        """(kind, literal) pairs; kind is the symbol itself, "in", "notin", "word", "error" or "end"."""
        result = []
        while True:
            token = self.next()
            result.append(token)
            if token[0] in ("end", "error"):
                return result

    def next(self) -> tuple[str, str]:
        while self.at < len(self.text) and self.text[self.at] in self.SPACE:
            self.at += 1
        if self.at >= len(self.text):
            return "end", ""
        return self._symbol() if self.text[self.at] in self.SPECIAL else self._word()

    def _symbol(self) -> tuple[str, str]:
        start, best = self.at, ""
        while self.at < len(self.text) and self.text[self.at] in self.SPECIAL:
            candidate = self.text[start : self.at + 1]
            if candidate in self.SYMBOLS:
                best = candidate
            elif best:
                return best, best
            self.at += 1
        return (best, best) if best else ("error", f"error expected: keyword found '{self.text[start : self.at]}'")

    def _word(self) -> tuple[str, str]:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in self.SPECIAL + self.SPACE:
            self.at += 1
        word = self.text[start : self.at]
        return (word, word) if word in ("in", "notin") else ("word", word)


class _Parser:
    """Reads the requirements of a selector's tokens; error texts are upstream's."""

    def __init__(self, text: str) -> None:
        self.tokens, self.at = _Lexer(text).tokens(), 0

    def peek(self, values: bool = False) -> tuple[str, str]:
        kind, literal = self.tokens[min(self.at, len(self.tokens) - 1)]
        return ("word", literal) if values and kind in ("in", "notin") else (kind, literal)

    def take(self, values: bool = False) -> tuple[str, str]:
        token = self.peek(values)
        self.at += 1
        return token

    def parse(self) -> list[Requirement]:
        terms: list[Requirement] = []
        while True:
            kind, literal = self.peek(True)
            if kind in ("word", "!"):
                try:
                    terms.append(self.requirement())
                except SelectorError as error:
                    raise SelectorError(f"unable to parse requirement: {error}") from None
                kind, literal = self.take()
                if kind == "end":
                    return terms
                if kind != ",":
                    raise SelectorError(f"found '{literal}', expected: ',' or 'end of string'")
                following, text = self.peek(True)
                if following not in ("word", "!"):
                    raise SelectorError(f"found '{text}', expected: identifier after ','")
            elif kind == "end":
                return terms
            else:
                raise SelectorError(f"found '{literal}', expected: !, identifier, or 'end of string'")

    def requirement(self) -> Requirement:
        negated = self.peek()[0] == "!"
        if negated:
            self.take()
        kind, key = self.take(True)
        if kind != "word":
            raise SelectorError(f"found '{key}', expected: identifier")
        _check_key(key)
        if self.peek()[0] in ("end", ","):
            return Requirement(key, "!" if negated else "exists", ())
        if negated:
            return Requirement(key, "!", ())
        operator, values = self.operator_and_values()
        _check_values(key, operator, values)
        return Requirement(key, operator, values)

    def operator_and_values(self) -> tuple[str, tuple[str, ...]]:
        kind, literal = self.take()
        operator = {"=": "in", "==": "in", "!=": "notin", "in": "in", "notin": "notin", ">": "gt", "<": "lt"}.get(kind)
        if operator is None:
            raise SelectorError(f"found '{literal}', expected: in, notin, =, ==, !=, gt, lt")
        return operator, self.values() if kind in ("in", "notin") else self.exact_value()

    def exact_value(self) -> tuple[str, ...]:
        kind, literal = self.peek(True)
        if kind in ("end", ","):
            return ("",)
        self.take(True)
        if kind != "word":
            raise SelectorError(f"found '{literal}', expected: identifier")
        return (literal,)

    def values(self) -> tuple[str, ...]:
        kind, literal = self.take(True)
        if kind != "(":
            raise SelectorError(f"found '{literal}' expected: '('")
        kind, literal = self.peek(True)
        if kind == ")":
            self.take(True)
            return ("",)
        if kind not in ("word", ","):
            raise SelectorError(f"found '{literal}', expected: ',', ')' or identifier")
        found = self.identifiers()
        kind, literal = self.take(True)
        if kind != ")":
            raise SelectorError(f"found '{literal}', expected: ')'")
        return tuple(sorted(found))

    def identifiers(self) -> set[str]:
        found: set[str] = set()
        while True:
            kind, literal = self.take(True)
            if kind == "word":
                found.add(literal)
                kind, literal = self.peek(True)
                if kind == ")":
                    return found
                if kind != ",":
                    raise SelectorError(f"found '{literal}', expected: ',' or ')'")
            elif kind == ",":
                if not found:
                    found.add("")
                following = self.peek(True)[0]
                if following == ")":
                    found.add("")
                    return found
                if following == ",":
                    self.take(True)
                    found.add("")
            else:
                raise SelectorError(f"found '{literal}', expected: ',', or identifier")


def _check_key(key: str) -> None:
    from cluster_core.apimachinery.field import value_text
    from cluster_core.apimachinery.names import qualified_name

    problems = qualified_name(key)
    if problems:
        raise SelectorError(f"<nil>: Invalid value: {value_text(key)}: {'; '.join(problems)}")


def _check_values(key: str, operator: str, values: tuple[str, ...]) -> None:
    from cluster_core.apimachinery.field import value_text
    from cluster_core.apimachinery.names import label_value

    if operator in ("gt", "lt"):
        try:
            int(values[0])
        except ValueError:
            text = f"values[0]: Invalid value: {value_text(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer"
            raise SelectorError(text) from None
    for index, value in enumerate(values):
        problems = label_value(value)
        if problems:
            raise SelectorError(f"values[{index}][{key}]: Invalid value: {value_text(value)}: {'; '.join(problems)}")


@lru_cache(maxsize=512)
def parse(text: str) -> LabelSelector:
    """A label selector's text, such as `app=web,tier in (a,b),!old`; raises SelectorError."""
    return LabelSelector(tuple(sorted(_Parser(text).parse(), key=lambda r: r.key))) if text else EVERYTHING


class FieldTerm(NamedTuple):
    """`path` equals (or, if `negated`, differs from) `value`."""

    path: str
    value: str
    negated: bool


class FieldSelector(NamedTuple):
    """All terms must hold; `value_of` of the resource gives a path's text."""

    terms: tuple[FieldTerm, ...]

    def matches(self, value_of: Callable[[str], str]) -> bool:
        """Whether every term holds for the object behind `value_of`."""
        return all((value_of(t.path) == t.value) != t.negated for t in self.terms)

    def exact(self, path: str) -> str | None:
        """The value that `path` must equal, None if the selector does not say."""
        return next((t.value for t in self.terms if t.path == path and not t.negated), None)


@lru_cache(maxsize=512)
def parse_fields(text: str) -> FieldSelector:
    """A field selector's text, such as `spec.nodeName=n1,status.phase!=Failed`; raises SelectorError."""
    terms = []
    for part in _split_terms(text):
        if part:
            terms.append(_field_term(part, text))
    return FieldSelector(tuple(terms))


def _split_terms(text: str) -> list[str]:
    parts, start, escaped = [], 0, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ",":
            parts.append(text[start:index])
            start = index + 1
    parts.append(text[start:])
    return parts


def _field_term(part: str, text: str) -> FieldTerm:
    for index in range(len(part)):
        for operator in ("!=", "==", "="):
            if part.startswith(operator, index):
                value = _unescape(part[index + len(operator) :])
                return FieldTerm(part[:index], value, operator == "!=")
    raise SelectorError(f"invalid selector: '{text}'; can't understand '{part}'")


def _unescape(value: str) -> str:
    if "\\" not in value and not any(c in value for c in ",="):
        return value
    result, chars = [], iter(value)
    for char in chars:
        if char == "\\":
            following = next(chars, "")
            if following not in ("\\", ",", "="):
                raise SelectorError(f"invalid field selector: invalid escape sequence in value: {value}")
            result.append(following)
        elif char in ",=":
            raise SelectorError(f"invalid field selector: unescaped character in value: {value}: {char}")
        else:
            result.append(char)
    return "".join(result)
