"""Ingress: status reset, columns."""

from ipaddress import ip_address

from cluster_core.api.cells import AGE, NAME, NONE, get
from cluster_core.api.core.service import addresses
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import (
    Errors,
    ip,
    name,
    port_name_problems,
    port_number,
    reference,
    unsupported,
    wildcard_subdomain,
)
from cluster_core.apimachinery import field, names


def _hosts(ingress: Object, _now: float) -> str:
    rules = ingress["spec"].get("rules") or []
    shown: list[str] = []
    for rule in rules:
        if len(shown) == 3:
            return f"{','.join(shown)} + {len(rules) - 3} more..."
        if rule.get("host"):
            shown.append(rule["host"])
    return ",".join(shown) or "*"


CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_FORBIDDEN_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_FORBIDDEN_ENDS = ("/..", "/.")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def validate(ingress: Object) -> Errors:
    """A new ingress."""
    errors = _validate(ingress)
    annotation = (ingress["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    if annotation is not None and ingress["spec"].get("ingressClassName", annotation) != annotation:
        problem = "must match `ingressClassName` when both are specified"
        errors.append(field.invalid(f"annotations.{CLASS_ANNOTATION}", annotation, problem))
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """A changed ingress."""
    return _validate(new)


def validate_status(new: Object, _old: Object) -> Errors:
    """Addresses of the load balancer."""
    errors: Errors = []
    for index, point in enumerate((new["status"].get("loadBalancer") or {}).get("ingress") or ()):
        path = f"status.loadBalancer.ingress[{index}]"
        if point.get("ip"):
            ip(errors, f"{path}.ip", point["ip"])
        if point.get("hostname"):
            name(errors, f"{path}.hostname", point["hostname"], names.dns1123_subdomain)
            _not_an_address(errors, f"{path}.hostname", point["hostname"])
    return errors


def _validate(ingress: Object) -> Errors:
    errors: Errors = []
    spec = ingress["spec"]
    if not spec.get("rules") and "defaultBackend" not in spec:
        shown_value = spec.get("rules")
        errors.append(field.invalid("spec", shown_value, "either `defaultBackend` or `rules` must be specified"))
    if "defaultBackend" in spec:
        _validate_backend(errors, "spec.defaultBackend", spec["defaultBackend"])
    for index, rule in enumerate(spec.get("rules") or ()):
        _validate_rule(errors, f"spec.rules[{index}]", rule)
    for index, tls in enumerate(spec.get("tls") or ()):
        _validate_tls(errors, f"spec.tls[{index}]", tls)
    if "ingressClassName" in spec:
        name(errors, "spec.ingressClassName", spec["ingressClassName"], names.dns1123_subdomain)
    return errors


def _host(errors: Errors, path: str, host: str) -> None:
    name(errors, path, host, wildcard_subdomain if "*" in host else names.dns1123_subdomain)


def _not_an_address(errors: Errors, path: str, host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        return
    errors.append(field.invalid(path, host, "must be a DNS name, not an IP address"))


def _validate_tls(errors: Errors, path: str, tls: Object) -> None:
    for index, host in enumerate(tls.get("hosts") or ()):
        _host(errors, f"{path}.hosts[{index}]", host)
    if tls.get("secretName"):
        name(errors, f"{path}.secretName", tls["secretName"], names.dns1123_subdomain)


def _validate_rule(errors: Errors, path: str, rule: Object) -> None:
    if rule.get("host"):
        _not_an_address(errors, f"{path}.host", rule["host"])
        _host(errors, f"{path}.host", rule["host"])
    if "http" not in rule:
        return
    paths = rule["http"].get("paths") or ()
    if not paths:
        errors.append(field.required(f"{path}.http.paths"))
    for index, each in enumerate(paths):
        _validate_path(errors, f"{path}.http.paths[{index}]", each)


def _validate_path(errors: Errors, path: str, item: Object) -> None:
    kind, target = item.get("pathType"), item.get("path", "")
    if kind is None:
        errors.append(field.required(f"{path}.pathType", "pathType must be specified"))
        return
    if kind not in _PATH_TYPES:
        errors.append(unsupported(f"{path}.pathType", kind, _PATH_TYPES))
    elif not target.startswith("/") and (target or kind != "ImplementationSpecific"):
        errors.append(field.invalid(f"{path}.path", target, "must be an absolute path"))
    if kind in ("Exact", "Prefix"):
        for part in _FORBIDDEN_PARTS:
            if part in target:
                errors.append(field.invalid(f"{path}.path", target, f"must not contain '{part}'"))
        for end in _FORBIDDEN_ENDS:
            if target.endswith(end):
                errors.append(field.invalid(f"{path}.path", target, f"cannot end with '{end}'"))
    _validate_backend(errors, f"{path}.backend", item.get("backend") or {})


def _validate_backend(errors: Errors, path: str, backend: Object) -> None:
    resource, service = backend.get("resource"), backend.get("service")
    if resource is not None and service is not None:
        errors.append(field.invalid(path, "", "cannot set both resource and service backends"))
    elif resource is not None:
        reference(errors, f"{path}.resource", resource)
    elif service is not None:
        _validate_service(errors, path, service)
    else:
        errors.append(field.invalid(path, "", "resource or service backend is required"))


def _validate_service(errors: Errors, path: str, service: Object) -> None:
    if not service.get("name"):
        errors.append(field.required(f"{path}.service.name"))
    else:
        name(errors, f"{path}.service.name", service["name"], names.dns1123_label)
    port = service.get("port") or {}
    if port.get("name") and port.get("number"):
        errors.append(field.invalid(path, "", "cannot set both port name & port number"))
    elif port.get("name"):
        name(errors, f"{path}.service.port.name", port["name"], port_name_problems)
    elif port.get("number"):
        port_number(errors, f"{path}.service.port.number", port["number"])
    else:
        errors.append(field.required(path, "port name or number is required"))


def warnings(new: Object, old: Object | None) -> list[str]:
    """The class has a field of its own."""
    if old is not None or "ingressClassName" in new["spec"]:
        return []
    if CLASS_ANNOTATION not in (new["metadata"].get("annotations") or {}):
        return []
    return [f"annotation \"{CLASS_ANNOTATION}\" is deprecated, please use 'spec.ingressClassName' instead"]


RESOURCES = (
    Resource(
        group="networking.k8s.io",
        version="v1",
        kind="Ingress",
        plural="ingresses",
        short_names=("ing",),
        subresources=("status",),
        prepare=status_reset(loadBalancer={}),
        validate=validate,
        warnings=warnings,
        validate_update=validate_update,
        validate_status=validate_status,
        columns=(
            NAME,
            Column("Class", get("spec", "ingressClassName", default=NONE)),
            Column("Hosts", _hosts),
            Column("Address", lambda ingress, _: ",".join(addresses(ingress["status"]))),
            Column("Ports", lambda ingress, _: "80, 443" if ingress["spec"].get("tls") else "80"),
            AGE,
        ),
    ),
)
