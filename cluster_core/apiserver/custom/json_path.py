"""The simple JSON paths of printer columns and selectable fields: fields, indexes, `[*]`, and equality filters."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=512)
def _steps(path: str) -> tuple[str, ...]:
    """`.a\\.b[0].c` as ("a.b", "[0]", "c")."""
    steps: list[str] = []
    word, index = "", 0
    while index < len(path):
        char = path[index]
        if char == "\\" and index + 1 < len(path):
            word += path[index + 1]
            index += 2
            continue
        if char == "[":
            end = path.find("]", index)
            end = len(path) if end < 0 else end
            steps += [word] if word else []
            steps.append(path[index : end + 1])
            word, index = "", end + 1
            continue
        if char == ".":
            steps += [word] if word else []
            word = ""
        else:
            word += char
        index += 1
    return (*steps, word) if word else tuple(steps)


def first(obj: Any, path: str) -> Any:
    """The first value that the path finds; None if there is none."""
    return next(_find(obj, _steps(path)), None)


def _find(value: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    for found in _matches(value, step):
        yield from _find(found, rest)


def _matches(value: Any, step: str) -> Iterator[Any]:
    if not step.startswith("["):
        if isinstance(value, dict) and step in value:
            yield value[step]
        return
    inner = step[1:-1]
    if inner == "*":
        yield from value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    elif inner.startswith("?("):
        yield from _filtered(value, inner[2:-1])
    elif inner.lstrip("-").isdigit():
        if isinstance(value, list) and -len(value) <= int(inner) < len(value):
            yield value[int(inner)]
    elif isinstance(value, dict) and inner.strip("\"'") in value:
        yield value[inner.strip("\"'")]


def _filtered(value: Any, condition: str) -> Iterator[Any]:
    """Items for which `@.name=="text"` holds."""
    left, _, right = condition.partition("==")
    steps, wanted = _steps(left.strip().removeprefix("@")), right.strip().strip("\"'")
    for item in value if isinstance(value, list) else ():
        if any(str(found) == wanted for found in _find(item, steps)):
            yield item
