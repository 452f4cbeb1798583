"""Service: defaults, fields that follow its type, columns. Addresses and node ports are given out by the API server."""

from cluster_core.api.cells import AGE, NAME, NONE, labels
from cluster_core.api.go_structs import shown
from cluster_core.api.resource import Column, Object, Resource
from cluster_core.api.strategy import keep_status
from cluster_core.api.validation import (
    IMMUTABLE,
    Errors,
    cidr,
    endpoint_ip,
    ip,
    ip_warnings,
    label_name,
    name,
    one_of,
    port_number,
    port_number_or_name,
    unsupported,
)
from cluster_core.api.validation import labels as labels_errors
from cluster_core.apimachinery import field
from cluster_core.apimachinery.names import dns1123_label, dns1123_subdomain, name_is_dns_label


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
    if old is None and new["spec"]["type"] == "ExternalName":
        new["spec"].pop("internalTrafficPolicy", None)
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
    externally = _needs_node_port(new) or (new["type"] == "ClusterIP" and bool(new.get("externalIPs")))
    if not externally and new.get("externalTrafficPolicy") == old.get("externalTrafficPolicy"):
        new.pop("externalTrafficPolicy", None)
    if new["type"] == "ExternalName" and new.get("internalTrafficPolicy") == old.get("internalTrafficPolicy"):
        new.pop("internalTrafficPolicy", None)


def _same_node_ports(new: Object, old: Object) -> bool:
    before = [port.get("nodePort", 0) for port in old.get("ports") or ()]
    return [port.get("nodePort", 0) for port in new.get("ports") or ()] == before


def validate(service: Object) -> Errors:
    """A new service, its addresses and ports given out."""
    errors: Errors = []
    _validate(errors, service, service["spec"])
    return errors


def validate_update(new: Object, old: Object) -> Errors:
    """A changed service: addresses stay."""
    errors: Errors = []
    after, before = new["spec"], old["spec"]
    if "ExternalName" not in (after["type"], before["type"]):
        _validate_cluster_ip_change(errors, after, before)
        _validate_family_change(errors, after, before)
    _validate_load_balancer_class(errors, after, before)
    checked = _needs_health_port(before) and _needs_health_port(after)
    if checked and after.get("healthCheckNodePort") != before.get("healthCheckNodePort"):
        errors.append(field.forbidden("spec.healthCheckNodePort", IMMUTABLE))
    _validate(errors, new, after)
    return errors


def _headless(spec: Object) -> bool:
    return spec.get("clusterIPs") == ["None"]


def _validate_cluster_ip_change(errors: Errors, new: Object, old: Object) -> None:
    if _headless(new) and _headless(old):
        return
    after, before = new.get("clusterIPs") or [], old.get("clusterIPs") or []
    if len(after) == len(before):
        for index, address in enumerate(before):
            if after[index] != address:
                errors.append(field.invalid(f"spec.clusterIPs[{index}]", after, "may not change once set"))
        return
    if len(after) < len(before) and not after:
        errors.append(field.invalid("spec.clusterIPs[0]", None, "primary clusterIP can not be unset"))
    if before and after and after[0] != before[0]:
        errors.append(field.invalid("spec.clusterIPs[0]", after, "may not change once set"))
    if len(after) < len(before) and len(after) == 1 and new.get("ipFamilyPolicy") != "SingleStack":
        problem = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        errors.append(field.invalid("spec.ipFamilyPolicy", new.get("ipFamilyPolicy"), problem))


def _validate_family_change(errors: Errors, new: Object, old: Object) -> None:
    if _headless(new) or _headless(old):
        return
    after, before = new.get("ipFamilies") or [], old.get("ipFamilies") or []
    if len(after) == len(before):
        for index, family in enumerate(before):
            if after[index] != family:
                errors.append(field.invalid("spec.ipFamilies[0]", after, "may not change once set"))
        return
    if len(after) < len(before) and not new.get("clusterIPs"):
        errors.append(field.invalid("spec.ipFamilies[0]", after or None, "primary ipFamily can not be unset"))
    if before and after and after[0] != before[0]:
        errors.append(field.invalid("spec.ipFamilies[0]", new.get("clusterIPs"), "may not change once set"))
    if len(after) < len(before) and len(after) == 1 and new.get("ipFamilyPolicy") != "SingleStack":
        problem = "must be set to 'SingleStack' when releasing the secondary ipFamily"
        errors.append(field.invalid("spec.ipFamilyPolicy", new.get("ipFamilyPolicy"), problem))


def _validate_load_balancer_class(errors: Errors, spec: Object, old: Object | None) -> None:
    path, chosen = "spec.loadBalancerClass", spec.get("loadBalancerClass")
    if old is not None and old["type"] == spec["type"] == "LoadBalancer" and chosen != old.get("loadBalancerClass"):
        errors.append(field.invalid(path, chosen, "may not change once set"))
    if chosen is None:
        return
    if spec["type"] == "LoadBalancer":
        label_name(errors, path, chosen)
    else:
        errors.append(field.forbidden(path, "may only be used when `type` is 'LoadBalancer'"))


_HINTS, _MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_BALANCERS_ONLY = "may only be used when `type` is 'LoadBalancer'"
_STATUS_OF_BALANCERS = "may only be used when `spec.type` is 'LoadBalancer'"


def _validate(errors: Errors, service: Object, spec: Object) -> None:
    annotations = service["metadata"].get("annotations") or {}
    if _HINTS in annotations and annotations.get(_MODE, annotations[_HINTS]) != annotations[_HINTS]:
        problem = f"must match annotations[{_HINTS}] when both are specified"
        errors.append(field.invalid(f"metadata.annotations[{_MODE}]", annotations[_MODE], problem))
    kind, ports = spec["type"], spec.get("ports") or []
    if not ports and not _headless(spec) and kind != "ExternalName":
        errors.append(field.required("spec.ports"))
    if kind in ("LoadBalancer", "NodePort") and _headless(spec):
        problem = f"may not be set to 'None' for {kind} services"
        errors.append(field.invalid("spec.clusterIPs[0]", "None", problem))
    elif kind == "ExternalName":
        _validate_external_name(errors, spec)
    seen: set[str] = set()
    for index, port in enumerate(ports):
        _validate_port(errors, f"spec.ports[{index}]", port, len(ports) > 1, seen)
    labels_errors(errors, "spec.selector", spec.get("selector"))
    _validate_affinity(errors, spec)
    if kind != "ExternalName":
        _validate_cluster_ips(errors, spec)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        before = len(errors)
        ip(errors, f"spec.externalIPs[{index}]", address)
        if len(errors) == before:
            endpoint_ip(errors, f"spec.externalIPs[{index}]", address)
    one_of(errors, "spec.type", kind, ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"))
    _validate_port_uniqueness(errors, kind, ports)
    _validate_source_ranges(errors, spec, annotations)
    if "allocateLoadBalancerNodePorts" in spec and kind != "LoadBalancer":
        errors.append(field.forbidden("spec.allocateLoadBalancerNodePorts", _BALANCERS_ONLY))
    _validate_load_balancer_class(errors, spec, None)
    _validate_traffic(errors, spec)


def _validate_external_name(errors: Errors, spec: Object) -> None:
    for each in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(each):
            errors.append(field.forbidden(f"spec.{each}", "may not be set for ExternalName services"))
    target = spec.get("externalName", "").removesuffix(".")
    if target:
        name(errors, "spec.externalName", target, dns1123_subdomain)
    else:
        errors.append(field.required("spec.externalName"))


def _validate_port(errors: Errors, path: str, port: Object, require_name: bool, seen: set[str]) -> None:
    port_name = port.get("name", "")
    if port_name:
        name(errors, f"{path}.name", port_name, dns1123_label)
        if port_name in seen:
            errors.append(field.duplicate(f"{path}.name", port_name))
        seen.add(port_name)
    elif require_name:
        errors.append(field.required(f"{path}.name"))
    port_number(errors, f"{path}.port", port["port"])
    if port["protocol"] not in ("SCTP", "TCP", "UDP"):
        errors.append(unsupported(f"{path}.protocol", port["protocol"], ("SCTP", "TCP", "UDP")))
    if port["targetPort"] != port["port"]:
        port_number_or_name(errors, f"{path}.targetPort", port["targetPort"])
    elif not 0 < port["port"] < 65536:
        port_number(errors, f"{path}.targetPort", port["port"])
    if "appProtocol" in port:
        label_name(errors, f"{path}.appProtocol", port["appProtocol"])


def _validate_affinity(errors: Errors, spec: Object) -> None:
    affinity, config = spec["sessionAffinity"], spec.get("sessionAffinityConfig")
    one_of(errors, "spec.sessionAffinity", affinity, ("ClientIP", "None"))
    if affinity == "ClientIP" and config:
        seconds = (config.get("clientIP") or {}).get("timeoutSeconds", 0)
        if not 0 < seconds <= 86400:
            problem = "must be greater than 0 and less than 86400"
            errors.append(field.invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, problem))


def cluster_ip_problems(spec: Object) -> Errors:
    """What is wrong with the address fields alone; the allocator asks before it allocates."""
    errors: Errors = []
    _validate_cluster_ips(errors, spec)
    return errors


def _validate_cluster_ips(errors: Errors, spec: Object) -> None:
    path, addresses_given, first = "spec.clusterIPs", spec.get("clusterIPs") or [], spec.get("clusterIP", "")
    if first:
        if not addresses_given:
            errors.append(field.required(path))
        elif addresses_given[0] != first:
            errors.append(field.invalid(path, addresses_given, "first value must match `clusterIP`"))
    elif addresses_given:
        errors.append(field.invalid(path, addresses_given, "must be empty when `clusterIP` is not specified"))
    families = spec.get("ipFamilies") or []
    for index, family in enumerate(families):
        one_of(errors, f"spec.ipFamilies[{index}]", family, ("IPv4", "IPv6"))
        if family in families[:index]:
            errors.append(field.duplicate(f"spec.ipFamilies[{index}]", family))
    policy = spec.get("ipFamilyPolicy")
    if policy is not None:
        one_of(errors, "spec.ipFamilyPolicy", policy, ("PreferDualStack", "RequireDualStack", "SingleStack"))
    before = len(errors)
    for index, address in enumerate(addresses_given):
        if index == 0 and address == "None":
            if len(addresses_given) > 1:
                problem = "'None' must be the first and only value"
                errors.append(field.invalid(path, addresses_given, problem))
            continue
        ip(errors, f"{path}[{index}]", address)
    usable = len(errors) == before
    if len(addresses_given) > 2:
        errors.append(field.invalid(path, addresses_given, "may only hold up to 2 values"))
    if usable and not _headless(spec):
        _validate_families(errors, path, addresses_given, families)


def _validate_families(errors: Errors, path: str, given: list[str], families: list[str]) -> None:
    if len(given) > 1 and len({":" in address for address in given}) < len(given):
        problem = "may specify no more than one IP for each IP family"
        errors.append(field.invalid(path, given, problem))
    for index, (address, family) in enumerate(zip(given, families, strict=False)):
        if family in ("IPv4", "IPv6") and (family == "IPv6") != (":" in address):
            problem = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            errors.append(field.invalid(f"{path}[{index}]", address, problem))


def _validate_port_uniqueness(errors: Errors, kind: str, ports: list[Object]) -> None:
    if kind == "ClusterIP":
        for index, port in enumerate(ports):
            if port.get("nodePort"):
                problem = "may not be used when `type` is 'ClusterIP'"
                errors.append(field.forbidden(f"spec.ports[{index}].nodePort", problem))
    node_ports: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        if port.get("nodePort"):
            key = (port["protocol"], port["nodePort"])
            if key in node_ports:
                errors.append(field.duplicate(f"spec.ports[{index}].nodePort", port["nodePort"]))
            node_ports.add(key)
    numbers: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        key = (port["protocol"], port["port"])
        if key in numbers:
            value = shown("ServicePort", {"protocol": port["protocol"], "port": port["port"]})
            errors.append(field.duplicate(f"spec.ports[{index}]", value))
        numbers.add(key)


def _validate_source_ranges(errors: Errors, spec: Object, annotations: Object) -> None:
    ranges = spec.get("loadBalancerSourceRanges")
    if ranges:
        path = "spec.LoadBalancerSourceRanges"
        if spec["type"] != "LoadBalancer":
            errors.append(field.forbidden(path, _BALANCERS_ONLY))
        for index, value in enumerate(ranges):
            cidr(errors, f"{path}[{index}]", value.strip())
    elif _RANGES in annotations:
        path = f"metadata.annotations[{_RANGES}]"
        if spec["type"] != "LoadBalancer":
            errors.append(field.forbidden(path, _BALANCERS_ONLY))
        for value in filter(None, annotations[_RANGES].strip().split(",")):
            cidr(errors, path, value.strip())


def _validate_traffic(errors: Errors, spec: Object) -> None:
    kind, external, internal = spec["type"], spec.get("externalTrafficPolicy"), spec.get("internalTrafficPolicy")
    if not (_needs_node_port(spec) or (kind == "ClusterIP" and spec.get("externalIPs"))):
        if external:
            problem = "may only be set for externally-accessible services"
            errors.append(field.invalid("spec.externalTrafficPolicy", external, problem))
    else:
        one_of(errors, "spec.externalTrafficPolicy", external or "", ("Cluster", "Local"), required=True)
    health = spec.get("healthCheckNodePort", 0)
    if not _needs_health_port(spec):
        if health:
            problem = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            errors.append(field.invalid("spec.healthCheckNodePort", health, problem))
    elif not health:
        errors.append(field.required("spec.healthCheckNodePort"))
    else:
        port_number(errors, "spec.healthCheckNodePort", health)
    if internal is None:
        if _needs_cluster_ip(spec):
            errors.append(field.required("spec.internalTrafficPolicy"))
    else:
        one_of(errors, "spec.internalTrafficPolicy", internal, ("Cluster", "Local"))
    distribution = spec.get("trafficDistribution")
    if distribution is not None:
        one_of(errors, "spec.trafficDistribution", distribution, ("PreferClose", "PreferSameZone", "PreferSameNode"))


def validate_status(new: Object, _old: Object) -> Errors:
    """A load balancer's addresses."""
    errors: Errors = []
    points = (new["status"].get("loadBalancer") or {}).get("ingress") or ()
    if points and new["spec"]["type"] != "LoadBalancer":
        return [field.forbidden("status.loadBalancer.ingress", _STATUS_OF_BALANCERS)]
    for index, point in enumerate(points):
        path = f"status.loadBalancer.ingress[{index}]"
        if point.get("ip"):
            ip(errors, f"{path}.ip", point["ip"])
        mode = point.get("ipMode")
        if mode is not None and not point.get("ip"):
            errors.append(field.forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set"))
        elif mode is not None:
            one_of(errors, f"{path}.ipMode", mode, ("Proxy", "VIP"))
        if point.get("hostname"):
            name(errors, f"{path}.hostname", point["hostname"], dns1123_subdomain)
    return errors


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


def warnings(new: Object, _old: Object | None) -> list[str]:
    """What has no effect or a better form: parts that the type ignores, old annotations, unusual addresses."""
    spec, found = new["spec"], []
    if _HINTS in (new["metadata"].get("annotations") or {}):
        found.append(f"annotation {_HINTS} is deprecated, please use {_MODE} instead")
    addresses = spec.get("externalIPs") or ()
    if not _headless(spec):
        for index, address in enumerate(spec.get("clusterIPs") or ()):
            found += ip_warnings(f"spec.clusterIPs[{index}]", address)
    else:
        found += _headless_warnings(spec)
    for index, address in enumerate(addresses):
        found += ip_warnings(f"spec.externalIPs[{index}]", address)
    external = spec.get("type") == "ExternalName"
    if addresses and not external and not _headless(spec):
        found.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    if spec.get("loadBalancerIP"):
        found += ip_warnings("spec.loadBalancerIP", spec["loadBalancerIP"])
    if addresses and external:
        found.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if spec.get("externalName") and not external:
        found.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        found.append('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
    return found


def _headless_warnings(spec: Object) -> list[str]:
    ignored = [each for each in ("loadBalancerIP", "externalIPs") if spec.get(each)]
    if spec["sessionAffinity"] != "None":
        ignored.append("SessionAffinity")
    return [f"spec.{each} is ignored for headless services" for each in ignored]


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
        warnings=warnings,
        validate=validate,
        validate_update=validate_update,
        validate_status=validate_status,
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
