"""--set and its kin: recorded results of the real Helm, and the limits."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmpy.errors import ValuesError
from helmpy.golang import json as go_json
from helmpy.golang.types import Int64
from helmpy.values import sources, strvals

GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "strvals.jsonl"
ROWS = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_parses_as_helm_does(row, tree, sources_of):
    tree(row.get("files") or {})
    given_sources = sources_of(row.get("args") or [row["flag"], row["argument"]])
    if "error" in row:
        with pytest.raises(ValuesError) as caught:
            sources.merge(given_sources)
        assert f"Error: {caught.value}\n" == row["error"]
    else:
        assert go_json.dumps(sources.merge(given_sources)) == row["json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a[65537]=1", "index of 65537 is greater than maximum supported index of 65536"),
        ("a[-1]=1", "negative -1 index not allowed"),
        ("a." * 31 + "b=1", "value name nested level is greater than maximum supported nested level of 30"),
        ("a[99999999999999999999]=1", "error parsing index: strconv.Atoi"),
    ],
)
def test_limits(text, message):
    with pytest.raises(ValuesError, match=message.replace("[", r"\[")):
        strvals.parse(text)


def test_integers_are_int64():
    assert type(strvals.parse("a=5")["a"]) is Int64


@settings(max_examples=300, deadline=None)
@given(
    st.text("ab.,=[]{}\\01-n ", max_size=20),
    st.sampled_from([strvals.parse_into, strvals.parse_string, strvals.parse_json, strvals.parse_literal]),
)
def test_any_text_parses_or_is_refused(text, parse):
    try:
        parse(text, {"a": [1, {"b": 2}], "b": {"a": 1}})
    except ValuesError:
        return
