"""Letter case and words: upper, lower, title, camelcase, snakecase, initials and their kin.

The word splitting of camelcase, snakecase and kebabcase follows the xstrings library that Sprig uses.
"""

from helmpy.functions import unicode
from helmpy.golang.function import Function
from helmpy.golang.types import SPACES, go_bytes

_CJK_START = "\u3400"
_CJK_RANGES = (("\u4e00", "\u9fcc"), ("\u3400", "\u4d85"), ("\U00020000", "\U0002b81d"))


def upper(text: str) -> str:
    """strings.ToUpper."""
    return text.upper() if text.isascii() else unicode.map_runes(text, unicode.upper)


def lower(text: str) -> str:
    """strings.ToLower."""
    return text.lower() if text.isascii() else unicode.map_runes(text, unicode.lower)


def title(text: str) -> str:
    """strings.Title: the first letter of each word, whatever follows."""
    previous = " "
    out = []
    for rune in text:
        out.append(unicode.title(rune) if _separates(previous) else unicode.valid(rune))
        previous = rune
    return "".join(out)


def untitle(text: str) -> str:
    """The first letter of each word in lower case."""
    out = []
    at_start = True
    for rune in map(unicode.valid, text):
        space = rune in SPACES
        out.append(unicode.lower(rune) if at_start and not space else rune)
        at_start = space
    return "".join(out)


def swapcase(text: str) -> str:
    """Upper to lower, lower to upper, and a lower-case word start to title case."""
    out = []
    word_start = True
    for rune in map(unicode.valid, text):
        if unicode.is_upper(rune) or unicode.is_title(rune):
            out.append(unicode.lower(rune))
            word_start = False
        elif unicode.is_lower(rune):
            out.append(unicode.title(rune) if word_start else unicode.upper(rune))
            word_start = False
        else:
            out.append(rune)
            word_start = rune in SPACES
    return "".join(out)


def initials(text: str) -> str:
    """The first byte of each word (Go's library looks at bytes, so letters beyond ASCII come out as two)."""
    out = []
    after_gap = True
    for rune in map(chr, go_bytes(text)):
        gap = rune in SPACES
        if after_gap and not gap:
            out.append(rune)
        after_gap = gap
    return "".join(out)


def nospace(text: str) -> str:
    """Without white space. Text that has some and is not ASCII is read byte by byte, as Go's library does."""
    runes = [chr(byte) for byte in go_bytes(text)]
    kept = [rune for rune in runes if rune not in SPACES]
    return text if len(kept) == len(runes) else "".join(kept)


def camelcase(text: str) -> str:
    """`http_server foo-bar` to `HttpServerFooBar`; connectors at the start stay (and the last of nothing else doubles)."""
    runes = [unicode.valid(rune) for rune in text]
    start = next((i for i, rune in enumerate(runes) if not _connects(rune)), None)
    if start is None:
        return "".join(runes + runes[-1:])
    in_upper_run = unicode.is_upper(runes[start])
    previous = unicode.upper(runes[start])
    out = runes[:start]
    for rune in runes[start + 1 :]:
        if _connects(previous) and not _connects(rune):
            in_upper_run = unicode.is_upper(rune)
            previous = unicode.upper(rune)
            continue
        if in_upper_run and not _connects(previous):
            in_upper_run = unicode.is_upper(rune)
            rune = unicode.lower(rune) if in_upper_run else rune
        out.append(previous)
        previous = rune
    return "".join([*out, previous])


def snakecase(text: str) -> str:
    """`HTTPServer` to `http_server`."""
    return _join_words(text, "_")


def kebabcase(text: str) -> str:
    """`HTTPServer2Go` to `http-server2-go`."""
    return _join_words(text, "-")


def _separates(rune: str) -> bool:
    if rune == "_" or unicode.is_letter(rune) or unicode.is_digit(rune):
        return False
    return rune in SPACES if rune > "\x7f" else True


def _connects(rune: str) -> bool:
    return rune in "-_" or rune in SPACES


def _alphabetic(rune: str) -> bool:
    if not unicode.is_letter(rune):
        return False
    return rune < _CJK_START or not any(low <= rune <= high for low, high in _CJK_RANGES)


def _class(rune: str) -> str:
    """The kind of word that a rune starts: connector, punct, upper, alphabet, number or other."""
    if _connects(rune):
        return "connector"
    if unicode.is_punctuation(rune):
        return "punct"
    if unicode.is_upper(rune):
        return "upper"
    if _alphabetic(rune):
        return "alphabet"
    return "number" if unicode.is_number(rune) else "other"


def _words(text: str) -> list[tuple[str, str]]:
    """The text as (kind, word); an "upper" word may go on in lower case (`Server`) or be all upper case (`HTTP`)."""
    classes = [_class(rune) for rune in text]
    words = []
    start = 0
    while start < len(text):
        end = _word_end(text, classes, start)
        words.append((classes[start], text[start:end]))
        start = end
    return words


def _word_end(text: str, classes: list[str], start: int) -> int:
    kind = classes[start]
    if kind == "punct":
        return next((i for i in range(start, len(text)) if not unicode.is_punctuation(text[i])), len(text))
    end = _run(classes, start, kind)
    if kind != "upper":
        return end
    if end - start == 1:
        return _run(classes, end, "alphabet")
    return end - 1 if end < len(classes) and classes[end] == "alphabet" else end


def _run(classes: list[str], start: int, kind: str) -> int:
    end = start
    while end < len(classes) and classes[end] == kind:
        end += 1
    return end


class _WordJoiner:
    """Writes words in lower case with a connector wherever a new word starts."""

    def __init__(self, text: str, connector: str) -> None:
        self.words = _words("".join(map(unicode.valid, text)))
        self.connector = connector
        self.position = 0
        self.out: list[str] = []

    def join(self) -> str:
        while self.position < len(self.words) - 1:
            kind = self.kind
            self._write(self.position)
            self.position += 1
            if kind == "number":
                self._continue_word()
            elif kind not in ("connector", "punct"):
                self._after_word()
        if self.position < len(self.words):
            self._write(self.position)
        return "".join(self.out)

    @property
    def kind(self) -> str:
        return self.words[self.position][0] if self.position < len(self.words) else "end"

    def _write(self, position: int) -> None:
        kind, word = self.words[position]
        if kind == "connector":
            word = self.connector * len(word)
        elif kind == "upper":
            word = "".join(unicode.lower(rune) if unicode.is_upper(rune) else rune for rune in word)
        self.out.append(word)

    def _connect(self) -> None:
        """A connector, unless the text ends here or has punctuation of its own."""
        if self.kind not in ("end", "punct", "connector"):
            self.out.append(self.connector)

    def _continue_word(self) -> None:
        """Letters and digits that belong to the number before them (`20x`)."""
        while self.kind in ("alphabet", "number"):
            self._write(self.position)
            self.position += 1
        self._connect()

    def _after_word(self) -> None:
        """A number belongs to the word before it (`bld4_floor`), unless lower-case letters follow (`http_2xx`)."""
        if self.kind != "number":
            self._connect()
            return
        if self.position == len(self.words) - 1:
            return
        number = self.position
        self.position += 1
        joined = self.kind == "alphabet"
        if joined:
            self.out.append(self.connector)
        self._write(number)
        if joined:
            self._continue_word()
        else:
            self._connect()


def _join_words(text: str, connector: str) -> str:
    return _WordJoiner(text, connector).join()


TABLE = (
    Function("camelcase", camelcase, ("string",), "string"),
    Function("initials", initials, ("string",), "string"),
    Function("kebabcase", kebabcase, ("string",), "string"),
    Function("lower", lower, ("string",), "string"),
    Function("nospace", nospace, ("string",), "string"),
    Function("snakecase", snakecase, ("string",), "string"),
    Function("swapcase", swapcase, ("string",), "string"),
    Function("title", title, ("string",), "string"),
    Function("untitle", untitle, ("string",), "string"),
    Function("upper", upper, ("string",), "string"),
)
