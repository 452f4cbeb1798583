"""LimitRanger: a namespace's LimitRanges give containers their default resources and bound what is asked for."""

from typing import Any

from cluster_core.admission.chain import CREATE, UPDATE, Attributes
from cluster_core.admission.plugin import AdmissionPlugin
from cluster_core.apimachinery import errors, quantity

Object = dict[str, Any]
Resources = dict[str, str]
ANNOTATION = "kubernetes.io/limit-ranger"


class LimitRanger(AdmissionPlugin):
    """Defaults and bounds by LimitRange."""

    name = "LimitRanger"
    interests = frozenset(
        {
            ("pods", "", CREATE),
            ("pods", "resize", UPDATE),
            ("persistentvolumeclaims", "", CREATE),
            ("persistentvolumeclaims", "", UPDATE),
        }
    )

    def _ranges(self, attributes: Attributes) -> list[Object]:
        if attributes.object["metadata"].get("deletionTimestamp") is not None:
            return []
        found: list[Object] = self.context.list("limitranges", attributes.namespace)
        return found

    def admit(self, attributes: Attributes) -> None:
        """Give containers what they do not say themselves."""
        if attributes.resource.kind != "Pod" or attributes.operation != CREATE:
            return
        for limit_range in self._ranges(attributes):
            attributes.object = _with_defaults(attributes.object, *_defaults(limit_range))

    def validate(self, attributes: Attributes) -> None:
        """Refuse what is out of bounds."""
        for limit_range in self._ranges(attributes):
            problems: list[str] = []
            for limit in limit_range["spec"].get("limits") or ():
                problems += _problems(limit, attributes)
            if problems:
                name = attributes.object["metadata"].get("name", "")
                raise errors.forbidden(attributes.group_resource, name, errors.aggregate(problems))


def _defaults(limit_range: Object) -> tuple[Resources, Resources]:
    """Default requests and limits of containers."""
    requests: Resources = {}
    limits: Resources = {}
    for limit in limit_range["spec"].get("limits") or ():
        if limit["type"] == "Container":
            requests.update(limit.get("defaultRequest") or {})
            limits.update(limit.get("default") or {})
    return requests, limits


def _with_defaults(pod: Object, requests: Resources, limits: Resources) -> Object:
    if not requests and not limits:
        return pod
    notes: list[str] = []
    spec = dict(pod["spec"])
    for field, noun in (("containers", "container"), ("initContainers", "init container")):
        if spec.get(field):
            spec[field] = [_filled(c, noun, requests, limits, notes) for c in spec[field]]
    if not notes:
        return pod
    metadata = dict(pod["metadata"])
    text = "LimitRanger plugin set: " + "; ".join(notes)
    metadata["annotations"] = {**(metadata.get("annotations") or {}), ANNOTATION: text}
    return {**pod, "metadata": metadata, "spec": spec}


def _filled(container: Object, noun: str, requests: Resources, limits: Resources, notes: list[str]) -> Object:
    resources = dict(container.get("resources") or {})
    for field, what, defaults in (("requests", "request", requests), ("limits", "limit", limits)):
        present = resources.get(field) or {}
        missing = sorted(k for k in defaults if k not in present)
        if missing:
            resources[field] = {**present, **{k: defaults[k] for k in missing}}
            notes.append(f"{', '.join(missing)} {what} for {noun} {container['name']}")
    return {**container, "resources": resources}


def _problems(limit: Object, attributes: Attributes) -> list[str]:
    kind, spec = limit["type"], attributes.object["spec"]
    if kind == "PersistentVolumeClaim" and attributes.resource.kind == kind:
        return _bounds(limit, spec.get("resources") or {}, only_requests=True)
    if attributes.resource.kind != "Pod":
        return []
    if kind == "Container":
        found = []
        for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
            found += _bounds(limit, container.get("resources") or {})
        return found
    return _bounds(limit, pod_resources(spec)) if kind == "Pod" else []


def pod_resources(spec: Object) -> Object:
    """Requests and limits of a whole pod: containers and sidecars together, but at least each init container's."""
    return {field: _pod_total(spec, field) for field in ("requests", "limits")}


def _pod_total(spec: Object, field: str) -> Resources:
    total: Resources = {}
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in [*(spec.get("containers") or ()), *sidecars]:
        for name, value in ((container.get("resources") or {}).get(field) or {}).items():
            total[name] = quantity.add(total[name], value) if name in total else value
    for container in spec.get("initContainers") or ():
        for name, value in ((container.get("resources") or {}).get(field) or {}).items():
            if name not in total or quantity.compare(value, total[name]) > 0:
                total[name] = value
    total.update((spec.get("resources") or {}).get(field) or {})
    return total


def _bounds(limit: Object, resources: Object, only_requests: bool = False) -> list[str]:
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    kind, problems = limit["type"], []
    for name, least in sorted((limit.get("min") or {}).items()):
        problems += _minimum(kind, name, least, requests.get(name), None if only_requests else limits.get(name))
    for name, most in sorted((limit.get("max") or {}).items()):
        problems += _maximum(kind, name, most, requests.get(name), limits.get(name), only_requests)
    for name, ratio in sorted((limit.get("maxLimitRequestRatio") or {}).items()):
        problems += _ratio(kind, name, ratio, requests.get(name), limits.get(name))
    return problems


def _minimum(kind: str, name: str, least: str, request: str | None, limit: str | None) -> list[str]:
    start = f"minimum {name} usage per {kind} is {least}"
    if request is None:
        return [f"{start}.  No request is specified"]
    if quantity.compare(request, least) < 0:
        return [f"{start}, but request is {request}"]
    if limit is not None and quantity.compare(limit, least) < 0:
        return [f"{start}, but limit is {limit}"]
    return []


def _maximum(kind: str, name: str, most: str, request: str | None, limit: str | None, only_requests: bool) -> list[str]:
    start = f"maximum {name} usage per {kind} is {most}"
    if only_requests:
        return [f"{start}, but request is {request}"] if request and quantity.compare(request, most) > 0 else []
    if limit is None:
        return [f"{start}.  No limit is specified"]
    if quantity.compare(limit, most) > 0:
        return [f"{start}, but limit is {limit}"]
    if request is not None and quantity.compare(request, most) > 0:
        return [f"{start}, but request is {request}"]
    return []


def _ratio(kind: str, name: str, most: str, request: str | None, limit: str | None) -> list[str]:
    start = f"{name} max limit to request ratio per {kind} is {most}"
    wanted, allowed = (quantity.parse(v).nanos if v is not None else 0 for v in (request, limit))
    if not wanted:
        return [f"{start}, but no request is specified or request is 0"]
    if not allowed:
        return [f"{start}, but no limit is specified or limit is 0"]
    if allowed * 10**9 > quantity.parse(most).nanos * wanted:
        return [f"{start}, but provided ratio is {allowed / wanted:f}"]
    return []
