"""Text functions: trimming, cutting, joining, splitting, quoting.

Lengths and offsets count bytes, as Go's do. Must not hold case conversions of whole words (`cases`) or folding (`wrapping`).
"""

from helmpy.annotations import Any
from helmpy.golang import fmt, strconv
from helmpy.golang.function import Function
from helmpy.golang.limits import check_items, check_text
from helmpy.golang.types import SPACES, GoError, StringMap, StringSlice, go_bytes, go_string, kind_name


def to_string(value: Any) -> str:
    """A value as `toString` shows it: `%v`, except that bytes are text."""
    if isinstance(value, str):
        return value
    return go_string(value) if isinstance(value, bytes) else fmt.value_text(value)


def to_strings(value: Any) -> StringSlice:
    """A list as texts, nil items left out; anything else as a list of one."""
    if isinstance(value, StringSlice):
        return value
    if kind_name(value) == "slice":
        items = list(value)
    else:
        items = [value]
    return StringSlice([to_string(item) for item in items if item is not None])


def byte_length(text: str) -> int:
    """Go's len of a string."""
    return len(text) if text.isascii() else len(go_bytes(text))


def byte_slice(text: str, start: int | None, end: int | None) -> str:
    """Go's text[start:end] for offsets already known to be valid."""
    return text[start:end] if text.isascii() else go_string(go_bytes(text)[start:end])


def quote(*values: Any) -> str:
    """Each value in double quotes with Go's escapes, nils left out."""
    return " ".join(strconv.quote(to_string(value)) for value in values if value is not None)


def squote(*values: Any) -> str:
    """Each value between single quotes, with no escaping at all."""
    return " ".join(f"'{fmt.value_text(value)}'" for value in values if value is not None)


def cat(*values: Any) -> str:
    """The values with a blank between them, nils left out."""
    texts = [fmt.value_text(value) for value in values if value is not None]
    check_text(sum(map(len, texts)) + len(texts), "cat")
    return " ".join(texts)


def repeat(count: int, text: str) -> str:
    """`text`, `count` times."""
    if count < 0:
        raise GoError("strings: negative Repeat count")
    check_text(count * len(text), "repeat")
    return text * count


def indent(spaces: int, text: str) -> str:
    """Every line, blank ones too, behind `spaces` blanks."""
    if spaces < 0:
        raise GoError("strings: negative Repeat count")
    check_text(len(text) + spaces * (1 + text.count("\n")), "indent")
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


def nindent(spaces: int, text: str) -> str:
    """`indent` on a new line."""
    return "\n" + indent(spaces, text)


def replace(old: str, new: str, text: str) -> str:
    """`text` with every `old` replaced."""
    check_text(len(text) + (text.count(old) * (len(new) - len(old))), "replace")
    return text.replace(old, new)


def trunc(count: int, text: str) -> str:
    """The first `count` bytes, or the last ones if negative."""
    length = byte_length(text)
    if count < 0 < length + count:
        return byte_slice(text, length + count, None)
    return byte_slice(text, None, count) if 0 <= count < length else text


def substr(start: int, end: int, text: str) -> str:
    """Bytes from `start` to `end`; a negative start means 0, a negative or too large end means the rest."""
    length = byte_length(text)
    if start < 0:
        if end < 0:
            raise GoError(f"runtime error: slice bounds out of range [:{end}]")
        if end > length:
            raise GoError(f"runtime error: slice bounds out of range [:{end}] with length {length}")
        return byte_slice(text, None, end)
    if end < 0 or end > length:
        end = length
    if start > end:
        raise GoError(f"runtime error: slice bounds out of range [{start}:{end}]")
    return byte_slice(text, start, end)


def split_parts(separator: str, text: str, limit: int = -1) -> list[str]:
    """strings.SplitN: an empty separator splits into characters; 0 gives nothing, a negative limit everything."""
    if limit == 0:
        return []
    if separator:
        parts = text.split(separator, limit - 1 if limit > 0 else -1)
    elif 0 < limit < len(text):
        parts = [*text[: limit - 1], text[limit - 1 :]]
    else:
        parts = list(text)
    check_items(len(parts), "split")
    return parts


def split_list(separator: str, text: str) -> StringSlice:
    """strings.Split."""
    return StringSlice(split_parts(separator, text))


def split(separator: str, text: str) -> StringMap:
    """The parts as a map of `_0`, `_1`, …"""
    return splitn(separator, -1, text)


def splitn(separator: str, limit: int, text: str) -> StringMap:
    """At most `limit` parts as a map of `_0`, `_1`, …"""
    return StringMap({f"_{i}": part for i, part in enumerate(split_parts(separator, text, limit))})


def join(separator: str, values: Any) -> str:
    """The texts of a list with a separator between them."""
    texts = to_strings(values)
    check_text(sum(map(len, texts)) + len(separator) * len(texts), "join")
    return separator.join(texts)


def sort_alpha(values: Any) -> StringSlice:
    """The texts of a list in byte order."""
    if kind_name(values) != "slice":
        return StringSlice([to_string(values)])
    return StringSlice(sorted(to_strings(values), key=go_bytes))


def _has_prefix(prefix: str, text: str) -> bool:
    return text.startswith(prefix)


def _has_suffix(suffix: str, text: str) -> bool:
    return text.endswith(suffix)


def _contains(part: str, text: str) -> bool:
    return part in text


def _trim(text: str) -> str:
    return text.strip(SPACES)


def _trim_all(cutset: str, text: str) -> str:
    return text.strip(cutset)


def _trim_prefix(prefix: str, text: str) -> str:
    return text.removeprefix(prefix)


def _trim_suffix(suffix: str, text: str) -> str:
    return text.removesuffix(suffix)


def _plural(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _hello() -> str:
    return "Hello!"


TABLE = (
    Function("cat", cat, ("...any",), "string"),
    Function("contains", _contains, ("string", "string"), "bool"),
    Function("hasPrefix", _has_prefix, ("string", "string"), "bool"),
    Function("hasSuffix", _has_suffix, ("string", "string"), "bool"),
    Function("hello", _hello, (), "string"),
    Function("indent", indent, ("int", "string"), "string"),
    Function("join", join, ("string", "any"), "string"),
    Function("nindent", nindent, ("int", "string"), "string"),
    Function("plural", _plural, ("string", "string", "int"), "string"),
    Function("quote", quote, ("...any",), "string"),
    Function("repeat", repeat, ("int", "string"), "string"),
    Function("replace", replace, ("string", "string", "string"), "string"),
    Function("sortAlpha", sort_alpha, ("any",), "[]string"),
    Function("split", split, ("string", "string"), "map[string]string"),
    Function("splitList", split_list, ("string", "string"), "[]string"),
    Function("splitn", splitn, ("string", "int", "string"), "map[string]string"),
    Function("squote", squote, ("...any",), "string"),
    Function("substr", substr, ("int", "int", "string"), "string"),
    Function("toString", to_string, ("any",), "string"),
    Function("toStrings", to_strings, ("any",), "[]string"),
    Function("trim", _trim, ("string",), "string"),
    Function("trimAll", _trim_all, ("string", "string"), "string"),
    Function("trimall", _trim_all, ("string", "string"), "string"),
    Function("trimPrefix", _trim_prefix, ("string", "string"), "string"),
    Function("trimSuffix", _trim_suffix, ("string", "string"), "string"),
    Function("trunc", trunc, ("int", "string"), "string"),
)
