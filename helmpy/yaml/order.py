"""The order of mapping keys in YAML output: natural, so that a2 comes before a10.

Called by the emitter. yaml.v2 and yaml.v3 differ where a digit run meets a letter.
"""

from collections.abc import Callable
from functools import cmp_to_key, lru_cache

from helmpy.golang.types import wrap64

_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz./-")
_SIMPLE = (_LOWER | {"_"}, _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
"""Keys of these characters alone have the natural order of their characters."""


@lru_cache(maxsize=4096)
def compact(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys as yaml.v2 sorts them."""
    return _ordered(keys, digits_first=False)


@lru_cache(maxsize=4096)
def pretty(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys as yaml.v3 sorts them."""
    return _ordered(keys, digits_first=True)


def _ordered(keys: tuple[str, ...], *, digits_first: bool) -> tuple[str, ...]:
    if len(keys) < 2:
        return keys
    if any(allowed.issuperset("".join(keys)) for allowed in _SIMPLE):
        return tuple(sorted(keys))
    return tuple(sorted(sorted(keys), key=cmp_to_key(_comparison(digits_first))))


def _comparison(digits_first: bool) -> Callable[[str, str], int]:
    def compare(left: str, right: str) -> int:
        if left == right:
            return 0
        return -1 if _less(left, right, digits_first) else 1

    return compare


def _less(left: str, right: str, digits_first: bool) -> bool:
    at = next((i for i, (one, two) in enumerate(zip(left, right, strict=False)) if one != two), None)
    if at is None:
        return len(left) < len(right)
    one, two = left[at], right[at]
    if one.isalpha() and two.isalpha():
        return one < two
    if one.isalpha() or two.isalpha():
        after_digit = digits_first and at > 0 and left[at - 1].isdecimal()
        return one.isalpha() if after_digit else two.isalpha()
    lead = 1 if "0" in (one, two) and _in_number(left, at) else 0
    left_number, left_end = _digits(left, at, lead)
    right_number, right_end = _digits(right, at, lead)
    if left_number != right_number:
        return left_number < right_number
    return left_end < right_end if left_end != right_end else one < two


def _in_number(text: str, at: int) -> bool:
    """Whether the digits right before `at` hold one that is not 0."""
    while at > 0 and text[at - 1].isdecimal():
        at -= 1
        if text[at] != "0":
            return True
    return False


def _digits(text: str, at: int, number: int) -> tuple[int, int]:
    while at < len(text) and text[at].isdecimal():
        number = number * 10 + ord(text[at]) - ord("0")
        at += 1
    return wrap64(number), at  # Go counts in 64 bits
