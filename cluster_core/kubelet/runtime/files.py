"""A container's files, as far as probes, hooks and small scripts need them. Volumes are shared `Files` mounted at a path.

Files are texts by absolute path, with modes, owners, times and symbolic links where somebody asks for them. Nothing here
touches the real file system.
"""

import json
import stat
from collections.abc import Callable, Mapping

PROGRAM = "\x7fELF"
"""How the file of a known program begins; its name follows, so that a copy is still the same program."""
DISK, MEMORY, OVERLAY = "ext4", "tmpfs", "overlay"
"""Kinds of file systems that volumes have, and that a container's own root has."""
FILE_MODE, DIRECTORY_MODE = 0o644, 0o755
LINK_LIMIT = 40


class ReadOnlyError(OSError):
    """Written to a read-only mount or root."""


class NoSpaceError(OSError):
    """Written more than the file system may hold."""


class Files:
    """A tree of files by absolute path. Directories exist by themselves as soon as something lies below them."""

    __slots__ = ("_computed", "_content", "_directories", "_gid", "_links", "_modes", "_mounts", "_owners", "_sizes", "_times", "clock", "kind", "limit", "on_change", "read_only", "root_mode", "user")  # fmt: skip

    def __init__(self, content: dict[str, str] | None = None, read_only: bool = False, directories: str = "") -> None:
        self._content = dict(content or {})
        self._directories: set[str] = {"/", *directories.split()}
        self._mounts: list[tuple[str, Files, str, bool]] = []
        self._computed: dict[str, Callable[[], str]] = {}
        """Files whose text is made when they are read."""
        self._links: dict[str, str] = {}
        self._modes: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        """Files that are larger than what they hold."""
        self._owners: dict[str, int] = {}
        """uids of those who made something, where that was not root."""
        self._times: dict[str, float] = {}
        self._gid = 0
        self.read_only = read_only
        self.root_mode = DIRECTORY_MODE
        self.kind = DISK
        self.limit: int | None = None
        """Bytes that fit; None: no end to them."""
        self.user: tuple[int, frozenset[int]] | None = None
        """Who asks: uid and groups, for a container's root; None may do everything."""
        self.clock: Callable[[], float] = float
        self.on_change: Callable[[], None] = _nothing
        """Told of every change."""

    # -- places

    def mount(self, path: str, source: "Files", sub_path: str = "", read_only: bool = False) -> None:
        """Show another tree (or one path of it) at `path`; later and longer mounts win."""
        self._mounts.append((_clean(path), source, _clean("/" + sub_path), read_only))
        self._mounts.sort(key=lambda m: -len(m[0]))

    def mounts(self) -> list[tuple[str, "Files", bool]]:
        """(path, tree, whether read-only) of every mount."""
        return [(point, source, read_only) for point, source, _, read_only in self._mounts]

    def _mounted(self, path: str) -> tuple["Files", str, bool]:
        """Which tree a path leads into, and the path there; links are not followed."""
        for point, source, base, read_only in self._mounts:
            if path == point or path.startswith(point.rstrip("/") + "/"):
                rest = path[len(point.rstrip("/")) :]
                files, inner, inner_read_only = source._mounted(_clean(base.rstrip("/") + rest))
                return files, inner, read_only or inner_read_only
        return self, path, self.read_only

    def _locate(self, path: str, last: bool = True) -> tuple["Files", str, bool]:
        """The same with all links followed; `last`: also that of the path itself. Raises OSError for a circle."""
        path = _clean(path)
        if self._links or self._mounts:
            for _ in range(LINK_LIMIT):
                followed = self._follow(path, last)
                if followed == path:
                    break
                path = followed
            else:
                raise OSError("Too many levels of symbolic links")
        return self._mounted(path)

    def _follow(self, path: str, last: bool) -> str:
        """The path with its first link replaced by what that leads to."""
        parts = path.split("/")[1:]
        for count in range(1, len(parts) + (1 if last else 0)):
            head = "/" + "/".join(parts[:count])
            files, inner, _ = self._mounted(head)
            target = files._links.get(inner) if files._links else None
            if target is not None:
                start = target if target.startswith("/") else f"{head.rpartition('/')[0]}/{target}"
                return _clean("/".join((start, *parts[count:])))
        return path

    # -- reading

    def read(self, path: str) -> str | None:
        """A file's text, None without it, or if its user may not read it."""
        if _clean(path) == "/dev/null":
            return ""
        files, inner, _ = self._locate(path)
        text = files._computed[inner]() if inner in files._computed else files._content.get(inner)
        return text if text is None or self._may(files, inner, 4) else None

    def _may(self, files: "Files", inner: str, bit: int) -> bool:
        """Whether the user may read (4) or write (2) there."""
        if self.user is None or self.user[0] == 0:
            return True
        mode = files._mode(inner)
        if files._owners.get(inner, 0) == self.user[0]:
            mode >>= 6
        elif files._gid in self.user[1]:
            mode |= mode >> 3
        return bool(mode & bit)

    def is_file(self, path: str) -> bool:
        """Whether there is a file of that name."""
        if _clean(path) == "/dev/null":
            return True
        files, inner, _ = self._locate(path)
        return inner in files._content

    def is_directory(self, path: str) -> bool:
        """Whether something lies below, or a directory was made or mounted there."""
        path = _clean(path)
        if any(point == path or point.startswith(path.rstrip("/") + "/") for point, _, _, _ in self._mounts):
            files, inner, _ = self._locate(path)
            return files is self or inner not in files._content
        files, inner, _ = self._locate(path)
        return inner in files._directories or any(p.startswith(inner.rstrip("/") + "/") for p in files._paths())

    def link(self, path: str) -> str | None:
        """Where a symbolic link leads, None if it is none."""
        files, inner, _ = self._locate(path, last=False)
        return files._links.get(inner)

    def _paths(self) -> tuple[str, ...]:
        return (*self._content, *self._directories, *self._links)

    def names(self, path: str) -> list[str]:
        """Names right below a directory, sorted."""
        files, inner, _ = self._locate(path)
        prefix = inner.rstrip("/") + "/"
        paths = (*files._paths(), *(m[0] for m in files._mounts))
        return sorted({p[len(prefix) :].split("/")[0] for p in paths if p.startswith(prefix) and len(p) > len(prefix)})

    def size(self, path: str = "/") -> int:
        """Bytes stored at and below a path of this tree itself."""
        prefix = _clean(path).rstrip("/") + "/"
        return sum(len(text) for p, text in self._content.items() if p.startswith(prefix))

    # -- facts

    def _mode(self, inner: str) -> int:
        if inner == "/":
            return self.root_mode
        known = self._modes.get(inner)
        return known if known is not None else FILE_MODE if inner in self._content else DIRECTORY_MODE

    def mode(self, path: str, follow: bool = True) -> int:
        """Permission bits with the file's type, as in st_mode."""
        files, inner, _ = self._locate(path, last=follow)
        if inner in files._links:
            return stat.S_IFLNK | 0o777
        kind = stat.S_IFREG if inner in files._content else stat.S_IFDIR
        return kind | files._mode(inner)

    def mode_text(self, path: str, follow: bool = True) -> str:
        """The mode as ls prints it: `-rw-r--r--`."""
        return stat.filemode(self.mode(path, follow))

    def set_mode(self, path: str, mode: int) -> None:
        """chmod. Raises ReadOnlyError."""
        files, inner, read_only = self._locate(path)
        if read_only:
            raise ReadOnlyError("Read-only file system")
        if inner == "/":
            files.root_mode = mode
        else:
            files._modes[inner] = mode
        files.on_change()

    def owner(self, path: str) -> tuple[int, int]:
        """uid and gid that own a file."""
        files, inner, _ = self._locate(path, last=False)
        return files._owners.get(inner, 0), files._gid

    def _own(self, files: "Files", inner: str) -> None:
        """Whoever asks owns what was just made."""
        if self.user is not None and self.user[0]:
            files._owners[inner] = self.user[0]

    def time(self, path: str) -> float:
        """When it was last changed, in seconds since the epoch."""
        files, inner, _ = self._locate(path, last=False)
        return files._times.get(inner, files._times.get("/", 0.0))

    def touched(self, now: float) -> None:
        """Everything here is as of now."""
        self._times = {"/": now}

    def kind_at(self, path: str) -> str:
        """The kind of the file system that a path is on."""
        return self._locate(path)[0].kind

    def bytes_of(self, path: str, follow: bool = True) -> int:
        """The size that ls shows."""
        files, inner, _ = self._locate(path, last=follow)
        if inner in files._links:
            return len(files._links[inner])
        text = files._content.get(inner)
        if inner in files._sizes:
            return files._sizes[inner]
        if text is not None:
            return len(text.encode("utf-8", "surrogateescape"))
        return 4096 if files.kind != MEMORY else 40 + 20 * len(files.names(inner))

    # -- preparing

    def allow_running(self, path: str) -> None:
        """A program."""
        self._modes[_clean(path)] = 0o755

    def allow_everybody(self, path: str) -> None:
        """A directory in which everybody may write."""
        self._directories.add(_clean(path))
        self._modes[_clean(path)] = 0o1777

    def prepare_directory(self, path: str) -> None:
        """Make a directory before anybody may object: a working directory, a sub-path."""
        files, inner, _ = self._mounted(_clean(path))
        files._directories.add(inner)

    def limit_at(self, path: str) -> int | None:
        """Bytes that are left where a path is; None if there is no limit."""
        files, _, _ = self._locate(path)
        return None if files.limit is None else max(files.limit - files._held(), 0)

    def reserve(self, path: str, size: int) -> None:
        """A file is that large, whatever it holds."""
        files, inner, _ = self._locate(path)
        files._sizes[inner] = size

    def _held(self) -> int:
        return self.size() + sum(self._sizes.values())

    def compute(self, made: Mapping[str, Callable[[], str]]) -> None:
        """Files whose text is made whenever they are read."""
        self._computed.update(made)
        self._content.update(dict.fromkeys(made, ""))

    # -- changing

    def write(self, path: str, text: str, append: bool = False) -> None:
        """Create or change a file. Raises ReadOnlyError, IsADirectoryError, PermissionError, NoSpaceError."""
        if _clean(path) in ("/dev/null", "/dev/stdout", "/dev/stderr"):
            return
        files, inner, read_only = self._locate(path)
        if read_only:
            raise ReadOnlyError("Read-only file system")
        if files.is_directory(inner):
            raise IsADirectoryError("Is a directory")
        self._check_may_write(files, inner)
        if files.limit is not None and files._held() + len(text) > files.limit:
            raise NoSpaceError("No space left on device")
        if inner not in files._content:
            self._own(files, inner)
        files._content[inner] = files._content.get(inner, "") + text if append else text
        files._sizes.pop(inner, None)
        files._times[inner] = self.clock()
        files.on_change()

    def _check_may_write(self, files: "Files", inner: str) -> None:
        place = inner if inner in files._content else inner.rpartition("/")[0] or "/"
        if not self._may(files, place, 2):
            raise PermissionError("Permission denied")

    def make_directory(self, path: str) -> None:
        """Create a directory. Raises ReadOnlyError, PermissionError."""
        files, inner, read_only = self._locate(path)
        if read_only:
            raise ReadOnlyError("Read-only file system")
        if inner not in files._directories:
            self._check_may_write(files, inner)
            files._directories.add(inner)
            files._times[inner] = self.clock()
            self._own(files, inner)
            files.on_change()

    def make_link(self, path: str, target: str) -> None:
        """Create a symbolic link. Raises ReadOnlyError, PermissionError."""
        files, inner, read_only = self._locate(path, last=False)
        if read_only:
            raise ReadOnlyError("Read-only file system")
        self._check_may_write(files, inner)
        files._links[inner] = target
        self._own(files, inner)
        files._times[inner] = self.clock()
        files.on_change()

    def remove(self, path: str) -> bool:
        """Delete a file, a link or a tree; False if there was nothing. Raises ReadOnlyError, PermissionError."""
        files, inner, read_only = self._locate(path, last=False)
        doomed = [p for p in files._paths() if p != "/" and (p == inner or p.startswith(inner.rstrip("/") + "/"))]
        if not doomed:
            return False
        if read_only:
            raise ReadOnlyError("Read-only file system")
        self._check_may_write(files, f"{inner.rpartition('/')[0]}/.")
        for path in doomed:
            files._content.pop(path, None)
            files._links.pop(path, None)
            files._modes.pop(path, None)
            files._owners.pop(path, None)
            files._sizes.pop(path, None)
            files._directories.discard(path)
        files.on_change()
        return True

    def replace_all(
        self,
        content: dict[str, str],
        links: Mapping[str, str] | None = None,
        modes: Mapping[str, int] | None = None,
        now: float = 0.0,
        gid: int = 0,
    ) -> None:
        """Swap the whole content at once, as an update of a ConfigMap volume does. Links that stay keep their time."""
        kept = {
            path: self._times.get(path, now) for path in links or () if self._links.get(path) == (links or {})[path]
        }
        self._content, self._links, self._modes = dict(content), dict(links or {}), dict(modes or {})
        self._gid, self._directories, self._sizes, self._owners = gid, {"/"}, {}, {}
        self._times = {"/": now, **kept}

    def texts(self) -> dict[str, str]:
        """The text of every file."""
        return dict(self._content)

    def saved(self) -> str:
        """Everything as text, to be kept beyond this process."""
        found = {
            "files": self._content,
            "directories": sorted(self._directories - {"/"}),
            "links": self._links,
            "modes": self._modes,
            "owners": self._owners,
            "times": self._times,
            "sizes": self._sizes,
        }
        return json.dumps({name: value for name, value in found.items() if value})

    def restore(self, text: str) -> None:
        """Take over what `saved` gave."""
        found = json.loads(text)
        self._content = dict(found.get("files", {}))
        self._directories = {"/", *found.get("directories", ())}
        self._links, self._modes = dict(found.get("links", {})), dict(found.get("modes", {}))
        self._times, self._sizes = dict(found.get("times", {})), dict(found.get("sizes", {}))
        self._owners = dict(found.get("owners", {}))


def _nothing() -> None:
    return


def _clean(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
