"""Log lines as Helm writes them to stderr (Go's slog text handler): `level=WARN msg="..." key=value`.

Must not import anything of helmpy. Never log values: they may hold secrets.
"""

import sys

from helmpy.annotations import Any

_debug = False


def enable_debug(on: bool) -> None:
    """Show debug lines too (`--debug`)."""
    global _debug
    _debug = on


def debug(message: str, /, **fields: Any) -> None:
    """A line for `--debug` only."""
    if _debug:
        _write("DEBUG", message, fields)


def info(message: str, /, **fields: Any) -> None:
    """Something worth knowing."""
    _write("INFO", message, fields)


def warn(message: str, /, **fields: Any) -> None:
    """Something that the user may want to change."""
    _write("WARN", message, fields)


def error(message: str, /, **fields: Any) -> None:
    """Something that went wrong."""
    _write("ERROR", message, fields)


def line(text: str) -> None:
    """A whole line that somebody else worded."""
    sys.stderr.write(text.rstrip("\n") + "\n")


def _write(level: str, message: str, fields: dict[str, Any]) -> None:
    parts = [f"level={level}", f"msg={_text(message)}", *(f"{key}={_text(value)}" for key, value in fields.items())]
    sys.stderr.write(" ".join(parts) + "\n")


def _text(value: Any) -> str:
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    if text and text.isprintable() and not any(c in ' "=' for c in text):
        return text
    from helmpy.golang import strconv

    return strconv.quote(text)
