"""Eviction: deleting a pod unless a disruption budget forbids it."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.conditions import with_condition
from cluster_core.apimachinery.meta import is_deleting
from cluster_core.apimachinery.selectors import from_object
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver import deletion
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.ownership import ownership_of, stored
from cluster_core.apiserver.subresources import success
from cluster_core.store.store import Key

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
BUDGETS = "poddisruptionbudgets.policy"
VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget."
TWO_BUDGETS = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."


def evict(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Delete the pod, charging its disruption budget."""
    if call.request.verb != "create":
        raise errors.method_not_allowed()
    eviction = call.request.body or {}
    if (eviction.get("metadata") or {}).get("name") != call.request.name:
        raise errors.bad_request("name in URL does not match name in Eviction object")
    pod = server.registry.get(call)
    wishes = eviction.get("deleteOptions") or {}
    dry = call.dry_run or "All" in (wishes.get("dryRun") or ())
    if not _free_to_go(pod):
        budget = _budget(server, pod)
        if budget is not None and not _unhealthy_may_go(pod, budget):
            _charge(server, pod, budget, dry)
    plain = call._replace(request=call.request._replace(subresource="", verb="delete"), dry_run=dry)
    if not dry:
        _tell(server, pod)
    deletion.delete(server.registry, plain, wishes)
    return 201, success(201)


def _tell(server: "APIServer", pod: Object) -> None:
    """Say in the pod's conditions why it is about to end."""
    metadata, status = pod["metadata"], pod.get("status") or {}
    condition = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "EvictionByEvictionAPI",
        "message": "Eviction API: evicting",
        "lastProbeTime": None,
        "lastTransitionTime": rfc3339(server.loop.now()),
    }
    told = with_condition(status.get("conditions"), condition)
    new = stored({**pod, "metadata": {**metadata}, "status": {**status, "conditions": told}}, ownership_of(pod))
    server.store.update(Key("pods", metadata["namespace"], metadata["name"]), new, pod)


def _free_to_go(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed", "Pending") or is_deleting(pod)


def _budget(server: "APIServer", pod: Object) -> Object | None:
    labels = pod["metadata"].get("labels")
    if not labels:
        return None
    budgets = server.store.list(BUDGETS, pod["metadata"]["namespace"])
    found = [b for b in budgets if from_object(b["spec"].get("selector")).matches(labels)]
    if len(found) > 1:
        raise errors.ApiError(500, "", TWO_BUDGETS)
    return found[0] if found else None


def _unhealthy_may_go(pod: Object, budget: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    if any(c["type"] == "Ready" and c["status"] == "True" for c in conditions):
        return False
    if budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status", {})
    return (status.get("currentHealthy") or 0) >= (status.get("desiredHealthy") or 0) > 0


def _charge(server: "APIServer", pod: Object, budget: Object, dry: bool) -> None:
    metadata, status = budget["metadata"], budget.get("status") or {}
    name = metadata["name"]
    if (status.get("observedGeneration") or 0) < metadata.get("generation", 1):
        text = f"The disruption budget {name} is still being processed by the server."
        raise _refused(text, 10)
    if (status.get("disruptionsAllowed") or 0) <= 0:
        healthy, desired = status.get("currentHealthy") or 0, status.get("desiredHealthy") or 0
        text = f"The disruption budget {name} needs {desired} healthy pods and has {healthy} currently"
        raise _refused(text, 0)
    if dry:
        return
    disrupted = {**(status.get("disruptedPods") or {}), pod["metadata"]["name"]: rfc3339(server.loop.now())}
    new_status = {**status, "disruptionsAllowed": status["disruptionsAllowed"] - 1, "disruptedPods": disrupted}
    new = stored({**budget, "metadata": {**metadata}, "status": new_status}, ownership_of(budget))
    server.store.update(Key(BUDGETS, metadata["namespace"], name), new, budget)


def _refused(text: str, retry_after: int) -> errors.ApiError:
    cause = {"reason": "DisruptionBudget", "message": text}
    return errors.too_many_requests(VIOLATES, retry_after, [cause])
