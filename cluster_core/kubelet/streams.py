"""Streams to and from containers: exec, attach, followed logs. Made by the node API for the server's sockets.

A command runs on the cluster's loop and tells its output as it comes. On a terminal a shell takes lines one after the other, as
somebody types them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.clock import Loop
from cluster_core.kubelet import logs
from cluster_core.kubelet.runtime.container import EXITED, Container
from cluster_core.kubelet.runtime.engine import Engine
from cluster_core.kubelet.runtime.unknown import ExecError
from cluster_core.kubelet.tasks import Steps, Task

Output = Callable[[int, str], None]
Ended = Callable[[int], None]
STDOUT, STDERR = 1, 2
POLL_SECONDS = 0.05
"""How often a container's output is looked at for somebody attached to it, in seconds of cluster time."""
ERASE, INTERRUPT, END = "\x7f\b", "\x03", "\x04"
SHELLS = frozenset(("sh", "bash", "ash", "dash"))


class Running:
    """A command, or an attachment, that runs. What it does with input is its own affair."""

    def feed(self, text: str) -> None:
        """Input from the client's terminal."""

    def cancel(self) -> None:
        """The client is gone."""


class Command(Running):
    """One command from start to end. Raises ApiError if it cannot start."""

    def __init__(
        self, engine: Engine, container: Container, argv: list[str], stdin: str, out: Output, end: Ended
    ) -> None:
        steps = engine.exec(container, argv, None, stdin, out)
        self._task = Task(engine.loop, _checked(steps))
        self._end = end
        self._task.then(self._ended)

    def _ended(self) -> None:
        code = self._task.result
        if code is not None:
            self._end(code)

    def cancel(self) -> None:
        """Stop waiting for it."""
        self._task.cancel()


def _checked(steps: Steps) -> Steps:
    code, _, _ = yield from steps
    return 130 if code is None else code


class Terminal(Running):
    """A shell on a terminal: echoes, runs each line when it is complete, prompts for the next."""

    def __init__(self, engine: Engine, container: Container, argv: list[str], out: Output, end: Ended) -> None:
        from cluster_core.kubelet.runtime import programs

        self._loop: Loop = engine.loop
        self._out, self._end = out, end
        self._shell = programs.exec_shell(container, argv, "", engine.new_id)
        self._shell.out.write_out = self._shell.err.write_out = lambda text: out(STDOUT, text)
        self._line, self._waiting = "", ""
        self._task: Task | None = None
        self._prompt()

    def _prompt(self) -> None:
        self._task = None
        self._out(STDOUT, f"{self._shell.machine.directory} # ")
        waiting, self._waiting = self._waiting, ""
        self.feed(waiting)

    def feed(self, text: str) -> None:
        """Keys, as a terminal sends them."""
        for index, key in enumerate(text):
            if self._task is not None:
                self._waiting += text[index:]
                return
            if key in "\r\n":
                self._out(STDOUT, "\n")
                self._run()
            elif key == END and not self._line:
                self._end(self._shell.status & 255)
                return
            else:
                self._edit(key)

    def _edit(self, key: str) -> None:
        if key in ERASE:
            if self._line:
                self._line = self._line[:-1]
                self._out(STDOUT, "\b \b")
        elif key == INTERRUPT:
            self._line = ""
            self._out(STDOUT, "^C\n")
            self._prompt()
        elif key >= " " or key == "\t":
            self._line += key
            self._out(STDOUT, key)

    def _run(self) -> None:
        line, self._line = self._line, ""
        if not line.strip():
            self._prompt()
            return
        self._task = task = Task(self._loop, self._steps(line))
        task.then(lambda: self._done(task))

    def _steps(self, line: str) -> Steps:
        """Run a line; the result is whether the shell ended by it."""
        from cluster_core.kubelet.runtime.engine import waited
        from cluster_core.kubelet.runtime.shell.expand import ExitShell
        from cluster_core.kubelet.runtime.shell.parser import ShellSyntaxError, parse

        try:
            yield from waited(self._shell.node(parse(line), False))
        except ExitShell as stop:
            self._shell.status = stop.code
            return True
        except (ShellSyntaxError, ValueError, IndexError, KeyError, OSError, RecursionError) as error:
            self._shell.err.write(f"sh: {error}\n")
        return False

    def _done(self, task: Task) -> None:
        if task.result:
            self._end(self._shell.status & 255)
        elif task.result is False:
            self._prompt()

    def cancel(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()


class LogReader:
    """New lines of one container instance, each time it is asked."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._last = container.logs[-1] if container.logs else None

    @property
    def ended(self) -> bool:
        """Whether the container has."""
        return self._container.state == EXITED

    def read(self) -> list[tuple[float, str]]:
        """What was written since."""
        fresh, found = self._after(self._container.logs)
        if not found and self._container.rotated_logs:  # a new log was begun meanwhile
            earlier, found = self._after(self._container.rotated_logs[-1])
            fresh = [*earlier, *fresh] if found else fresh
        if fresh:
            self._last = fresh[-1]
        return fresh

    def _after(self, lines: list[tuple[float, str]]) -> tuple[list[tuple[float, str]], bool]:
        """The lines after the last one that was read, and whether that is among them."""
        at = len(lines)
        while at and lines[at - 1] is not self._last:
            at -= 1
        return lines[at:], at > 0 or self._last is None


class Attachment(Running):
    """The output of a container's main process from now on, until it ends; how it ended is in the pod's status."""

    def __init__(self, loop: Loop, container: Container, out: Output, end: Ended) -> None:
        self._loop, self._out, self._end = loop, out, end
        self._reader = LogReader(container)
        self._look()

    def _look(self) -> None:
        for _, line in self._reader.read():
            self._out(STDOUT, line + "\n")
        if self._reader.ended:
            self._end(0)
        else:
            self._timer = self._loop.call_later(POLL_SECONDS, self._look, background=True)

    def cancel(self) -> None:
        """Look no more."""
        if not self._reader.ended:
            self._timer.cancel()


class ShellAttachment(Running):
    """Somebody types into a container's main process, a shell: on a terminal line by line, else all of it at once.

    The shell, and with it the container, ends when its input does; a client that just goes ends it only if input was
    to be open once (`stdinOnce`)."""

    def __init__(
        self, engine: Engine, container: Container, argv: list[str], terminal: bool, stdin: str, out: Output, end: Ended
    ) -> None:
        self._container, self._out, self._end = container, out, end
        self._now, self._ended = engine.loop.now, False
        self._inner: Running
        if terminal:
            self._inner = Terminal(engine, container, argv, self._tell, self._finish)
        else:
            self._inner = Command(engine, container, argv, stdin, self._tell, self._finish)

    def _tell(self, channel: int, text: str) -> None:
        self._container.write_log(self._now(), text)
        self._out(channel, text)

    def _finish(self, code: int) -> None:
        self._ended = True
        if self._container.process is not None:
            self._container.process.kill("", code)
        self._end(0)

    def feed(self, text: str) -> None:
        """Keys."""
        self._inner.feed(text)

    def cancel(self) -> None:
        """The client is gone."""
        self._inner.cancel()
        if not self._ended and self._container.spec.get("stdinOnce") and self._container.process is not None:
            self._ended = True
            self._container.process.kill("", 0)


def follower(container: Container, options: Mapping[str, str]) -> Callable[[], tuple[str, bool]]:
    """Gives (new text, whether more may come) of a container's log each time it is called."""
    reader = LogReader(container)
    shown = {key: value for key, value in options.items() if key == "timestamps"}

    def read() -> tuple[str, bool]:
        ended = reader.ended
        return logs.text(reader.read(), shown, 0.0), not ended

    return read


def start(
    engine: Engine,
    container: Container,
    argv: list[str],
    options: Mapping[str, Any],
    stdin: str,
    out: Output,
    end: Ended,
) -> Running:
    """Start a command. Raises ApiError if there is no such one."""
    terminal = options.get("tty") in ("true", "1") and options.get("stdin") in ("true", "1")
    try:
        if terminal and len(argv) == 1 and argv[0].rpartition("/")[2] in SHELLS:
            return Terminal(engine, container, argv, out, end)
        return Command(engine, container, argv, stdin, out, end)
    except ExecError as error:
        text = f"error executing command in container: {error}"
        raise ApiError(500, "InternalError", f"Internal error occurred: {text}") from None
