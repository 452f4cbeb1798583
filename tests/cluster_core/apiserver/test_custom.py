"""Custom resources: served as soon as defined, pruned, defaulted, validated, cleaned up."""

from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVK, GVR
from cluster_core.client.resources import CUSTOMRESOURCEDEFINITIONS
from cluster_core.cluster import Cluster

WIDGETS = GVR("example.com", "v1", "widgets")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "maximum": 10},
                "mode": {"type": "string", "enum": ["a", "b"], "default": "a"},
                "name": {"type": "string", "pattern": "^x", "maxLength": 3},
                "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
                "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            },
        },
        "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}},
    },
}


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster(controllers=False)
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": SCHEMA},
        "subresources": {"status": {}},
    }
    names = {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": spec,
    }
    cluster.client.create(CUSTOMRESOURCEDEFINITIONS, definition)
    cluster.settle()
    return cluster


def widget(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "w", "namespace": "default"}
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, "spec": spec}


def test_established_and_mapped(cluster: Cluster) -> None:
    definition = cluster.client.get(CUSTOMRESOURCEDEFINITIONS, "widgets.example.com")
    assert {c["type"]: c["status"] for c in definition["status"]["conditions"]} == {
        "NamesAccepted": "True",
        "Established": "True",
    }
    assert cluster.client.mapper.resource_for(GVK("example.com", "v1", "Widget")) == (WIDGETS, True)
    listed = cluster.client.raw("GET", "/apis/example.com/v1")
    assert [r["name"] for r in listed["resources"]] == ["widgets", "widgets/status"]


def test_pruned_and_defaulted(cluster: Cluster) -> None:
    made = cluster.client.create(WIDGETS, {**widget(size=1, junk=1, free={"any": [1]}), "more": 2})
    assert made["spec"] == {"size": 1, "free": {"any": [1]}, "mode": "a"}
    assert "more" not in made
    with pytest.raises(ApiError, match=r'strict decoding error: unknown field "more", unknown field "spec\.junk"'):
        cluster.client.create(WIDGETS, {**widget(size=1, junk=1), "more": 2}, field_validation="Strict")


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({}, "spec.size: Required value"),
        ({"size": 11}, "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10"),
        ({"size": "x"}, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'),
        ({"size": 1, "mode": "c"}, 'spec.mode: Unsupported value: "c": supported values: "a", "b"'),
        ({"size": 1, "name": "y"}, "spec.name: Invalid value: \"y\": spec.name in body should match '^x'"),
        ({"size": 1, "name": "xxxx"}, "spec.name: Too long: may not be more than 3 bytes"),
        ({"size": 1, "tags": ["a", "a"]}, 'spec.tags[1]: Duplicate value: "a"'),
    ],
)
def test_validated(cluster: Cluster, spec: Any, problem: str) -> None:
    with pytest.raises(ApiError) as caught:
        cluster.client.create(WIDGETS, widget(**spec))
    assert caught.value.message == f'Widget.example.com "w" is invalid: {problem}'


def test_status_is_a_subresource(cluster: Cluster) -> None:
    made = cluster.client.create(WIDGETS, {**widget(size=1), "status": {"ready": True}})
    assert "status" not in made
    updated = cluster.client.update_status(WIDGETS, {**made, "spec": {"size": 2}, "status": {"ready": True}})
    assert (updated["spec"]["size"], updated["status"], updated["metadata"]["generation"]) == (1, {"ready": True}, 1)
    changed = cluster.client.patch(WIDGETS, "w", {"spec": {"size": 3}}, "default", type="merge")
    assert (changed["status"], changed["metadata"]["generation"]) == ({"ready": True}, 2)


def test_strategic_merge_is_not_for_custom_resources(cluster: Cluster) -> None:
    cluster.client.create(WIDGETS, widget(size=1))
    with pytest.raises(ApiError, match=r"accepted media types include: application/json-patch"):
        cluster.client.patch(WIDGETS, "w", {"spec": {"size": 2}}, "default")


def test_objects_go_with_their_definition(cluster: Cluster) -> None:
    cluster.client.create(WIDGETS, widget(size=1))
    cluster.client.delete(CUSTOMRESOURCEDEFINITIONS, "widgets.example.com")
    cluster.settle()
    assert cluster.client.list(CUSTOMRESOURCEDEFINITIONS)["items"] == []
    with pytest.raises(ApiError, match="the server could not find the requested resource"):
        cluster.client.list(WIDGETS)
