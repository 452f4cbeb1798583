"""Quantities: exact values, Kubernetes' canonical text, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_core.apimachinery import quantity


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0.5", "500m"),
        ("100m", "100m"),
        ("1000m", "1"),
        ("1000", "1k"),
        ("1500", "1500"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.1Gi", "107374182400m"),
        ("1e3", "1e3"),
        ("12e6", "12e6"),
        ("0.0000000001", "1n"),
        ("-5", "-5"),
        ("1.", "1."),
        ("+1", "+1"),
        ("1.500", "1.500"),
        ("1.50", "1500m"),
        (".", "0"),
        ("007Ki", "007Ki"),
        ("008Ki", "8Ki"),
        ("0", "0"),
        ("9223372036854775808", "9223372036854775807"),
    ],
)
def test_canonical(text: str, canonical: str) -> None:
    assert quantity.canonical(text) == canonical


@pytest.mark.parametrize("text", ["", "x", "1x", "-", "1KiB", "1.2.3", "1 Gi"])
def test_refused(text: str) -> None:
    with pytest.raises(quantity.QuantityError, match="quantities must match the regular expression"):
        quantity.parse(text)


@pytest.mark.parametrize(
    ("a", "b", "total", "order"),
    [("1", "500m", "1500m", 1), ("1Gi", "1024Mi", "2Gi", 0), ("0", "1Mi", "1Mi", -1), ("1k", "24", "1024", 1)],
)
def test_arithmetic(a: str, b: str, total: str, order: int) -> None:
    assert quantity.add(a, b) == total
    assert quantity.compare(a, b) == order


@given(st.integers(0, 10**15), st.sampled_from(["", "m", "k", "Ki", "Mi", "u", "n"]))
def test_canonical_text_means_the_same(number: int, suffix: str) -> None:
    text = f"{number}{suffix}"
    canonical = quantity.canonical(text)
    assert quantity.compare(text, canonical) == 0
    assert quantity.canonical(canonical) == canonical
