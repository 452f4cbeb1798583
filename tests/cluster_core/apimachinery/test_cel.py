"""The expression language alone: values, refusals, and bounds on what an expression may cost."""

from contextlib import suppress
from typing import Any

import pytest

from cluster_core.apimachinery.cel import (
    CompileError,
    CostLimitError,
    EvaluationError,
    InstantiationError,
    compile_expression,
)
from cluster_core.apimachinery.cel.types import DYN, INT, STRING, list_of

TYPES = {"self": DYN, "n": INT, "texts": list_of(STRING)}
VALUES: dict[str, Any] = {"self": {"a": 1, "l": [1, 2]}, "n": 7, "texts": ["x", "y"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("-7 / 2", -3),
        ("-7 % 3", -1),
        ("1u + 2u", 3),
        ("7.0 / 2.0", 3.5),
        ("1 < 1.5", True),
        ("1 == 1.0 || dyn(1) == 1.0", None),
        ("dyn(1) == dyn(1u)", True),
        ("dyn(true) == dyn(1)", False),
        ("self.a == 1 && has(self.l) && !has(self.zz)", True),
        ("self.?zz.orValue(9)", 9),
        ("texts.map(t, t + '!')", ["x!", "y!"]),
        ("texts.exists(t, t == 'y')", True),
        ("[1, 2, 3].filter(i, i > 1)", [2, 3]),
        ("{'a': 1}.transformMap(k, v, v + 1)", {"a": 2}),
        ("(1 / 0 == 1) || true", True),
        ("false && (1 / 0 == 1)", False),
        ("string(1.0) + string(1e21) + string(true)", "11e+21true"),
        ("string(duration('90m'))", "5400s"),
        ("timestamp('2020-01-31T00:00:00Z') + duration('24h') == timestamp('2020-02-01T00:00:00Z')", True),
        ("'%s has %d, %.1f and %x'.format(['a', 2, 1.25, 255])", "a has 2, 1.2 and ff"),
        ("'\\u00e9\\x41\\n'.size()", 3),
        ("b'\\xff'.size()", 1),
        ("r'\\d' == '\\\\d'", True),
        ("optional.of(2).optMap(x, x * 2).value()", 4),
    ],
)
def test_value(text: str, value: Any) -> None:
    if value is None:
        with pytest.raises(CompileError, match=r"no matching overload for '_==_' applied to '\(int, double\)'"):
            compile_expression(text, TYPES)
        return
    assert compile_expression(text, TYPES).run(VALUES) == value


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("9223372036854775807 + n", "integer overflow"),
        ("0u - 1u", "unsigned integer overflow"),
        ("n / 0", "division by zero"),
        ("n % 0", "modulus by zero"),
        ("self.zz", "no such key: zz"),
        ("texts[2]", "index out of bounds: 2"),
        ("dyn('a') + dyn(1)", "no such overload"),
        ("optional.none().value()", "optional.none() dereference"),
        ("int(texts[0])", "type conversion error from 'string' to 'int'"),
        ("duration(texts[0])", "type conversion error from 'string' to 'duration'"),
    ],
)
def test_refused_at_run_time(text: str, problem: str) -> None:
    with pytest.raises(EvaluationError) as error:
        compile_expression(text, TYPES).run(VALUES)
    assert str(error.value) == problem


def test_constants_are_converted_first() -> None:
    with pytest.raises(InstantiationError, match=r"type conversion error from 'string' to 'int'"):
        compile_expression("int('x') == 1", TYPES)


def test_work_is_bounded() -> None:
    many = list(range(300))
    text = "self.all(a, self.all(b, self.all(c, a + b + c >= 0)))"
    with pytest.raises(CostLimitError):
        compile_expression(text, TYPES).run({"self": many})


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "[" * 5_000, "!" * 20_000 + "true", "1+" * 50_000 + "1", "a" * 200_000]
)
def test_hostile_text(text: str) -> None:
    """Refused or run, but never a crash."""
    with suppress(CompileError, EvaluationError):
        compile_expression(text, TYPES).run(VALUES)
