"""Reading YAML: recorded results of the real Helm, limits, and the two readers against each other."""

import base64
import json
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmpy.golang import json as go_json
from helmpy.yaml import emitter, lines, loader

GOLDEN = Path(__file__).parents[2] / "golden" / "render" / "yaml_load.jsonl"
ROWS = [json.loads(line) for line in GOLDEN.read_text().splitlines()]


def text_of(row):
    return row["yaml"].encode() if "yaml" in row else base64.b64decode(row["yaml_b64"])


def result_of(read, data):
    try:
        return read(data), None
    except loader.YAMLError as error:
        return None, str(error)


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_reads_as_helm_does(row):
    data = text_of(row)
    mapping, error = result_of(loader.load_map, data)
    assert json.loads(go_json.dumps(mapping if error is None else {"Error": error})) == json.loads(row["from_yaml"])
    items, error = result_of(loader.load_list, data)
    assert json.loads(go_json.dumps(items if error is None else [error])) == json.loads(row["from_yaml_array"])
    values, error = result_of(loader.load_values, data)
    if "error" in row:
        assert f"Error: failed to parse in.yaml: {error}\n" == row["error"]
    elif "json" in row:
        assert go_json.dumps(values) == go_json.dumps(json.loads(row["json"], parse_int=float))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("a: 1.0", {"a": 1.0}),
        ("a: 9223372036854775807", {"a": 9223372036854775807}),
        ("a: 9223372036854775808", {"a": 9223372036854775808.0}),
        ("a: 0x10", {"a": 16}),
    ],
)
def test_keeps_integers_when_asked(text, value):
    loaded = loader.load(text, integers=True)
    assert loaded == value
    assert type(loaded["a"]) is type(value["a"])


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("18446744073709551615", 18446744073709551615),
        ("-9223372036854775808", -9223372036854775808),
        ("-0x8000000000000000", -9223372036854775808),
        ("18446744073709551616", 18446744073709551616.0),
        ("-9223372036854775809", -9223372036854775809.0),
    ],
)
@pytest.mark.parametrize("text", ["a: {}", "{{a: {} }}"])
def test_keeps_unsigned_integers_when_asked(text, number, value):
    assert repr(loader.load(text.format(number), unsigned=True)) == repr({"a": value})


def test_numbers_are_floats_by_default():
    assert [type(item) for item in loader.load("[1, 0x10, 1_000, 1.5]")] == [float] * 4


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("a: 1\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
        ("---\na: 1\n--- # comment\n---\nb: 2", [{"a": 1}, {"b": 2}]),
        ("", []),
        ("---\n", [None]),
        ("a: |\n  x\n--- \nb: 2\r\n", [{"a": "x\n"}, {"b": 2}]),
    ],
)
def test_splits_documents(text, documents):
    assert loader.load_all(text) == documents


def test_a_separator_takes_nothing_else():
    with pytest.raises(loader.YAMLError, match="invalid Yaml document separator: x"):
        loader.load_all("a: 1\n---x\n")


def test_the_name_goes_in_front():
    with pytest.raises(loader.YAMLError, match=r"^in\.yaml: error converting YAML to JSON: yaml: line 2: "):
        loader.load("a: 1\nb: [", name="in.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", 'line 2: key "a" already set in map'),
        ("m: {a: 1, a: 2}", 'line 1: key "a" already set in map'),
    ],
)
def test_repeated_keys_can_be_refused(text, message):
    with pytest.raises(loader.YAMLError, match=message):
        loader.load(text, unique=True)
    assert loader.load(text) is not None


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "yaml: document contains excessive aliasing"),
        ("[" * 10_001, "yaml: exceeded max depth of 10000"),
        ("{a: " * 10_001, "yaml: exceeded max depth of 10000"),
        ("- " * 10_001, "yaml: exceeded max depth of 10000"),
        ("a: &a [*a]", "yaml: anchor 'a' value contains itself"),
        ("a: " + "[" * 200_000, "yaml: exceeded max depth of 10000"),
        ("x: " + "'" * 200_001, "yaml: found unexpected end of stream"),
        ("? " * 5000, "yaml: "),
    ],
    ids=["bomb", "lists", "maps", "entries", "cycle", "many", "quotes", "keys"],
)
def test_hostile_text_is_refused_at_once(text, message):
    started = time.process_time()
    _, error = result_of(loader.load, text)
    assert time.process_time() - started < 3
    assert error is None or message in error


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogateescape")))
def test_any_bytes_load_or_are_refused(data):
    result_of(loader.load, data)


WORDS = st.sampled_from(
    [
        *"a b key: - -- ? : | > |- >+ 'x' [1,2] {a: 1} # #c &x *x !!str 1 1.5 true ~ null . .5 <<: = 'it''s'".split(),
        *('"y"', "\n", "\n  ", "\n- ", "\n    ", " ", "  ", "\n\n"),
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(WORDS, max_size=14).map("".join), st.sampled_from([loader.NO_INTEGERS, loader.INT64, loader.UNSIGNED]))
def test_the_fast_reader_agrees_with_the_exact_one(text, whole):
    try:
        fast = lines.read(text.encode(), whole=whole)
    except lines.UnusualError:
        return
    assert repr(loader.exactly(text.encode(), whole=whole)) == repr(fast)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=120),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab1_-. é", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_what_is_written_is_read_back(value):
    assert loader.load(emitter.dump(value)) == value
    assert loader.load(emitter.dump_pretty(value)) == value


@pytest.mark.parametrize("text", ["x" * 1_000_000, "[" + "x:" * 500_000 + "x]"])
def test_long_plain_scalars_take_little_memory(text):
    tracemalloc.start()
    try:
        loader.exactly(text.encode())
        assert tracemalloc.get_traced_memory()[1] < 20 * len(text)
    finally:
        tracemalloc.stop()
