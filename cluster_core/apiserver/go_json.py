"""What Go's JSON decoder says about text that is not JSON."""


def problem(body: bytes) -> str:
    """The error of the first place where `body` stops being JSON."""
    import json

    text = body.decode("utf-8", "replace")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _words(body, text, error)
    except RecursionError:
        deepest = "{" if text.count("{") > text.count("[") else "["
        return f"invalid character '{deepest}' exceeded max depth"
    for name in ("NaN", "Infinity", "-Infinity"):
        at = text.find(name)
        if at >= 0:
            return f"invalid character {_shown(text[at])} looking for beginning of value"
    return "unexpected end of JSON input"


def _words(body: bytes, text: str, error: "json.JSONDecodeError") -> str:  # type: ignore[name-defined]  # noqa: F821
    position = error.pos
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    if position >= len(text):
        return "unexpected end of JSON input"
    char = _shown(_byte_at(body, text, position))
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
    return _broken_literal(text[position:]) or f"invalid character {char} looking for beginning of value"


def _byte_at(body: bytes, text: str, position: int) -> str:
    """The character as Go names it, which looks at single bytes."""
    place = len(text[:position].encode())
    if text[position] == "\N{REPLACEMENT CHARACTER}" and place < len(body):
        return chr(body[place])
    return chr(text[position].encode()[0])


def _broken_literal(rest: str) -> str:
    """What is wrong with a null, true or false that begins well; "" if it is none of them."""
    for word in ("null", "true", "false"):
        if rest[0] == word[0]:
            for index, char in enumerate(word):
                if index >= len(rest):
                    return f"invalid character ' ' in literal {word} (expecting {_shown(char)})"
                if rest[index] != char:
                    return f"invalid character {_shown(rest[index])} in literal {word} (expecting {_shown(char)})"
    return ""


def _shown(char: str) -> str:
    if char == "'":
        return "'\\''"
    if char < " ":
        return "'" + {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, f"\\x{ord(char):02x}") + "'"
    return f"'{char}'"
