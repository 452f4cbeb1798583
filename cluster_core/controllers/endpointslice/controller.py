"""The EndpointSlice controller: watches services, pods, nodes and slices; computes, packs and writes."""

from typing import Any, NamedTuple

from cluster_core.apimachinery.errors import ApiError, is_namespace_terminating, is_not_found
from cluster_core.apimachinery.meta import controller_reference, is_controlled_by, key_of, split_key
from cluster_core.client.resources import ENDPOINTSLICES, NODES, PODS, SERVICES
from cluster_core.controllers import serviceendpoints as common
from cluster_core.controllers.endpointslice import endpoint, hints, packing, topology
from cluster_core.controllers.reconciler import Controller, batch_delay
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]

SERVICE_NAME, MANAGED_BY = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
_RESERVED = frozenset((SERVICE_NAME, MANAGED_BY, common.HEADLESS))


class Group(NamedTuple):
    """Endpoints that serve the same ports."""

    ports: list[Object]
    endpoints: list[Object]


class EndpointSliceController(Controller):
    """Keys are those of services."""

    name = "endpointslice-controller"
    component = "endpoint-slice-controller"
    retry_delays = (1.0, 1000.0)

    def watch(self) -> None:
        self.services, self.pods, self.nodes = self.lister(SERVICES), self.lister(PODS), self.lister(NODES)
        self._times = common.TriggerTimes()
        slices = self.informer(ENDPOINTSLICES)
        slices.add_index("service", _service_index)
        self.slices = slices.lister
        self.watch_own(SERVICES)
        common.PodWatch(self.services, self.informer(PODS), self._pods_changed)
        slices.add_handler(on_update=lambda _old, new: self._slice_changed(new), on_delete=self._slice_changed)
        self.topology = topology.Topology({})
        self.informer(NODES).add_handler(self._node_added, self._node_changed, lambda _: self._share_anew())

    def _pods_changed(self, service: Object) -> None:
        size = sum(len(one.get("endpoints") or ()) for one in self._slices_of(key_of(service)))
        delay = batch_delay(size)
        if delay:
            self.queue.add_after(key_of(service), delay)
        else:
            self.enqueue(service)

    def _slice_changed(self, one: Object) -> None:
        labels = one["metadata"].get("labels") or {}
        if labels.get(MANAGED_BY) == MANAGER and SERVICE_NAME in labels:
            self.queue.add(f"{one['metadata']['namespace']}/{labels[SERVICE_NAME]}")

    def _node_added(self, node: Object) -> None:
        """Pods may have been bound to the node before it was seen."""
        namespaces = {pod["metadata"]["namespace"] for pod in self.pods.by_index("node", node["metadata"]["name"])}
        for namespace in sorted(namespaces):
            for service in self.services.list(namespace):
                self.enqueue(service)

        self._share_anew()

    def _node_changed(self, old: Object, new: Object) -> None:
        if self.topology.hinted and topology.zone_ratios([old]) != topology.zone_ratios([new]):
            self._share_anew()

    def _share_anew(self) -> None:
        """Other nodes: services whose zones bear too much now are looked at again."""
        for key in self.topology.overloaded(self._zone_ratios()) if self.topology.hinted else ():
            self.queue.add(key)

    def _zone_ratios(self) -> dict[str, float]:
        return topology.zone_ratios(self.nodes.list())

    def _slices_of(self, key: str) -> list[Object]:
        return self.slices.by_index("service", key)

    def sync(self, key: str) -> None:
        service = self.services.get(*split_key(key))
        if service is None:
            self._times.forget(key)
            return
        if service["spec"].get("type") == "ExternalName" or not service["spec"].get("selector"):
            return
        pods = common.selected_pods(self.pods, service)
        moment = self._times.newest(service, pods)
        present = [one for one in self._slices_of(key) if "deletionTimestamp" not in one["metadata"]]
        families = _families(service)
        stranded: list[str] = []
        try:
            for family in families:
                mine = [one for one in present if one["addressType"] == family]
                stranded += self._reconcile(service, pods, mine, family, moment)
            for one in present:
                if one["addressType"] not in families:
                    self._delete(one)
        except ApiError as error:
            if is_namespace_terminating(error):
                return
            message = f"Error updating Endpoint Slices for Service {key}: {error.message}"
            self.warning(service, "FailedToUpdateEndpointSlices", message)
            raise
        if stranded:
            raise RetryError(stranded[0])

    def _reconcile(
        self, service: Object, pods: list[Object], present: list[Object], family: str, moment: str | None
    ) -> list[str]:
        """Bring the slices of one address family up to date; returns what must be tried again."""
        labels = _labels(service)
        mine = [one for one in present if is_controlled_by(one, service)]
        groups, stranded = self._groups(service, pods, family)
        by_ports: dict[tuple[Any, ...], list[Object]] = {}
        for one in mine:
            by_ports.setdefault(endpoint.port_key(one.get("ports")), []).append(one)
        total = packing.Plan(delete=[one for one in present if one not in mine])
        created: list[Object] = []
        for key, group in groups.items():
            plan = packing.pack(by_ports.pop(key, []), group.endpoints, labels)
            created += [_new_slice(service, family, group.ports, endpoints) for endpoints in plan.create]
            total.update += plan.update
            total.delete += plan.delete
            total.keep += plan.keep
        for slices in by_ports.values():
            total.delete += slices
        if len(total.delete) == len(present) and not created:
            self._add_placeholder(service, family, total, created)
        _reuse_names(created, total)
        self._hint(service, family, created, total)
        self._write(service, created, total, labels, moment)
        return stranded

    def _hint(self, service: Object, family: str, created: list[Object], plan: packing.Plan) -> None:
        """Say which zones and nodes endpoints are for; slices that need other hints are written too."""
        key = key_of(service)
        if topology.is_wanted(service):
            told = self.topology.distribute(key, family, self._zone_ratios(), created, plan)
        else:
            told = self.topology.stop(key, family)
            for slices in (created, plan.update):
                slices[:] = [{**one, "endpoints": hints.apply(service, one.get("endpoints") or [])} for one in slices]
            _rehint(service, plan)
        if told is not None:
            self.recorder.event(service, *told)

    def _add_placeholder(self, service: Object, family: str, plan: packing.Plan, created: list[Object]) -> None:
        """A service without endpoints still has one empty slice."""
        if len(plan.delete) == 1 and _is_placeholder(plan.delete[0], _labels(service)):
            plan.keep.append(plan.delete.pop())
        else:
            created.append(_new_slice(service, family, [], []))

    def _groups(
        self, service: Object, pods: list[Object], family: str
    ) -> tuple[dict[tuple[Any, ...], Group], list[str]]:
        groups: dict[tuple[Any, ...], Group] = {}
        stranded: list[str] = []
        publish = service["spec"].get("publishNotReadyAddresses")
        for pod in pods:
            if not common.belongs(pod, terminating=True):
                continue
            ports = endpoint.ports_of(pod, service)
            group = groups.setdefault(endpoint.port_key(ports), Group(ports, []))
            node = self.nodes.get("", pod["spec"].get("nodeName", ""))
            if node is None and not publish:
                stranded.append(f"skipping Pod {pod['metadata']['name']}: Node not found")
                continue
            found = common.addresses(pod, family)
            if found:
                group.endpoints.append(endpoint.build(pod, node, service, found))
        return groups, stranded

    def _write(
        self, service: Object, created: list[Object], plan: packing.Plan, labels: Object, moment: str | None
    ) -> None:
        for new in created:
            metadata = common.with_trigger_time(new["metadata"], moment)
            self.client.create(ENDPOINTSLICES, {**new, "metadata": metadata})
        for one in plan.update:
            metadata = common.with_trigger_time({**one["metadata"], "labels": labels}, moment)
            metadata["ownerReferences"] = [controller_reference(service)]
            self.client.update(ENDPOINTSLICES, {**one, "metadata": metadata})
        for one in plan.delete:
            self._delete(one)

    def _delete(self, one: Object) -> None:
        try:
            self.client.delete(ENDPOINTSLICES, one["metadata"]["name"], one["metadata"]["namespace"])
        except ApiError as error:
            if not is_not_found(error):
                raise


def _reuse_names(created: list[Object], plan: packing.Plan) -> None:
    """A slice to delete and one to create become an update: the slice keeps its name."""
    while created and plan.delete:
        new, old = created.pop(), plan.delete.pop()
        plan.update.append({**old, "ports": new["ports"], "endpoints": new["endpoints"]})


def _rehint(service: Object, plan: packing.Plan) -> None:
    """The wish for hints may have changed although no endpoint did."""
    kept = []
    for one in plan.keep:
        endpoints = one.get("endpoints") or []
        hinted = hints.apply(service, endpoints)
        if hinted is endpoints:
            kept.append(one)
        else:
            plan.update.append({**one, "endpoints": hinted})
    plan.keep[:] = kept


def _service_index(one: Object) -> list[str]:
    labels = one["metadata"].get("labels") or {}
    if labels.get(MANAGED_BY) != MANAGER or SERVICE_NAME not in labels:
        return []
    return [f"{one['metadata']['namespace']}/{labels[SERVICE_NAME]}"]


def _families(service: Object) -> list[str]:
    """The address families of a service, as address types of slices."""
    spec = service["spec"]
    families = spec.get("ipFamilies")
    if families:
        return list(families)
    if not common.is_headless(service):
        return [common.family_of(spec["clusterIP"]) or "IPv4"]
    return ["IPv4", "IPv6"]


def _labels(service: Object) -> Object:
    labels = {k: v for k, v in (service["metadata"].get("labels") or {}).items() if k not in _RESERVED}
    if common.is_headless(service):
        labels[common.HEADLESS] = ""
    return {**labels, SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: MANAGER}


def _new_slice(service: Object, family: str, ports: list[Object], endpoints: list[Object]) -> Object:
    metadata = service["metadata"]
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{metadata['name']}-",
            "namespace": metadata["namespace"],
            "labels": _labels(service),
            "ownerReferences": [controller_reference(service)],
        },
        "addressType": family,
        "ports": ports,
        "endpoints": endpoints,
    }


def _is_placeholder(one: Object, labels: Object) -> bool:
    return not one.get("ports") and not one.get("endpoints") and one["metadata"].get("labels") == labels
