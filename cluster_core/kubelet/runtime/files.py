"""A container's files, as far as probes, hooks and small scripts need them. Volumes are shared `Files` mounted at a path.

Nothing here touches the real file system.
"""


class ReadOnlyError(OSError):
    """Written to a read-only mount or root."""


class Files:
    """A tree of files by absolute path. Directories exist by themselves as soon as something lies below them."""

    __slots__ = ("_content", "_directories", "_mounts", "read_only")

    def __init__(self, content: dict[str, str] | None = None, read_only: bool = False, directories: str = "") -> None:
        self._content = dict(content or {})
        self._directories: set[str] = {"/", *directories.split()}
        self._mounts: list[tuple[str, Files, str, bool]] = []
        self.read_only = read_only

    def mount(self, path: str, source: "Files", sub_path: str = "", read_only: bool = False) -> None:
        """Show another tree (or one path of it) at `path`; later and longer mounts win."""
        self._mounts.append((_clean(path), source, _clean("/" + sub_path), read_only))
        self._mounts.sort(key=lambda m: -len(m[0]))

    def _locate(self, path: str) -> tuple["Files", str, bool]:
        path = _clean(path)
        for point, source, base, read_only in self._mounts:
            if path == point or path.startswith(point.rstrip("/") + "/"):
                rest = path[len(point.rstrip("/")) :]
                inner = _clean(base.rstrip("/") + rest)
                files, inner_path, inner_read_only = source._locate(inner)
                return files, inner_path, read_only or inner_read_only
        return self, path, self.read_only

    def read(self, path: str) -> str | None:
        """A file's text, None without it."""
        if _clean(path) == "/dev/null":
            return ""
        files, inner, _ = self._locate(path)
        return files._content.get(inner)

    def write(self, path: str, text: str, append: bool = False) -> None:
        """Create or change a file. Raises ReadOnlyError, IsADirectoryError."""
        if _clean(path) in ("/dev/null", "/dev/stdout", "/dev/stderr"):
            return
        files, inner, read_only = self._locate(path)
        if read_only:
            raise ReadOnlyError("Read-only file system")
        if files.is_directory(inner):
            raise IsADirectoryError("Is a directory")
        files._content[inner] = files._content.get(inner, "") + text if append else text

    def make_directory(self, path: str) -> None:
        """Create a directory. Raises ReadOnlyError."""
        files, inner, read_only = self._locate(path)
        if read_only:
            raise ReadOnlyError("Read-only file system")
        files._directories.add(inner)

    def remove(self, path: str) -> bool:
        """Delete a file or a tree; False if there was nothing. Raises ReadOnlyError."""
        files, inner, read_only = self._locate(path)
        doomed = [p for p in files._content if p == inner or p.startswith(inner.rstrip("/") + "/")]
        if (doomed or inner in files._directories) and read_only:
            raise ReadOnlyError("Read-only file system")
        for path in doomed:
            del files._content[path]
        existed = bool(doomed) or inner in files._directories
        files._directories.discard(inner)
        return existed

    def is_file(self, path: str) -> bool:
        """Whether there is a file of that name."""
        return self.read(path) is not None

    def is_directory(self, path: str) -> bool:
        """Whether something lies below, or a directory was made or mounted there."""
        path = _clean(path)
        if any(point == path or point.startswith(path.rstrip("/") + "/") for point, _, _, _ in self._mounts):
            files, inner, _ = self._locate(path)
            return files is self or not files.is_file(inner)
        files, inner, _ = self._locate(path)
        prefix = inner.rstrip("/") + "/"
        return inner in files._directories or any(p.startswith(prefix) for p in files._content)

    def names(self, path: str) -> list[str]:
        """Names right below a directory, sorted."""
        files, inner, _ = self._locate(path)
        prefix = inner.rstrip("/") + "/"
        paths = (*files._content, *files._directories, *(m[0] for m in files._mounts))
        return sorted({p[len(prefix) :].split("/")[0] for p in paths if p.startswith(prefix) and len(p) > len(prefix)})

    def size(self, path: str = "/") -> int:
        """Bytes stored at and below a path of this tree itself."""
        prefix = _clean(path).rstrip("/") + "/"
        return sum(len(text) for p, text in self._content.items() if p.startswith(prefix))

    def replace_all(self, content: dict[str, str]) -> None:
        """Swap the whole content at once, as an update of a ConfigMap volume does."""
        self._content = dict(content)


def _clean(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
