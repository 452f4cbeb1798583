"""The APIServices that the server keeps by itself: one per group version that it serves.

Called by the pipeline before it answers a request about APIServices, so that nobody pays who never asks; and when definitions change while
somebody watches. Compares what should be with what is, and writes the difference to the store.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.ownership import NOBODY, stored
from cluster_core.store.store import Key

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
GROUP = "apiregistration.k8s.io"
BUCKET = f"apiservices.{GROUP}"
MANAGED = "kube-aggregator.kubernetes.io/automanaged"
ON_START, ALWAYS = "onstart", "true"
CORE_PRIORITY, CUSTOM_PRIORITY, AGGREGATED_PRIORITY = 18000, 1000, 100
PRIORITIES = {
    "": (CORE_PRIORITY, 1),
    "events.k8s.io": (17750, 15),
    "apps": (17800, 15),
    "authentication.k8s.io": (17700, 15),
    "authorization.k8s.io": (17600, 15),
    "autoscaling": (17500, 15),
    "batch": (17400, 15),
    "certificates.k8s.io": (17300, 15),
    "networking.k8s.io": (17200, 15),
    "policy": (17100, 15),
    "rbac.authorization.k8s.io": (17000, 15),
    "storage.k8s.io": (16800, 15),
    "apiextensions.k8s.io": (16700, 15),
    "admissionregistration.k8s.io": (16700, 15),
    "scheduling.k8s.io": (16600, 15),
    "coordination.k8s.io": (16500, 15),
    "node.k8s.io": (16300, 15),
    "discovery.k8s.io": (16200, 15),
    "resource.k8s.io": (16200, 21),
    "flowcontrol.apiserver.k8s.io": (16100, 21),
}
"""Built-in group to its own priority and that of its version."""
VERSIONS = {("autoscaling", "v2"): 30}
METRICS_SERVER = {"namespace": "kube-system", "name": "metrics-server", "port": 443}


class _Registration(NamedTuple):
    """What should be registered of one group version."""

    group: str
    version: str
    managed: str
    priorities: tuple[int, int]

    @property
    def name(self) -> str:
        return f"{self.version}.{self.group}"


class Registrations:
    """Keeps APIServices in step with what is served."""

    def __init__(self, server: "APIServer") -> None:
        self._server = server
        self._seen = -1

    def refresh(self) -> None:
        """Write what is missing, remove what is not served any more."""
        revision = self._server.served.revision
        if revision == self._seen:
            return
        self._seen = revision
        wanted = {found.name: found for found in self._wanted()}
        store = self._server.store
        for name, registration in wanted.items():
            if store.get(Key(BUCKET, "", name)) is None:
                store.create(Key(BUCKET, "", name), stored(self._object(registration), NOBODY))
        for obj in store.list(BUCKET):
            metadata = obj["metadata"]
            if (metadata.get("labels") or {}).get(MANAGED) == ALWAYS and metadata["name"] not in wanted:
                last = {**obj, "metadata": dict(metadata)}
                store.delete(Key(BUCKET, "", metadata["name"]), stored(last, NOBODY), obj)

    def _wanted(self) -> Iterator[_Registration]:
        served = self._server.served
        aggregated = {(a.group, a.version) for a in served.aggregated}
        for group, versions in served.groups().items():
            for version in versions:
                if group in PRIORITIES:
                    own, version_priority = PRIORITIES[group]
                    priorities = own, VERSIONS.get((group, version), version_priority)
                    yield _Registration(group, version, ON_START, priorities)
                elif (group, version) in aggregated:
                    yield _Registration(group, version, "", (AGGREGATED_PRIORITY, 100))
                else:
                    yield _Registration(group, version, ALWAYS, (CUSTOM_PRIORITY, 100))

    def _object(self, found: _Registration) -> Object:
        now = rfc3339(self._server.loop.now())
        metadata: Object = {"name": found.name, "uid": self._server.identities.uid(), "creationTimestamp": now}
        if found.managed:
            metadata["labels"] = {MANAGED: found.managed}
        group_priority, version_priority = found.priorities
        spec: Object = {"group": found.group} if found.group else {}
        spec = {
            **spec,
            "groupPriorityMinimum": group_priority,
            "version": found.version,
            "versionPriority": version_priority,
        }
        reason, message = "Local", "Local APIServices are always available"
        if not found.managed:
            metadata["labels"] = {"k8s-app": "metrics-server"}
            spec = {**spec, "insecureSkipTLSVerify": True, "service": dict(METRICS_SERVER)}
            reason, message = "Passed", "all checks passed"
        condition = {"type": "Available", "status": "True", "lastTransitionTime": now}
        return {
            "apiVersion": f"{GROUP}/v1",
            "kind": "APIService",
            "metadata": metadata,
            "spec": spec,
            "status": {"conditions": [{**condition, "reason": reason, "message": message}]},
        }
