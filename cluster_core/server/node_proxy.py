"""The proxy subresource of nodes: what a kubelet's own HTTP server answers, as far as people ask for it through the API server.

/healthz, /pods, /stats/summary and /metrics/resource. Usage comes from the kubelets' NodeAPI, pods from the API.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp.web_response import Response

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.server.proxying import PODS, READER, read, split_name

if TYPE_CHECKING:
    from cluster_core.server.app import App

Object = dict[str, Any]
NODES = GVR("", "v1", "nodes")
TEXT, JSON = "text/plain", "application/json"
UNREACHABLE = "error trying to reach service: dial tcp {}:10250: connect: connection refused"


class Kubelet:
    """One node as its kubelet's HTTP server shows it."""

    def __init__(self, app: "App", node: Object, usage: Any) -> None:
        self._app, self._node, self._usage = app, node, usage
        self._name: str = node["metadata"]["name"]

    def healthz(self) -> str:
        """Always well: a kubelet that is not does not answer."""
        return "ok"

    def pods(self) -> Object:
        """The pods of the node."""
        query = {"fieldSelector": f"spec.nodeName={self._name}"}
        found: Object = self._app.server.handle(Request("list", PODS, query=query, user=READER)).object
        return {**found, "metadata": {}}

    def summary(self) -> Object:
        """Usage of the node and of its pods' containers."""
        now = rfc3339(self._app.server.loop.now())
        pods = []
        for pod, containers in self._measured():
            metadata = pod["metadata"]
            reference = {"name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"]}
            listed = [{"name": name, **_stats(used, now)} for name, used in containers.items()]
            pods.append({"podRef": reference, "startTime": metadata["creationTimestamp"], "containers": listed})
        return {"node": {"nodeName": self._name, **_stats(self._usage, now)}, "pods": pods}

    def resource_metrics(self) -> str:
        """The same memory and CPU figures, for Prometheus."""
        lines = [f"node_memory_working_set_bytes {self._usage.memory}"]
        for pod, containers in self._measured():
            metadata = pod["metadata"]
            for name, used in containers.items():
                labels = f'container="{name}",namespace="{metadata["namespace"]}",pod="{metadata["name"]}"'
                lines.append(f"container_memory_working_set_bytes{{{labels}}} {used.memory}")
        return "\n".join(lines) + "\n"

    def _measured(self) -> list[tuple[Object, Any]]:
        nodes: Any = self._app.server.nodes
        found = []
        for pod in self.pods()["items"]:
            metadata = pod["metadata"]
            found.append((pod, nodes.pod_usage(metadata["namespace"], metadata["name"]) or {}))
        return found


_PATHS: dict[str, tuple[Callable[[Kubelet], Any], str]] = {
    "healthz": (Kubelet.healthz, TEXT),
    "pods": (Kubelet.pods, JSON),
    "stats/summary": (Kubelet.summary, JSON),
    "metrics/resource": (Kubelet.resource_metrics, TEXT),
}


def _stats(usage: Any, now: str) -> Object:
    memory = {"time": now, "usageBytes": usage.memory, "workingSetBytes": usage.memory}
    return {"cpu": {"time": now, "usageNanoCores": usage.cpu * 1_000_000}, "memory": memory}


def serve(app: "App", name: str, path: str) -> Response:
    """Answer for the node's kubelet; raises ApiError."""
    nodes: Any = app.server.nodes
    node_name, _ = split_name(name)
    node = read(app, NODES, "", node_name)
    usage = nodes.node_usage(node_name) if nodes is not None else None
    if usage is None:
        addresses = (node.get("status") or {}).get("addresses") or [{"address": node_name}]
        raise errors.ApiError(503, "ServiceUnavailable", UNREACHABLE.format(addresses[0]["address"]))
    found = _PATHS.get(path.strip("/"))
    if found is None:
        return Response(status=404, text="404 page not found\n")
    answer, media_type = found
    shown = answer(Kubelet(app, node, usage))
    if isinstance(shown, str):
        return Response(text=shown, content_type=media_type)
    import orjson

    return Response(body=orjson.dumps(shown), content_type=media_type)
