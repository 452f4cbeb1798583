"""What commands print: Helm's tables, JSON and YAML, and text cleaned of terminal escapes."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any


def printable(text: str) -> str:
    """A text without control characters (except newline and tab): nothing from a chart or server may steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 0x7F <= ord(c) < 0xA0))


def write_text(text: str) -> None:
    """Write a text to stdout byte for byte (a Go string may hold bytes that are not UTF-8)."""
    out = getattr(sys.stdout, "buffer", None)
    if out is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    out.write(text.encode("utf-8", "surrogateescape"))
    out.flush()


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], max_width: int = 0, headings: bool = True) -> str:
    """A table as Helm prints it (gosuri/uitable): columns padded to their widest cell, joined by a tab.

    `max_width` shortens longer cells with "..." (0: no limit).
    """
    shown = (headers, *rows) if headings else tuple(rows)
    lines = [[_cell(value, max_width) for value in row] for row in shown]
    if not lines:
        return "\n"
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    return "".join(
        "\t".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + "\n" for line in lines
    )


def _cell(value: Any, max_width: int) -> str:
    text = printable(str(value)).replace("\n", " ")
    return text[: max_width - 3] + "..." if max_width and len(text) > max_width else text


def encode(value: Any, format: str) -> str:
    """A value as `-o json` (one line, fields in the order given) or `-o yaml` (keys sorted) prints it."""
    if format == "json":
        import orjson

        text = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE).decode()
        return text.translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})
    from helmpy.yaml import emitter

    return emitter.dump(value)


def encode_map(value: Any, format: str) -> str:
    """A Go map as `-o json` or `-o yaml` prints it: keys sorted, None as null."""
    if format == "json":
        from helmpy.golang import json

        return json.dumps(value) + "\n"
    return encode(value, format)


def pretty(value: Any, format: str) -> str:
    """Objects as `-o yaml` or (indented) `-o json` prints them."""
    if format == "json":
        from helmpy.golang import json

        return json.dumps(value, indent="    ", escape_html=False) + "\n"
    from helmpy.yaml import emitter

    return emitter.dump(value)
