"""IngressClass: parameter scope, columns."""

from cluster_core.api.cells import AGE, NONE, get
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.validation import Errors, domain_prefixed_path, immutable, name, one_of, reference
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_label

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


_SCOPES = ("Cluster", "Namespace")


def validate(ingress_class: Object) -> Errors:
    """A new class."""
    errors: Errors = []
    controller, parameters = ingress_class["spec"].get("controller", ""), ingress_class["spec"].get("parameters")
    if len(controller.encode(errors="surrogateescape")) > 250:
        errors.append(field.too_long("spec.controller", 250))
    domain_prefixed_path(errors, "spec.controller", controller)
    if parameters is not None:
        reference(errors, "spec.parameters", parameters)
        _validate_scope(errors, "spec.parameters", parameters)
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """The controller stays."""
    errors: Errors = []
    immutable(errors, "spec.controller", new["spec"].get("controller", ""), old["spec"].get("controller", ""))
    return errors + validate(new)


def _validate_scope(errors: Errors, path: str, parameters: Object) -> None:
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    one_of(errors, f"{path}.scope", scope, _SCOPES)
    if scope == "Namespace" and namespace is None:
        errors.append(field.required(f"{path}.namespace", "`parameters.scope` is set to 'Namespace'"))
    elif scope == "Namespace":
        name(errors, f"{path}.namespace", str(namespace), dns1123_label)
    elif scope == "Cluster" and namespace is not None:
        errors.append(field.forbidden(f"{path}.namespace", "`parameters.scope` is set to 'Cluster'"))


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="IngressClass",
        plural="ingressclasses",
        namespaced=False,
        default=default,
        validate=validate,
        validate_update=validate_update,
        columns=(
            Column("Name", _name, format="name"),
            Column("Controller", get("spec", "controller")),
            Column("Parameters", _parameters),
            AGE,
        ),
    ),
)
