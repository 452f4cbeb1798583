"""`tar`, as `kubectl cp` uses it: archives of a simulated container's files through standard input and output.

File contents are texts whose bytes outside UTF-8 are kept as surrogates, so that binary files survive.
"""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cluster_core.kubelet.runtime.commands.outcome import Outcome
from cluster_core.kubelet.runtime.shell.interpreter import Shell

if TYPE_CHECKING:
    from tarfile import TarFile

MEMBER_LIMIT = 10_000
SIZE_LIMIT = 64 * 1024 * 1024
"""Bytes that an archive may unpack to."""


def _tar(shell: Shell, args: list[str]) -> int:
    flags = args[0].lstrip("-") if args else ""
    directory, plain = _places(args[1:], flags)
    if "x" in flags:
        return _unpack(shell, directory, "z" in flags)
    if "c" in flags:
        return _pack(shell, directory, plain, "z" in flags)
    shell.err.write("tar: You must specify one of the 'cx' options\n")
    return 2


def _places(args: list[str], flags: str) -> tuple[str, list[str]]:
    """(the directory of -C, the other names); the archive itself is always `-`."""
    directory, plain, index = "", [], 1 if "f" in flags else 0
    while index < len(args):
        if args[index] == "-C" and index + 1 < len(args):
            directory = args[index + 1]
            index += 1
        elif args[index] == "-f":
            index += 1
        elif not args[index].startswith("-"):
            plain.append(args[index])
        index += 1
    return directory, plain


def _in(directory: str, name: str) -> str:
    return f"{directory.rstrip('/')}/{name}" if directory and not name.startswith("/") else name


def _unpack(shell: Shell, directory: str, packed: bool) -> int:
    import tarfile

    machine = shell.machine
    data = shell.stdin.encode("utf-8", "surrogateescape")
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz" if packed else "r:") as archive:
            total = 0
            for number, member in enumerate(archive):
                total += member.size
                if number > MEMBER_LIMIT or total > SIZE_LIMIT:
                    shell.err.write("tar: archive is too large\n")
                    return 2
                path = machine.path(_in(directory, member.name))
                if member.isdir():
                    machine.files.make_directory(path)
                elif member.isfile():
                    content = archive.extractfile(member)
                    text = content.read() if content is not None else b""
                    machine.files.write(path, text.decode("utf-8", "surrogateescape"))
    except tarfile.TarError as error:
        shell.err.write(f"tar: {error}\n")
        return 2
    return 0


def _pack(shell: Shell, directory: str, names: list[str], packed: bool) -> int:
    import tarfile

    machine, code = shell.machine, 0
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if packed else "w:", format=tarfile.GNU_FORMAT) as archive:
        for name in names:
            path = machine.path(_in(directory, name))
            if not machine.files.is_file(path) and not machine.files.is_directory(path):
                shell.err.write(f"tar: {name}: No such file or directory\n")
                code = 2
            for below in _walk(shell, path):
                _add(shell, archive, name.lstrip("/") + below.removeprefix(path), below)
    shell.out.write(buffer.getvalue().decode("utf-8", "surrogateescape"))
    return code


def _walk(shell: Shell, path: str) -> Iterator[str]:
    files = shell.machine.files
    if files.is_file(path):
        yield path
    elif files.is_directory(path):
        yield path
        for name in files.names(path):
            yield from _walk(shell, f"{path.rstrip('/')}/{name}")


def _add(shell: Shell, archive: "TarFile", name: str, path: str) -> None:
    import tarfile

    member = tarfile.TarInfo(name)
    member.mtime = int(shell.machine.now())
    text = shell.machine.files.read(path)
    if text is None:
        member.type, member.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(member)
        return
    data = text.encode("utf-8", "surrogateescape")
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {"tar": _tar}
