"""What the rules need of a pod, worked out once per class of equal pods.

Called by the cache (pods on nodes) and the queue (pods without one).
"""

import marshal
from typing import Any

from cluster_core.apimachinery import pod_resources
from cluster_core.apimachinery.selectors import LabelSelector, from_object

Object = dict[str, Any]

UNSET_CPU, UNSET_MEMORY = 100, 200 * 1024 * 1024
"""What a container without a request counts as when nodes are scored: thousandths of a core, bytes."""

_MARSHAL = 2
"""The last version of marshal's format in which equal values give equal bytes."""

_SPEC_FIELDS = (
    "nodeName",
    "nodeSelector",
    "affinity",
    "tolerations",
    "topologySpreadConstraints",
    "priority",
    "preemptionPolicy",
    "overhead",
    "resources",
    "schedulingGates",
    "hostNetwork",
)
_REQUIRED, _PREFERRED = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)


class AffinityTerm:
    """One inter-pod term: which pods, in which namespaces, counted by which topology."""

    __slots__ = ("namespace_selector", "namespaces", "selector", "topology_key", "weight")

    def __init__(self, term: Object, pod_namespace: str, pod_labels: dict[str, str], weight: int = 1) -> None:
        self.topology_key: str = term["topologyKey"]
        self.selector = selector_with_keys(term, pod_labels)
        chosen = term.get("namespaceSelector")
        self.namespace_selector: LabelSelector | None = from_object(chosen) if chosen is not None else None
        listed = term.get("namespaces")
        self.namespaces = frozenset(listed or (() if chosen is not None else (pod_namespace,)))
        self.weight = weight

    def matches(self, namespace: str, labels: dict[str, str], namespace_labels: dict[str, str]) -> bool:
        """Whether a pod with these labels, in a namespace with those, is meant."""
        if namespace not in self.namespaces and not (
            self.namespace_selector is not None and self.namespace_selector.matches(namespace_labels)
        ):
            return False
        return self.selector.matches(labels)


def selector_with_keys(term: Object, labels: dict[str, str]) -> LabelSelector:
    """A term's labelSelector with matchLabelKeys (and mismatchLabelKeys) filled in from the pod's own labels."""
    selector = term.get("labelSelector")
    extra = [
        {"key": key, "operator": operator, "values": [labels[key]]}
        for field, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn"))
        for key in term.get(field) or ()
        if key in labels
    ]
    if extra and selector is not None:
        selector = {**selector, "matchExpressions": [*(selector.get("matchExpressions") or ()), *extra]}
    return from_object(selector)


class PodClass:
    """Everything about a pod that rules look at. Pods with equal `key` are interchangeable to the scheduler."""

    __slots__ = (
        "affinity",
        "anti_affinity",
        "cache",
        "claims",
        "images",
        "key",
        "labels",
        "namespace",
        "nonzero",
        "owner",
        "ports",
        "preemption_policy",
        "preferred_affinity",
        "preferred_anti_affinity",
        "priority",
        "requests",
        "spec",
        "tolerations",
    )

    def __init__(self, key: bytes, pod: Object) -> None:
        spec = pod["spec"]
        self.key, self.spec = key, spec
        self.namespace: str = pod["metadata"].get("namespace", "")
        self.labels: dict[str, str] = pod["metadata"].get("labels") or {}
        self.priority: int = spec.get("priority") or 0
        self.preemption_policy: str = spec.get("preemptionPolicy") or "PreemptLowerPriority"
        self.tolerations: list[Object] = spec.get("tolerations") or []
        self.requests = pod_resources.requests(spec)
        self.nonzero = _nonzero(spec, self.requests)
        self.ports = pod_resources.host_ports(spec)
        self.images = [c["image"] for c in (*(spec.get("initContainers") or ()), *spec["containers"]) if c.get("image")]
        self.claims = claims_of(pod)
        self.owner = next((r for r in pod["metadata"].get("ownerReferences") or () if r.get("controller")), None)
        self.affinity, self.preferred_affinity = self._terms("podAffinity")
        self.anti_affinity, self.preferred_anti_affinity = self._terms("podAntiAffinity")
        self.cache: dict[str, Any] = {}
        """Scratch space of plugins, by plugin name."""

    def _terms(self, field: str) -> tuple[list[AffinityTerm], list[AffinityTerm]]:
        affinity = (self.spec.get("affinity") or {}).get(field) or {}
        required = [AffinityTerm(t, self.namespace, self.labels) for t in affinity.get(_REQUIRED) or ()]
        preferred = [
            AffinityTerm(w["podAffinityTerm"], self.namespace, self.labels, w["weight"])
            for w in affinity.get(_PREFERRED) or ()
        ]
        return required, preferred

    @property
    def has_affinity(self) -> bool:
        """Whether the pod states any inter-pod term."""
        return bool(self.affinity or self.anti_affinity or self.preferred_affinity or self.preferred_anti_affinity)


def claims_of(pod: Object) -> tuple[tuple[str, str], ...]:
    """Names of the pod's PersistentVolumeClaims, those made for an ephemeral volume with the pod's name, others with ""."""
    name = pod["metadata"].get("name", "")
    found = []
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            found.append((volume["persistentVolumeClaim"]["claimName"], ""))
        elif "ephemeral" in volume:
            found.append((f"{name}-{volume['name']}", name))
    return tuple(found)


def _nonzero(spec: Object, requests: dict[str, int]) -> tuple[int, int]:
    cpu, memory = requests.get("cpu", 0), requests.get("memory", 0)
    if spec.get("resources"):
        return cpu or UNSET_CPU, memory or UNSET_MEMORY
    for container in spec["containers"]:
        asked = (container.get("resources") or {}).get("requests") or {}
        if "cpu" not in asked:
            cpu += UNSET_CPU
        if "memory" not in asked:
            memory += UNSET_MEMORY
    return cpu, memory


def class_key(pod: Object) -> bytes:
    """Equal for pods that no rule can tell apart."""
    metadata, spec = pod["metadata"], pod["spec"]
    containers = [
        (c.get("image"), c.get("resources"), c.get("ports"), c.get("restartPolicy"))
        for c in (*spec["containers"], None, *(spec.get("initContainers") or ()))
        if c is not None
    ]
    owner = next((r["uid"] for r in metadata.get("ownerReferences") or () if r.get("controller")), "")
    facts = [
        metadata.get("namespace"),
        metadata.get("labels"),
        owner,
        len(spec["containers"]),
        containers,
        claims_of(pod) if spec.get("volumes") else (),
        {field: spec[field] for field in _SPEC_FIELDS if field in spec},
    ]
    return marshal.dumps(facts, _MARSHAL)


class PodInfo:
    """One pod as cache and queue hold it."""

    __slots__ = (
        "attempts",
        "cls",
        "key",
        "name",
        "namespace",
        "node",
        "pod",
        "queued_at",
        "refused_by",
        "sequence",
        "uid",
    )

    def __init__(self, pod: Object, cls: PodClass) -> None:
        self.cls = cls
        self.update(pod)
        self.attempts = 0
        self.queued_at = 0.0
        self.sequence = 0
        self.refused_by: frozenset[str] = frozenset()
        """Plugins whose refusal made the last attempt fail."""

    def update(self, pod: Object) -> None:
        """Take over a new version of the same pod."""
        metadata = pod["metadata"]
        self.pod = pod
        self.namespace: str = metadata.get("namespace", "")
        self.name: str = metadata["name"]
        self.key = f"{self.namespace}/{self.name}"
        self.uid: str = metadata.get("uid", "")
        self.node: str = pod["spec"].get("nodeName") or ""
