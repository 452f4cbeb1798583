"""What Services and their pods have in common for both kinds of endpoints: who belongs, at which address and port.

Used by the Endpoints, EndpointSlice and mirroring controllers.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery.meta import key_of
from cluster_core.client.informer import Informer, Lister
from cluster_core.controllers import pods as podlib
from cluster_core.controllers.podtemplate.hashing import fnv1a_128

Object = dict[str, Any]

TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS = "service.kubernetes.io/headless"


class PodWatch:
    """Wakes the services whose endpoints a pod's change concerns."""

    def __init__(self, services: Lister, pods: Informer, enqueue: Callable[[Object], None]) -> None:
        self.services, self.enqueue = services, enqueue
        pods.add_handler(on_add=self._wake, on_update=self._updated, on_delete=self._wake)

    def _wake(self, pod: Object) -> None:
        for service in self._selecting(pod):
            self.enqueue(service)

    def _updated(self, old: Object, new: Object) -> None:
        relabelled = old["metadata"].get("labels") != new["metadata"].get("labels")
        if not relabelled and _relevant(old) == _relevant(new):
            return
        self._wake(new)
        if relabelled:
            self._wake(old)

    def _selecting(self, pod: Object) -> list[Object]:
        labels = (pod["metadata"].get("labels") or {}).items()
        return [
            service
            for service in self.services.list(pod["metadata"]["namespace"])
            if (selector := service["spec"].get("selector")) and selector.items() <= labels
        ]


def _relevant(pod: Object) -> tuple[Any, ...]:
    """What of a pod decides about its endpoint."""
    spec, status = pod["spec"], pod.get("status") or {}
    return (
        podlib.is_ready(pod),
        "deletionTimestamp" in pod["metadata"],
        podlib.is_finished(pod),
        status.get("podIPs"),
        spec.get("nodeName"),
        spec.get("hostname"),
        spec.get("subdomain"),
    )


def selected_pods(pods: Lister, service: Object) -> list[Object]:
    """The pods of the service's namespace that its selector matches, in order of arrival."""
    selector = service["spec"]["selector"].items()
    found = pods.list(service["metadata"]["namespace"])
    return [pod for pod in found if selector <= (pod["metadata"].get("labels") or {}).items()]


def belongs(pod: Object, *, terminating: bool) -> bool:
    """Whether a pod is an endpoint at all: it has an address and has not ended."""
    if podlib.is_finished(pod) or not (pod.get("status") or {}).get("podIPs"):
        return False
    return terminating or "deletionTimestamp" not in pod["metadata"]


def addresses(pod: Object, family: str) -> list[str]:
    """The pod's addresses of a family, "IPv4" or "IPv6"."""
    return [entry["ip"] for entry in pod["status"].get("podIPs") or () if family_of(entry["ip"]) == family]


def family_of(address: str) -> str:
    """ "IPv4" or "IPv6"; "" for what is no address."""
    try:
        return f"IPv{ipaddress.ip_address(address).version}"
    except ValueError:
        return ""


def is_headless(service: Object) -> bool:
    """Whether the service has no address of its own."""
    return service["spec"].get("clusterIP") in (None, "", "None")


def hostname(pod: Object, service: Object) -> str:
    """The host name under which the service knows the pod; "" if it has none there."""
    spec = pod["spec"]
    if pod["metadata"]["namespace"] != service["metadata"]["namespace"]:
        return ""
    return (spec.get("hostname") or "") if spec.get("subdomain") == service["metadata"]["name"] else ""


def target_reference(pod: Object) -> Object:
    """A reference to the pod."""
    metadata = pod["metadata"]
    return {"kind": "Pod", "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}


def find_port(pod: Object, service_port: Object) -> int | None:
    """The number behind a service port on this pod; None if the pod has no port of that name."""
    target = service_port.get("targetPort", service_port["port"])
    if isinstance(target, int):
        return target or service_port["port"]
    protocol = service_port.get("protocol", "TCP")
    spec = pod["spec"]
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in [*spec["containers"], *sidecars]:
        for port in container.get("ports") or ():
            if port.get("name") == target and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return None


def object_hash(printed: str) -> str:
    """The hash by which ports are ordered, of an object as Go's spew prints it."""
    return f"{fnv1a_128(printed.encode()):032x}"


class TriggerTimes:
    """When something last changed that endpoints follow: the readiness of pods, the creation of the service."""

    def __init__(self) -> None:
        self._pods: dict[str, dict[str, str]] = {}
        self._services: dict[str, str] = {}

    def newest(self, service: Object, pods: list[Object]) -> str | None:
        """The earliest of the changes since the last call for this service, RFC 3339; None without any."""
        key = key_of(service)
        known = self._pods.get(key, {})
        now: dict[str, str] = {}
        changed: list[str] = []
        for pod in pods:
            ready = podlib.ready_condition(pod)
            moment = (ready or {}).get("lastTransitionTime")
            if moment:
                name = pod["metadata"]["name"]
                now[name] = moment
                if moment > known.get(name, ""):
                    changed.append(moment)
        created = service["metadata"]["creationTimestamp"]
        if created > self._services.get(key, ""):
            changed.append(created)
        self._pods[key], self._services[key] = now, created
        return min(changed, default=None)

    def forget(self, key: str) -> None:
        """The service is gone."""
        self._pods.pop(key, None)
        self._services.pop(key, None)


def with_trigger_time(metadata: Object, moment: str | None) -> Object:
    """Metadata with the annotation of the trigger time set, or taken away."""
    annotations = {k: v for k, v in (metadata.get("annotations") or {}).items() if k != TRIGGER_TIME}
    if moment is not None:
        annotations[TRIGGER_TIME] = moment
    metadata = {k: v for k, v in metadata.items() if k != "annotations"}
    return {**metadata, "annotations": annotations} if annotations else metadata
