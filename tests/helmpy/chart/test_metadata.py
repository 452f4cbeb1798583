import pytest

from helmpy.chart.metadata import Lock, Metadata, sanitize
from helmpy.errors import ChartError
from helmpy.golang.types import GoError

GOOD = "apiVersion: v2\nname: c\nversion: 0.1.0\n"


def test_scalars_become_texts_as_the_yaml_reader_sees_them():
    metadata = Metadata.load(
        GOOD + "appVersion: 1.10\ndescription: yes\nhome: 0x10\nicon: 12345678\nkubeVersion: 1e3\ntype: ~\n"
        "annotations: {b: 1, a: true, n: no}\nkeywords: [1, 2.50]\n"
    )
    assert (metadata.app_version, metadata.description, metadata.home) == ("1.1", "true", "16")
    assert (metadata.icon, metadata.kube_version, metadata.type) == ("12345678", "1000", "")
    assert metadata.annotations == {"b": "1", "a": "true", "false": "false"}
    assert metadata.keywords == ["1", "2.5"]
    assert Metadata.load("appVersion: 1.23456789").app_version == "1.2345679"


def test_keys_match_in_any_case_and_unknown_ones_are_dropped():
    metadata = Metadata.load("APIVERSION: v2\nname: c\nVersion: 0.1.0\nnope: {a: 1}\n")
    assert metadata.to_dict() == {"apiVersion": "v2", "name": "c", "version": "0.1.0"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]", "json: cannot unmarshal array into Go value of type v2.Metadata"),
        ("name: [a]", "json: cannot unmarshal array into Go struct field Metadata.name of type string"),
        ("keywords: a", "json: cannot unmarshal string into Go struct field Metadata.keywords of type []string"),
        ("deprecated: 1", "json: cannot unmarshal number into Go struct field Metadata.deprecated of type bool"),
        (
            "annotations: [1]",
            "json: cannot unmarshal array into Go struct field Metadata.annotations of type map[string]string",
        ),
        (
            "dependencies: [{tags: x}]",
            "json: cannot unmarshal string into Go struct field Dependency.dependencies.tags of type []string",
        ),
        (
            "maintainers: [x]",
            "json: cannot unmarshal string into Go struct field Metadata.maintainers of type v2.Maintainer",
        ),
    ],
)
def test_wrong_types_name_the_field(text, problem):
    with pytest.raises(GoError) as caught:
        Metadata.load(text)
    assert str(caught.value) == f"error unmarshaling JSON: while decoding JSON: {problem}"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "chart.metadata.apiVersion is required"),
        ("apiVersion: v2", "chart.metadata.name is required"),
        ('apiVersion: v2\nname: "\\u200b"', "chart.metadata.name is required"),
        ("apiVersion: v2\nname: .", 'chart.metadata.name "." is not allowed'),
        ("apiVersion: v2\nname: ..", 'chart.metadata.name ".." is not allowed'),
        ("apiVersion: v2\nname: ../x", 'chart.metadata.name "../x" is invalid'),
        ("apiVersion: v2\nname: 'a\\b'", 'chart.metadata.name "a\\\\b" is invalid'),
        ("apiVersion: v2\nname: 'c:x'", 'chart.metadata.name "c:x" is invalid'),
        ("apiVersion: v2\nname: c", "chart.metadata.version is required"),
        ("apiVersion: v2\nname: c\nversion: bad", 'chart.metadata.version "bad" is invalid'),
        (GOOD + "type: lib", "chart.metadata.type must be application or library"),
        (GOOD + "maintainers: [null]", "maintainers must not contain empty or null nodes"),
        (GOOD + "dependencies: [null]", "dependencies must not contain empty or null nodes"),
        (GOOD + "dependencies: [{name: a}, {name: a}]", 'more than one dependency with name or alias "a"'),
        (GOOD + "dependencies: [{name: a}, {name: b, alias: a}]", 'more than one dependency with name or alias "a"'),
        (GOOD + "dependencies: [{name: a, alias: ../b}]", 'dependency "a" has disallowed characters in the alias'),
        (GOOD + "dependencies: [{name: a, alias: é}]", 'dependency "a" has disallowed characters in the alias'),
    ],
)
def test_rules(text, problem):
    with pytest.raises(ChartError) as caught:
        Metadata.load(text).validate()
    assert str(caught.value) == f"validation: {problem}"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("plain", "plain"),
        ("a\tb\nc", "a b c"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("a\u200bb\u202ec", "abc"),
        ("\u00a0x\u2028", " x "),
        ("é😀", "é😀"),
    ],
)
def test_texts_are_fit_for_a_terminal(text, clean):
    assert sanitize(text) == clean


@pytest.mark.parametrize(
    ("text", "generated"),
    [
        ('generated: "2020-01-02T03:04:05.678000Z"\n', "2020-01-02T03:04:05.678Z"),
        ('generated: "2020-01-02T03:04:05+00:00"\n', "2020-01-02T03:04:05Z"),
        ('generated: "2020-01-02T03:04:05.123456789-07:00"\n', "2020-01-02T03:04:05.123456789-07:00"),
        ("digest: x\n", "0001-01-01T00:00:00Z"),
    ],
)
def test_lock_times(text, generated):
    lock = Lock.load(text)
    assert lock
    assert lock.generated == generated


@pytest.mark.parametrize(
    ("text", "dependencies"),
    [
        ("{}", None),
        ("digest: x", None),
        ("dependencies: null", None),
        ("dependencies: []", []),
        ("dependencies: [null]", [None]),
    ],
)
def test_lists_of_locks_are_written_as_they_were(text, dependencies):
    lock = Lock.load(text)
    assert lock
    assert lock.to_dict()["dependencies"] == dependencies


def test_empty_lock():
    assert Lock.load("") is None
    with pytest.raises(GoError, match="parsing time"):
        Lock.load("generated: soon\n")
