"""Endpoints: the old, single list of a service's addresses, ready and not ready.

One object per service with a selector, in the service's first address family; over a thousand addresses are cut.
"""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_namespace_terminating, is_not_found
from cluster_core.apimachinery.meta import key_of, split_key
from cluster_core.client.resources import ENDPOINTS, PODS, SERVICES
from cluster_core.controllers import pods as podlib
from cluster_core.controllers import serviceendpoints as common
from cluster_core.controllers.reconciler import Controller, batch_delay

Object = dict[str, Any]
Address = tuple[str, str]
"""IP and uid of the target."""

MANAGED_BY = "endpoints.kubernetes.io/managed-by"
OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity"
LIMIT = 1000
MAX_RETRIES = 15


class EndpointsController(Controller):
    """Keys are those of services."""

    name = "endpoint-controller"

    def watch(self) -> None:
        self.services, self.pods, self.endpoints = self.lister(SERVICES), self.lister(PODS), self.lister(ENDPOINTS)
        self._times = common.TriggerTimes()
        self.watch_own(SERVICES)
        common.PodWatch(self.services, self.informer(PODS), self._pods_changed)
        self.informer(ENDPOINTS).add_handler(on_delete=self.enqueue)

    def _pods_changed(self, service: Object) -> None:
        present = self.endpoints.get(service["metadata"]["namespace"], service["metadata"]["name"])
        delay = batch_delay(_size(present))
        if delay:
            self.queue.add_after(key_of(service), delay)
        else:
            self.enqueue(service)

    def sync(self, key: str) -> None:
        namespace, name = split_key(key)
        service = self.services.get(namespace, name)
        present = self.endpoints.get(namespace, name)
        if service is None:
            self._times.forget(key)
            self._delete(present)
            return
        if service["spec"].get("type") == "ExternalName" or not service["spec"].get("selector"):
            return
        pods = common.selected_pods(self.pods, service)
        moment = self._times.newest(service, pods)
        subsets = _subsets(service, pods)
        cut, is_cut = _truncated(subsets)
        wanted = _build(service, present, cut, is_cut, moment)
        if present is None or not _same(present, wanted):
            self._write(service, present, wanted)

    def _delete(self, present: Object | None) -> None:
        """The service is gone: so are the endpoints that were made for it."""
        if present is None:
            return
        metadata = present["metadata"]
        try:
            self.client.delete(ENDPOINTS, metadata["name"], metadata["namespace"])
        except ApiError as error:
            if not is_not_found(error):
                raise

    def _write(self, service: Object, present: Object | None, wanted: Object) -> None:
        where = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
        try:
            if present is None:
                self.client.create(ENDPOINTS, wanted)
            else:
                self.client.update(ENDPOINTS, wanted)
        except ApiError as error:
            if is_namespace_terminating(error):
                return
            if present is None:
                message = f"Failed to create endpoint for service {where}: {error.message}"
                self.warning(service, "FailedToCreateEndpoint", message)
            else:
                self.warning(present, "FailedToUpdateEndpoint", f"Failed to update endpoint {where}: {error.message}")
            raise


def _size(endpoints: Object | None) -> int:
    subsets = (endpoints or {}).get("subsets") or ()
    return sum(len(s.get("addresses") or ()) + len(s.get("notReadyAddresses") or ()) for s in subsets)


def _family(service: Object) -> str:
    spec = service["spec"]
    families = spec.get("ipFamilies")
    if families:
        return families[0]  # type: ignore[no-any-return]
    return common.family_of(spec.get("clusterIP") or "") or "IPv4"


def _subsets(service: Object, pods: list[Object]) -> list[Object]:
    """Addresses grouped by the ports that they serve, in Go's packing: equal address sets share a subset."""
    entries: dict[Address, Object] = {}
    by_port: dict[tuple[Any, ...], dict[Address, bool]] = {}
    publish = bool(service["spec"].get("publishNotReadyAddresses"))
    family = _family(service)
    for pod in pods:
        found = common.addresses(pod, family) if common.belongs(pod, terminating=publish) else []
        if not found:
            continue
        address = (found[0], pod["metadata"]["uid"])
        entries[address] = _entry(service, pod, found[0])
        ready = publish or podlib.is_ready(pod)
        for port in _ports(service, pod):
            by_port.setdefault(port, {})[address] = ready
    grouped: dict[frozenset[tuple[Address, bool]], list[Object]] = {}
    for port, members in by_port.items():
        ports = grouped.setdefault(frozenset(members.items()), [])
        if port:
            ports.append(_port(port))
    return [_subset(members, ports, entries) for members, ports in grouped.items()]


def _ports(service: Object, pod: Object) -> list[tuple[Any, ...]]:
    """(name, port, protocol, appProtocol) of each port that the pod serves; one () for a headless service without ports."""
    ports = service["spec"].get("ports") or ()
    if not ports:
        return [()] if service["spec"].get("clusterIP") == "None" else []
    found = []
    for port in ports:
        number = common.find_port(pod, port)
        if number is not None:
            found.append((port.get("name", ""), number, port.get("protocol", "TCP"), port.get("appProtocol")))
    return found


def _port(port: tuple[Any, ...]) -> Object:
    name, number, protocol, app = port
    entry: Object = {"name": name} if name else {}
    entry.update({"port": number, "protocol": protocol})
    if app is not None:
        entry["appProtocol"] = app
    return entry


def _port_hash(port: Object) -> str:
    app = port.get("appProtocol")
    printed = (
        f"(v1.EndpointPort){{Name:(string){port.get('name', '')} Port:(int32){port['port']} "
        f"Protocol:(v1.Protocol){port['protocol']} AppProtocol:(*string){'<nil>' if app is None else app}}}"
    )
    return common.object_hash(printed)


def _entry(service: Object, pod: Object, ip: str) -> Object:
    entry: Object = {"ip": ip}
    if name := common.hostname(pod, service):
        entry["hostname"] = name
    if node := pod["spec"].get("nodeName"):
        entry["nodeName"] = node
    entry["targetRef"] = common.target_reference(pod)
    return entry


def _subset(members: frozenset[tuple[Address, bool]], ports: list[Object], entries: dict[Address, Object]) -> Object:
    subset: Object = {}
    for field, wanted in (("addresses", True), ("notReadyAddresses", False)):
        listed = sorted(address for address, ready in members if ready is wanted)
        if listed:
            subset[field] = [entries[address] for address in listed]
    if ports:
        subset["ports"] = sorted(ports, key=_port_hash)
    return subset


def _truncated(subsets: list[Object]) -> tuple[list[Object], bool]:
    """At most LIMIT addresses, ready ones before others, each subset its share; and whether any were cut."""
    ready = sum(len(s.get("addresses") or ()) for s in subsets)
    others = sum(len(s.get("notReadyAddresses") or ()) for s in subsets)
    if ready + others <= LIMIT:
        return subsets, False
    field, total, room = ("addresses", ready, LIMIT) if ready >= LIMIT else ("notReadyAddresses", others, LIMIT - ready)
    result = []
    left = room
    for subset in subsets:
        listed = subset.get(field) or []
        share = min(-(-len(listed) * room // total), left) if total else 0
        left -= share
        kept = {**subset, field: listed[:share]}
        if field == "addresses":
            kept.pop("notReadyAddresses", None)
        result.append({k: v for k, v in kept.items() if v})
    return result, True


def _build(service: Object, present: Object | None, subsets: list[Object], is_cut: bool, moment: str | None) -> Object:
    metadata = service["metadata"]
    labels = {k: v for k, v in (metadata.get("labels") or {}).items() if k != common.HEADLESS}
    if common.is_headless(service):
        labels[common.HEADLESS] = ""
    labels[MANAGED_BY] = "endpoint-controller"
    base: Object = dict(present["metadata"]) if present is not None else {}
    if present is None:
        base = {"name": metadata["name"], "namespace": metadata["namespace"]}
    annotations = {k: v for k, v in (base.pop("annotations", None) or {}).items() if k != OVER_CAPACITY}
    if is_cut:
        annotations[OVER_CAPACITY] = "truncated"
    base = common.with_trigger_time({**base, "labels": labels, "annotations": annotations}, moment)
    wanted: Object = {"apiVersion": "v1", "kind": "Endpoints", "metadata": base}
    if subsets:
        wanted["subsets"] = subsets
    return wanted


def _same(present: Object, wanted: Object) -> bool:
    """Equal but for the time that triggered the change."""
    one, other = present["metadata"], wanted["metadata"]
    over = OVER_CAPACITY in (one.get("annotations") or {}), OVER_CAPACITY in (other.get("annotations") or {})
    return (
        (present.get("subsets") or []) == (wanted.get("subsets") or [])
        and one.get("labels") == other.get("labels")
        and over[0] == over[1]
    )
