"""Subresources other than status: scale, binding, eviction, token and the pod's streams."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.meta import deep_copy
from cluster_core.apiserver.ownership import ownership_of, stored
from cluster_core.apiserver.registry import Call

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]


def serve(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Perform a verb on a subresource: HTTP status and object; raises ApiError."""
    served = _TABLE.get((call.served.resource.plural, call.request.subresource))
    if served is None:
        raise errors.PageNotFoundError
    return served(server, call)


def _binding(server: "APIServer", call: Call) -> tuple[int, Object]:
    if call.request.verb != "create":
        raise errors.method_not_allowed()
    node = (call.request.body.get("target") or {}).get("name", "")
    current = server.registry.get(call)
    if current["metadata"].get("deletionTimestamp") is not None:
        text = f"pod {current['metadata']['name']} is being deleted, cannot be assigned to a host"
        raise errors.conflict("pods/binding", current["metadata"]["name"], text)
    if current["spec"].get("nodeName"):
        text = f'pod {current["metadata"]["name"]} is already assigned to node "{current["spec"]["nodeName"]}"'
        raise errors.conflict("pods/binding", current["metadata"]["name"], text)
    from cluster_core.apimachinery.conditions import with_condition
    from cluster_core.apimachinery.timestamps import rfc3339

    status = current.get("status", {})
    scheduled = {
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": None,
        "lastTransitionTime": rfc3339(server.loop.now()),
    }
    bound: Object = {
        **current,
        "metadata": dict(current["metadata"]),
        "spec": {**current["spec"], "nodeName": node},
        "status": {**status, "conditions": with_condition(status.get("conditions"), scheduled)},
    }
    if not call.dry_run:
        server.store.update(call.key, stored(bound, ownership_of(current)), current)
    return 201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}


def _replicas_path(obj: Object) -> int:
    return obj["spec"].get("replicas") or 0


def _scale_of(obj: Object) -> Object:
    from cluster_core.apimachinery.selectors import from_object

    metadata = {k: obj["metadata"][k] for k in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")}
    selector = obj["spec"].get("selector")
    status: Object = {"replicas": obj.get("status", {}).get("replicas") or 0}
    if selector:
        terms = (
            from_object(selector).requirements if "matchLabels" in selector or "matchExpressions" in selector else ()
        )
        status["selector"] = ",".join(f"{t.key}={t.values[0]}" for t in terms if t.operator == "in")
    spec: Object = {"replicas": _replicas_path(obj)} if _replicas_path(obj) else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _scale(server: "APIServer", call: Call) -> tuple[int, Object]:
    registry, request = server.registry, call.request
    current = registry.get(call)
    if request.verb == "get":
        return 200, _scale_of(current)
    if request.verb == "update":
        replicas = (request.body.get("spec") or {}).get("replicas") or 0
    elif request.verb == "patch":
        from cluster_core.apimachinery.patch_merge import merge

        replicas = merge(_scale_of(current), request.body)["spec"].get("replicas") or 0
    else:
        raise errors.method_not_allowed()
    changed = deep_copy(current)
    changed["spec"]["replicas"] = replicas
    plain = call._replace(request=request._replace(subresource=""))
    return 200, _scale_of(registry.replace(plain, changed, current))


_TABLE = {
    ("pods", "binding"): _binding,
    ("deployments", "scale"): _scale,
    ("replicasets", "scale"): _scale,
    ("statefulsets", "scale"): _scale,
    ("replicationcontrollers", "scale"): _scale,
}
