"""LimitRange: defaults between its limits."""

from cluster_core.api.cells import NAME, get
from cluster_core.api.core.pod_spec.defaults import round_up
from cluster_core.api.resource import Column, Object, Resource


def default(limit_range: Object) -> None:
    """For containers: the default limit follows the maximum, the default request the default limit or the minimum."""
    for item in limit_range["spec"].get("limits") or ():
        if item["type"] == "Container":
            _default_container(item)
        for name in ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio"):
            if name in item:
                round_up(item[name])


def _default_container(item: Object) -> None:
    limits = {**(item.get("max") or {}), **(item.get("default") or {})}
    requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
    if limits:
        item["default"] = limits
    if requests:
        item["defaultRequest"] = requests


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="LimitRange",
        plural="limitranges",
        short_names=("limits",),
        default=default,
        generation=False,
        columns=(NAME, Column("Created At", get("metadata", "creationTimestamp"), "date")),
    ),
)
