"""IngressClass: parameter scope, columns."""

from cluster_core.api.cells import AGE, NONE, get
from cluster_core.api.resource import Column, Object, Resource

DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


def default(ingress_class: Object) -> None:
    """Parameters are cluster-wide objects unless said otherwise."""
    parameters = ingress_class["spec"].get("parameters")
    if parameters is not None and parameters.get("scope") is None:
        parameters["scope"] = "Cluster"


def _name(ingress_class: Object, _now: float) -> str:
    annotations = ingress_class["metadata"].get("annotations") or {}
    suffix = " (default)" if annotations.get(DEFAULT_CLASS) == "true" else ""
    return f"{ingress_class['metadata']['name']}{suffix}"


def _parameters(ingress_class: Object, _now: float) -> str:
    parameters = ingress_class["spec"].get("parameters")
    if not parameters:
        return NONE
    group = parameters.get("apiGroup")
    kind = f"{parameters['kind']}.{group}" if group is not None else parameters["kind"]
    return f"{kind}/{parameters['name']}"


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="IngressClass",
        plural="ingressclasses",
        namespaced=False,
        default=default,
        columns=(
            Column("Name", _name, format="name"),
            Column("Controller", get("spec", "controller")),
            Column("Parameters", _parameters),
            AGE,
        ),
    ),
)
