"""ConfigMap: columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Object, Resource


def _count(config_map: Object, _now: float) -> int:
    return len(config_map.get("data") or ()) + len(config_map.get("binaryData") or ())


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ConfigMap",
        plural="configmaps",
        short_names=("cm",),
        generation=False,
        columns=(NAME, Column("Data", _count), AGE),
    ),
)
