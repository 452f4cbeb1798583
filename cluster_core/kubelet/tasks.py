"""Sequential code on the single-threaded loop: a task is a generator that yields what it waits for.

`yield 2.5` waits that many seconds, `yield BACKGROUND(2.5)` does so without keeping the cluster busy, `yield task` waits for
another task, `yield pause` until somebody calls `pause.end()`. Must know nothing of pods.
"""

from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any, NamedTuple

from cluster_core.clock import Loop, Timer

Steps = Generator[Any, Any, Any]


class BACKGROUND(NamedTuple):
    """A wait in seconds that does not count as activity."""

    seconds: float


class Cancelled(BaseException):
    """Raised inside a task that is being cancelled, at the place where it waits."""


class Pause:
    """Something to wait for; `end` wakes all who wait, with a result."""

    __slots__ = ("_waiting", "ended", "result")

    def __init__(self) -> None:
        self.ended = False
        self.result: Any = None
        self._waiting: list[Callable[[], None]] = []

    def then(self, callback: Callable[[], None]) -> None:
        """Call back once it has ended (at once, if it has)."""
        if self.ended:
            callback()
        else:
            self._waiting.append(callback)

    def end(self, result: Any = None) -> None:
        """It has happened; a second call is ignored."""
        if not self.ended:
            self.ended, self.result = True, result
            waiting, self._waiting = self._waiting, []
            for callback in waiting:
                callback()


class Task(Pause):
    """A running generator; it has ended when the generator returns, with its return value as `result`."""

    __slots__ = ("_loop", "_steps", "_timer", "_turn")

    def __init__(self, loop: Loop, steps: Steps) -> None:
        super().__init__()
        self._loop, self._steps = loop, steps
        self._timer: Timer | None = None
        self._turn = 0
        self._advance(None)

    def _advance(self, value: Any) -> None:
        self._timer = None
        self._turn += 1
        try:
            awaited = self._steps.send(value)
        except StopIteration as stop:
            self.end(stop.value)
            return
        self._wait_for(awaited)

    def _wait_for(self, awaited: Any) -> None:
        if isinstance(awaited, (int, float)):
            self._timer = self._loop.call_later(awaited, self._advance, None)
        elif isinstance(awaited, BACKGROUND):
            self._timer = self._loop.call_later(awaited.seconds, self._advance, None, background=True)
        else:
            turn = self._turn
            awaited.then(lambda: self._resume(turn, awaited))

    def _resume(self, turn: int, awaited: Pause) -> None:
        if turn == self._turn and not self.ended:
            self._advance(awaited.result)

    def cancel(self) -> None:
        """Stop where it waits; `finally` blocks run. Must not be called from inside the task itself."""
        if self.ended:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._turn += 1
        with suppress(Cancelled, StopIteration):
            self._steps.throw(Cancelled())
        self.end(None)


def together(loop: Loop, many: list[Steps]) -> Steps:
    """Steps that run several at the same time and end when all have ended; the results in order."""
    tasks = [Task(loop, steps) for steps in many]
    yield from tasks
    return [task.result for task in tasks]
