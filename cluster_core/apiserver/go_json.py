"""What Go's JSON decoder says about text that is not JSON."""


def problem(body: bytes) -> str:
    """The error of the first place where `body` stops being JSON."""
    import json

    text = body.decode("utf-8", "replace")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _words(text, error)
    except RecursionError:
        return "exceeded max depth"
    for name in ("NaN", "Infinity", "-Infinity"):
        at = text.find(name)
        if at >= 0:
            return f"invalid character {_shown(text[at])} looking for beginning of value"
    return "unexpected end of JSON input"


def _words(text: str, error: "json.JSONDecodeError") -> str:  # type: ignore[name-defined]  # noqa: F821
    position = error.pos
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    if position >= len(text):
        return "unexpected end of JSON input"
    char = _shown(text[position])
    if error.msg.startswith("Extra data"):
        return f"invalid character {char} after top-level value"
    if "property name" in error.msg:
        return f"invalid character {char} looking for beginning of object key string"
    if "':' delimiter" in error.msg:
        return f"invalid character {char} after object key"
    if "',' delimiter" in error.msg:
        before = text[:position].count("[") - text[:position].count("]")
        where = "array element" if before > 0 else "object key:value pair"
        return f"invalid character {char} after {where}"
    if "Unterminated string" in error.msg:
        return "unexpected end of JSON input"
    return f"invalid character {char} looking for beginning of value"


def _shown(char: str) -> str:
    return "'\\''" if char == "'" else "'\"'" if char == '"' else f"'{char}'"
