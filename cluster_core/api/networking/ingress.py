"""Ingress: names."""

from cluster_core.api.resource import Resource

RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="Ingress",
        plural="ingresses",
        short_names=("ing",),
        subresources=("status",),
    ),
)
