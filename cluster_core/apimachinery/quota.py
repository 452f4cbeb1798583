"""What objects count for in a ResourceQuota: names, amounts, scopes.

Pure. The quota controller adds up what there is; the admission plugin asks what one more object would take. Amounts are
quantity texts by quota name ("pods", "requests.cpu", "count/deployments.apps").
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cluster_core.apimachinery import pod_resources, quantity, timestamps
from cluster_core.apimachinery.gvk import GVR

Object = dict[str, Any]
Usage = dict[str, str]

PODS, SERVICES = GVR("", "v1", "pods"), GVR("", "v1", "services")
CLAIMS = GVR("", "v1", "persistentvolumeclaims")
_PLAIN = ("configmaps", "secrets", "replicationcontrollers", "resourcequotas")
"""Core resources that are also counted by their bare name."""
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_CLASS_INFIX = ".storageclass.storage.k8s.io/"


def count_name(gvr: GVR) -> str:
    """`count/deployments.apps`, `count/pods`."""
    return f"count/{gvr.group_resource}"


def resource_of(name: str) -> GVR | None:
    """The resource whose objects a quota name counts; None for a name that nothing counts. The version is left open ("")."""
    if name.startswith("count/"):
        resource, _, group = name.removeprefix("count/").partition(".")
        return GVR(group, "v1" if not group else "", resource)
    if name in _PLAIN:
        return GVR("", "v1", name)
    if name == "services" or name.startswith("services."):
        return SERVICES
    if name in ("persistentvolumeclaims", "requests.storage") or _CLASS_INFIX in name:
        return CLAIMS
    bare = name.removeprefix("requests.").removeprefix("limits.")
    if name == "pods" or bare in _COMPUTE or bare.startswith("hugepages-") or (name != bare and "/" in bare):
        return PODS
    return None


def usage_of(gvr: GVR, obj: Object, now: float) -> Usage:
    """What one object counts for; {} for one that does not count (any more)."""
    if gvr == PODS:
        return _pod_usage(obj) if _counts(obj, now) else {count_name(gvr): "1"}
    usage = {count_name(gvr): "1"}
    if gvr == SERVICES:
        usage.update(_service_usage(obj))
    elif gvr == CLAIMS:
        usage.update(_claim_usage(obj))
    elif not gvr.group and gvr.resource in _PLAIN:
        usage[gvr.resource] = "1"
    return usage


def add(total: Usage, more: Mapping[str, str]) -> None:
    """Add to a total in place."""
    for name, amount in more.items():
        total[name] = quantity.add(total.get(name, "0"), amount)


def in_scope(quota: Object, gvr: GVR, obj: Object) -> bool:
    """Whether a quota looks at an object at all: all its scopes must match, and only pods (and claims' classes) have scopes."""
    spec = quota["spec"]
    wanted = [{"scopeName": scope, "operator": "Exists"} for scope in spec.get("scopes") or ()]
    wanted += (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    if not wanted:
        return True
    return gvr == PODS and all(_matches(scope, obj) for scope in wanted)


def missing(quota_names: Iterable[str], pod: Object) -> list[tuple[str, list[str]]]:
    """Compute resources that a quota counts and containers do not state: (quota name, container names), by name."""
    containers = [*(pod["spec"].get("containers") or ()), *(pod["spec"].get("initContainers") or ())]
    found = []
    for name in sorted(quota_names):
        kind, _, resource = name.rpartition(".")
        if resource in ("cpu", "memory") and kind in ("", "requests", "limits"):
            field = kind or "requests"
            lacking = [c["name"] for c in containers if resource not in ((c.get("resources") or {}).get(field) or {})]
            if lacking:
                found.append((name, lacking))
    return found


def _counts(pod: Object, now: float) -> bool:
    """Finished pods do not count, nor do those whose grace period has passed."""
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return False
    deleted = pod["metadata"].get("deletionTimestamp")
    if deleted is None or pod["metadata"].get("deletionGracePeriodSeconds") is None:
        return True
    return timestamps.parse(deleted) >= now


def _pod_usage(pod: Object) -> Usage:
    usage = {"pods": "1", count_name(PODS): "1"}
    for kind, amounts in (("requests", pod_resources.requests), ("limits", pod_resources.limits)):
        for resource, amount in amounts(pod["spec"]).items():
            text = _text(pod, kind, resource, amount)
            usage[f"{kind}.{resource}"] = text
            if kind == "requests" and (resource in _COMPUTE or resource.startswith("hugepages-")):
                usage[resource] = text
    return usage


def _text(pod: Object, kind: str, resource: str, amount: int) -> str:
    """An amount in the notation (binary or decimal) in which the pod states it."""
    stated = [
        str(((c.get("resources") or {}).get(kind) or {}).get(resource, "0"))
        for c in pod["spec"].get("containers") or ()
    ]
    plain = pod_resources.quantity_text(resource, amount)
    binary = next((text for text in stated if text.endswith("i")), None)
    return quantity.subtract(quantity.add(binary, plain), binary) if binary else plain


def _service_usage(service: Object) -> Usage:
    usage = {"services": "1"}
    spec, ports = service["spec"], str(len(service["spec"].get("ports") or ()))
    type = spec.get("type", "ClusterIP")
    if type == "LoadBalancer":
        usage["services.loadbalancers"] = "1"
    if type == "NodePort" or (type == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts", True)):
        usage["services.nodeports"] = ports
    return usage


def _claim_usage(claim: Object) -> Usage:
    requested = str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))
    usage = {"persistentvolumeclaims": "1", "requests.storage": requested}
    storage_class = claim["spec"].get("storageClassName")
    if storage_class:
        usage[f"{storage_class}{_CLASS_INFIX}persistentvolumeclaims"] = "1"
        usage[f"{storage_class}{_CLASS_INFIX}requests.storage"] = requested
    return usage


def _matches(scope: Object, pod: Object) -> bool:
    name, spec = scope["scopeName"], pod["spec"]
    if name in ("BestEffort", "NotBestEffort"):
        return bool((pod_resources.qos(spec) == pod_resources.BEST_EFFORT) == (name == "BestEffort"))
    if name in ("Terminating", "NotTerminating"):
        return bool((spec.get("activeDeadlineSeconds") is not None) == (name == "Terminating"))
    if name == "PriorityClass":
        return _matches_value(scope, spec.get("priorityClassName") or "")
    if name == "CrossNamespacePodAffinity":
        return _crosses_namespaces(spec)
    return False


def _matches_value(scope: Object, value: str) -> bool:
    operator, values = scope.get("operator", "Exists"), scope.get("values") or ()
    if operator in ("In", "NotIn"):
        return bool((value in values) == (operator == "In"))
    return bool(bool(value) == (operator == "Exists"))


def _crosses_namespaces(spec: Object) -> bool:
    affinity = spec.get("affinity") or {}
    for side in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(side) or {}
        terms = list(rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ())
        weighted = rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        terms += [entry["podAffinityTerm"] for entry in weighted]
        if any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms):
            return True
    return False
