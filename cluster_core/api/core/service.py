"""Service: defaults, fields that follow its type, columns. Addresses and node ports are given out by the API server."""

from cluster_core.api.cells import AGE, NAME, NONE, labels
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.apimachinery.names import name_is_dns_label


def default(service: Object) -> None:
    """A cluster IP; ports of TCP that lead to the same port of the pod."""
    spec = service["spec"]
    if not spec.get("sessionAffinity"):
        spec["sessionAffinity"] = "None"
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        _default_affinity(spec)
    if not spec.get("type"):
        spec["type"] = "ClusterIP"
    for port in spec.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
        if not port.get("targetPort"):
            port["targetPort"] = port["port"]
    kind = spec["type"]
    if kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs")):
        spec["externalTrafficPolicy"] = spec.get("externalTrafficPolicy") or "Cluster"
    if kind in ("ClusterIP", "NodePort", "LoadBalancer"):
        spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind == "LoadBalancer":
        spec.setdefault("allocateLoadBalancerNodePorts", True)
        for ingress in service["status"]["loadBalancer"].get("ingress") or ():
            if ingress.get("ip"):
                ingress.setdefault("ipMode", "VIP")


def _default_affinity(spec: Object) -> None:
    config = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    if "timeoutSeconds" not in config:
        spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}


def prepare(new: Object, old: Object | None) -> None:
    """Status belongs to its controller; a change of type drops what the old type needed."""
    keep_status(new, old, {"loadBalancer": {}})
    if old is not None:
        _drop_type_dependent(new["spec"], old["spec"])


def _needs_cluster_ip(spec: Object) -> bool:
    return spec["type"] in ("ClusterIP", "NodePort", "LoadBalancer")


def _needs_node_port(spec: Object) -> bool:
    return spec["type"] in ("NodePort", "LoadBalancer")


def _needs_health_port(spec: Object) -> bool:
    return spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def _drop_type_dependent(new: Object, old: Object) -> None:
    same = {
        name: new.get(name) == old.get(name) for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")
    }
    if _needs_cluster_ip(old) and not _needs_cluster_ip(new):
        if same["clusterIP"] and same["clusterIPs"]:
            new.pop("clusterIP", None)
            new.pop("clusterIPs", None)
        if same["ipFamilies"]:
            new.pop("ipFamilies", None)
        if same["ipFamilyPolicy"]:
            new.pop("ipFamilyPolicy", None)
    if _needs_node_port(old) and not _needs_node_port(new) and _same_node_ports(new, old):
        for port in new.get("ports") or ():
            port.pop("nodePort", None)
    health_port_goes = _needs_health_port(old) and not _needs_health_port(new)
    if health_port_goes and new.get("healthCheckNodePort") == old.get("healthCheckNodePort"):
        new.pop("healthCheckNodePort", None)
    if old["type"] == "LoadBalancer" and new["type"] != "LoadBalancer":
        for name in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if new.get(name) == old.get(name):
                new.pop(name, None)
    externally = _needs_node_port(new) or bool(new.get("externalIPs"))
    if not externally and new.get("externalTrafficPolicy") == old.get("externalTrafficPolicy"):
        new.pop("externalTrafficPolicy", None)
    if new["type"] == "ExternalName" and new.get("internalTrafficPolicy") == old.get("internalTrafficPolicy"):
        new.pop("internalTrafficPolicy", None)


def _same_node_ports(new: Object, old: Object) -> bool:
    before = [port.get("nodePort", 0) for port in old.get("ports") or ()]
    return [port.get("nodePort", 0) for port in new.get("ports") or ()] == before


def _external(service: Object, _now: float) -> str:
    spec = service["spec"]
    kind, external = spec["type"], spec.get("externalIPs") or []
    if kind in ("ClusterIP", "NodePort"):
        return ",".join(external) or NONE
    if kind == "LoadBalancer":
        return ",".join([*addresses(service["status"]), *external]) or "<pending>"
    return str(spec.get("externalName", "")) if kind == "ExternalName" else "<unknown>"


def addresses(status: Object) -> list[str]:
    """The addresses or names of a load balancer's status, sorted."""
    points = (status.get("loadBalancer") or {}).get("ingress") or ()
    return sorted({point.get("ip") or point.get("hostname") for point in points} - {None})


def _ports(service: Object, _now: float) -> str:
    pieces = []
    for port in service["spec"].get("ports") or ():
        number = f"{port['port']}:{port['nodePort']}" if port.get("nodePort") else str(port["port"])
        pieces.append(f"{number}/{port['protocol']}")
    return ",".join(pieces) or NONE


RESOURCES = (
    Resource(
        group="",
        version="v1",
        kind="Service",
        plural="services",
        short_names=("svc",),
        categories=("all",),
        subresources=("proxy", "status"),
        default=default,
        prepare=prepare,
        generation=False,
        name_rule=name_is_dns_label,
        columns=(
            NAME,
            Column("Type", lambda service, _: service["spec"]["type"]),
            Column("Cluster-IP", lambda service, _: (service["spec"].get("clusterIPs") or [NONE])[0]),
            Column("External-IP", _external),
            Column("Port(s)", _ports),
            AGE,
            Column("Selector", lambda service, _: labels(service["spec"].get("selector")), priority=1),
        ),
        selectable_fields={
            "spec.clusterIP": lambda service: service["spec"].get("clusterIP", ""),
            "spec.type": lambda service: service["spec"].get("type", ""),
        },
    ),
)
