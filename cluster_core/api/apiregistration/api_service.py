"""APIService: defaults, status reset, columns."""

from base64 import b64decode

from cluster_core.api.cells import AGE, NAME
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import status_reset
from cluster_core.api.validation import PORT_RANGE, Errors, name, one_of
from cluster_core.apimachinery import conditions, field
from cluster_core.apimachinery.names import dns1035_label, dns1123_subdomain, path_segment


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


def validate(service: Object) -> Errors:
    """A new registration."""
    errors: Errors = []
    own_name, spec = service["metadata"].get("name", ""), service["spec"]
    group, version = spec.get("group", ""), spec.get("version", "")
    wanted = f"{version}.{group}"
    if own_name != wanted and not path_segment(own_name):
        problem = f'must be `spec.version+"."+spec.group`: "{wanted}"'
        errors.append(field.invalid("metadata.name", own_name, problem))
    if not group and version != "v1":
        problem = "only v1 may have an empty group and it better be legacy kube"
        errors.append(field.required("spec.group", problem))
    if group:
        name(errors, "spec.group", group, dns1123_subdomain)
    name(errors, "spec.version", version, dns1035_label)
    for each, limit in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        value = spec.get(each, 0)
        if not 0 < value <= limit:
            errors.append(field.invalid(f"spec.{each}", value, f"must be positive and less than {limit}"))
    _validate_target(errors, spec)
    return errors


def validate_update(new: Object, _old: Object) -> Errors:
    """As a new one."""
    return validate(new)


def validate_status(new: Object, _old: Object) -> Errors:
    """Conditions are true, false or unknown."""
    errors: Errors = []
    for index, condition in enumerate(new["status"].get("conditions") or ()):
        path = f"status.conditions[{index}].status"
        one_of(errors, path, condition.get("status", ""), ("True", "False", "Unknown"))
    return errors


def prepare(new: Object, old: Object | None) -> None:
    """Status belongs to the server; what it serves itself is available."""
    _reset(new, old)
    if old is None and "service" not in new["spec"]:
        condition = {
            "type": "Available",
            "status": "True",
            "lastTransitionTime": new["metadata"]["creationTimestamp"],
            "reason": "Local",
            "message": "Local APIServices are always available",
        }
        new["status"] = {"conditions": [condition]}


_reset = status_reset()


def _validate_target(errors: Errors, spec: Object) -> None:
    bundle, insecure = spec.get("caBundle"), spec.get("insecureSkipTLSVerify", False)
    target = spec.get("service")
    if target is None:
        if bundle:
            size = f"{len(b64decode(bundle))} bytes"
            errors.append(field.invalid("spec.caBundle", size, "local APIServices may not have a caBundle"))
        if insecure:
            problem = "local APIServices may not have insecureSkipTLSVerify"
            errors.append(field.invalid("spec.insecureSkipTLSVerify", True, problem))
        return
    for each in ("namespace", "name"):
        if not target.get(each):
            errors.append(field.required(f"spec.service.{each}"))
    port = target.get("port", 443)
    if not 0 < port < 65536:
        errors.append(field.invalid("spec.service.port", port, f"port is not valid: {PORT_RANGE}"))
    if insecure and bundle:
        errors.append(field.invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present"))


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
        prepare=prepare,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
        generation=False,
        name_rule=path_segment,
        unconditional_update=False,
        columns=(NAME, Column("Service", _service), Column("Available", _available), AGE),
    ),
)
