"""The proxy subresources of pods, services and nodes: an HTTP request passed on to what listens in a simulated pod."""

from typing import TYPE_CHECKING, Any

from aiohttp.web_response import Response

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request, UserInfo
from cluster_core.auth.rbac import MASTERS

if TYPE_CHECKING:
    from cluster_core.server.app import App, Exchange

Object = dict[str, Any]
READER = UserInfo("system:apiserver", (MASTERS,))
"""In whose name the server itself reads the objects that a request passes through."""
PODS, SLICES = GVR("", "v1", "pods"), GVR("discovery.k8s.io", "v1", "endpointslices")


def serve(app: "App", exchange: "Exchange") -> Response:
    """Pass a request on; raises ApiError."""
    request = exchange.request
    app.server.authorize(request)
    nodes: Any = app.server.nodes
    assert request.gvr is not None
    path = "/" + exchange.target.partition("?")[0].partition("/proxy")[2].lstrip("/")
    if request.gvr.resource == "nodes":
        from cluster_core.server import node_proxy

        return node_proxy.serve(app, request.name, path)
    if nodes is None or request.gvr.resource not in ("pods", "services"):
        raise errors.ApiError(503, "ServiceUnavailable", "no endpoints available for proxying")
    scheme_name, port = split_name(request.name)
    if request.gvr.resource == "pods":
        pod, number = read(app, PODS, request.namespace, scheme_name), _pod_port(port)
        if number == 0:
            number = _first_port(pod)
    else:
        pod, number = _backend(app, request, scheme_name, port)
    query = exchange.target.partition("?")[2]
    metadata = pod["metadata"]
    status, text = nodes.request(metadata["namespace"], metadata["name"], number, path + (f"?{query}" if query else ""))
    return Response(status=status, body=text.encode("utf-8", "surrogateescape"), content_type="text/plain")


def split_name(name: str) -> tuple[str, str]:
    """(name, port) of `name`, `name:port` or `scheme:name:port`."""
    parts = name.split(":")
    if len(parts) == 3:
        return parts[1], parts[2]
    return parts[0], parts[1] if len(parts) == 2 else ""


def read(app: "App", gvr: GVR, namespace: str, name: str) -> Object:
    """An object, whoever asks: the request itself was authorized. Raises not found."""
    return app.server.handle(Request("get", gvr, namespace, name, user=READER)).object


def _pod_port(port: str) -> int:
    if not port:
        return 0
    if not port.isdigit():
        raise errors.bad_request(f'invalid pod request "{port}"')
    return int(port)


def _first_port(pod: Object) -> int:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            return int(port["containerPort"])
    return 80


def _backend(app: "App", request: Request, name: str, port: str) -> tuple[Object, int]:
    """A ready pod behind a service, and the port that it listens on."""
    assert request.gvr is not None
    service = read(app, request.gvr, request.namespace, name)
    ports = service["spec"].get("ports") or []
    wanted = [p for p in ports if port in ("", str(p["port"]), p.get("name"))] if port or len(ports) == 1 else []
    if not wanted:
        raise errors.ApiError(503, "ServiceUnavailable", f'no service port "{port}" found for service "{name}"')
    listed = Request(
        "list",
        SLICES,
        request.namespace,
        query={"labelSelector": f"kubernetes.io/service-name={name}"},
        user=READER,
    )
    for found in app.server.handle(listed).object["items"]:
        numbers = {p.get("name") or "": p["port"] for p in found.get("ports") or ()}
        number = numbers.get(wanted[0].get("name") or "")
        for endpoint in found.get("endpoints") or ():
            target = endpoint.get("targetRef") or {}
            if number and (endpoint.get("conditions") or {}).get("ready") and target.get("kind") == "Pod":
                return read(app, PODS, request.namespace, target["name"]), int(number)
    raise errors.ApiError(503, "ServiceUnavailable", f'no endpoints available for service "{name}"')
