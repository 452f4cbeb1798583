"""certificatesigningrequests/approval: approving and denying."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.meta import deep_copy
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.call import Call

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]


def approve(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Take over the conditions of status, nothing else."""
    registry = server.registry
    if call.request.verb == "get":
        return 200, registry.get(call)
    if call.request.verb == "update":
        new = registry.decode(call, call.request.body)
    elif call.request.verb == "patch":
        from cluster_core.apiserver.patching import patched

        new = patched(registry, call)
    else:
        raise errors.method_not_allowed()
    current = registry.get(call)
    changed = deep_copy(current)
    changed["metadata"]["resourceVersion"] = new["metadata"].get("resourceVersion", "")
    changed.setdefault("status", {})["conditions"] = _stamped(new, current, rfc3339(server.loop.now()))
    return 200, registry.replace(call, changed, current)


def _stamped(new: Object, current: Object, now: str) -> list[Object]:
    """The new conditions, with the times that they lack."""
    known = {(c["type"], c.get("status")): c for c in (current.get("status") or {}).get("conditions") or ()}
    conditions: list[Object] = []
    for condition in (new.get("status") or {}).get("conditions") or ():
        before = known.get((condition["type"], condition.get("status")), {}).get("lastTransitionTime")
        times = {
            "lastUpdateTime": condition.get("lastUpdateTime") or now,
            "lastTransitionTime": condition.get("lastTransitionTime") or before or now,
        }
        conditions.append({**condition, **times})
    return conditions
