"""metrics.k8s.io: how much nodes and pods use, as a metrics server tells it to `kubectl top` and to autoscalers.

Asks the kubelets (through the server's NodeAPI) at each request; nothing is stored. Plugged in by `cluster.py` where kubelets run.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cluster_core.api.resource import Column, Resource
from cluster_core.apimachinery import errors
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver import listing
from cluster_core.store.store import Key

if TYPE_CHECKING:
    from cluster_core.apiserver.call import Call
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
WINDOW = "15s"
READS = ("get", "list")
_NAMES = "io.k8s.metrics.pkg.apis.metrics.v1beta1."
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."


def _name(obj: Object, _now: float) -> str:
    return str(obj["metadata"]["name"])


def _total(resource: str) -> Any:
    def cell(obj: Object, _now: float) -> str:
        used = [c["usage"] for c in obj["containers"]] if "containers" in obj else [obj["usage"]]
        suffix = "n" if resource == "cpu" else "Ki"
        return f"{sum(int(u[resource].removesuffix(suffix)) for u in used)}{suffix}"

    return cell


COLUMNS = (
    Column("Name", _name, format="name"),
    Column("cpu", _total("cpu")),
    Column("memory", _total("memory")),
    Column("Window", lambda obj, _now: obj["window"]),
)


class ResourceMetrics:
    """Serves metrics.k8s.io/v1beta1."""

    group, version = "metrics.k8s.io", "v1beta1"

    def __init__(self, server: "APIServer") -> None:
        self._server = server

    def resources(self) -> tuple[Resource, ...]:
        """NodeMetrics and PodMetrics, to be read only."""
        return tuple(
            Resource(self.group, self.version, kind, plural, namespaced=plural == "pods", columns=COLUMNS, verbs=READS)
            for kind, plural in (("NodeMetrics", "nodes"), ("PodMetrics", "pods"))
        )

    def serve(self, call: "Call") -> Object:
        """Metrics of one object, or of all that the selectors match; raises ApiError."""
        request, kind = call.request, call.served.resource.kind
        if request.name:
            obj = self._server.store.get(Key(call.served.resource.plural, request.namespace, request.name))
            found = self._measured(kind, obj) if obj is not None else None
            if found is None:
                raise errors.not_found(f"{kind.lower()}.{self.group}", request.name)
            return found
        matches = listing.matcher(call.served, request.query)
        items = [m for m in self._all(kind, request.namespace or None) if matches is None or matches(m)]
        return {"kind": f"{kind}List", "apiVersion": call.served.api_version, "metadata": {}, "items": items}

    def _all(self, kind: str, namespace: str | None) -> Iterator[Object]:
        for obj in self._server.store.list("pods" if kind == "PodMetrics" else "nodes", namespace):
            found = self._measured(kind, obj)
            if found is not None:
                yield found

    def _measured(self, kind: str, obj: Object) -> Object | None:
        """The metrics of a pod or node; None where nothing is measured."""
        nodes: Any = self._server.nodes
        metadata, now = obj["metadata"], rfc3339(self._server.loop.now())
        own = {"name": metadata["name"], "creationTimestamp": now}
        if "namespace" in metadata:
            own["namespace"] = metadata["namespace"]
        if metadata.get("labels"):
            own["labels"] = metadata["labels"]
        head = {"kind": kind, "apiVersion": f"{self.group}/{self.version}", "metadata": own}
        head = {**head, "timestamp": now, "window": WINDOW}
        if nodes is None:
            return None
        if kind == "NodeMetrics":
            usage = nodes.node_usage(metadata["name"])
            return {**head, "usage": _quantities(usage)} if usage is not None else None
        containers = nodes.pod_usage(metadata["namespace"], metadata["name"])
        if not containers:
            return None
        return {**head, "containers": [{"name": n, "usage": _quantities(u)} for n, u in containers.items()]}

    def schemas(self, prefix: str) -> Object:
        """What clients learn of the two kinds."""
        usage = {"type": "object", "additionalProperties": {"type": "string"}}
        container = {"type": "object", "properties": {"name": {"type": "string"}, "usage": usage}}
        measured = {"timestamp": {"type": "string", "format": "date-time"}, "window": {"type": "string"}}
        found = {"ContainerMetrics": container}
        containers = {"type": "array", "items": {"$ref": f"{prefix}{_NAMES}ContainerMetrics"}}
        for resource in self.resources():
            own: Object = {"usage": usage} if resource.plural == "nodes" else {"containers": containers}
            found[resource.kind] = _kind_schema(resource, prefix, {**measured, **own})
            items = {"type": "array", "items": {"$ref": f"{prefix}{_NAMES}{resource.kind}"}}
            found[f"{resource.kind}List"] = {"type": "object", "properties": {"items": items}}
        return {_NAMES + name: schema for name, schema in found.items()}


def _kind_schema(resource: Resource, prefix: str, properties: Object) -> Object:
    text = {"type": "string"}
    metadata = {"$ref": f"{prefix}{_META}ObjectMeta"}
    gvk = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    return {
        "type": "object",
        "properties": {"apiVersion": text, "kind": text, "metadata": metadata, **properties},
        "x-kubernetes-group-version-kind": [gvk],
    }


def _quantities(usage: Any) -> Object:
    """As a metrics server writes them."""
    return {"cpu": f"{usage.cpu * 1_000_000}n", "memory": f"{usage.memory // 1024}Ki"}
