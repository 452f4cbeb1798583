"""APIService: defaults, status reset, columns."""

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.apimachinery import conditions
from cluster_core.apimachinery.names import path_segment


def default(service: Object) -> None:
    """An aggregated server is reached on port 443."""
    if "service" in service["spec"]:
        service["spec"]["service"].setdefault("port", 443)


def _service(service: Object, _now: float) -> str:
    target = service["spec"].get("service")
    return f"{target.get('namespace', '')}/{target.get('name', '')}" if target else "Local"


def _available(service: Object, _now: float) -> str:
    condition = conditions.get(service["status"].get("conditions"), "Available")
    if condition is None:
        return "Unknown"
    return "True" if condition["status"] == "True" else f"{condition['status']} ({condition.get('reason', '')})"


RESOURCES = (
    Resource(
        group="apiregistration.k8s.io",
        version="v1",
        kind="APIService",
        plural="apiservices",
        categories=("api-extensions",),
        namespaced=False,
        subresources=("status",),
        default=default,
        prepare=status_reset(),
        generation=False,
        name_rule=path_segment,
        columns=(NAME, Column("Service", _service), Column("Available", _available), AGE),
    ),
)
