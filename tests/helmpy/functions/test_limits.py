"""Functions refuse to make what no chart needs, at once and without the memory."""

import time

import pytest

from helmpy.functions import registry
from helmpy.golang.types import GoError

MANY = 10**9
LONG = "x" * 10_000
HUGE = "x" * 40_000_000
DEEP: dict[str, object] = {}
DEEP["self"] = DEEP


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("until", (MANY,)),
        ("until", (-MANY,)),
        ("untilStep", (0, MANY, 1)),
        ("seq", (MANY,)),
        ("repeat", (MANY, "x")),
        ("repeat", (10**18, "x")),
        ("indent", (MANY, "x")),
        ("nindent", (MANY, "x")),
        ("replace", ("x", LONG, LONG)),
        ("join", (LONG, list(LONG))),
        ("wrapWith", (1, LONG, LONG)),
        ("cat", (HUGE, HUGE)),
        ("toString", ([HUGE, HUGE],)),
        ("quote", ([HUGE, HUGE],)),
        ("splitList", ("", "x" * 2_000_000)),
        ("randAlphaNum", (MANY,)),
        ("randBytes", (MANY,)),
        ("regexReplaceAll", ("x", LONG, LONG)),
        ("regexReplaceAll", (".", "x" * 1_000_001, "y")),
        ("merge", (DEEP, DEEP)),
        ("deepCopy", (DEEP,)),
        ("mustRegexMatch", ("((((a{99}){99}){99}){99})", "a")),
        ("mustRegexMatch", ("(" * 5000 + ")" * 5000, "a")),
        ("mustToJson", (DEEP,)),
        ("mustToYaml", (DEEP,)),
    ],
)
def test_refused(name: str, arguments: tuple[object, ...]) -> None:
    """One clear error, quickly."""
    function = registry.get(name)
    assert function is not None
    started = time.process_time()
    with pytest.raises(GoError):
        function.call(*arguments)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("(a+)+$", "a" * 50_000 + "b"), ("(a|aa)*c", "a" * 50_000), ("(.*)*x", "y" * 50_000)],
)
def test_no_pattern_takes_exponential_time(pattern: str, text: str) -> None:
    """Patterns that ruin backtracking engines."""
    function = registry.get("regexMatch")
    assert function is not None
    started = time.monotonic()
    assert function.call(pattern, text) is False
    assert time.monotonic() - started < 2
