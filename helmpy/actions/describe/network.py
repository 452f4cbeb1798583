"""Services and Ingresses."""

from typing import Any

from cluster_core.apimachinery.gvk import GVR
from helmpy.actions.describe.context import Context
from helmpy.actions.describe.pods import annotations, heading, marks
from helmpy.actions.describe.writer import Writer

SLICES = GVR("discovery.k8s.io", "v1", "endpointslices")
MOST_ENDPOINTS = 3


def _endpoints(context: Context, namespace: str, service: str, port: str) -> str:
    """ "10.0.0.1:80,10.0.0.2:80 + 1 more…" of a service's port (by name), "<none>" without any."""
    found = []
    for item in context.all(SLICES, namespace, label_selector=f"kubernetes.io/service-name={service}"):
        numbers = [p.get("port") for p in item.get("ports") or [] if (p.get("name") or "") == port]
        for endpoint in item.get("endpoints") or []:
            if (endpoint.get("conditions") or {}).get("ready") is False:
                continue
            found += [f"{address}:{number}" for address in endpoint["addresses"] for number in numbers]
    if not found:
        return "<none>"
    more = f" + {len(found) - MOST_ENDPOINTS} more..." if len(found) > MOST_ENDPOINTS else ""
    return ",".join(found[:MOST_ENDPOINTS]) + more


def service(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """A Service."""
    spec, metadata = obj["spec"], obj["metadata"]
    heading(w, obj)
    marks(w, obj)
    w.field(0, "Selector", ",".join(f"{k}={v}" for k, v in sorted((spec.get("selector") or {}).items())) or "<none>")
    w.field(0, "Type", spec.get("type", ""))
    if spec.get("ipFamilyPolicy"):
        w.field(0, "IP Family Policy", spec["ipFamilyPolicy"])
    w.field(0, "IP Families", ",".join(spec.get("ipFamilies") or []) or "<none>")
    w.field(0, "IP", spec.get("clusterIP", ""))
    w.field(0, "IPs", ",".join(spec.get("clusterIPs") or []) or "<none>")
    if spec.get("externalIPs"):
        w.field(0, "External IPs", ",".join(spec["externalIPs"]))
    if spec.get("externalName"):
        w.field(0, "External Name", spec["externalName"])
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    if ingress:
        w.field(0, "LoadBalancer Ingress", ", ".join(i.get("ip") or i.get("hostname", "") for i in ingress))
    for port in spec.get("ports") or []:
        name, protocol = port.get("name") or "<unset>", port.get("protocol", "TCP")
        w.line(0, "Port:", name, f"{port['port']}/{protocol}")
        w.field(0, "TargetPort", f"{port.get('targetPort', 0)}/{protocol}")
        if port.get("nodePort"):
            w.line(0, "NodePort:", name, f"{port['nodePort']}/{protocol}")
        w.field(0, "Endpoints", _endpoints(context, metadata["namespace"], metadata["name"], port.get("name") or ""))
    w.field(0, "Session Affinity", spec.get("sessionAffinity", ""))
    for label, field in (
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
    ):
        if spec.get(field):
            w.field(0, label, spec[field])


def ingress(w: Writer, obj: dict[str, Any], context: Context) -> None:
    """An Ingress."""
    spec, metadata = obj["spec"], obj["metadata"]
    w.field(0, "Name", metadata["name"])
    w.pairs(0, "Labels", metadata.get("labels"))
    w.field(0, "Namespace", metadata["namespace"])
    points = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    w.field(0, "Address", ",".join(p.get("ip") or p.get("hostname", "") for p in points))
    w.field(0, "Ingress Class", spec.get("ingressClassName") or "<none>")
    default = spec.get("defaultBackend")
    w.field(0, "Default backend", _backend(context, metadata["namespace"], default) if default else "<default>")
    if spec.get("tls"):
        w.line(0, "TLS:")
        for item in spec["tls"]:
            hosts = ",".join(item.get("hosts") or [])
            secret = item.get("secretName")
            w.line(1, f"{secret} terminates {hosts}" if secret else f"SNI routes {hosts}")
    _rules(w, spec, metadata, context)
    annotations(w, obj)


def _rules(w: Writer, spec: dict[str, Any], metadata: dict[str, Any], context: Context) -> None:
    w.line(0, "Rules:")
    w.line(1, "Host", "Path", "Backends")
    w.line(1, "----", "----", "--------")
    rules = [rule for rule in spec.get("rules") or [] if rule.get("http")]
    for rule in rules:
        w.line(1, rule.get("host") or "*", "")
        for path in rule["http"].get("paths") or []:
            backend = _backend(context, metadata["namespace"], path["backend"])
            w.line(1, "", f"{path.get('path', '')} ", backend)
    if not rules:
        default = spec.get("defaultBackend")
        w.line(1, "*", "*", _backend(context, metadata["namespace"], default) if default else "<default>")


def _backend(context: Context, namespace: str, backend: dict[str, Any]) -> str:
    found = backend.get("service")
    if not found:
        resource = backend.get("resource") or {}
        return f"APIGroup: {resource.get('apiGroup')}, Kind: {resource.get('kind')}, Name: {resource.get('name')}"
    port = found.get("port") or {}
    target = port.get("name") or port.get("number", "")
    service = context.get(GVR("", "v1", "services"), found["name"], namespace)
    if isinstance(service, str):
        return f"{found['name']}:{target} (<error: {service}>)"
    name = next(
        (
            p.get("name") or ""
            for p in service["spec"].get("ports") or []
            if p.get("name") == port.get("name") or p["port"] == port.get("number")
        ),
        "",
    )
    return f"{found['name']}:{target} ({_endpoints(context, namespace, found['name'], name)})"
