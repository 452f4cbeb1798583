"""One pod as an endpoint, and the ports that it serves."""

from typing import Any

from cluster_core.controllers import pods as podlib
from cluster_core.controllers import serviceendpoints as common

Object = dict[str, Any]

ZONE_LABEL = "topology.kubernetes.io/zone"


def build(pod: Object, node: Object | None, service: Object, addresses: list[str]) -> Object:
    """The endpoint of a pod. All three conditions are always there."""
    serving, terminating = podlib.is_ready(pod), "deletionTimestamp" in pod["metadata"]
    ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not terminating)
    endpoint: Object = {
        "addresses": addresses,
        "conditions": {"ready": ready, "serving": serving, "terminating": terminating},
        "targetRef": common.target_reference(pod),
    }
    if name := common.hostname(pod, service):
        endpoint["hostname"] = name
    if node_name := pod["spec"].get("nodeName"):
        endpoint["nodeName"] = node_name
    if node is not None and (zone := (node["metadata"].get("labels") or {}).get(ZONE_LABEL)):
        endpoint["zone"] = zone
    return endpoint


def ports_of(pod: Object, service: Object) -> list[Object]:
    """The service's ports as this pod serves them; a named port that it lacks is left out."""
    ports = []
    for port in service["spec"].get("ports") or ():
        number = common.find_port(pod, port)
        if number is not None:
            entry = {"name": port.get("name", ""), "protocol": port.get("protocol", "TCP"), "port": number}
            if port.get("appProtocol") is not None:
                entry["appProtocol"] = port["appProtocol"]
            ports.append(entry)
    return sorted(ports, key=_hash) if len(ports) > 1 else ports


def _hash(port: Object) -> str:
    app = port.get("appProtocol")
    printed = (
        f"(v1.EndpointPort){{Name:(*string){port['name']} Protocol:(*v1.Protocol){port['protocol']} "
        f"Port:(*int32){port['port']} AppProtocol:(*string){'<nil>' if app is None else app}}}"
    )
    return common.object_hash(printed)


def port_key(ports: list[Object] | None) -> tuple[Any, ...]:
    """What tells groups of ports apart, in whatever order they are listed."""
    listed = [(p.get("name") or "", p.get("protocol"), p.get("port"), p.get("appProtocol")) for p in ports or ()]
    return tuple(sorted(listed, key=repr))
