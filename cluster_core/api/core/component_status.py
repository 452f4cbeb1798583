"""ComponentStatus: columns; the API server computes these objects."""

from cluster_core.api.cells import NAME
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.apimachinery import conditions


def _health(status: Object) -> Object:
    return conditions.get(status.get("conditions"), "Healthy") or {}


def _text(status: Object, _now: float) -> str:
    health = _health(status)
    return ("Healthy" if health["status"] == "True" else "Unhealthy") if health else "Unknown"


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="ComponentStatus",
        plural="componentstatuses",
        short_names=("cs",),
        namespaced=False,
        verbs=("get", "list"),
        generation=False,
        deprecation="v1 ComponentStatus is deprecated in v1.19+",
        columns=(
            NAME,
            Column("Status", _text),
            Column("Message", lambda status, _: _health(status).get("message", "")),
            Column("Error", lambda status, _: _health(status).get("error", "")),
        ),
    ),
)
