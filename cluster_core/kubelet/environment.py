"""A container's environment: envFrom, env with its sources, service variables; `$(NAME)` expanded.

Called by the pod worker before a container is created. Reads ConfigMaps and Secrets through listers.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_core.apimachinery import pod_resources
from cluster_core.kubelet.runtime.engine import expand
from cluster_core.kubelet.runtime.naming import seen_name

Object = dict[str, Any]
Lookup = Callable[[str, str], Object | None]

NOT_FOUND = '{} "{}" not found'
NO_KEY = "couldn't find key {} in {} {}/{}"


class ConfigError(Exception):
    """A reference that cannot be resolved: CreateContainerConfigError with this text."""


class Sources:
    """Where values come from: lookups (namespace, name) -> object, and facts about the pod."""

    __slots__ = ("config_map", "domain", "node", "pod", "pod_ip", "secret", "services")

    def __init__(
        self,
        pod: Object,
        node: Object,
        pod_ip: str,
        config_map: Lookup,
        secret: Lookup,
        services: Callable[[], Iterable[Object]],
        domain: str = "cluster.local",
    ) -> None:
        self.pod, self.node, self.pod_ip = pod, node, pod_ip
        self.config_map, self.secret, self.services, self.domain = config_map, secret, services, domain

    @property
    def namespace(self) -> str:
        """The pod's namespace."""
        return self.pod["metadata"].get("namespace", "")  # type: ignore[no-any-return]

    def lookup(self, kind: str, name: str) -> Object | None:
        """A ConfigMap or Secret of the pod's namespace."""
        return (self.config_map if kind == "ConfigMap" else self.secret)(self.namespace, name)


def check(sources: Sources, spec: Object) -> None:
    """Make sure that every reference resolves. Raises ConfigError for the first that does not."""
    for entry in spec.get("envFrom") or ():
        _from_object(sources, entry)
    for entry in spec.get("env") or ():
        if entry.get("valueFrom"):
            _value_from(sources, spec, entry["valueFrom"])


def build(sources: Sources, spec: Object, image_env: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The whole environment in order. Raises ConfigError."""
    result = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **dict(image_env)}
    result["HOSTNAME"] = seen_name(sources.pod, sources.domain)
    own: dict[str, str] = {}
    for entry in spec.get("envFrom") or ():
        prefix = entry.get("prefix") or ""
        own.update({f"{prefix}{key}": value for key, value in _from_object(sources, entry).items()})
    services = service_variables(sources)
    expandable = {**services, **own}
    for entry in spec.get("env") or ():
        if entry.get("valueFrom"):
            found = _value_from(sources, spec, entry["valueFrom"])
            if found is None:
                continue
            value = found
        else:
            text = entry.get("value") or ""
            value = expand(text, expandable) if "$" in text else text
        own[entry["name"]] = expandable[entry["name"]] = value
    for name, value in services.items():
        own.setdefault(name, value)
    result.update(own)
    result.setdefault("HOME", "/root")
    return result


def _from_object(sources: Sources, entry: Object) -> dict[str, str]:
    kind, reference = (
        ("ConfigMap", entry.get("configMapRef")) if "configMapRef" in entry else ("Secret", entry.get("secretRef"))
    )
    if not reference:
        return {}
    found = sources.lookup(kind, reference["name"])
    if found is None:
        if reference.get("optional"):
            return {}
        raise ConfigError(NOT_FOUND.format(kind.lower(), reference["name"]))
    return texts(found)


def texts(found: Object) -> dict[str, str]:
    """Data of a ConfigMap or Secret as text, keys sorted."""
    data = {key: str(value) for key, value in (found.get("data") or {}).items()}
    if found.get("kind") == "Secret":
        data = {key: decoded(value) for key, value in data.items()}
    else:
        data.update({key: decoded(value) for key, value in (found.get("binaryData") or {}).items()})
    return dict(sorted(data.items()))


def decoded(text: str) -> str:
    """Base64 to text; bytes that are no UTF-8 are kept as surrogates."""
    import base64
    import binascii

    try:
        return base64.b64decode(text).decode("utf-8", "surrogateescape")
    except binascii.Error:
        return ""


def _value_from(sources: Sources, spec: Object, source: Object) -> str | None:
    """The value; None if an optional reference leads nowhere. Raises ConfigError."""
    for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
        reference = source.get(field)
        if reference:
            return _key_of(sources, kind, reference)
    if source.get("fieldRef"):
        return field_value(sources, source["fieldRef"]["fieldPath"])
    if source.get("resourceFieldRef"):
        return resource_value(sources, spec, source["resourceFieldRef"])
    return ""


def _key_of(sources: Sources, kind: str, reference: Object) -> str | None:
    found = sources.lookup(kind, reference["name"])
    optional = reference.get("optional")
    if found is None:
        if optional:
            return None
        raise ConfigError(NOT_FOUND.format(kind.lower(), reference["name"]))
    values = texts(found)
    if reference["key"] not in values:
        if optional:
            return None
        raise ConfigError(NO_KEY.format(reference["key"], kind, sources.namespace, reference["name"]))
    return values[reference["key"]]


def field_value(sources: Sources, path: str) -> str:
    """A field of the pod, as the downward API gives it. Raises ConfigError for one that it does not know."""
    pod, metadata = sources.pod, sources.pod["metadata"]
    if path.startswith("metadata.annotations"):
        metadata = {**metadata, "annotations": _annotations(metadata)}
    base, bracket, key = path.partition("['")
    if bracket:
        return str((metadata.get(base.removeprefix("metadata.")) or {}).get(key.removesuffix("']"), ""))
    if path in ("metadata.labels", "metadata.annotations"):
        pairs = sorted((metadata.get(path.removeprefix("metadata.")) or {}).items())
        return "\n".join(f"{name}={_quoted(value)}" for name, value in pairs)
    host = next((a["address"] for a in (sources.node.get("status") or {}).get("addresses") or ()), "")
    fields = {
        "metadata.name": metadata["name"],
        "metadata.namespace": sources.namespace,
        "metadata.uid": metadata.get("uid", ""),
        "spec.nodeName": pod["spec"].get("nodeName", ""),
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", ""),
        "status.hostIP": host,
        "status.hostIPs": host,
        "status.podIP": sources.pod_ip,
        "status.podIPs": sources.pod_ip,
    }
    if path not in fields:
        raise ConfigError(f"unsupported fieldPath: {path}")
    return str(fields[path])


def _annotations(metadata: Object) -> dict[str, str]:
    """A pod's annotations as its kubelet has them: with where it heard of the pod, and when."""
    heard = {"kubernetes.io/config.seen": metadata.get("creationTimestamp") or "", "kubernetes.io/config.source": "api"}
    return {**heard, **(metadata.get("annotations") or {})}


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)


def resource_value(sources: Sources, spec: Object, reference: Object) -> str:
    """A container's request or limit, divided and rounded up; the node's allocatable stands in for missing limits."""
    name = reference.get("containerName")
    if name:
        everyone = (*sources.pod["spec"]["containers"], *(sources.pod["spec"].get("initContainers") or ()))
        spec = next((c for c in everyone if c["name"] == name), spec)
    kind, _, resource = reference["resource"].partition(".")
    amount = pod_resources.amounts((spec.get("resources") or {}).get(kind)).get(resource)
    if amount is None and kind == "limits":
        amount = pod_resources.amounts((sources.node.get("status") or {}).get("allocatable")).get(resource)
    if amount is None:
        amount = 0
    divisor = str(reference.get("divisor") or "0")
    if divisor == "0":
        divisor = "1"
    size = pod_resources.amounts({resource: divisor})[resource]
    return str(-(-amount // size))


def service_variables(sources: Sources) -> dict[str, str]:
    """KUBERNETES_* always, other services of the namespace unless the pod opts out."""
    namespace = sources.namespace
    links = sources.pod["spec"].get("enableServiceLinks", True)
    result: dict[str, str] = {}
    for service in sources.services():
        metadata, spec = service["metadata"], service["spec"]
        master = metadata["name"] == "kubernetes" and metadata.get("namespace") == "default"
        if not master and not (links and metadata.get("namespace") == namespace):
            continue
        address = spec.get("clusterIP")
        if not address or address == "None" or not spec.get("ports"):
            continue
        result.update(_variables_of(metadata["name"], address, spec["ports"]))
    return result


def _variables_of(name: str, address: str, ports: list[Object]) -> dict[str, str]:
    base = name.upper().replace("-", "_")
    first = ports[0]
    result = {f"{base}_SERVICE_HOST": address, f"{base}_SERVICE_PORT": str(first["port"])}
    for port in ports:
        if port.get("name"):
            result[f"{base}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
    result[f"{base}_PORT"] = f"{(first.get('protocol') or 'TCP').lower()}://{address}:{first['port']}"
    for port in ports:
        protocol = port.get("protocol") or "TCP"
        prefix = f"{base}_PORT_{port['port']}_{protocol}"
        result[prefix] = f"{protocol.lower()}://{address}:{port['port']}"
        result[f"{prefix}_PROTO"] = protocol.lower()
        result[f"{prefix}_PORT"] = str(port["port"])
        result[f"{prefix}_ADDR"] = address
    return result
