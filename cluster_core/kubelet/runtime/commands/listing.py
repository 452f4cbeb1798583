"""Commands that tell about files and file systems, in BusyBox's layout. `COMMANDS` is their table."""

import stat as modes
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from cluster_core.kubelet.runtime.commands.outcome import Outcome, base_name
from cluster_core.kubelet.runtime.files import MEMORY, OVERLAY, Files
from cluster_core.kubelet.runtime.shell.interpreter import Shell

_NAMES = {0: "root", 1000: "appuser"}
DEVICE_SIZE = 65536
"""Kilobytes of a file system without a limit of its own, as df shows them."""


def _plain(args: list[str]) -> list[str]:
    return [a for a in args if not a.startswith("-") or a == "-"]


def _flags(args: list[str]) -> str:
    return "".join(a[1:] for a in args if a.startswith("-") and not a.startswith("--"))


def _exists(files: Files, path: str) -> bool:
    return files.link(path) is not None or files.is_file(path) or files.is_directory(path)


# -- ls


def _ls(shell: Shell, args: list[str]) -> int:
    flags, machine = _flags(args), shell.machine
    paths = _plain(args) or [machine.directory]
    code = 0
    shown = []
    for path in paths:
        full = machine.path(path)
        if not _exists(machine.files, full):
            if not machine.lenient:
                shell.err.write(f"ls: {path}: No such file or directory\n")
                code = 1
        elif machine.files.is_directory(full) and "d" not in flags:
            shown.append((path, _directory(machine.files, full, flags)))
        else:
            shell.out.write(_entry(machine.files, full, path, flags) + "\n")
    for number, (path, lines) in enumerate(shown):
        head = f"{path}:\n" if len(paths) > 1 else ""
        gap = "\n" if number < len(shown) - 1 else ""
        shell.out.write(head + "".join(f"{line}\n" for line in lines) + gap)
    return code


def _directory(files: Files, path: str, flags: str) -> list[str]:
    path = _resolved(files, path)
    names = files.names(path)
    if "a" in flags:
        names = [".", "..", *names]
    elif "A" not in flags:
        names = [n for n in names if not n.startswith(".")]
    lines = [_entry(files, f"{path.rstrip('/')}/{name}", name, flags) for name in names]
    if "l" not in flags:
        return lines
    blocks = sum(_blocks(files, f"{path.rstrip('/')}/{name}", "L" in flags) for name in names)
    return [f"total {blocks}", *lines]


def _blocks(files: Files, path: str, follow: bool) -> int:
    mode = files.mode(path, follow)
    if modes.S_ISLNK(mode) or (modes.S_ISDIR(mode) and files.kind_at(path) == MEMORY):
        return 0
    return 4 if modes.S_ISDIR(mode) else -(-files.bytes_of(path, follow) // 4096) * 4


def _entry(files: Files, path: str, name: str, flags: str) -> str:
    if "l" not in flags:
        return name
    follow = "L" in flags
    target = None if follow else files.link(path)
    arrow = f" -> {target}" if target is not None else ""
    when = time.strftime("%b %e %H:%M", time.gmtime(files.time(path)))
    links = _links(files, _resolved(files, path)) if modes.S_ISDIR(files.mode(path, follow)) else 1
    owner, group = (_name(number) for number in files.owner(path))
    text = files.mode_text(path, follow)
    return f"{text:10}{links:5d} {owner:8} {group:8}{files.bytes_of(path, follow):10d} {when} {name}{arrow}"


def _links(files: Files, path: str) -> int:
    if path in ("", "/") and files.kind_at("/") == OVERLAY:
        return 1
    below = (f"{path.rstrip('/')}/{name}" for name in files.names(path))
    return 2 + sum(1 for p in below if files.link(p) is None and files.is_directory(p))


def _name(number: int) -> str:
    return _NAMES.get(number, str(number))


# -- stat, find and links


def _stat(shell: Shell, args: list[str]) -> int:
    follow, form, paths = "-L" in args, "", []
    rest = list(args)
    while rest:
        arg = rest.pop(0)
        if arg in ("-c", "--format") and rest:
            form = rest.pop(0)
        elif not arg.startswith("-"):
            paths.append(arg)
    code = 0
    for path in paths:
        full = shell.machine.path(path)
        if not _exists(shell.machine.files, full):
            shell.err.write(f"stat: can't stat '{path}': No such file or directory\n")
            code = 1
        else:
            shell.out.write(
                _stat_text(shell.machine.files, full, path, form or "  File: %n\n  Size: %s\t%F", follow) + "\n"
            )
    return code


def _stat_text(files: Files, path: str, name: str, form: str, follow: bool) -> str:
    mode, (uid, gid) = files.mode(path, follow), files.owner(path)
    kind = "symbolic link" if modes.S_ISLNK(mode) else "directory" if modes.S_ISDIR(mode) else "regular file"
    if kind == "regular file" and not files.bytes_of(path, follow):
        kind = "regular empty file"
    values = {
        "a": f"{modes.S_IMODE(mode):o}", "A": modes.filemode(mode), "n": name, "s": str(files.bytes_of(path, follow)),
        "u": str(uid), "U": _name(uid), "g": str(gid), "G": _name(gid), "F": kind, "Y": f"{files.time(path):.0f}", "%": "%",
    }  # fmt: skip
    pieces = form.split("%")
    text, index = pieces[0], 1
    while index < len(pieces):
        piece = pieces[index]
        if not piece and index + 1 < len(pieces):
            text += "%" + pieces[index + 1]
            index += 1
        else:
            text += values.get(piece[:1], "?") + piece[1:]
        index += 1
    return text


def _walk(files: Files, path: str, name: str, depth: int) -> Iterator[tuple[str, str, int]]:
    yield path, name, depth
    if files.link(path) is None and files.is_directory(path):
        for child in files.names(path):
            yield from _walk(files, f"{path.rstrip('/')}/{child}", f"{name.rstrip('/')}/{child}", depth + 1)


def _find(shell: Shell, args: list[str]) -> int:
    machine = shell.machine
    split = next((i for i, a in enumerate(args) if a.startswith("-")), len(args))
    roots, tests = args[:split] or ["."], args[split:]
    wanted = {
        tests[i]: tests[i + 1] for i in range(len(tests) - 1) if tests[i] in ("-name", "-type", "-maxdepth", "-path")
    }
    code = 0
    for root in roots:
        full = machine.path(root)
        if not _exists(machine.files, full):
            shell.err.write(f"find: {root}: No such file or directory\n")
            code = 1
            continue
        for path, name, depth in _walk(machine.files, full, root, 0):
            if _wanted(machine.files, path, name, depth, wanted):
                shell.out.write(f"{name}\n")
    return code


def _wanted(files: Files, path: str, name: str, depth: int, wanted: dict[str, str]) -> bool:
    mode = files.mode(path, follow=False)
    kind = "l" if modes.S_ISLNK(mode) else "d" if modes.S_ISDIR(mode) else "f"
    most = wanted.get("-maxdepth", "")
    return (
        ("-name" not in wanted or fnmatchcase(base_name(name) or name, wanted["-name"]))
        and ("-path" not in wanted or fnmatchcase(name, wanted["-path"]))
        and wanted.get("-type", kind) == kind
        and (not most.isdigit() or depth <= int(most))
    )


def _readlink(shell: Shell, args: list[str]) -> int:
    code = 0
    for path in _plain(args):
        full = shell.machine.path(path)
        target = _resolved(shell.machine.files, full) if "f" in _flags(args) else shell.machine.files.link(full)
        if target is None:
            code = 1
        else:
            shell.out.write(target + "\n")
    return code


def _resolved(files: Files, path: str) -> str:
    done = ""
    for part in path.strip("/").split("/"):
        if part in ("", "."):
            continue
        if part == "..":
            done = done.rpartition("/")[0]
            continue
        here = f"{done}/{part}"
        target = files.link(here)
        done = here if target is None else _resolved(files, target if target.startswith("/") else f"{done}/{target}")
    return done or "/"


def _realpath(shell: Shell, args: list[str]) -> int:
    shell.out.write("".join(f"{_resolved(shell.machine.files, shell.machine.path(p))}\n" for p in _plain(args)))
    return 0


def _ln(shell: Shell, args: list[str]) -> int:
    plain, machine = _plain(args), shell.machine
    if len(plain) < 2:
        return 1
    target, place = plain[0], machine.path(plain[1])
    if machine.files.is_directory(place):
        place = f"{place.rstrip('/')}/{base_name(target)}"
    if "s" in _flags(args):
        machine.files.make_link(place, target)
        return 0
    machine.files.write(place, machine.read(target) or "")
    return 0


def _chmod(shell: Shell, args: list[str]) -> int:
    plain, machine = _plain(args), shell.machine
    for path in plain[1:]:
        full = machine.path(path)
        if not _exists(machine.files, full):
            if machine.lenient:
                continue
            shell.err.write(f"chmod: {path}: No such file or directory\n")
            return 1
        machine.files.set_mode(full, _new_mode(plain[0], machine.files.mode(full) & 0o7777))
    return 0


def _new_mode(text: str, before: int) -> int:
    if text.isdigit():
        return int(text, 8)
    mode = before
    for clause in text.split(","):
        operator = next((c for c in "+-=" if c in clause), "")
        who, _, what = clause.partition(operator) if operator else ("", "", "")
        bits = sum({"r": 4, "w": 2, "x": 1}.get(c, 0) for c in what)
        shifts = [{"u": 6, "g": 3, "o": 0}[c] for c in (who.replace("a", "ugo") or "ugo") if c in "ugo"]
        mask, whole = sum(bits << shift for shift in shifts), sum(7 << shift for shift in shifts)
        mode = mode | mask if operator == "+" else mode & ~mask if operator == "-" else mode & ~whole | mask
    return mode


# -- file systems


def _mount(shell: Shell, args: list[str]) -> int:
    files = shell.machine.files
    shell.out.write(f"overlay on / type overlay ({'ro' if files.read_only else 'rw'},relatime)\n")
    for point, source, read_only in sorted(files.mounts(), key=lambda m: m[0]):
        device = "tmpfs" if source.kind == MEMORY else "/dev/sda1"
        shell.out.write(f"{device} on {point} type {source.kind} ({'ro' if read_only else 'rw'},relatime)\n")
    return 0


def _df(shell: Shell, args: list[str]) -> int:
    files = shell.machine.files
    rows = [
        ("overlay", "/", files),
        *(("tmpfs" if s.kind == MEMORY else "/dev/sda1", p, s) for p, s, _ in files.mounts()),
    ]
    asked = [shell.machine.path(p) for p in _plain(args)]
    shell.out.write("Filesystem           1K-blocks      Used Available Use% Mounted on\n")
    for device, point, source in rows:
        if asked and not any(_holds(files, point, path) for path in asked):
            continue
        size = source.limit // 1024 if source.limit is not None else DEVICE_SIZE * 1024
        used = -(-source.size() // 1024)
        percent = -(-used * 100 // size) if size else 0
        shell.out.write(f"{device:<20} {size:9d} {used:9d} {size - used:9d} {percent:3d}% {point}\n")
    return 0


def _holds(files: Files, point: str, path: str) -> bool:
    """Whether a path is on the file system mounted there."""
    inside = [p for p, _, _ in files.mounts() if path == p or path.startswith(p.rstrip("/") + "/")]
    return point == max(inside, key=len, default="/")


def _du(shell: Shell, args: list[str]) -> int:
    for path in _plain(args) or ["."]:
        full = shell.machine.path(path)
        total = sum(_blocks(shell.machine.files, p, False) for p, _, _ in _walk(shell.machine.files, full, full, 0))
        shell.out.write(f"{total}\t{path}\n")
    return 0


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    "chmod": _chmod,
    "df": _df,
    "du": _du,
    "find": _find,
    "ln": _ln,
    "ls": _ls,
    "mount": _mount,
    "readlink": _readlink,
    "realpath": _realpath,
    "stat": _stat,
}
