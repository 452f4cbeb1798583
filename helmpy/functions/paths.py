"""Slash-separated paths: base, dir, clean, ext, isAbs, and the os* twins (which on Linux are the same).

Pure text: nothing here looks at a file system.
"""

from helmpy.golang.function import Function


def clean(path: str) -> str:
    """path.Clean: the shortest equivalent path."""
    rooted = path.startswith("/")
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", ".", "..") or (part == ".." and not rooted):
            parts.append(part)
    return "/" * rooted + "/".join(parts) or "."


def base(path: str) -> str:
    """path.Base: the last element."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def directory(path: str) -> str:
    """path.Dir: all but the last element, cleaned."""
    head, slash, _ = path.rpartition("/")
    return clean(head + slash)


def extension(path: str) -> str:
    """path.Ext: from the last dot of the last element."""
    _, dot, ext = path.rpartition("/")[2].rpartition(".")
    return dot + ext if dot else ""


def is_absolute(path: str) -> bool:
    """path.IsAbs."""
    return path.startswith("/")


TABLE = (
    Function("base", base, ("string",), "string"),
    Function("clean", clean, ("string",), "string"),
    Function("dir", directory, ("string",), "string"),
    Function("ext", extension, ("string",), "string"),
    Function("isAbs", is_absolute, ("string",), "bool"),
    Function("osBase", base, ("string",), "string"),
    Function("osClean", clean, ("string",), "string"),
    Function("osDir", directory, ("string",), "string"),
    Function("osExt", extension, ("string",), "string"),
    Function("osIsAbs", is_absolute, ("string",), "bool"),
)
