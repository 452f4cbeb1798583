"""`tool`: one program that plays any kind of container, for tests of charts and of the cluster itself.

    tool pause                          runs until TERM, then ends with 0
    tool ignoreterm                     runs until killed
    tool term -code N -delay S          on TERM ends with N after S seconds
    tool exit -code N -after S          ends with N after S seconds
    tool lines -n N -every S -code C -after S   writes lines, then waits and ends with C
    tool http -status N -after S -delay S -location URL   serves port 8080 (from S seconds on)
    tool tcp -after S                   accepts connections on port 8080
    tool mem -mb N -after S             uses memory; killed if that is beyond its limit

The HTTP server also knows /set?code=N (answer N from now on) and /failafter?s=N (500 once it runs for N seconds).
"""

from collections.abc import Callable, Generator
from typing import Any

from cluster_core.kubelet.runtime.machine import Machine
from cluster_core.kubelet.runtime.process import Answer, Listener, Program, ended, forever

PORT = 8080
NO_HANDLER = 2
"""Exit code of a Go program that gets TERM and has no handler for it."""


def tool(machine: Machine, args: list[str], child: bool = False) -> Generator[float, Any, int]:
    """The program of `tool ARGS`; `child`: beside a shell that is the container's own program."""
    options = _options(args[1:])
    play = _PLAYS.get(args[0] if args else "")
    if play is None:
        machine.write("usage: tool pause|ignoreterm|term|exit|lines|http|tcp|mem\n")
        return ended(2)
    process = machine.process
    if child:
        options["child"] = "yes"
    elif process is not None:
        process.traps["TERM"] = lambda: ended(NO_HANDLER)
    return play(machine, options)


def _options(args: list[str]) -> dict[str, str]:
    return {args[i].lstrip("-"): args[i + 1] for i in range(0, len(args) - 1, 2)}


def _seconds(options: dict[str, str], name: str, default: float = 0.0) -> float:
    try:
        return float(options.get(name, default))
    except ValueError:
        return default


def _pause(machine: Machine, options: dict[str, str]) -> Program:
    if machine.process is not None:
        machine.process.traps["TERM"] = lambda: ended(0)
    return forever()


def _ignore(machine: Machine, options: dict[str, str]) -> Program:
    if machine.process is not None:
        machine.process.traps["TERM"] = None
    return forever()


def _term(machine: Machine, options: dict[str, str]) -> Program:
    code, delay = int(_seconds(options, "code")), _seconds(options, "delay")
    if machine.process is not None:
        machine.process.traps["TERM"] = lambda: ended(code, delay)
    return forever()


def _exit(machine: Machine, options: dict[str, str]) -> Program:
    return ended(int(_seconds(options, "code")), _seconds(options, "after"))


def _lines(machine: Machine, options: dict[str, str]) -> Program:
    every = _seconds(options, "every")
    for number in range(1, min(int(_seconds(options, "n", 1)), 10_000) + 1):
        machine.write(f"line {number}\n")
        if number % 3 == 0:
            machine.write(f"err {number}\n")
        if every:
            yield every
    yield _seconds(options, "after")
    return int(_seconds(options, "code"))


class _Server:
    """The HTTP server's memory: which code it answers."""

    def __init__(self, machine: Machine, options: dict[str, str]) -> None:
        self.machine, self.started_at = machine, machine.now()
        self.status = int(_seconds(options, "status", 200))
        self.location, self.delay = options.get("location", ""), _seconds(options, "delay")

    def answer(self, path: str) -> Answer:
        name, _, query = path.partition("?")
        value = _seconds(dict([query.partition("=")[::2]]), "code" if name == "/set" else "s", 200)
        if name == "/set":
            self.status = int(value)
            return Answer(200, "ok\n")
        if name == "/failafter":
            broken = self.machine.now() - self.started_at >= value
            return Answer(500 if broken else 200, "broken\n" if broken else "ok\n")
        body = "ok\n" if self.status == 200 else f"code {self.status}"
        return Answer(self.status, body, self.location or ("/ok" if self.status == 302 else ""), self.delay)


def _http(machine: Machine, options: dict[str, str]) -> Program:
    return _listen(machine, options, "http", _Server(machine, options).answer)


def _tcp(machine: Machine, options: dict[str, str]) -> Program:
    return _listen(machine, options, "tcp", None)


def _listen(machine: Machine, options: dict[str, str], kind: str, answer: Callable[[str], Answer] | None) -> Program:
    process = machine.process
    if process is not None and process.listeners is not None:
        process.listeners[PORT] = Listener(kind, machine.now() + _seconds(options, "after"), answer)
    return forever()


def _mem(machine: Machine, options: dict[str, str]) -> Program:
    wanted = int(_seconds(options, "mb")) * 1024 * 1024
    yield 0.5
    if not machine.engine.use_memory(machine.container, wanted, "child" in options):
        return 137
    yield _seconds(options, "after")
    return int(_seconds(options, "code"))


_PLAYS = {
    "pause": _pause,
    "ignoreterm": _ignore,
    "term": _term,
    "exit": _exit,
    "lines": _lines,
    "http": _http,
    "tcp": _tcp,
    "mem": _mem,
}
