"""Binding: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Binding",
        plural="bindings",
        verbs=("create",),
    ),
)
