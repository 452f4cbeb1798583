"""How much templates may do: a hostile chart ends with an error instead of running for hours or filling the memory.

One `Budget` goes with all templates of a rendering; steps are the runs of loop bodies and of templates. The largest public
charts take some 100,000 steps. Called by `templates` and, for every loop, by the templates themselves.
"""

from collections.abc import Iterator

from helmpy.annotations import Any
from helmpy.gotemplate import runtime
from helmpy.gotemplate.errors import OperationError

MAX_STEPS = 10_000_000
MAX_TEXT = 100_000_000  # characters that are being written, by templates that have not ended
MAX_PIECES = 5_000_000  # of such text
_BATCH = 64  # steps between two looks at what was written


class Budget:
    """What is left of the steps, and what is being written."""

    __slots__ = ("_seen", "left", "next_look", "written")

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps
        self.next_look = steps - _BATCH
        self.written: list[list[str]] = []
        """The output of each template that is running, outermost first; templates add and remove their own."""
        self._seen: list[tuple[int, int, int]] = []  # identity, pieces and characters of each at the last look

    def spend(self, steps: int) -> None:
        """Take some steps. Raises OperationError when there are none left, or too much was written."""
        self.left -= steps
        if self.left < self.next_look:
            if self.left < 0:
                raise OperationError(f"the templates take more than {MAX_STEPS} steps")
            self.next_look = self.left - _BATCH
            self.look()

    def look(self) -> None:
        """See what was written since the last look. Raises OperationError when it is too much."""
        now: list[tuple[int, int, int]] = []
        for index, pieces in enumerate(self.written):
            _, seen, size = self._seen[index] if index < len(self._seen) else (0, 0, 0)
            if not seen or self._seen[index][0] != id(pieces):
                seen = size = 0
            now.append((id(pieces), len(pieces), size + sum(map(len, pieces[seen:]))))
        self._seen = now
        if sum(size for _, _, size in now) > MAX_TEXT or sum(count for _, count, _ in now) > MAX_PIECES:
            raise OperationError(f"the templates write more than {MAX_TEXT} characters")

    # --- loops ---

    def items(self, value: Any) -> Any:
        """What a range without an index goes through (see `runtime.items`)."""
        return self._paid(runtime.items(value))

    def pairs(self, value: Any) -> Any:
        """What a range with an index goes through."""
        return self._paid(runtime.pairs(value))

    def _paid(self, found: Any) -> Any:
        """The same, paid for at once, or as it is used: long loops may end early, or write much."""
        try:
            size = len(found)
        except OverflowError:  # more than Python counts
            return self._paid_in_batches(found)
        if size > _BATCH:
            return self._paid_in_batches(found)
        self.spend(size)
        return found

    def _paid_in_batches(self, found: Any) -> Iterator[Any]:
        for count, item in enumerate(found):
            if count % _BATCH == 0:
                self.spend(_BATCH)
            yield item
