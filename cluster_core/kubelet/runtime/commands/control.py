"""Commands about the shell itself, its variables, processes and signals. `COMMANDS` is their table."""

from collections.abc import Callable

from cluster_core.kubelet.runtime.commands.outcome import Outcome, wait
from cluster_core.kubelet.runtime.files import Files
from cluster_core.kubelet.runtime.process import FOREVER, Program
from cluster_core.kubelet.runtime.shell.expand import MAIN, OTHER, ExitShell, Stream
from cluster_core.kubelet.runtime.shell.interpreter import Shell
from cluster_core.kubelet.runtime.tool import tool


def _run(shell: Shell, fields: list[str]) -> Program:
    """Run another command inside the shell."""
    from cluster_core.kubelet.runtime.programs import run_command

    return run_command(shell, fields)


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
    return wait(total)


def _env(shell: Shell, args: list[str]) -> Outcome:
    while args and "=" in args[0]:
        name, _, value = args[0].partition("=")
        shell.variables[name] = value
        args = args[1:]
    if args:
        return _run(shell, args)
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
        inner = Shell(shell.machine, Stream(shell.machine.write), Stream(shell.machine.write), shell.arguments, False)
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
    code = yield from _run(shell, args)
    raise ExitShell(code)


def _true(shell: Shell, args: list[str]) -> int:
    return 0


def _false(shell: Shell, args: list[str]) -> int:
    return 1


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
        name = _user_name(uid)
        own = f"{gid}({'root' if not gid else name})" if gid in (0, uid) else str(gid)
        asker = shell.machine.files.user
        more = sorted(asker[1] - {gid}) if asker is not None else []
        title = f"{uid}({name})" if uid in (0, 1000) else str(uid)
        shell.out.write(f"uid={title} gid={own} groups={','.join([own, *map(str, more)])}\n")
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
    steps = _run(shell, args[1:])
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
    if shell.last and shell.main:
        return tool(shell.machine, args)
    return _child(shell, args)


def _child(shell: Shell, args: list[str]) -> Program:
    """Run it beside the shell, which says so if it is killed: on the error output, a little later than its own words."""
    code: int = yield from tool(shell.machine, args, child=True)
    if code == 137:
        shell.machine.engine.loop.call_soon(shell.err.write, "Killed\n")
    return code


def _printenv(shell: Shell, args: list[str]) -> Outcome:
    if not args:
        return _env(shell, args)
    found = [shell.variables[name] for name in args if name in shell.variables]
    shell.out.write("".join(f"{value}\n" for value in found))
    return 0 if len(found) == len(args) else 1


def _uname(shell: Shell, args: list[str]) -> int:
    facts = {"s": "Linux", "n": shell.machine.host_name, "r": "6.12.0", "v": "#1 SMP", "m": "x86_64", "o": "Linux"}
    asked = "".join(a[1:] for a in args if a.startswith("-")) or "s"
    shell.out.write(" ".join(facts[c] for c in ("snrvmo" if "a" in asked else asked) if c in facts) + "\n")
    return 0


def _whoami(shell: Shell, args: list[str]) -> int:
    shell.out.write(_user_name(shell.machine.container.user[0]) + "\n")
    return 0


def _user_name(uid: int) -> str:
    return "appuser" if uid else "root"


def _which(shell: Shell, args: list[str]) -> int:
    code = 0
    for name in args:
        path = f"/bin/{name}"
        if shell.machine.files.is_file(path):
            shell.out.write(path + "\n")
        elif shell.machine.closed:
            code = 1
    return code


def _mktemp(shell: Shell, args: list[str]) -> int:
    files, number = shell.machine.files, 0
    while _taken(files, f"/tmp/tmp.{number:06d}"):
        number += 1
    path = f"/tmp/tmp.{number:06d}"
    files.make_directory(path) if "-d" in args else files.write(path, "")
    shell.out.write(path + "\n")
    return 0


def _taken(files: Files, path: str) -> bool:
    return files.is_file(path) or files.is_directory(path)


def _nproc(shell: Shell, args: list[str]) -> int:
    limits = (shell.machine.container.spec.get("resources") or {}).get("limits") or {}
    text = str(limits.get("cpu", "4"))
    shell.out.write(f"{max(-(-int(text[:-1]) // 1000), 1) if text.endswith('m') else text.partition('.')[0]}\n")
    return 0


def _ps(shell: Shell, args: list[str]) -> int:
    spec = shell.machine.container.spec
    command = " ".join([*(spec.get("command") or ()), *(spec.get("args") or ())]) or shell.machine.container.name
    user = _user_name(shell.machine.container.user[0])
    shell.out.write(f"PID   USER     TIME  COMMAND\n    1 {user:8}  0:00 {command}\n")
    return 0


def _agnhost(shell: Shell, args: list[str]) -> Outcome:
    from cluster_core.kubelet.runtime.agnhost import agnhost

    return agnhost(shell.machine, shell.out.write, shell.err.write, args)


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    ":": _true,
    ".": _source,
    "agnhost": _agnhost,
    "break": _jump("break"),
    "cd": _cd,
    "chown": _true,
    "command": lambda shell, args: _run(shell, [a for a in args if a != "-v"]) if "-v" not in args else 0,
    "continue": _jump("continue"),
    "env": _env,
    "eval": _eval,
    "exec": _exec,
    "exit": _exit,
    "export": _export,
    "false": _false,
    "hostname": _hostname,
    "id": _id,
    "kill": _kill,
    "local": _export,
    "mktemp": _mktemp,
    "nproc": _nproc,
    "printenv": _printenv,
    "ps": _ps,
    "pwd": _pwd,
    "read": _read,
    "return": _jump("return"),
    "set": _set,
    "shift": _shift,
    "sleep": _sleep,
    "source": _source,
    "sync": _true,
    "timeout": _timeout,
    "tool": _tool,
    "trap": _trap,
    "true": _true,
    "umask": _true,
    "uname": _uname,
    "unset": _unset,
    "wait": _true,
    "which": _which,
    "whoami": _whoami,
}
