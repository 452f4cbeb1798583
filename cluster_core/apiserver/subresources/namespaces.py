"""namespaces/finalize: the namespace controller's way to let a namespace go."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.ownership import ownership_of, stored

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]


def finalize(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Set spec.finalizers; a namespace that is being deleted goes with the last one."""
    if call.request.verb != "update":
        raise errors.method_not_allowed()
    current = server.registry.get(call)
    finalizers = ((call.request.body or {}).get("spec") or {}).get("finalizers") or []
    spec = {**current.get("spec", {}), "finalizers": finalizers}
    if not finalizers:
        del spec["finalizers"]
    new = stored({**current, "metadata": {**current["metadata"]}, "spec": spec}, ownership_of(current))
    if call.dry_run:
        return 200, new
    deleting = current["metadata"].get("deletionTimestamp") is not None
    if deleting and not finalizers and not current["metadata"].get("finalizers"):
        return 200, server.store.delete(call.key, new, current)
    return 200, server.store.update(call.key, new, current)
