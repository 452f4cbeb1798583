"""Asking the metrics APIs: what pods, objects and things outside the cluster report."""

from typing import Any, NamedTuple

from cluster_core.apimachinery import quantity, timestamps
from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.client.client import Client

Object = dict[str, Any]
CUSTOM = "custom metrics"
NO_CUSTOM = "no custom metrics API (custom.metrics.k8s.io) registered"


class MetricError(Exception):
    """A metric cannot be had; the text goes into events and conditions."""


class PodMetric(NamedTuple):
    """Usage of one pod in thousandths; when it was measured (seconds since the epoch), over how many seconds."""

    value: int
    time: float
    window: float


class MetricsClient:
    """Reads metrics through the cluster's own API, where somebody serves them."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def resource(self, name: str, namespace: str, selector: str, container: str) -> dict[str, PodMetric]:
        """Usage of a resource by pod, of one container or of all."""
        path = f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
        items = self._list(path, selector, "resource metrics", "get pods.metrics.k8s.io")
        found: dict[str, PodMetric] = {}
        for item in items:
            usages = [c["usage"] for c in item.get("containers") or () if container in ("", c["name"])]
            if usages and all(name in usage for usage in usages):
                total = sum(quantity.milli(str(usage[name])) for usage in usages)
                found[item["metadata"]["name"]] = _pod_metric(total, item)
        if not found:
            raise MetricError(f"no metrics returned from {'container ' if container else ''}resource metrics API")
        return found

    def pods(self, metric: str, namespace: str, selector: str) -> dict[str, PodMetric]:
        """A custom metric by pod."""
        path = f"/apis/custom.metrics.k8s.io/v1beta2/namespaces/{namespace}/pods/*/{metric}"
        items = self._list(path, selector, CUSTOM, "get pods.custom.metrics.k8s.io *")
        found = {i["describedObject"]["name"]: _pod_metric(quantity.milli(str(i["value"])), i) for i in items}
        if not found:
            raise MetricError("no metrics returned from custom metrics API")
        return found

    def object(self, metric: str, namespace: str, plural: str, name: str) -> int:
        """A custom metric of one object, in thousandths."""
        path = f"/apis/custom.metrics.k8s.io/v1beta2/namespaces/{namespace}/{plural}/{name}/{metric}"
        items = self._list(path, "", CUSTOM, f"get {plural}.custom.metrics.k8s.io {name}")
        if not items:
            raise MetricError("no metrics returned from custom metrics API")
        return quantity.milli(str(items[0]["value"]))

    def external(self, metric: str, namespace: str, selector: str) -> list[int]:
        """The values of an external metric, in thousandths."""
        path = f"/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/{metric}"
        items = self._list(path, selector, "external metrics", f"get {metric}.external.metrics.k8s.io")
        if not items:
            raise MetricError("no metrics returned from external metrics API")
        return [quantity.milli(str(item["value"])) for item in items]

    def _list(self, path: str, selector: str, api: str, action: str) -> list[Object]:
        from urllib.parse import quote

        query = f"?labelSelector={quote(selector, safe='')}" if selector else ""
        try:
            return list(self.client.raw("GET", path + query).get("items") or ())
        except ApiError as error:
            if api == CUSTOM and is_not_found(error):
                raise MetricError(f"unable to fetch metrics from {api} API: {NO_CUSTOM}") from error
            raise MetricError(f"unable to fetch metrics from {api} API: {error.message} ({action})") from error


def _pod_metric(value: int, item: Object) -> PodMetric:
    window = str(item.get("window") or item.get("windowSeconds") or 60).removesuffix("s")
    return PodMetric(value, timestamps.parse(item["timestamp"]), float(window))
