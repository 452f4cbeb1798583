"""Merge, JSON and strategic merge patches on shared objects: results, and that originals stay as they were."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_core.api.schema import shape_for
from cluster_core.apimachinery import patch_json, patch_merge, patch_strategic
from cluster_core.apimachinery.gvk import GVK

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=2), JSON, max_size=3)


@given(OBJECTS, OBJECTS)
def test_merge_is_idempotent_and_leaves_the_original(target: Any, patch: Any) -> None:
    before = copy.deepcopy(target)
    once = patch_merge.merge(target, patch)
    assert target == before
    assert patch_merge.merge(once, patch) == once


@pytest.mark.parametrize(
    ("operations", "result"),
    [
        ([{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3], "b": {}}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2], "b": {}}),
        ([{"op": "remove", "path": "/a/0"}], {"a": [2], "b": {}}),
        ([{"op": "replace", "path": "/b/x", "value": 1}], {"a": [1, 2], "b": {"x": 1}}),
        ([{"op": "move", "from": "/a/0", "path": "/b/y~1z"}], {"a": [2], "b": {"y/z": 1}}),
        ([{"op": "copy", "from": "/a", "path": "/c"}], {"a": [1, 2], "b": {}, "c": [1, 2]}),
        ([{"op": "test", "path": "/a/1", "value": 2}], {"a": [1, 2], "b": {}}),
    ],
)
def test_json_patch(operations: Any, result: Any) -> None:
    document = {"a": [1, 2], "b": {}}
    assert patch_json.apply(document, operations) == result
    assert document == {"a": [1, 2], "b": {}}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/x"},
        {"op": "test", "path": "/a", "value": 1},
        {"op": "add", "path": "/no/such", "value": 1},
        {"op": "add", "path": "/a/9", "value": 1},
        {"op": "frob", "path": "/a"},
        {"op": "add"},
    ],
)
def test_json_patch_that_does_not_apply(operation: Any) -> None:
    with pytest.raises(patch_json.PatchError):
        patch_json.apply({"a": []}, [operation])


POD = shape_for(GVK("", "v1", "Pod"))


def pod(*names: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": n, "image": f"{n}:1"} for n in names], "nodeSelector": {"a": "1"}}}


@pytest.mark.parametrize(
    ("patch", "images"),
    [
        ([{"name": "b", "image": "b:2"}], {"a": "a:1", "b": "b:2"}),
        ([{"name": "c", "image": "c:1"}], {"c": "c:1", "a": "a:1", "b": "b:1"}),
        ([{"name": "a", "$patch": "delete"}], {"b": "b:1"}),
        ([{"$patch": "replace"}, {"name": "z", "image": "z:1"}], {"z": "z:1"}),
    ],
)
def test_strategic_merge_of_a_keyed_list(patch: Any, images: dict[str, str]) -> None:
    original = pod("a", "b")
    result = patch_strategic.apply(original, {"spec": {"containers": patch}}, POD)
    assert {c["name"]: c["image"] for c in result["spec"]["containers"]} == images
    assert [c["name"] for c in result["spec"]["containers"]] == list(images)
    assert original == pod("a", "b")


def test_strategic_merge_refuses_items_without_key() -> None:
    with pytest.raises(patch_strategic.StrategicPatchError, match="does not contain declared merge key: name"):
        patch_strategic.apply(pod("a"), {"spec": {"containers": [{"image": "x"}]}}, POD)
