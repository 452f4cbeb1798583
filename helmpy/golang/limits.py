"""How much one function call may make: hostile templates ask for a billion items, honest ones never for a million.

Called by every function whose result can be much larger than its arguments. Must not import them.
"""

from helmpy.golang.types import GoError

MAX_TEXT = 64 << 20
"""Bytes (or characters, which is never more) of one text result."""
MAX_ITEMS = 1_000_000
"""Items of one list result."""


def check_text(length: int, name: str) -> None:
    """Raises GoError if a function `name` is about to build a text of more than MAX_TEXT."""
    if length > MAX_TEXT:
        raise GoError(f"{name}: the result would be longer than {MAX_TEXT} bytes")


def check_items(count: int, name: str) -> None:
    """Raises GoError if a function `name` is about to build a list of more than MAX_ITEMS."""
    if count > MAX_ITEMS:
        raise GoError(f"{name}: the result would hold more than {MAX_ITEMS} items")
