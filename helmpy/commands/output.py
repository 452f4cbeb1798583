"""What commands print: Helm's tables, JSON and YAML, and text cleaned of terminal escapes."""

import sys
from collections.abc import Iterable, Sequence

from helmpy.annotations import Any


def printable(text: str) -> str:
    """A text without control characters (except newline and tab): nothing from a chart or server may steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 0x7F <= ord(c) < 0xA0))


def rendered(text: str) -> str:
    """A text that a chart rendered: byte for byte as Helm prints it, except on a terminal."""
    return printable(text) if sys.stdout.isatty() else text


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

    A column is as wide as the longest line in it, at most `max_width` (0: no limit); what is longer ends in "...".
    """
    shown = (headers, *rows) if headings else tuple(rows)
    lines = [[printable(str(value)) for value in row] for row in shown]
    if not lines:
        return "\n"
    widths = [max(_line_width(line[column]) for line in lines) for column in range(len(headers))]
    if max_width:
        widths = [min(width, max_width) for width in widths]
    return "".join(_row(line, widths) for line in lines)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A row; a cell of several lines that fits makes the row as high."""
    columns = [_fitted(cell, width).split("\n") for cell, width in zip(cells, widths, strict=True)]
    height = max(map(len, columns))
    return "".join(
        "\t".join(
            _fitted(column[i] if i < len(column) else "", width) for column, width in zip(columns, widths, strict=True)
        )
        + "\n"
        for i in range(height)
    )


def _line_width(text: str) -> int:
    return max(_width(line) for line in text.split("\n"))


def _width(text: str) -> int:
    """Cells of a terminal that a text takes."""
    if text.isascii():
        return sum(c >= " " for c in text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text if c >= " ")


def _fitted(text: str, width: int) -> str:
    """Padded, or cut with "..." (Go: strutil.Resize)."""
    have = _width(text)
    if have <= width:
        return text + " " * (width - have)
    taken, kept = 0, ""
    for rune in text:
        kept += rune
        size = _width(rune)
        if taken + size >= width - 3:
            break
        taken += size
    return kept + "..."


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
