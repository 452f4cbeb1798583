"""A program running in virtual time: a generator that yields seconds to wait, or FOREVER.

Started and signalled by the runtime; programs live in `programs` and `shell`.
"""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.clock import Loop, Timer

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.machine import Machine

Program = Generator[float, Any, int]
FOREVER = -1.0


def ended(code: int, after: float = 0.0) -> Program:
    """Ends with a code, `after` seconds from now."""
    if after:
        yield after
    return code


def forever() -> Program:
    """Runs until it is stopped."""
    while True:
        yield FOREVER


BUSY_SECONDS = 600.0
"""For so long the waits of a program that is expected to end keep the cluster busy."""

SHORTEST = 0.1
"""Seconds that even the shortest program lives, so that its start is seen."""
KILLED = 137


class Answer(NamedTuple):
    """What a client gets from a port, after `delay` seconds."""

    status: int = 200
    body: str = ""
    location: str = ""
    delay: float = 0.0


class Listener:
    """What a program answers on one port, from `opens_at` on. `answer(path)` is asked for every HTTP request."""

    __slots__ = ("answer", "kind", "opens_at")

    def __init__(self, kind: str, opens_at: float = 0.0, answer: Callable[[str], Answer] | None = None) -> None:
        self.kind, self.opens_at = kind, opens_at
        self.answer = answer or (lambda path: Answer())


class Process:
    """The main process of a container."""

    __slots__ = (
        "_ended",
        "_finite",
        "_loop",
        "_program",
        "_timer",
        "listeners",
        "machine",
        "on_end",
        "started_at",
        "traps",
    )

    def __init__(self, loop: Loop, machine: "Machine", finite: bool, ended: Callable[[int, str], None]) -> None:
        self._loop, self.machine, self._finite, self._ended = loop, machine, finite, ended
        self._program: Program | None = None
        self._timer: Timer | None = None
        self.started_at = loop.now()
        self.listeners: dict[int, Listener] | None = {}
        """Ports served; None: whatever is asked, the answer is good (a program nobody knows)."""
        self.traps: dict[str, Callable[[], Program] | None] = {}
        """What a signal starts; None ignores it. A signal without entry is ignored too, as by any process number 1."""
        self.on_end: Callable[[], Any] = lambda: None
        """Called after it has ended."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._program is not None

    @property
    def program(self) -> Program | None:
        """What runs."""
        return self._program

    def run(self, program: Program) -> None:
        """Start (or replace what runs, as exec does)."""
        self._cancel()
        self._program = program
        self._advance()

    def _advance(self) -> None:
        self._timer = None
        program = self._program
        if program is None:
            return
        try:
            wait = next(program)
        except StopIteration as stop:
            if self._program is program:
                self._finish(int(stop.value or 0) & 255)
            return
        if self._program is not program:
            return
        if wait != FOREVER:
            busy = self._finite and self._loop.now() - self.started_at < BUSY_SECONDS
            self._timer = self._loop.call_later(wait, self._advance, background=not busy)

    def _finish(self, code: int) -> None:
        """The program is done; nothing ends in the very instant of its start."""
        if self._loop.now() == self.started_at:
            self._program = _linger(code)
            self._advance()
        else:
            self._end(code, "")

    def signal(self, name: str) -> None:
        """Deliver TERM, USR1 …; KILL ends it at once with 137."""
        if self._program is None:
            return
        if name == "KILL":
            self.kill()
            return
        handler = self.traps.get(name)
        if handler is not None:
            program = handler()
            self._cancel()
            self._program = program
            self._advance()

    def kill(self, reason: str = "", code: int = KILLED) -> None:
        """End it from outside."""
        if self._program is not None:
            self._end(code, reason)

    def _end(self, code: int, reason: str) -> None:
        self._cancel()
        self._program = None
        self._ended(code, reason)
        self.on_end()

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _linger(code: int) -> Program:
    yield SHORTEST
    return code
