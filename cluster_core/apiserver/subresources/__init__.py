"""Subresources other than status, one file per family; `serve` picks by (resource, subresource).

Called by the pipeline after authorization. Streams (log, exec, attach, port-forward) are the server's: they come from `server.nodes`.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors
from cluster_core.apiserver.call import Call

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]

_TABLE = {
    ("pods", "binding"): ("pods", "bind"),
    ("pods", "eviction"): ("eviction", "evict"),
    ("pods", "ephemeralcontainers"): ("pods", "ephemeral_containers"),
    ("pods", "resize"): ("pods", "resize"),
    ("pods", "log"): ("pods", "log"),
    ("serviceaccounts", "token"): ("tokens", "issue"),
    ("namespaces", "finalize"): ("namespaces", "finalize"),
    ("certificatesigningrequests", "approval"): ("certificates", "approve"),
    ("deployments", "scale"): ("scale", "serve"),
    ("replicasets", "scale"): ("scale", "serve"),
    ("statefulsets", "scale"): ("scale", "serve"),
    ("replicationcontrollers", "scale"): ("scale", "serve"),
}


def serve(server: "APIServer", call: Call) -> tuple[int, Any]:
    """Perform a verb on a subresource: HTTP status and answer; raises ApiError."""
    found = _TABLE.get((call.served.resource.plural, call.request.subresource))
    if found is None and call.served.custom is not None and call.request.subresource == "scale":
        found = ("scale", "serve")
    if found is None:
        raise errors.PageNotFoundError
    code, answer = _function(*found)(server, call)
    return code, answer


@cache
def _function(module: str, name: str) -> Any:
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{module}"), name)


def success(code: int = 0) -> Object:
    """A Status of success."""
    status: Object = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    if code:
        status["code"] = code
    return status
