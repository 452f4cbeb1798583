"""What the golden rows do not show: sharing, types of results, zones, errors, and properties."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helmpy.functions import registry
from helmpy.golang.regexp import translate
from helmpy.golang.time import instant
from helmpy.golang.types import GoError, Int64, IntSlice, NilList, NilStringSlice, StringMap, StringSlice, type_name

quick = settings(max_examples=60, deadline=None)


def call(name: str, *arguments: Any) -> Any:
    """A function's result."""
    function = registry.get(name)
    assert function is not None
    return function.call(*arguments)


def test_every_name_is_in_its_family() -> None:
    """The literal table and the families' own tables agree."""
    assert all(getattr(registry.get(name), "name", None) == name for name in registry.FAMILIES)
    assert registry.get("env") is None
    assert registry.get("nope") is None


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [
        ("splitList", (",", "a,b"), StringSlice),
        ("split", (",", "a,b"), StringMap),
        ("sortAlpha", (["b", "a"],), StringSlice),
        ("keys", ({"b": 1},), StringSlice),
        ("until", (3,), IntSlice),
        ("add", (1, 2), Int64),
        ("int", ("5",), int),
        ("rest", ([],), NilList),
        ("initial", ([],), NilList),
        ("concat", (), NilList),
        ("regexFindAll", ("a", "b", -1), NilStringSlice),
        ("regexSplit", ("a", "b", 0), NilStringSlice),
        ("first", ([],), type(None)),
        ("slice", ([],), type(None)),
    ],
)
def test_result_types(name: str, arguments: tuple[Any, ...], kind: type) -> None:
    """Results have the Go type that typeOf, kindIs and the encoders tell apart."""
    assert type(call(name, *arguments)) is kind


def test_merge_shares_and_fills() -> None:
    """merge changes its first map, fills what is empty there, and shares nested maps with the source."""
    source = {"a": {"b": 1}, "kept": 2, "empty": True, "list": [1]}
    target = {"kept": 1, "empty": False, "list": []}
    merged = call("merge", target, source)
    assert merged is target
    assert target == {"a": {"b": 1}, "kept": 1, "empty": True, "list": [1]}
    assert target["a"] is source["a"]


def test_merge_overwrite_wins_and_shares() -> None:
    """mergeOverwrite lets sources win, empty or not; maps merge, lists replace; a source's map may be changed."""
    first: dict[str, Any] = {"m": {"a": 1}, "l": [1], "z": 1}
    second: dict[str, Any] = {"m": {"b": 2}, "l": [], "z": None}
    assert call("mergeOverwrite", {}, first, second) == {"m": {"a": 1, "b": 2}, "l": [], "z": None}
    assert first["m"] == {"a": 1, "b": 2}


def test_deep_copy_shares_nothing() -> None:
    """A change of the copy does not show in the original."""
    original = {"a": [{"b": 1}]}
    copied = call("deepCopy", original)
    copied["a"][0]["b"] = 2
    assert original == {"a": [{"b": 1}]}
    assert type(call("deepCopy", StringSlice(["a"]))) is StringSlice


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (1, Int64(1), False),
        ([], NilList(), False),
        ([1, {"a": 2}], [1, {"a": 2}], True),
        ({"a": 1}, {"a": 1.0}, False),
        (math.nan, math.nan, False),
        (None, None, True),
        (None, [], False),
    ],
)
def test_deep_equal(a: Any, b: Any, equal: bool) -> None:
    """Types count; so does the difference between an empty and a nil list."""
    assert call("deepEqual", a, b) is equal
    assert call("has", a, [b]) is equal
    assert (len(call("uniq", [a, b])) == 1) is equal


@pytest.mark.parametrize(
    ("zone", "layout", "wanted"),
    [
        ("America/New_York", "2006-01-02 15:04:05 -0700 MST", "2024-07-14 08:04:05 -0400 EDT"),
        ("Asia/Kathmandu", "15:04 -07:00", "17:49 +05:45"),
        ("UTC", "Mon Jan _2 3:04PM .000", "Sun Jul 14 12:04PM .000"),
        ("no/such", "15:04 MST", "12:04 UTC"),
        ("../etc/passwd", "MST", "UTC"),
        ("/etc/passwd", "MST", "UTC"),
    ],
)
def test_zones(zone: str, layout: str, wanted: str) -> None:
    """Zones come from the database; a name that is none, or a path, means UTC."""
    assert call("dateInZone", layout, Int64(1720958645), zone) == wanted


def test_local_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """$TZ is the local zone; abbreviations in a text are looked up there."""
    monkeypatch.setenv("TZ", "America/New_York")
    assert call("date", "15:04 MST", Int64(1720958645)) == "08:04 EDT"
    assert str(call("toDate", "2006-01-02 MST", "2024-07-14 EDT")) == "2024-07-14 00:00:00 -0400 EDT"
    assert str(call("toDate", "2006-01-02 MST", "2024-07-14 CET")) == "2024-07-14 00:00:00 +0000 CET"
    monkeypatch.setenv("TZ", "no/such/zone")
    assert call("date", "15:04 MST", Int64(1720958645)) == "12:04 UTC"


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("mustToDate", ("2006-01-02", "2021-02-29"), 'parsing time "2021-02-29": day out of range'),
        ("mustDateModify", ("1d", instant.zero()), 'time: unknown unit "d" in duration "1d"'),
        ("mustToDuration", ("1d",), 'could not parse duration "1d"'),
        ("mustToDuration", (True,), "unsupported duration type bool"),
        ("mustToDuration", (1e300,), "duration seconds overflow: 1e+300"),
        ("urlParse", ("http://[::1",), "unable to parse url: parse \"http://[::1\": missing ']' in host"),
        ("urlJoin", ({"scheme": 1},), "unable to parse scheme key, must be of type string, but int found"),
        ("mustRegexMatch", ("a(", ""), "error parsing regexp: missing closing ): `a(`"),
        ("regexFind", ("a`(", ""), 'regexp: Compile("a`("): error parsing regexp: missing closing ): `a`(`'),
        ("mustRegexMatch", ("\udcff", ""), "error parsing regexp: invalid UTF-8: `\udcff`"),
        ("buildCustomCert", ("eA==", "***"), "unable to decode base64 private key"),
        ("dig", ("a", 1, {"a": 1}), None),
        ("dig", ("a", "b", 1, {"a": 1}), "interface conversion: interface {} is int, not map[string]interface {}"),
    ],
)
def test_errors(name: str, arguments: tuple[Any, ...], error: str | None) -> None:
    """Error texts are Go's."""
    if error is None:
        call(name, *arguments)
        return
    with pytest.raises(GoError) as caught:
        call(name, *arguments)
    assert str(caught.value) == error


def test_certificates_sign_each_other() -> None:
    """A certificate made by genSignedCert is the authority's, names what was asked, and its key is its own."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    authority = call("genCA", "ca", 365)
    made = call("genSignedCert", "web", ["10.0.0.1"], ["web.test"], 10, authority)
    parent, child = (x509.load_pem_x509_certificate(cert.cert.encode()) for cert in (authority, made))
    child.verify_directly_issued_by(parent)
    names = child.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == ["web.test", "10.0.0.1"]
    assert load_pem_private_key(made.key.encode(), None).public_key() == child.public_key()
    assert made.key.startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    again = call("buildCustomCert", call("b64enc", made.cert), call("b64enc", made.key))
    assert (again, type_name(again)) == (made, "sprig.certificate")


@quick
@given(st.text(max_size=20))
def test_encodings_round_trip(text: str) -> None:
    """Decoding undoes encoding, whatever the text."""
    assert call("b64dec", call("b64enc", text)) == text
    assert call("b32dec", call("b32enc", text)) == text
    assert call("decryptAES", "key", call("encryptAES", "key", text)) == text
    assert call("mustRegexMatch", f"^{call('regexQuoteMeta', text)}$", text)


@quick
@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=1, max_size=4))
def test_arithmetic_stays_within_64_bits(numbers: list[int]) -> None:
    """Sums and products wrap around; division and remainder fit together."""
    for name in ("add", "mul", "max", "min"):
        assert -(1 << 63) <= call(name, *numbers) < 1 << 63
    a, b = numbers[0], numbers[-1]
    if b:
        assert (call("div", a, b) * b + call("mod", a, b) - a) % (1 << 64) == 0


@quick
@given(st.text(alphabet="ab(|)[]{}*+?^$.\\dwQEpPx1,-:=<>i", max_size=8))
def test_patterns_are_refused_or_compile(pattern: str) -> None:
    """What Go's syntax allows, RE2 compiles; what it does not allow has an error text of Go's."""
    complaint = ""
    try:
        translate(pattern)
    except GoError as error:
        complaint = str(error)
    if complaint:
        assert complaint.startswith("error parsing regexp: ")
    else:
        assert call("mustRegexMatch", pattern, "a") in (True, False)


@quick
@given(st.integers(-(1 << 62), 1 << 62), st.integers(1, 1 << 40))
def test_durations_round_trip(nanos: int, unit: int) -> None:
    """The text of a duration reads back; rounding moves it by at most half a unit."""
    from helmpy.golang.time.duration import Duration, parse

    value = Duration(nanos)
    assert parse(str(value)) == value
    assert 2 * abs(value.round(unit) - nanos) <= unit
    assert value.truncate(unit) % unit == 0
