"""Deletion of namespaces: first the pods, then everything else, then the namespace itself.

The API server has set the phase to Terminating and refuses new content; this controller empties the namespace, tells of
what holds it up in five conditions, and takes the finalizer `kubernetes` off at the end.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.gvk import GVR, parse_api_version
from cluster_core.client.resources import NAMESPACES, PODS
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.reconciler import Controller
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]

FINALIZER = "kubernetes"
FINALIZER_ESTIMATE = 15
"""Seconds that items with finalizers are given before another look."""

_FINE = {
    "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "All resources successfully discovered"),
    "NamespaceDeletionGroupVersionParsingFailure": ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
    "NamespaceDeletionContentFailure": (
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    "NamespaceContentRemaining": ("ContentRemoved", "All content successfully removed"),
    "NamespaceFinalizersRemaining": ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
}


class Remaining(NamedTuple):
    """What one resource still holds: seconds to wait, number of items, finalizers, and an error's text."""

    estimate: int = 0
    items: int = 0
    finalizers: Mapping[str, int] = MappingProxyType({})
    error: str = ""


class NamespaceController(Controller):
    """Keys are names of namespaces."""

    name = "namespace-controller"

    def watch(self) -> None:
        self.namespaces = self.lister(NAMESPACES)
        self.informer(NAMESPACES).add_handler(on_add=self._changed, on_update=lambda _old, new: self._changed(new))

    def _changed(self, namespace: Object) -> None:
        if "deletionTimestamp" in namespace["metadata"]:
            self.queue.add_after(namespace["metadata"]["name"], self.options.namespace_deletion_delay)

    def sync(self, key: str) -> None:
        namespace = self.namespaces.get("", key)
        if namespace is None or "deletionTimestamp" not in namespace["metadata"]:
            return
        if FINALIZER not in (namespace["spec"].get("finalizers") or ()):
            return
        pods = self._empty(PODS, namespace)
        if pods.items:
            self._write_conditions(namespace, {PODS: pods._replace(items=0, finalizers=Counter())})
            self._wait_or_retry(key, [pods])
            return
        remaining = {gvr: self._empty(gvr, namespace) for gvr in self._deletable() if gvr != PODS}
        namespace = self._write_conditions(namespace, remaining)
        if not self._wait_or_retry(key, remaining.values()):
            self._finalize(namespace)

    def _wait_or_retry(self, key: str, remaining: Iterable[Remaining]) -> bool:
        """Plan the next look if something remains. What only a finalizer holds does not keep the cluster busy."""
        errors = [rest.error for rest in remaining if rest.error]
        if errors:
            raise RetryError(errors[0])
        held = [rest for rest in remaining if rest.estimate]
        if not held:
            return False
        patient = all(sum(rest.finalizers.values()) >= rest.items for rest in held)
        self.queue.add_after(key, max(rest.estimate for rest in held) // 2 + 1, background=patient)
        return True

    def _deletable(self) -> list[GVR]:
        """Every namespaced resource that can be deleted, each group in one version."""
        groups = self.client.raw("GET", "/apis")["groups"]
        versions = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
        found = []
        for path in versions:
            document = self.client.raw("GET", path)
            group, version = parse_api_version(document["groupVersion"])
            for resource in document["resources"]:
                verbs = set(resource["verbs"])
                if resource["namespaced"] and "/" not in resource["name"] and {"delete", "list"} <= verbs:
                    found.append(GVR(group, version, resource["name"]))
        return found

    def _empty(self, gvr: GVR, namespace: Object) -> Remaining:
        """Ask for the deletion of all objects of a resource; what is still there afterwards."""
        name = namespace["metadata"]["name"]
        try:
            items = self.client.list(gvr, name)["items"]
            if not items:
                return Remaining()
            estimate = self._estimate(gvr, items, namespace)
            self.client.delete_collection(gvr, name, propagation_policy="Background")
            items = self.client.list(gvr, name)["items"]
        except ApiError as error:
            return Remaining(error=error.message)
        if not items:
            return Remaining()
        finalizers = Counter(f for item in items for f in item["metadata"].get("finalizers") or ())
        if estimate or finalizers:
            return Remaining(estimate or FINALIZER_ESTIMATE, len(items), finalizers)
        where = f"{gvr.group}/{gvr.version}, Resource={gvr.resource}"
        return Remaining(
            0, len(items), finalizers, f"unexpected items still remain in namespace: {name} for gvr: {where}"
        )

    def _estimate(self, gvr: GVR, items: list[Object], namespace: Object) -> int:
        """The longest grace period of the running pods, until that much time has passed."""
        if gvr != PODS:
            return 0
        graces = (pod["spec"].get("terminationGracePeriodSeconds") or 0 for pod in items if not podlib.is_finished(pod))
        estimate = max(graces, default=0)
        passed = self.now() - timestamps.parse(namespace["metadata"]["deletionTimestamp"])
        return 0 if passed >= estimate else estimate

    def _write_conditions(self, namespace: Object, remaining: dict[GVR, Remaining]) -> Object:
        problems = _problems(remaining)
        status = namespace.get("status") or {}
        conditions = list(status.get("conditions") or ())
        for type, (reason, message) in _FINE.items():
            state = "False"
            if type in problems:
                state, (reason, message) = "True", problems[type]
            self._set(conditions, {"type": type, "status": state, "reason": reason, "message": message})
        if conditions == status.get("conditions"):
            return namespace
        return self.client.update_status(NAMESPACES, {**namespace, "status": {**status, "conditions": conditions}})

    def _set(self, conditions: list[Object], new: Object) -> None:
        new["lastTransitionTime"] = timestamps.rfc3339(self.now())
        for index, old in enumerate(conditions):
            if old["type"] == new["type"]:
                if old["status"] == new["status"]:
                    new["lastTransitionTime"] = old["lastTransitionTime"]
                conditions[index] = new
                return
        conditions.append(new)

    def _finalize(self, namespace: Object) -> None:
        finalizers = [f for f in namespace["spec"]["finalizers"] if f != FINALIZER]
        finalized = {**namespace, "spec": {**namespace["spec"], "finalizers": finalizers}}
        try:
            self.client.update(NAMESPACES, finalized, subresource="finalize")
        except ApiError as error:
            if not is_not_found(error):
                raise


def _problems(remaining: dict[GVR, Remaining]) -> dict[str, tuple[str, str]]:
    """The conditions that are True, with reason and message."""
    problems: dict[str, tuple[str, str]] = {}
    errors = sorted(rest.error for rest in remaining.values() if rest.error)
    if errors:
        message = f"Failed to delete all resource types, {len(errors)} remaining: {', '.join(errors)}"
        problems["NamespaceDeletionContentFailure"] = ("ContentDeletionFailed", message)
    held = sorted(
        f"{gvr.resource}.{gvr.group} has {rest.items} resource instances"
        for gvr, rest in remaining.items()
        if rest.items
    )
    if held:
        message = f"Some resources are remaining: {', '.join(held)}"
        problems["NamespaceContentRemaining"] = ("SomeResourcesRemain", message)
    finalizers: Counter[str] = sum((Counter(rest.finalizers) for rest in remaining.values()), Counter())
    if finalizers:
        listed = ", ".join(sorted(f"{name} in {count} resource instances" for name, count in finalizers.items()))
        message = f"Some content in the namespace has finalizers remaining: {listed}"
        problems["NamespaceFinalizersRemaining"] = ("SomeFinalizersRemain", message)
    return problems
