"""Times in the API's two forms."""

import calendar
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_core.apimachinery import timestamps


@given(st.integers(0, 4_102_444_800))
def test_there_and_back(second: int) -> None:
    text = timestamps.rfc3339(second)
    assert timestamps.parse(text) == second
    assert calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) == second


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("2024-02-29T12:00:00Z", 1709208000.0),
        ("2026-01-02T03:04:05+01:00", 1767319445.0),
        ("2026-01-02T03:04:05.250000Z", 1767323045.25),
    ],
)
def test_parse(text: str, moment: float) -> None:
    assert timestamps.parse(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "never",
        "2026-01-02",
        "2026-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01 00:00:00Z",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        timestamps.parse(text)


def test_micro() -> None:
    assert timestamps.rfc3339_micro(1767323045.25) == "2026-01-02T03:04:05.250000Z"
