"""What an object counts for in a quota, and which quotas look at it."""

from typing import Any

from cluster_core.admission.plugins.limit_ranger import pod_resources
from cluster_core.api.resource import Resource
from cluster_core.apimachinery import quantity

Object = dict[str, Any]
Usage = dict[str, str]
_LEGACY = ("configmaps", "secrets", "replicationcontrollers", "resourcequotas", "services", "persistentvolumeclaims")


def usage(resource: Resource, obj: Object) -> Usage:
    """Everything that an object counts for, by quota resource name."""
    group_resource = f"{resource.plural}.{resource.group}" if resource.group else resource.plural
    counted: Usage = {f"count/{group_resource}": "1"}
    if resource.group:
        return counted
    if resource.plural == "pods":
        return {**counted, **_pod(obj)}
    if resource.plural in _LEGACY:
        counted[resource.plural] = "1"
    if resource.plural == "services":
        counted.update(_service(obj["spec"]))
    elif resource.plural == "persistentvolumeclaims":
        counted.update(_claim(obj["spec"]))
    return counted


def _pod(pod: Object) -> Usage:
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return {}
    found: Usage = {"pods": "1"}
    resources = pod_resources(pod["spec"])
    for name, value in resources["requests"].items():
        if name in ("cpu", "memory", "ephemeral-storage"):
            found[name] = value
        found[f"requests.{name}"] = value
        if name.startswith("hugepages-"):
            found[name] = value
    for name, value in resources["limits"].items():
        if name in ("cpu", "memory", "ephemeral-storage"):
            found[f"limits.{name}"] = value
    return found


def _service(spec: Object) -> Usage:
    kind, ports = spec.get("type"), len(spec.get("ports") or ())
    found: Usage = {"services.nodeports": "0", "services.loadbalancers": "0"}
    if kind == "NodePort":
        found["services.nodeports"] = str(ports)
    elif kind == "LoadBalancer":
        found["services.loadbalancers"] = "1"
        if spec.get("allocateLoadBalancerNodePorts") is False:
            ports = sum(1 for p in spec.get("ports") or () if p.get("nodePort"))
        found["services.nodeports"] = str(ports)
    return found


def _claim(spec: Object) -> Usage:
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage", "0")
    found: Usage = {"requests.storage": storage}
    class_name = spec.get("storageClassName")
    if class_name:
        prefix = f"{class_name}.storageclass.storage.k8s.io"
        found[f"{prefix}/requests.storage"] = storage
        found[f"{prefix}/persistentvolumeclaims"] = "1"
    return found


def compute_problems(spec: Object, hard: Usage) -> str:
    """Containers that do not say what a quota on compute resources needs, as the refusal lists them; "" if none."""
    if spec.get("resources"):
        return ""
    wanted = [(n, *_compute(n)) for n in sorted(hard) if _compute(n)[1]]
    missing = []
    for shown, field, name in wanted:
        names = [
            c["name"]
            for c in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
            if name not in ((c.get("resources") or {}).get(field) or {})
        ]
        if names:
            missing.append(f"{shown} for: {','.join(sorted(names))}")
    return "; ".join(missing)


def _compute(name: str) -> tuple[str, str]:
    if name in ("cpu", "memory"):
        return "requests", name
    field, _, resource = name.partition(".")
    return (field, resource) if field in ("requests", "limits") and resource in ("cpu", "memory") else ("", "")


def in_scope(spec: Object, resource: Resource, obj: Object) -> bool:
    """Whether a quota's scopes take in an object."""
    terms: list[tuple[str, str, list[str]]] = [(s, "Exists", []) for s in spec.get("scopes") or ()]
    for term in (spec.get("scopeSelector") or {}).get("matchExpressions") or ():
        terms.append((term["scopeName"], term["operator"], term.get("values") or []))
    if not terms:
        return True
    if resource.plural != "pods" or resource.group:
        return False
    return all(_matches_scope(obj["spec"], *term) for term in terms)


def _matches_scope(spec: Object, scope: str, operator: str, values: list[str]) -> bool:
    if scope in ("Terminating", "NotTerminating"):
        bounded = (spec.get("activeDeadlineSeconds") or -1) >= 0
        return bounded == (scope == "Terminating")
    if scope in ("BestEffort", "NotBestEffort"):
        resources = pod_resources(spec)
        free = not any(quantity.parse(v).nanos for part in resources.values() for v in part.values())
        return free == (scope == "BestEffort")
    if scope == "PriorityClass":
        return _matches_class(spec.get("priorityClassName", ""), operator, values)
    if scope == "CrossNamespacePodAffinity":
        return _crosses_namespaces(spec.get("affinity") or {})
    return False


def _matches_class(name: str, operator: str, values: list[str]) -> bool:
    if operator == "Exists":
        return bool(name)
    if operator == "DoesNotExist":
        return not name
    return (name in values) == (operator == "In")


def _crosses_namespaces(affinity: Object) -> bool:
    for field in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(field) or {}
        terms = list(part.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        terms += [w["podAffinityTerm"] for w in part.get("preferredDuringSchedulingIgnoredDuringExecution") or ()]
        if any(t.get("namespaces") or t.get("namespaceSelector") is not None for t in terms):
            return True
    return False
