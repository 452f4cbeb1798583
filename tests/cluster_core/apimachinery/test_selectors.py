"""Label and field selectors: what they match, and what cannot be read."""

from typing import Any

import pytest

from cluster_core.apimachinery import selectors

LABELS = {"app": "web", "tier": "front", "weight": "5", "empty": ""}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("app=web", True),
        ("app==web,tier!=back", True),
        ("app!=web", False),
        ("other!=web", True),
        ("app in (web, api)", True),
        ("tier notin (front)", False),
        ("app", True),
        ("!app", False),
        ("!other", True),
        ("weight>4", True),
        ("weight<5", False),
        ("empty=", True),
        ("in=in", False),
    ],
)
def test_labels(text: str, matches: bool) -> None:
    assert selectors.parse(text).matches(LABELS) is matches


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("=", "found '=', expected: !, identifier, or 'end of string'"),
        ("x y", "unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a,", "found '', expected: identifier after ','"),
        ("-a=b", "unable to parse requirement: <nil>: Invalid value"),
    ],
)
def test_unreadable(text: str, problem: str) -> None:
    with pytest.raises(selectors.SelectorError) as caught:
        selectors.parse(text)
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "api"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_objects(selector: Any, matches: bool) -> None:
    assert selectors.from_object(selector).matches(LABELS) is matches


def test_fields() -> None:
    chosen = selectors.parse_fields(r"spec.nodeName=n1,status.phase!=Failed,x=a\,b")
    values = {"spec.nodeName": "n1", "status.phase": "Running", "x": "a,b"}
    assert chosen.matches(values.__getitem__)
    assert chosen.exact("spec.nodeName") == "n1"
    with pytest.raises(selectors.SelectorError):
        selectors.parse_fields("nothing")
