"""Starting programs: what a container's command line means, and which command a shell runs.

`main_program` gives the container's own program, `exec_shell` and `guarded` serve probes, hooks and exec, `run_command` is the
shell's way to a command. Nothing is executed on the real machine.
"""

from collections.abc import Callable

from cluster_core.kubelet.runtime.commands import ALL as COMMANDS
from cluster_core.kubelet.runtime.commands.outcome import base_name
from cluster_core.kubelet.runtime.container import Container
from cluster_core.kubelet.runtime.files import PROGRAM, NoSpaceError, ReadOnlyError
from cluster_core.kubelet.runtime.machine import Machine
from cluster_core.kubelet.runtime.process import Program
from cluster_core.kubelet.runtime.shell.expand import ExitShell, Stream
from cluster_core.kubelet.runtime.shell.interpreter import Shell
from cluster_core.kubelet.runtime.unknown import ExecError, StartError, unknown_program

SHELLS = frozenset(("sh", "bash", "ash", "dash", "zsh", "ksh"))
NOT_IN_PATH = 'exec: "{}": executable file not found in $PATH'
NO_FILE = 'exec: "{0}": stat {0}: no such file or directory'
DENIED = 'exec: "{}": permission denied'
EXEC_FAILED = (
    'failed to exec in container: failed to start exec "{}": OCI runtime exec failed: exec failed: '
    "unable to start container process: {}"
)


def program_files() -> dict[str, str]:
    """The programs that images with a userland have, as files."""
    return {f"/bin/{name}": PROGRAM + name for name in (*COMMANDS, *SHELLS, "busybox") if name.isalnum()}


def _program_name(machine: Machine, word: str) -> str:
    """The program that a word of a command line names: a path to a program's copy is that program."""
    if "/" in word:
        content = machine.files.read(machine.path(word))
        if content is not None and content.startswith(PROGRAM):
            return content[len(PROGRAM) :]
    return base_name(word)


def main_program(machine: Machine, argv: list[str]) -> Program:
    """The container's program. Raises StartError if there is no such thing."""
    directory = machine.container.spec.get("workingDir")
    if directory and machine.files.is_file(directory):
        raise StartError(f"mkdir {directory}: not a directory")
    name = _program_name(machine, argv[0])
    script = machine.files.read(machine.path(argv[0])) if "/" in argv[0] else None
    if script is not None and script.startswith(PROGRAM):
        return _run_shell(machine, argv) if name in SHELLS else _plain(machine, argv)
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


def is_bare_shell(argv: list[str]) -> bool:
    """Whether a command line is a shell that reads its commands from its input."""
    if not argv or argv[0].rpartition("/")[2] not in SHELLS:
        return False
    return all(a.startswith("-") and "c" not in a for a in argv[1:])


def exec_shell(container: Container, argv: list[str], stdin: str, new_id: Callable[[], str]) -> Shell:
    """A shell to run a command in beside the main program. Raises ExecError if there is no such command."""
    process = container.process
    if process is None or not process.alive:
        raise ExecError(f'container not found ("{container.name}")')
    machine = process.machine
    name = _program_name(machine, argv[0]) if argv else ""
    known = name in COMMANDS or name in SHELLS or name == "busybox"
    if machine.closed and not known and "/" in argv[0] and machine.files.is_file(argv[0]):
        raise ExecError(EXEC_FAILED.format(new_id(), DENIED.format(argv[0])))
    if machine.closed and not known:
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


def _is_program(shell: Shell, word: str) -> bool:
    """Whether a path leads to a program's file."""
    return (shell.machine.files.read(shell.machine.path(word)) or "").startswith(PROGRAM)


def run_command(shell: Shell, fields: list[str]) -> Program:
    """One command with its arguments inside a shell; the generator's value is its exit code."""
    name = _program_name(shell.machine, fields[0])
    if name == "busybox" and len(fields) > 1:
        return (yield from run_command(shell, fields[1:]))
    if name in SHELLS:
        return (yield from _inner_shell(shell, fields))
    known = (
        "/" not in fields[0] or "/bin/" in fields[0] or name != base_name(fields[0]) or _is_program(shell, fields[0])
    )
    command = COMMANDS.get(name) if known else None
    if command is None:
        return (yield from _foreign(shell, fields))
    try:
        outcome = command(shell, fields[1:])
        return outcome if isinstance(outcome, int) else (yield from outcome)
    except (ReadOnlyError, NoSpaceError, IsADirectoryError, PermissionError) as error:
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
