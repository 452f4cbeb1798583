"""The commands of simulated containers: what `sh`, probes, hooks and images can run.

`COMMANDS` maps names to functions (shell, arguments) -> exit code, or a generator of waits with it. A main program is
started through `main_program`. Nothing is executed on the real machine.
"""

from collections.abc import Callable, Generator
from typing import Any

from cluster_core.kubelet.runtime.container import Container
from cluster_core.kubelet.runtime.files import ReadOnlyError
from cluster_core.kubelet.runtime.machine import FetchError, Machine
from cluster_core.kubelet.runtime.process import FOREVER, Program
from cluster_core.kubelet.runtime.shell.interpreter import MAIN, OTHER, ExitShell, Shell, Stream
from cluster_core.kubelet.runtime.tool import tool
from cluster_core.kubelet.runtime.unknown import ExecError, StartError, unknown_program

Outcome = int | Generator[float, Any, int]
SHELLS = frozenset(("sh", "bash", "ash", "dash", "zsh", "ksh"))
NOT_IN_PATH = 'exec: "{}": executable file not found in $PATH'
NO_FILE = 'exec: "{0}": stat {0}: no such file or directory'
DENIED = 'exec: "{}": permission denied'


def base_name(path: str) -> str:
    """`/bin/sh` → `sh`."""
    return path.rpartition("/")[2]


def main_program(machine: Machine, argv: list[str]) -> Program:
    """The container's program. Raises StartError if there is no such thing."""
    directory = machine.container.spec.get("workingDir")
    if directory and machine.files.is_file(directory):
        raise StartError(f"mkdir {directory}: not a directory")
    name = base_name(argv[0])
    script = machine.files.read(machine.path(argv[0])) if "/" in argv[0] else None
    if script is not None:
        if not script.startswith("#!"):
            raise StartError(DENIED.format(argv[0]))
        return _shell(machine, script, argv)
    if name in SHELLS:
        return _run_shell(machine, argv)
    if name in COMMANDS and (
        not argv[0].startswith("/") or argv[0].rpartition("/")[0] in ("/bin", "/usr/bin", "/sbin")
    ):
        return _plain(machine, argv)
    if machine.closed:
        raise StartError(NO_FILE.format(argv[0]) if "/" in argv[0] else NOT_IN_PATH.format(argv[0]))
    return unknown_program(machine)


def _new_shell(machine: Machine, argv: list[str], main: bool) -> Shell:
    stream = Stream(machine.write)
    return Shell(machine, stream, stream, argv, main)


def _shell(machine: Machine, script: str, argv: list[str]) -> Program:
    return _new_shell(machine, argv, True).run(script)


def _run_shell(machine: Machine, argv: list[str]) -> Program:
    script, arguments, errexit = _script_of(machine, argv)
    if script is None:
        if machine.closed or not machine.long_running:
            machine.write(f"{argv[0]}: can't open '{arguments[0]}': No such file or directory\n") if arguments[
                0
            ] else None
            return _ended(2 if arguments[0] and machine.closed else 0)
        return unknown_program(machine)
    shell = _new_shell(machine, arguments, True)
    shell.errexit = errexit
    return shell.run(script)


def _ended(code: int) -> Program:
    return code
    yield


def _script_of(machine: Machine, argv: list[str]) -> tuple[str | None, list[str], bool]:
    """Script text, $0 and arguments, and whether -e was given; no text if it cannot be read."""
    errexit, index = False, 1
    while index < len(argv) and argv[index].startswith("-"):
        option = argv[index]
        errexit = errexit or ("e" in option and not option.startswith("--"))
        if option.startswith("-") and option.endswith("c") and not option.startswith("--"):
            rest = argv[index + 1 :]
            return (rest[0], rest[1:] or [argv[0]], errexit) if rest else ("", [argv[0]], errexit)
        if option in ("-o", "+o"):
            errexit = errexit or (argv[index + 1 : index + 2] == ["errexit"])
            index += 1
        index += 1
    if index >= len(argv):
        return "", [argv[0]], errexit
    return machine.files.read(machine.path(argv[index])), argv[index:], errexit


def _plain(machine: Machine, argv: list[str]) -> Program:
    shell = _new_shell(machine, [argv[0]], True)
    shell.last = True
    return (yield from guarded(shell, argv))


EXEC_FAILED = (
    'failed to exec in container: failed to start exec "{}": OCI runtime exec failed: exec failed: '
    "unable to start container process: {}"
)


def exec_shell(container: Container, argv: list[str], stdin: str, new_id: Callable[[], str]) -> Shell:
    """A shell to run a command in beside the main program. Raises ExecError if there is no such command."""
    process = container.process
    if process is None or not process.alive:
        raise ExecError(f'container not found ("{container.name}")')
    machine = process.machine
    name = base_name(argv[0]) if argv else ""
    if machine.closed and "/" in argv[0] and machine.files.is_file(argv[0]):
        raise ExecError(EXEC_FAILED.format(new_id(), DENIED.format(argv[0])))
    if machine.closed and name not in COMMANDS and name not in SHELLS:
        form = NO_FILE if "/" in argv[0] else NOT_IN_PATH
        raise ExecError(EXEC_FAILED.format(new_id(), form.format(argv[0])))
    shell = Shell(machine, Stream(), Stream(), [name], False)
    shell.stdin = stdin
    return shell


def guarded(shell: Shell, argv: list[str]) -> Program:
    """`run_command`, with `exit` and every accident of a hostile script turned into an exit code."""
    try:
        return (yield from run_command(shell, argv))
    except ExitShell as stop:
        return stop.code
    except (ValueError, IndexError, KeyError, RecursionError, OSError) as error:
        shell.err.write(f"{base_name(argv[0])}: {error}\n")
        return 2


def run_command(shell: Shell, fields: list[str]) -> Program:
    """One command with its arguments inside a shell; the generator's value is its exit code."""
    name = base_name(fields[0])
    if name in SHELLS:
        return (yield from _inner_shell(shell, fields))
    command = COMMANDS.get(name) if "/" not in fields[0] or "/bin/" in fields[0] else None
    if command is None:
        return (yield from _foreign(shell, fields))
    try:
        outcome = command(shell, fields[1:])
        return outcome if isinstance(outcome, int) else (yield from outcome)
    except (ReadOnlyError, IsADirectoryError) as error:
        shell.err.write(f"{name}: {fields[-1]}: {error}\n")
        return 1


def _inner_shell(shell: Shell, fields: list[str]) -> Program:
    script, arguments, errexit = _script_of(shell.machine, fields)
    if script is None:
        return (yield from _foreign(shell, fields))
    inner = Shell(shell.machine, shell.out, shell.err, arguments, shell.last and shell.main)
    inner.variables = dict(shell.variables)
    inner.errexit, inner.stdin = errexit, shell.stdin
    return (yield from inner.run(script or shell.stdin))


def _foreign(shell: Shell, fields: list[str]) -> Program:
    """Something that is no known command: a script of the container, or a program nobody knows."""
    machine = shell.machine
    content = machine.files.read(machine.path(fields[0])) if "/" in fields[0] else None
    if content is not None:
        if not content.startswith("#!"):
            shell.err.write(f"sh: {fields[0]}: Permission denied\n")
            return 126
        inner = Shell(machine, shell.out, shell.err, fields, shell.last and shell.main)
        inner.variables = dict(shell.variables)
        return (yield from inner.run(content))
    if machine.closed and not machine.lenient:
        shell.err.write(f"sh: {fields[0]}: not found\n")
        return 127
    if shell.last and shell.main and machine.long_running:
        return (yield from unknown_program(machine))
    yield 0.1
    return 0


# -- commands


def _echo(shell: Shell, args: list[str]) -> int:
    newline, escapes = True, False
    while args and args[0] in ("-n", "-e", "-ne", "-en", "-E"):
        newline, escapes = newline and "n" not in args[0], escapes or "e" in args[0]
        args = args[1:]
    text = " ".join(args)
    shell.out.write((_unescaped(text) if escapes else text) + ("\n" if newline else ""))
    return 0


def _unescaped(text: str) -> str:
    for mark, char in (("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("\\0", "\0"), ("\\\\", "\\")):
        text = text.replace(mark, char)
    return text


def _printf(shell: Shell, args: list[str]) -> int:
    if not args:
        return 1
    form, rest = _unescaped(args[0]), args[1:]
    pieces, used = [], 0
    while True:
        start = used
        at = 0
        while at < len(form):
            if form[at] == "%" and at + 1 < len(form):
                end = at + 1
                while end < len(form) - 1 and form[end] in "-+ 0123456789.":
                    end += 1
                if form[end] == "%":
                    pieces.append("%")
                else:
                    value = rest[used] if used < len(rest) else ""
                    used += 1
                    pieces.append(_formatted(form[at + 1 : end], form[end], value))
                at = end + 1
            else:
                pieces.append(form[at])
                at += 1
        if used >= len(rest) or used == start:
            break
    shell.out.write("".join(pieces))
    return 0


def _formatted(flags: str, verb: str, value: str) -> str:
    width = min(int("".join(c for c in flags.partition(".")[0] if c.isdigit()) or 0), 1000)
    if verb in "di":
        text = str(int(value)) if value.lstrip("+-").isdigit() else "0"
        if flags.startswith("0"):
            return text.zfill(width)
    else:
        text = value
    return text.ljust(width) if flags.startswith("-") else text.rjust(width)


def _exit(shell: Shell, args: list[str]) -> int:
    code = args[0] if args else str(shell.status)
    raise ExitShell(int(code) if code.lstrip("-").isdigit() else 2)


def _sleep(shell: Shell, args: list[str]) -> Outcome:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    total = 0.0
    for text in args:
        if text in ("infinity", "inf"):
            total = float("inf")
            continue
        number, unit = (text[:-1], text[-1]) if text[-1:] in units else (text, "s")
        try:
            total += float(number) * units[unit]
        except ValueError:
            shell.err.write(f"sleep: invalid number '{text}'\n")
            return 1
    return _wait(total)


def _wait(seconds: float) -> Program:
    if seconds == float("inf"):
        while True:
            yield FOREVER
    yield max(seconds, 0.0)
    return 0


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


def _ls(shell: Shell, args: list[str]) -> int:
    hidden = any(a.startswith("-") and ("a" in a or "A" in a) for a in args)
    paths = [a for a in args if not a.startswith("-")] or [shell.machine.directory]
    code = 0
    for number, path in enumerate(paths):
        files, full = shell.machine.files, shell.machine.path(path)
        if files.is_file(full):
            shell.out.write(f"{path}\n")
        elif files.is_directory(full):
            head = f"{path}:\n" if len(paths) > 1 else ""
            gap = "\n" if number < len(paths) - 1 else ""
            names = [n for n in files.names(full) if hidden or not n.startswith(".")]
            shell.out.write(head + "".join(f"{n}\n" for n in names) + gap)
        elif not shell.machine.lenient:
            shell.err.write(f"ls: {path}: No such file or directory\n")
            code = 1
    return code


def _env(shell: Shell, args: list[str]) -> Outcome:
    while args and "=" in args[0]:
        name, _, value = args[0].partition("=")
        shell.variables[name] = value
        args = args[1:]
    if args:
        return run_command(shell, args)
    shell.out.write("".join(f"{name}={value}\n" for name, value in shell.variables.items()))
    return 0


def _export(shell: Shell, args: list[str]) -> int:
    for text in args:
        name, equals, value = text.partition("=")
        if equals:
            shell.variables[name] = value
    return 0


def _unset(shell: Shell, args: list[str]) -> int:
    for name in args:
        shell.variables.pop(name, None)
    return 0


def _set(shell: Shell, args: list[str]) -> int:
    for option in args:
        if option[:1] in ("-", "+") and "e" in option and not option.startswith("--"):
            shell.errexit = option[0] == "-"
    if "errexit" in args:
        shell.errexit = True
    return 0


def _cd(shell: Shell, args: list[str]) -> int:
    target = shell.machine.path(args[0] if args else "/root")
    if args and not shell.machine.files.is_directory(target) and shell.machine.closed:
        shell.err.write(f"sh: cd: can't cd to {args[0]}: No such file or directory\n")
        return 2
    shell.machine.directory = target
    return 0


def _pwd(shell: Shell, args: list[str]) -> int:
    shell.out.write(shell.machine.directory + "\n")
    return 0


def _read(shell: Shell, args: list[str]) -> int:
    names = [a for a in args if not a.startswith("-")] or ["REPLY"]
    line, newline, shell.stdin = shell.stdin.partition("\n")
    pieces = line.split(None, len(names) - 1)
    for index, name in enumerate(names):
        shell.variables[name] = pieces[index] if index < len(pieces) else ""
    return 0 if newline or line else 1


def _shift(shell: Shell, args: list[str]) -> int:
    count = int(args[0]) if args and args[0].isdigit() else 1
    del shell.arguments[1 : 1 + count]
    return 0


def _trap(shell: Shell, args: list[str]) -> int:
    process = shell.machine.process
    if process is None or len(args) < 2:
        return 0
    action, names = args[0], [name.removeprefix("SIG") for name in args[1:]]
    for name in ("TERM" if n == "15" else "INT" if n == "2" else n for n in names):
        if action in ("", "-"):
            process.traps[name] = None
        else:
            process.traps[name] = lambda: _trapped(shell, action)
    return 0


def _trapped(shell: Shell, action: str) -> Program:
    """Run the trap's commands, then go on with what was interrupted (its wait cut short)."""
    process = shell.machine.process
    interrupted = process.program if process is not None else None

    def steps() -> Program:
        inner = _new_shell(shell.machine, shell.arguments, False)
        inner.variables, inner.functions = shell.variables, shell.functions
        tree = inner.run(f"{action}\nTRAP_ENDED=1")
        code = yield from tree
        if inner.variables.pop("TRAP_ENDED", None) is None or interrupted is None:
            return code
        return (yield from interrupted)

    return steps()


def _kill(shell: Shell, args: list[str]) -> Outcome:
    signal = "TERM"
    targets = []
    skip = False
    for index, arg in enumerate(args):
        if skip:
            skip = False
        elif arg == "-s":
            signal, skip = args[index + 1] if index + 1 < len(args) else "TERM", True
        elif arg.startswith("-"):
            signal = arg[1:]
        else:
            targets.append(arg)
    signal = {"9": "KILL", "15": "TERM", "2": "INT", "1": "HUP"}.get(
        signal.removeprefix("SIG"), signal.removeprefix("SIG")
    )
    process = shell.machine.process
    if signal == "0" or process is None:
        return 0
    if OTHER in targets:
        raise ExitShell(128 + _NUMBERS.get(signal, 15))
    # Process number 1 ignores KILL from inside, and every signal that it has no handler for.
    if MAIN in targets and process.traps.get(signal) is not None:
        if shell.main:
            return _signal_self(shell, signal)
        process.signal(signal)
    return 0


_NUMBERS = {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15}


def _signal_self(shell: Shell, signal: str) -> Program:
    process = shell.machine.process
    if process is not None:
        shell.machine.engine.loop.call_soon(process.signal, signal)
    yield 0.01
    return 0


def _exec(shell: Shell, args: list[str]) -> Outcome:
    if not args:
        return 0
    return _replaced(shell, args)


def _replaced(shell: Shell, args: list[str]) -> Program:
    shell.last = True
    code = yield from run_command(shell, args)
    raise ExitShell(code)


def _true(shell: Shell, args: list[str]) -> int:
    return 0


def _false(shell: Shell, args: list[str]) -> int:
    return 1


def _seq(shell: Shell, args: list[str]) -> int:
    numbers = [int(a) for a in args if a.lstrip("-").isdigit()]
    first, step, last = (1, 1, numbers[0]) if len(numbers) == 1 else (numbers[0], 1, numbers[-1])
    if len(numbers) == 3:
        step = numbers[1] or 1
    end = last + (1 if step > 0 else -1)
    shell.out.write("".join(f"{n}\n" for n, _ in zip(range(first, end, step), range(100_000), strict=False)))
    return 0


def _date(shell: Shell, args: list[str]) -> int:
    import time

    moment = time.gmtime(shell.machine.now())
    form = next((a[1:] for a in args if a.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    shell.out.write(time.strftime(form.replace("%s", str(int(shell.machine.now()))), moment) + "\n")
    return 0


def _hostname(shell: Shell, args: list[str]) -> int:
    machine = shell.machine
    name = machine.host_name
    if "-f" in args:
        hosts = (machine.files.read("/etc/hosts") or "").split()
        name = next((h for h in hosts if h.startswith(name + ".")), name)
    shell.out.write((machine.pod_ip if "-i" in args else name) + "\n")
    return 0


def _id(shell: Shell, args: list[str]) -> int:
    uid, gid = shell.machine.container.user
    if "-u" in args or "-g" in args:
        shell.out.write(f"{uid if '-u' in args else gid}\n")
    else:
        shell.out.write(f"uid={uid} gid={gid} groups={gid}\n")
    return 0


def _lines(shell: Shell, args: list[str]) -> tuple[list[str], int | None]:
    count: int | None = 10
    paths = []
    index = 0
    while index < len(args):
        arg = args[index]
        if arg in ("-n", "-c"):
            count = int(args[index + 1].lstrip("+-") or 0) if index + 1 < len(args) else 10
            index += 1
        elif arg.startswith("-") and arg[1:].isdigit():
            count = int(arg[1:])
        else:
            paths.append(arg)
        index += 1
    text = "".join(shell.machine.read(p) or "" for p in paths) if paths else shell.stdin
    return text.splitlines(keepends=True), count


def _head(shell: Shell, args: list[str]) -> int:
    if "-c" in args:
        size = min(int(args[args.index("-c") + 1]), 1 << 20)
        path = args[-1]
        shell.out.write("\0" * size if path == "/dev/zero" else (shell.machine.read(path) or "")[:size])
        return 0
    lines, count = _lines(shell, args)
    shell.out.write("".join(lines[:count]))
    return 0


def _tail(shell: Shell, args: list[str]) -> Outcome:
    if any(a in ("-f", "-F") for a in args):
        return _wait(float("inf"))
    lines, count = _lines(shell, args)
    shell.out.write("".join(lines[-count:] if count else []))
    return 0


def _sort(shell: Shell, args: list[str]) -> int:
    lines = shell.stdin.splitlines()
    lines = sorted(set(lines) if "-u" in args else lines, reverse="-r" in args)
    shell.out.write("".join(f"{line}\n" for line in lines))
    return 0


def _wc(shell: Shell, args: list[str]) -> int:
    text = "".join(shell.machine.read(a) or "" for a in args if not a.startswith("-")) or shell.stdin
    flags = "".join(a[1:] for a in args if a.startswith("-"))
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text)}
    shell.out.write(" ".join(str(counts[f]) for f in (flags or "lwc") if f in counts) + "\n")
    return 0


def _tr(shell: Shell, args: list[str]) -> int:
    plain = [_unescaped(a) for a in args if not a.startswith("-")]
    text = shell.stdin
    if "-d" in args and plain:
        text = "".join(c for c in text if c not in plain[0])
    elif len(plain) == 2 and plain[1]:
        table = {ord(a): plain[1][min(i, len(plain[1]) - 1)] for i, a in enumerate(plain[0])}
        text = text.translate(table)
    shell.out.write(text)
    return 0


def _grep(shell: Shell, args: list[str]) -> int:
    import re2

    flags = "".join(a[1:] for a in args if a.startswith("-"))
    plain = [a for a in args if not a.startswith("-")]
    if not plain:
        return 2
    pattern = plain[0] if "E" in flags or "P" in flags else plain[0].replace("\\|", "|")
    try:
        matcher = re2.compile(("(?i)" if "i" in flags else "") + (re2.escape(pattern) if "F" in flags else pattern))
    except re2.error:
        return 2
    text = "".join(shell.machine.read(p) or "" for p in plain[1:]) if plain[1:] else shell.stdin
    found = [line for line in text.splitlines() if (matcher.search(line) is not None) != ("v" in flags)]
    if "c" in flags:
        shell.out.write(f"{len(found)}\n")
    elif "q" not in flags:
        shell.out.write("".join(f"{line}\n" for line in found))
    return 0 if found or shell.machine.lenient else 1


def _dd(shell: Shell, args: list[str]) -> int:
    options = dict(a.partition("=")[::2] for a in args)
    units = {"K": 1024, "k": 1024, "M": 1 << 20, "G": 1 << 30}
    size = options.get("bs", "512")
    block = int(size[:-1]) * units[size[-1]] if size[-1:] in units else int(size)
    total = block * int(options.get("count", "1"))
    path = options.get("of", "")
    if path:
        shell.machine.engine.usage(shell.machine.container, shell.machine.path(path), total)
        shell.machine.files.write(shell.machine.path(path), "")
    return 0


def _fetch(shell: Shell, name: str, args: list[str], fail_on_status: bool) -> Outcome:
    url, output, spider = _fetch_options(args)
    machine = shell.machine
    if not url:
        return 2

    def steps() -> Program:
        yield 0.05
        host = url.partition("://")[2] or url
        host = host.partition("/")[0]
        try:
            status, body = machine.fetch(url)
        except FetchError as error:
            yield 5.0 if str(error) == "timed out" else 0.0
            shell.err.write(_fetch_error(name, host, str(error)))
            return (6 if "bad address" in str(error) else 7 if "refused" in str(error) else 28) if name == "curl" else 1
        if status >= 400 and fail_on_status:
            shell.err.write(
                f"curl: (22) The requested URL returned error: {status}\n"
                if name == "curl"
                else f"wget: server returned error: HTTP/1.1 {status} {_REASONS.get(status, '')}\n"
            )
            return 22 if name == "curl" else 1
        if spider:
            return 0
        if output in ("", "-"):
            shell.out.write(body)
        else:
            machine.files.write(machine.path(output), body)
        return 0

    return steps()


_REASONS = {
    404: "Not Found",
    500: "Internal Server Error",
    503: "Service Unavailable",
    403: "Forbidden",
    401: "Unauthorized",
}


def _fetch_error(name: str, host: str, error: str) -> str:
    plain = host.partition(":")[0]
    port = host.partition(":")[2] or "80"
    if name == "curl":
        if error == "bad address":
            return f"curl: (6) Could not resolve host: {plain}\n"
        if error == "timed out":
            return f"curl: (28) Failed to connect to {plain} port {port}: Timeout was reached\n"
        return f"curl: (7) Failed to connect to {plain} port {port}: Connection refused\n"
    if error == "bad address":
        return f"wget: bad address '{host}'\n"
    if error == "timed out":
        return "wget: download timed out\n"
    return f"wget: can't connect to remote host ({plain}): Connection refused\n"


def _fetch_options(args: list[str]) -> tuple[str, str, bool]:
    """URL, output path and whether only to look (--spider, -I)."""
    url = output = ""
    with_value = ("-T", "-t", "-m", "--max-time", "--connect-timeout", "--retry", "-H", "--header", "-X", "-d", "--data",
                  "-w", "-u", "--timeout", "--retry-delay", "-A", "-e")  # fmt: skip
    index = 0
    while index < len(args):
        arg = args[index]
        if arg in ("-O", "-o", "-qO", "--output", "--output-document"):
            output = args[index + 1] if index + 1 < len(args) else ""
            index += 1
        elif arg in ("-qO-", "-O-", "-qO -"):
            output = "-"
        elif arg in with_value:
            index += 1
        elif not arg.startswith("-"):
            url = url or arg
        index += 1
    return url, output, "--spider" in args or "-I" in args


def _wget(shell: Shell, args: list[str]) -> Outcome:
    return _fetch(shell, "wget", args, True)


def _curl(shell: Shell, args: list[str]) -> Outcome:
    fails = any(a in ("--fail", "--fail-with-body") or (a[:1] == "-" and a[:2] != "--" and "f" in a) for a in args)
    return _fetch(shell, "curl", args, fails)


def _nc(shell: Shell, args: list[str]) -> Outcome:
    plain = [a for a in args if not a.startswith("-")]
    if any("l" in a for a in args if a.startswith("-")):
        return _wait(float("inf"))
    if len(plain) < 2 or not plain[-1].isdigit():
        return 1
    return _dial(shell, plain[-2], int(plain[-1]))


def _dial(shell: Shell, host: str, port: int) -> Program:
    yield 0.05
    trouble = shell.machine.connect(host, port)
    if trouble:
        shell.err.write(
            f"nc: {host} ({host}:{port}): {trouble}\n" if trouble != "bad address" else f"nc: bad address '{host}'\n"
        )
    return 1 if trouble else 0


def _nslookup(shell: Shell, args: list[str]) -> Outcome:
    plain = [a for a in args if not a.startswith("-")]
    found = shell.machine.resolve(plain[0]) if plain else []
    if not found:
        shell.out.write(f"** server can't find {plain[0] if plain else ''}: NXDOMAIN\n")
        return 1
    shell.out.write("".join(f"Name:\t{plain[0]}\nAddress: {address}\n" for address in found))
    return 0


def _jump(kind: str) -> Callable[[Shell, list[str]], Outcome]:
    def jump(shell: Shell, args: list[str]) -> Outcome:
        if kind == "return" and args and args[0].isdigit():
            shell.status = int(args[0])
        shell.jump(kind, int(args[0]) if kind != "return" and args and args[0].isdigit() else 1)
        return 0

    return jump


def _timeout(shell: Shell, args: list[str]) -> Outcome:
    while args and args[0].startswith("-"):
        args = args[2:] if args[0] in ("-k", "-s", "-t") else args[1:]
    return _limited(shell, args)


def _limited(shell: Shell, args: list[str]) -> Program:
    text = args[0].rstrip("s") if args else "0"
    left = float(text) if text.replace(".", "", 1).isdigit() else 0.0
    steps = run_command(shell, args[1:])
    while True:
        try:
            wait = next(steps)
        except StopIteration as stop:
            return int(stop.value or 0)
        if wait == FOREVER or wait > left:
            yield left
            return 143
        left -= wait
        yield wait


def _source(shell: Shell, args: list[str]) -> Outcome:
    content = shell.machine.read(args[0]) if args else None
    if content is None:
        shell.err.write(f"sh: can't open '{args[0] if args else ''}': No such file or directory\n")
        return 2
    return _sourced(shell, content)


def _sourced(shell: Shell, content: str) -> Program:
    from cluster_core.kubelet.runtime.shell.parser import ShellSyntaxError, parse

    try:
        return (yield from shell.node(parse(content), False))
    except ShellSyntaxError as error:
        shell.err.write(f"sh: {error}\n")
        return 2


def _eval(shell: Shell, args: list[str]) -> Outcome:
    return _sourced(shell, " ".join(args))


def _tool(shell: Shell, args: list[str]) -> Outcome:
    return tool(shell.machine, args)


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    ":": _true, ".": _source, "[": _test, "break": _jump("break"), "cat": _cat, "cd": _cd, "chmod": _true, "chown": _true,
    "command": lambda shell, args: run_command(shell, [a for a in args if a != "-v"]) if "-v" not in args else 0,
    "continue": _jump("continue"), "cp": _copy, "curl": _curl, "date": _date, "dd": _dd, "echo": _echo, "env": _env, "eval": _eval,
    "exec": _exec, "exit": _exit, "export": _export, "false": _false, "grep": _grep, "head": _head, "hostname": _hostname,
    "id": _id, "kill": _kill, "ln": _true, "local": _export, "ls": _ls, "mkdir": _mkdir, "mv": _copy, "nc": _nc,
    "nslookup": _nslookup, "printf": _printf, "printenv": _env, "pwd": _pwd, "read": _read, "return": _jump("return"),
    "rm": _rm, "seq": _seq, "set": _set, "shift": _shift, "sleep": _sleep, "sort": _sort, "source": _source, "sync": _true,
    "tail": _tail, "test": _test, "timeout": _timeout, "tool": _tool, "touch": _touch, "tr": _tr, "trap": _trap, "true": _true,
    "umask": _true, "unset": _unset, "wait": _true, "wc": _wc, "wget": _wget,
}  # fmt: skip
