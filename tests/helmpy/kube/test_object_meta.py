"""Types in metadata, with the words that the real helm gave for the same manifests."""

from typing import Any

import pytest

from helmpy.kube import object_meta


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        (None, ""),
        ({"name": "x", "labels": {"a": None}}, ""),
        ({"name": "x", "creationTimestamp": None}, ""),
        ({"name": "x", "Labels": {"a": 1}}, ""),
        ({"name": 12}, "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string"),
        (
            {"labels": {"a": 1}, "annotations": {"b": True}},
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string",
        ),
        (
            {"labels": ["a"]},
            "json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        (
            {"finalizers": "z"},
            "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.finalizers of type []string",
        ),
        (
            {"finalizers": [1]},
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.finalizers of type string",
        ),
        (
            {"generation": "z"},
            "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.generation of type int64",
        ),
        ({"uid": 1}, "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.uid of type types.UID"),
        (
            {"creationTimestamp": "z"},
            'parsing time "z" as "2006-01-02T15:04:05Z07:00": cannot parse "z" as "2006"',
        ),
        (
            {"ownerReferences": [{"kind": 1}]},
            "json: cannot unmarshal number into Go struct field OwnerReference.metadata.ownerReferences.kind of type string",
        ),
        (
            {"ownerReferences": ["a"]},
            (
                "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.ownerReferences of type "
                "v1.OwnerReference"
            ),
        ),
        (
            {"managedFields": 1},
            (
                "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.managedFields of type "
                "[]v1.ManagedFieldsEntry"
            ),
        ),
    ],
)
def test_problems(metadata: Any, problem: str) -> None:
    assert object_meta.problem_of({"metadata": metadata}) == problem
