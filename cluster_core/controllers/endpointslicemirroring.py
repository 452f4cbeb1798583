"""Mirrors Endpoints that somebody made by hand, for services without a selector, into EndpointSlices."""

from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_namespace_terminating, is_not_found
from cluster_core.apimachinery.meta import controller_reference, split_key
from cluster_core.client.resources import ENDPOINTS, ENDPOINTSLICES, SERVICES
from cluster_core.controllers.reconciler import Controller
from cluster_core.controllers.serviceendpoints import TRIGGER_TIME, family_of

Object = dict[str, Any]

SERVICE_NAME, MANAGED_BY = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslicemirroring-controller.k8s.io"
SKIP = "endpointslice.kubernetes.io/skip-mirror"
LEADER = "control-plane.alpha.kubernetes.io/leader"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
LIMIT = 1000
"""Addresses of a subset that are mirrored."""


class EndpointSliceMirroringController(Controller):
    """Keys are those of Endpoints, which are those of their services."""

    name = "endpointslicemirroring-controller"
    component = "endpoint-slice-mirroring-controller"

    def watch(self) -> None:
        self.services, self.endpoints = self.lister(SERVICES), self.lister(ENDPOINTS)
        slices = self.informer(ENDPOINTSLICES)
        slices.add_index("mirrored", _mirrored_index)
        self.slices = slices.lister
        self.watch_own(ENDPOINTS)
        self.watch_own(SERVICES)
        slices.add_handler(on_delete=self._slice_deleted)

    def _slice_deleted(self, one: Object) -> None:
        for key in _mirrored_index(one):
            self.queue.add(key)

    def sync(self, key: str) -> None:
        namespace, name = split_key(key)
        endpoints, service = self.endpoints.get(namespace, name), self.services.get(namespace, name)
        present = self.slices.by_index("mirrored", key)
        wanted: dict[tuple[Any, ...], Object] = {}
        if endpoints is not None and service is not None and not service["spec"].get("selector"):
            wanted = _slices(endpoints) if _is_mirrored(endpoints) else {}
        try:
            self._write(present, wanted)
        except ApiError as error:
            if not is_namespace_terminating(error):
                raise

    def _write(self, present: list[Object], wanted: dict[tuple[Any, ...], Object]) -> None:
        """A slice whose ports nobody wants any more becomes one that is missing: it keeps its name."""
        spare: list[Object] = []
        for one in present:
            new = wanted.pop(_key(one), None)
            if new is None:
                spare.append(one)
            elif not _same(one, new):
                self._update(one, new)
        for new in wanted.values():
            old = next((one for one in spare if one["addressType"] == new["addressType"]), None)
            if old is None:
                self.client.create(ENDPOINTSLICES, new)
            else:
                spare.remove(old)
                self._update(old, new)
        for one in spare:
            self._delete(one)

    def _update(self, one: Object, new: Object) -> None:
        metadata = {**one["metadata"], "labels": new["metadata"]["labels"]}
        metadata["annotations"] = new["metadata"]["annotations"]
        changed = {**one, "metadata": metadata, "ports": new["ports"], "endpoints": new["endpoints"]}
        self.client.update(ENDPOINTSLICES, changed)

    def _delete(self, one: Object) -> None:
        try:
            self.client.delete(ENDPOINTSLICES, one["metadata"]["name"], one["metadata"]["namespace"])
        except ApiError as error:
            if not is_not_found(error):
                raise


def _mirrored_index(one: Object) -> list[str]:
    labels = one["metadata"].get("labels") or {}
    if labels.get(MANAGED_BY) != MANAGER or SERVICE_NAME not in labels:
        return []
    return [f"{one['metadata']['namespace']}/{labels[SERVICE_NAME]}"]


def _is_mirrored(endpoints: Object) -> bool:
    metadata = endpoints["metadata"]
    if (metadata.get("labels") or {}).get(SKIP) == "true":
        return False
    return LEADER not in (metadata.get("annotations") or {})


def _slices(endpoints: Object) -> dict[tuple[Any, ...], Object]:
    """One slice per address family and set of ports."""
    slices: dict[tuple[Any, ...], Object] = {}
    for subset in endpoints.get("subsets") or ():
        ports = [_port(port) for port in subset.get("ports") or ()]
        listed = [(address, True) for address in subset.get("addresses") or ()]
        listed += [(address, False) for address in subset.get("notReadyAddresses") or ()]
        for address, ready in listed[:LIMIT]:
            family = family_of(address["ip"])
            if family:
                new = _new_slice(endpoints, family, ports)
                slices.setdefault(_key(new), new)["endpoints"].append(_endpoint(address, ready))
    return slices


def _key(one: Object) -> tuple[Any, ...]:
    ports = [
        (p.get("name") or "", p.get("protocol"), p.get("port"), p.get("appProtocol")) for p in one.get("ports") or ()
    ]
    return one["addressType"], tuple(sorted(ports, key=repr))


def _port(port: Object) -> Object:
    entry = {"name": port.get("name", ""), "protocol": port.get("protocol", "TCP"), "port": port["port"]}
    return {**entry, "appProtocol": port["appProtocol"]} if port.get("appProtocol") else entry


def _endpoint(address: Object, ready: bool) -> Object:
    endpoint: Object = {"addresses": [address["ip"]], "conditions": {"ready": ready}}
    for field in ("hostname", "nodeName", "targetRef"):
        if address.get(field):
            endpoint[field] = address[field]
    return endpoint


def _new_slice(endpoints: Object, family: str, ports: list[Object]) -> Object:
    metadata = endpoints["metadata"]
    dropped = (TRIGGER_TIME, LAST_APPLIED)
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{metadata['name']}-",
            "namespace": metadata["namespace"],
            "labels": {**(metadata.get("labels") or {}), SERVICE_NAME: metadata["name"], MANAGED_BY: MANAGER},
            "annotations": {k: v for k, v in (metadata.get("annotations") or {}).items() if k not in dropped},
            "ownerReferences": [controller_reference(endpoints)],
        },
        "addressType": family,
        "ports": ports,
        "endpoints": [],
    }


def _same(one: Object, new: Object) -> bool:
    metadata, wanted = one["metadata"], new["metadata"]
    if metadata.get("labels") != wanted["labels"] or (metadata.get("annotations") or {}) != wanted["annotations"]:
        return False
    listed = sorted(one.get("endpoints") or (), key=repr)
    return bool(listed == sorted(new["endpoints"], key=repr))
