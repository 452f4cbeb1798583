"""The container runtime of one node: pulls images, creates, starts, stops and probes simulated containers.

Called by the node's kubelet. Steps that take time are generators for `tasks`. Durations come from the seeded generator.
"""

import random
from collections.abc import Callable, Generator, Iterable
from functools import partial
from typing import Any

from cluster_core.clock import Loop
from cluster_core.kubelet.runtime.behaviour import Behaviour, image_error
from cluster_core.kubelet.runtime.container import EXITED, RUNNING, Container, Sandbox
from cluster_core.kubelet.runtime.images import SERVICE, TASK, Image, canonical, find, with_tag
from cluster_core.kubelet.runtime.machine import FetchError, Machine
from cluster_core.kubelet.runtime.naming import seen_name
from cluster_core.kubelet.runtime.process import FOREVER, Answer, Process, Program, forever
from cluster_core.kubelet.runtime.unknown import StartError, unknown_program
from cluster_core.kubelet.runtime.world import World
from cluster_core.kubelet.tasks import BACKGROUND, Pause, Steps

Object = dict[str, Any]

TASK_FAILED = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: {}"
)
NO_COMMAND = 'failed to generate container "{}" spec: failed to generate spec: no command specified'
KILL_DELAY = 0.05
OOM_KILLED = "OOMKilled"


class Engine:
    """One node's containerd, so to speak. `on_change(container)` is told when a container's main process ends."""

    def __init__(
        self, loop: Loop, rng: random.Random, world: World, rows: Callable[[], Iterable[Image]] = tuple
    ) -> None:
        self.loop, self._rng, self.world = loop, rng, world
        self._rows = rows
        self._found: dict[str, Image] = {}
        self._pulled: dict[str, int] = {}
        self.memory: dict[str, int] = {}
        """Bytes that programs say they use, by container id."""
        self.disk: dict[str, int] = {}
        """The same for local storage."""
        self.inodes: dict[str, int] = {}
        self.processes: dict[str, int] = {}
        """How many of both, for containers that say so."""
        self.on_use: Callable[[], None] = lambda: None
        self.on_change: Callable[[Container], None] = lambda container: None
        self.on_usage: Callable[[Container, str, int], None] = lambda container, path, size: None

    @property
    def network(self) -> Any:
        """Names and services, None without them."""
        return self.world.network

    def new_id(self) -> str:
        """64 hexadecimal digits."""
        return f"{self._rng.getrandbits(256):064x}"

    # -- images

    def row(self, reference: str) -> Image:
        """What is known of an image."""
        found = self._found.get(reference)
        if found is None:
            found = self._found[reference] = find(reference, self._rows())
        return found

    def forget_rows(self) -> None:
        """What is told of images has changed: look it up again."""
        self._found.clear()

    def has_image(self, reference: str) -> bool:
        """Whether the image is on the node."""
        return with_tag(reference) in self._pulled or self.row(reference).present

    def image_id(self, reference: str) -> str:
        """The image's digest reference, the same on every node."""
        name = canonical(reference)
        return name if "@" in name else f"{name.rpartition(':')[0]}@sha256:{_digest(name)}"

    def pull(self, reference: str, behaviour: Behaviour) -> Steps:
        """Steps of a pull; the result is "" or the error's text."""
        row = self.row(reference)
        error = image_error(behaviour, row, reference)
        seconds = behaviour.pull_seconds
        if seconds is None:
            seconds = 0.2 if error else 0.4 + 0.6 * self._rng.random()
        yield seconds
        if not error:
            self._pulled[with_tag(reference)] = row.size
        return error

    def pulled_images(self) -> list[tuple[str, int]]:
        """Names and sizes of the images pulled so far."""
        return list(self._pulled.items())

    def image_bytes(self) -> int:
        """What pulled images take of the disk."""
        return sum(self._pulled.values())

    def clear_images(self, used: set[str]) -> bool:
        """Delete pulled images but those in use; whether there were any."""
        kept = {with_tag(reference) for reference in used}
        before, self._pulled = self._pulled, {name: size for name, size in self._pulled.items() if name in kept}
        return len(before) > len(self._pulled)

    # -- sandboxes

    def run_sandbox(self, attempt: int, address: str, containers: Callable[[], list[Container]]) -> Steps:
        """Steps that make a sandbox with an address: its own, or the node's."""
        yield 0.05 + 0.1 * self._rng.random()
        sandbox = Sandbox(self.new_id(), address, attempt)
        self.world.join(address, sandbox.id, containers)
        return sandbox

    def stop_sandbox(self, sandbox: Sandbox) -> None:
        """Tear a sandbox down; it answers no more."""
        sandbox.ready = False
        self.world.leave(sandbox.ip, sandbox.id)

    # -- containers

    def start(self, container: Container, pod: Object, sandbox: Sandbox, behaviour: Behaviour) -> Steps:
        """Steps that start a created container; the result is "" or why it did not start."""
        seconds = behaviour.start_seconds
        yield 0.05 + 0.15 * self._rng.random() if seconds is None else seconds
        row = self.row(container.spec.get("image") or "")
        machine = self._machine(container, pod, sandbox, row)
        process = container.process = Process(
            self.loop, machine, not machine.long_running, lambda code, reason: self._ended(container, code, reason)
        )
        try:
            program = self._program(machine, row, behaviour)
        except StartError as error:
            container.process = None
            container.state, container.exit_code, container.reason = EXITED, 128, "StartError"
            container.message = TASK_FAILED.format(error)
            container.finished_at = self.loop.now()
            return container.message
        container.state, container.started_at = RUNNING, self.loop.now()
        process.run(program)
        self._follow(container, behaviour)
        return ""

    def _follow(self, container: Container, behaviour: Behaviour) -> None:
        """Let happen, in time, what is told of the container."""
        for figure, steps in (
            (self.disk, behaviour.disk),
            (self.inodes, behaviour.inodes),
            (self.processes, behaviour.processes),
        ):
            for after, amount in steps:
                self.loop.call_later(after, self._use_told, container, figure, amount)
        for after, amount in behaviour.memory:
            self.loop.call_later(after, self._use_told, container, self.memory, amount)
        for entry in behaviour.logs:
            if isinstance(entry, dict):
                again = float(entry.get("every") or 0.0)
                at = float(entry.get("at") or again)
                self.loop.call_later(at, self._log_told, container, str(entry.get("line", "")), again, background=True)

    def _log_told(self, container: Container, line: str, again: float) -> None:
        if container.state == RUNNING:
            container.write_log(self.loop.now(), line + "\n")
            if again > 0:
                self.loop.call_later(again, self._log_told, container, line, again, background=True)

    def _use_told(self, container: Container, figure: dict[str, int], amount: int) -> None:
        if container.state != RUNNING:
            return
        if figure is self.memory:
            self.use_memory(container, amount)
        else:
            figure[container.id] = amount
            self.on_use()

    def use_memory(self, container: Container, amount: int, child: bool = False) -> bool:
        """A program uses so many bytes; False if it was killed for that. A `child` dies alone, and is remembered."""
        process = container.process
        limit = process.machine.memory_limit if process is not None else None
        if process is not None and limit is not None and amount > limit:
            container.lost_child = True
            if not child:
                process.kill(OOM_KILLED)
            return False
        self.memory[container.id] = amount
        self.on_use()
        return True

    def resume(self, container: Container, pod: Object, sandbox: Sandbox, behaviour: Behaviour) -> None:
        """Let a container that ran before the node's start run on, from the beginning of its program."""
        machine = self._machine(container, pod, sandbox, self.row(container.spec.get("image") or ""))
        container.state = RUNNING
        process = container.process = Process(
            self.loop, machine, False, lambda code, reason: self._ended(container, code, reason)
        )
        process.started_at = container.started_at or self.loop.now()
        self.loop.call_soon(self._resume, process, container, behaviour)

    def _resume(self, process: Process, container: Container, behaviour: Behaviour) -> None:
        try:
            process.run(self._program(process.machine, self.row(container.spec.get("image") or ""), behaviour))
        except StartError:
            process.kill()

    def _machine(self, container: Container, pod: Object, sandbox: Sandbox, row: Image) -> Machine:
        metadata, spec = pod["metadata"], pod["spec"]
        machine = Machine(self, container, metadata.get("namespace", ""), sandbox.ip)
        machine.closed = row.closed
        machine.shared_processes = bool(spec.get("shareProcessNamespace"))
        machine.long_running = _long_running(container.spec, pod, row)
        machine.host_name = seen_name(pod, self.world.domain)
        limit = ((container.spec.get("resources") or {}).get("limits") or {}).get("memory")
        if limit is not None:
            from cluster_core.apimachinery.quantity import whole

            machine.memory_limit = whole(str(limit))
        return machine

    def _program(self, machine: Machine, row: Image, behaviour: Behaviour) -> Program:
        container = machine.container
        container.told = behaviour
        for entry in behaviour.logs:
            if isinstance(entry, str):
                machine.write(entry + "\n")
        if behaviour.start_error:
            raise StartError(behaviour.start_error)
        if behaviour.ends(container.restart_count):
            program = _told(machine, behaviour)
        else:
            program = self._main(machine, row)
        process = machine.process
        if process is not None and (behaviour.serve or behaviour.ignore_term or behaviour.stop_seconds is not None):
            from cluster_core.kubelet.runtime.told import play

            return play(process, behaviour, program)
        return program

    def _main(self, machine: Machine, row: Image) -> Program:
        """What the command line means. Raises StartError."""
        spec = machine.container.spec
        argv = command_line(spec, row)
        if not argv or (row.kind == SERVICE and not spec.get("command")):
            return unknown_program(machine)
        from cluster_core.kubelet.runtime import programs

        if spec.get("stdin") and programs.is_bare_shell(argv):
            return _listening()
        return programs.main_program(machine, [expand(a, machine.environment) if "$" in a else a for a in argv])

    def awaited_shell(self, container: Container) -> list[str]:
        """The command line of a main process that is a shell and waits for somebody to attach and type; empty for others."""
        if not (container.running and container.spec.get("stdin")):
            return []
        from cluster_core.kubelet.runtime import programs

        argv = command_line(container.spec, self.row(container.spec.get("image") or ""))
        return argv if programs.is_bare_shell(argv) else []

    def _ended(self, container: Container, code: int, reason: str) -> None:
        container.state, container.exit_code = EXITED, code
        container.finished_at = self.loop.now()
        container.reason = reason or (OOM_KILLED if container.lost_child else "Completed" if code == 0 else "Error")
        container.message = _termination_message(container)
        self.memory.pop(container.id, None)
        for figure in (self.disk, self.inodes, self.processes):
            figure.pop(container.id, None)
        self.on_change(container)

    def stop(self, container: Container, grace: float) -> Steps:
        """Steps that end a container: TERM (or its own stop signal), then KILL after `grace` seconds."""
        process = container.process
        if process is None or not process.alive:
            return
        ended = Pause()
        process.on_end = ended.end
        signal = ((container.spec.get("lifecycle") or {}).get("stopSignal") or "TERM").removeprefix("SIG")
        if grace > 0:
            timer = self.loop.call_later(grace, process.kill)
            self.loop.call_later(KILL_DELAY, process.signal, signal)
            yield ended
            timer.cancel()
        else:
            process.kill()

    def usage(self, container: Container, path: str, size: int) -> None:
        """A program wrote so many bytes to a path."""
        self.on_usage(container, path, size)

    # -- exec and network

    def exec(
        self,
        container: Container,
        argv: list[str],
        timeout: float | None = None,
        stdin: str = "",
        on_output: Callable[[int, str], None] | None = None,
    ) -> Steps:
        """Steps of a command in a running container; the result is (exit code, stdout, stderr), code None on time-out.

        With `on_output` the output goes there as it comes, as (1 or 2, text). Raises ExecError if there is no such command.
        """
        if container.told is not None and container.told.exec:
            from cluster_core.kubelet.runtime.told import answer_to

            told = answer_to(container.told, argv)
            if told is not None:
                yield told.seconds
                if on_output is not None:
                    on_output(1, told.out)
                    on_output(2, told.err)
                return told.code, told.out, told.err
        from cluster_core.kubelet.runtime import programs

        shell = programs.exec_shell(container, argv, stdin, self.new_id)
        out, err = shell.out, shell.err
        if on_output is not None:
            out.write_out, err.write_out = (partial(on_output, channel) for channel in (1, 2))
        started = self.loop.now()
        program = programs.guarded(shell, argv)
        while True:
            try:
                wait = next(program)
            except StopIteration as stop:
                return int(stop.value or 0) & 255, out.text, err.text
            left = None if timeout is None else timeout - (self.loop.now() - started)
            if left is not None and (wait == FOREVER or wait >= left):
                yield max(left, 0.0)
                return None, out.text, err.text
            yield _awaited(wait, timeout is None)

    def connect(self, address: str, port: int, source: Container) -> str:
        """ "" if something listens there, else the error's text."""
        return self.world.connect(address, port, self.loop.now())

    def speaks_plainly(self, address: str, port: int, container: Container) -> bool:
        """Whether a container's own server there is known to speak HTTP without TLS."""
        process = container.process
        listener = process.listeners.get(port) if process is not None and process.listeners else None
        return listener is not None and listener.kind == "http"

    def request(self, address: str, port: int, path: str, source: Container | None = None) -> Answer:
        """The answer to a GET. Raises FetchError."""
        answer = self.world.request(address, port, path, self.loop.now())
        if isinstance(answer, str):
            raise FetchError(answer)
        return answer


def _awaited(wait: float, patient: bool) -> Any:
    """What a task yields for a program's wait; a long one does not keep the cluster busy."""
    return Pause() if wait == FOREVER else BACKGROUND(wait) if patient and wait > 60 else wait


def waited(program: Generator[float, Any, int]) -> Steps:
    """A program's waits as a task's."""
    for wait in program:
        yield _awaited(wait, True)


def command_line(spec: Object, row: Image) -> list[str]:
    """What a container runs: its command and args, else the image's."""
    command, args = spec.get("command"), spec.get("args")
    if command:
        return [*command, *(args or ())]
    return [*row.entrypoint, *(args if args else row.cmd)]


def _long_running(spec: Object, pod: Object, row: Image) -> bool:
    if row.kind == TASK:
        return False
    if row.kind == SERVICE and not spec.get("command"):
        return True
    if spec.get("restartPolicy") == "Always":
        return True
    if any(c["name"] == spec["name"] for c in pod["spec"].get("initContainers") or ()):
        return False
    return (pod["spec"].get("restartPolicy") or "Always") == "Always"


def _listening() -> Program:
    """A shell that nobody types into: whoever attaches runs commands, and ends it."""
    return forever()


def _told(machine: Machine, behaviour: Behaviour) -> Program:
    """What annotations say: serve for a while, then end."""
    process = machine.process
    if process is not None:
        process.listeners = None
    yield behaviour.after
    if behaviour.oom and process is not None:
        process.kill(OOM_KILLED)
        return 137
    return int(behaviour.exit_code or 0)


def _digest(name: str) -> str:
    import hashlib

    return hashlib.sha256(name.encode()).hexdigest()


def _termination_message(container: Container) -> str:
    files = container.touched_files
    path = container.spec.get("terminationMessagePath") or "/dev/termination-log"
    text = (files.read(path) if files is not None else None) or ""
    if text:
        return text[-4096:]
    if container.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError" and container.exit_code != 0:
        lines = "".join(f"{line}\n" for _, line in container.logs[-80:])
        return lines[-2048:]
    return ""


def expand(text: str, variables: dict[str, str]) -> str:
    """`$(NAME)` by the environment; unknown names stay, `$$` is a dollar sign."""
    pieces, at = [], 0
    while at < len(text):
        if text[at] != "$" or at + 1 == len(text):
            pieces.append(text[at])
            at += 1
        elif text[at + 1] == "$":
            pieces.append("$")
            at += 2
        elif text[at + 1] == "(" and ")" in text[at:]:
            end = text.index(")", at)
            name = text[at + 2 : end]
            pieces.append(variables.get(name, text[at : end + 1]))
            at = end + 1
        else:
            pieces.append("$")
            at += 1
    return "".join(pieces)
