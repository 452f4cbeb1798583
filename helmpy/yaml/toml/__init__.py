"""TOML as BurntSushi/toml writes and reads it, for toToml and fromToml.

`writer` writes; `reader` reads documents with the characters, strings and numbers of `scanner`. The standard library's
reader is not used: it knows an older TOML, and nothing of the words for faults that charts see.
"""

from helmpy.annotations import Any
from helmpy.golang.types import GoError, go_bytes


def dumps(value: Any) -> str:
    """The value as TOML text. Raises GoError with BurntSushi's text, or Go's for nil."""
    from helmpy.yaml.toml import writer

    return writer.dumps(value)


def loads(text: str) -> dict[str, Any]:
    """The document as Go's values: Int64, time.Time. Raises GoError with BurntSushi's text."""
    from helmpy.yaml.toml.reader import Reader
    from helmpy.yaml.toml.scanner import opened

    try:
        return Reader(opened(go_bytes(text))).document()
    except RecursionError:
        raise GoError("toml: nested too deeply") from None
