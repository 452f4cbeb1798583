"""Binding: assigns a pod to a node; never stored."""

from cluster_core.api.resource import Resource

RESOURCES = (Resource(group="", version="v1", kind="Binding", plural="bindings", generation=False, verbs=("create",)),)
