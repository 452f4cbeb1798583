"""YAML, JSON and TOML of the values that only functions make: typed lists and maps, times, versions, nil lists."""

import pytest

from helmpy.functions import registry
from helmpy.golang.types import GoError


def call(name: str, *arguments: object) -> object:
    """A function's result."""
    function = registry.get(name)
    assert function is not None
    return function.call(*arguments)


def make_values() -> dict[str, object]:
    """One value of each kind that YAML files do not hold."""
    moment = call("toDate", "2006-01-02T15:04:05Z07:00", "2019-03-31T01:59:59.5+02:00")
    return {
        "d": call("mustToDuration", "5s"),
        "l": [moment, call("semver", "1.2.3")],
        "m": moment.month(),  # type: ignore[attr-defined]
        "nil": call("rest", []),
        "s": call("splitList", ",", "x,y"),
        "sm": call("split", ",", "x,y"),
        "t": moment,
        "u": call("until", 2),
    }


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        (
            "toYaml",
            (
                'd: 5000000000\nl:\n- "2019-03-31T01:59:59.5+02:00"\n- 1.2.3\nm: 3\nnil: null\ns:\n- x\n- "y"\n'
                'sm:\n  _0: x\n  _1: "y"\nt: "2019-03-31T01:59:59.5+02:00"\nu:\n- 0\n- 1'
            ),
        ),
        (
            "toYamlPretty",
            (
                'd: 5s\nl:\n  - 2019-03-31T01:59:59.5+02:00\n  - 1.2.3\nm: 3\nnil: []\ns:\n  - x\n  - "y"\n'
                'sm:\n  _0: x\n  _1: "y"\nt: 2019-03-31T01:59:59.5+02:00\nu:\n  - 0\n  - 1'
            ),
        ),
        (
            "toJson",
            (
                '{"d":5000000000,"l":["2019-03-31T01:59:59.5+02:00","1.2.3"],"m":3,"nil":null,"s":["x","y"],'
                '"sm":{"_0":"x","_1":"y"},"t":"2019-03-31T01:59:59.5+02:00","u":[0,1]}'
            ),
        ),
        (
            "toToml",
            (
                'd = "5s"\nl = [2019-03-31T01:59:59.5+02:00, "1.2.3"]\nm = 3\ns = ["x", "y"]\n'
                't = 2019-03-31T01:59:59.5+02:00\nu = [0, 1]\n\n[sm]\n  _0 = "x"\n  _1 = "y"\n'
            ),
        ),
    ],
)
def test_go_values(name: str, wanted: str) -> None:
    """Recorded from Helm."""
    values = make_values()
    assert call(name, values) == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("fromYaml", "a: 1", {"a": 1.0}),
        ("fromYaml", "", {}),
        ("fromYaml", "null", {}),
        ("fromYamlArray", "[1, a]", [1.0, "a"]),
        ("fromYamlArray", "null", []),
        ("fromJson", '{"a": null}', {"a": None}),
        ("fromJsonArray", "[]", []),
        ("fromToml", "a = 1\nb = 2.5", {"a": 1, "b": 2.5}),
        ("mustFromJson", "3", 3.0),
        # failures are told in the value
        ("fromJson", "[]", {"Error": "json: cannot unmarshal array into Go value of type map[string]interface {}"}),
        ("fromJsonArray", "1", ["json: cannot unmarshal number into Go value of type []interface {}"]),
        ("fromJson", "{", {"Error": "unexpected end of JSON input"}),
        (
            "fromYaml",
            "a: b: c",
            {"Error": "error converting YAML to JSON: yaml: mapping values are not allowed in this context"},
        ),
        ("fromToml", "a", {"Error": "toml: line 1: unexpected EOF; expected key separator '='"}),
    ],
)
def test_reading(name: str, text: str, wanted: object) -> None:
    """What the readers return for good and for bad text."""
    assert call(name, text) == wanted


def test_nothing_is_not_an_empty_map() -> None:
    """fromJson of null is a nil map: it prints as null and nothing can be set in it."""
    nothing = call("fromJson", "null")
    assert call("toJson", nothing) == "null"
    with pytest.raises(GoError, match="assignment to entry in nil map"):
        call("set", nothing, "a", 1)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("toYaml", 1j, ""),
        ("toJson", 1j, ""),
        ("toPrettyJson", 1j, ""),
        ("toToml", [{}], "toml: top-level values must be Go maps or structs"),
    ],
)
def test_failures_are_swallowed(name: str, value: object, wanted: str) -> None:
    """The plain writers return "" or the error; their must* twins fail."""
    assert call(name, value) == wanted
    with pytest.raises(GoError):
        call("must" + name[0].upper() + name[1:], value)
