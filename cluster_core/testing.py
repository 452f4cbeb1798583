"""For tests against an embedded cluster: short builders of objects, and waiting for what matters. Public.

    with Cluster() as cluster:
        cluster.client.create(PODS, make_pod("web").label(app="web").container(image="nginx").build())
        wait_ready(cluster, "web")

Builders never change: each call gives a new one.
"""

from typing import Any, Self

from cluster_core.client.resources import PODS
from cluster_core.cluster import Cluster

Object = dict[str, Any]


class Builder:
    """Any object, built step by step."""

    def __init__(self, obj: Object) -> None:
        self._obj = obj

    def build(self) -> Object:
        """The object."""
        return self._obj

    def _with(self, **parts: Any) -> Self:
        return type(self)({**self._obj, **parts})

    def _metadata(self, **fields: Any) -> Self:
        return self._with(metadata={**self._obj["metadata"], **fields})

    def _spec(self, **fields: Any) -> Self:
        return self._with(spec={**self._obj.get("spec", {}), **fields})

    def namespace(self, name: str) -> Self:
        """Put it into a namespace."""
        return self._metadata(namespace=name)

    def label(self, **labels: str) -> Self:
        """Add labels."""
        return self._metadata(labels={**self._obj["metadata"].get("labels", {}), **labels})

    def annotate(self, annotations: dict[str, str]) -> Self:
        """Add annotations."""
        return self._metadata(annotations={**self._obj["metadata"].get("annotations", {}), **annotations})

    def spec(self, **fields: Any) -> Self:
        """Set fields of spec."""
        return self._spec(**fields)


class PodBuilder(Builder):
    """A pod; it gets a container `c` of image `registry.example.com/app:1` unless told otherwise."""

    def build(self) -> Object:
        """The pod."""
        if self._obj["spec"].get("containers"):
            return self._obj
        return self.container().build()

    def container(self, name: str = "c", image: str = "registry.example.com/app:1", **fields: Any) -> Self:
        """Add a container."""
        present = self._obj["spec"].get("containers", [])
        return self._spec(containers=[*present, {"name": name, "image": image, **fields}])

    def requests(self, **amounts: str) -> Self:
        """Give the last container (or the default one) resource requests."""
        *others, last = self.build()["spec"]["containers"]
        resources = {**last.get("resources", {}), "requests": dict(amounts)}
        return self._spec(containers=[*others, {**last, "resources": resources}])

    def node(self, name: str) -> Self:
        """Bind it to a node from the start."""
        return self._spec(nodeName=name)

    def tolerate(self, key: str, effect: str = "") -> Self:
        """Add a toleration of a taint, whatever its value."""
        toleration = {"key": key, "operator": "Exists", **({"effect": effect} if effect else {})}
        return self._spec(tolerations=[*self._obj["spec"].get("tolerations", []), toleration])


class WorkloadBuilder(Builder):
    """A workload with a pod template, such as a Deployment; its pods carry the label app=<name>."""

    def replicas(self, count: int) -> Self:
        """How many pods."""
        return self._spec(replicas=count)

    def container(self, name: str = "c", image: str = "registry.example.com/app:1", **fields: Any) -> Self:
        """The template's containers become this one."""
        template = self._obj["spec"]["template"]
        spec = {**template.get("spec", {}), "containers": [{"name": name, "image": image, **fields}]}
        return self._spec(template={**template, "spec": spec})


def make_pod(name: str, namespace: str = "default") -> PodBuilder:
    """A pod."""
    metadata = {"name": name, "namespace": namespace}
    return PodBuilder({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}})


def make_config_map(name: str, namespace: str = "default", **data: str) -> Builder:
    """A ConfigMap."""
    metadata = {"name": name, "namespace": namespace}
    return Builder({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def make_namespace(name: str) -> Builder:
    """A namespace."""
    return Builder({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def make_deployment(name: str, namespace: str = "default") -> WorkloadBuilder:
    """A Deployment of one pod."""
    return _workload("Deployment", name, namespace)


def make_stateful_set(name: str, namespace: str = "default") -> WorkloadBuilder:
    """A StatefulSet of one pod, with a service of the same name."""
    return _workload("StatefulSet", name, namespace).spec(serviceName=name)


def _workload(kind: str, name: str, namespace: str) -> WorkloadBuilder:
    labels = {"app": name}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}
    metadata = {"name": name, "namespace": namespace}
    return WorkloadBuilder({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}).container()


def make_service(name: str, namespace: str = "default", port: int = 80) -> Builder:
    """A Service that selects app=<name>."""
    spec = {"selector": {"app": name}, "ports": [{"port": port}]}
    return Builder(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": spec}
    )


def condition(obj: Object, type: str) -> str:
    """The status ("True", "False", "Unknown") of a condition; "" without it."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((c["status"] for c in conditions if c["type"] == type), "")


def wait_ready(cluster: Cluster, pod: str, namespace: str = "default", timeout: float = 300.0) -> Object:
    """Move time until the pod is ready; raises AssertionError with its status if it does not come to that."""

    def ready() -> bool:
        return condition(cluster.client.get(PODS, pod, namespace), "Ready") == "True"

    if not cluster.run_until(ready, timeout):
        status = cluster.client.get(PODS, pod, namespace).get("status")
        stuck = "".join(f"\n  {line}" for line in cluster.waiting())
        raise AssertionError(f"pod {namespace}/{pod} is not ready after {timeout:g} s: {status}; waiting for:{stuck}")
    return cluster.client.get(PODS, pod, namespace)
