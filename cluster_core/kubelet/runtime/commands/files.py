"""Commands about files and directories of a simulated container. `COMMANDS` is their table."""

from collections.abc import Callable

from cluster_core.kubelet.runtime.commands.outcome import Outcome, base_name
from cluster_core.kubelet.runtime.shell.interpreter import Shell


def _test(shell: Shell, args: list[str]) -> int:
    if args and args[-1] == "]":
        args = args[:-1]
    return 0 if _Test(shell, args).whole() else 1


class _Test:
    """`test` expressions with ! -a -o."""

    def __init__(self, shell: Shell, args: list[str]) -> None:
        self.machine, self.args = shell.machine, args

    def whole(self) -> bool:
        if "-o" in self.args[1:]:
            at = self.args.index("-o", 1)
            return self._of(self.args[:at]) or self._of(self.args[at + 1 :])
        if "-a" in self.args[1:]:
            at = self.args.index("-a", 1)
            return self._of(self.args[:at]) and self._of(self.args[at + 1 :])
        return self._of(self.args)

    def _of(self, args: list[str]) -> bool:
        if args and args[0] == "!":
            return not self._of(args[1:])
        if len(args) == 3:
            return self._compare(*args)
        if len(args) == 2:
            return self._unary(*args)
        return bool(args and args[0])

    def _unary(self, flag: str, value: str) -> bool:
        if flag in ("-n", "-z"):
            return bool(value) == (flag == "-n")
        files, path = self.machine.files, self.machine.path(value)
        if self.machine.lenient and flag != "-d":
            return True
        if flag == "-d":
            return files.is_directory(path)
        if flag == "-s":
            return bool(files.read(path))
        return files.is_file(path) or (flag in ("-e", "-r", "-w", "-x") and files.is_directory(path))

    def _compare(self, left: str, operator: str, right: str) -> bool:
        if operator in ("=", "=="):
            return left == right
        if operator == "!=":
            return left != right
        try:
            a, b = int(left), int(right)
        except ValueError:
            return False
        return {"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}.get(
            operator, False
        )


def _cat(shell: Shell, args: list[str]) -> int:
    paths = [a for a in args if not a.startswith("-") or a == "-"]
    if not paths:
        shell.out.write(shell.stdin)
        return 0
    code = 0
    for path in paths:
        content = shell.stdin if path == "-" else shell.machine.read(path)
        if content is None:
            shell.err.write(f"cat: can't open '{path}': No such file or directory\n")
            code = 1
        else:
            shell.out.write(content)
    return code


def _touch(shell: Shell, args: list[str]) -> int:
    code = 0
    for path in (a for a in args if not a.startswith("-")):
        try:
            if shell.machine.files.read(shell.machine.path(path)) is None:
                shell.machine.files.write(shell.machine.path(path), "")
        except OSError as error:
            shell.err.write(f"touch: {path}: {error}\n")
            code = 1
    return code


def _rm(shell: Shell, args: list[str]) -> int:
    force = any("f" in a for a in args if a.startswith("-"))
    code = 0
    for path in (a for a in args if not a.startswith("-")):
        if not shell.machine.files.remove(shell.machine.path(path)) and not force and not shell.machine.lenient:
            shell.err.write(f"rm: can't remove '{path}': No such file or directory\n")
            code = 1
    return code


def _mkdir(shell: Shell, args: list[str]) -> int:
    for path in (a for a in args if not a.startswith("-")):
        shell.machine.files.make_directory(shell.machine.path(path))
    return 0


def _copy(shell: Shell, args: list[str]) -> int:
    paths = [a for a in args if not a.startswith("-")]
    if len(paths) < 2:
        return 1
    files = shell.machine.files
    target = shell.machine.path(paths[-1])
    for source in paths[:-1]:
        content = shell.machine.read(source)
        if content is not None:
            files.write(f"{target.rstrip('/')}/{base_name(source)}" if files.is_directory(target) else target, content)
        elif not files.is_directory(shell.machine.path(source)):
            shell.err.write(f"cp: can't stat '{source}': No such file or directory\n")
            return 1
    return 0


def _dd(shell: Shell, args: list[str]) -> int:
    options = dict(a.partition("=")[::2] for a in args)
    units = {"K": 1024, "k": 1024, "M": 1 << 20, "G": 1 << 30}
    size = options.get("bs", "512")
    block = int(size[:-1]) * units[size[-1]] if size[-1:] in units else int(size)
    count, path = int(options.get("count", "1")), options.get("of", "")
    written, files = count, shell.machine.files
    full = shell.machine.path(path)
    limit = files.limit_at(full) if path else None
    if limit is not None and block * count > limit:
        written = limit // block if block else 0
    if path:
        files.write(full, "")
        files.reserve(full, written * block)
        shell.machine.engine.usage(shell.machine.container, full, written * block)
    if written < count:
        shell.err.write(f"dd: error writing '{path}': No space left on device\n")
    shell.err.write(
        f"{min(written + 1, count)}+0 records in\n{written}+0 records out\n"
    ) if shell.machine.closed else None
    return 0 if written == count else 1


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    "[": _test,
    "cat": _cat,
    "cp": _copy,
    "dd": _dd,
    "mkdir": _mkdir,
    "mv": _copy,
    "rm": _rm,
    "test": _test,
    "touch": _touch,
}
