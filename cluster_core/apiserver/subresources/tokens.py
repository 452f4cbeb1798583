"""serviceaccounts/token: a signed, time-limited token, bound to a pod, secret or node if asked."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import errors, field
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.call import Call
from cluster_core.store.store import Key

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 600, 1 << 32
_BOUND = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


def issue(server: "APIServer", call: Call) -> tuple[int, Object]:
    """Answer a TokenRequest."""
    from cluster_core.auth.tokens import ISSUER, account_claims

    if call.request.verb != "create":
        raise errors.method_not_allowed()
    account = server.registry.get(call)
    spec = dict((call.request.body or {}).get("spec") or {})
    seconds = spec.setdefault("expirationSeconds", DEFAULT_SECONDS)
    spec["audiences"] = spec.get("audiences") or [ISSUER]
    _check_seconds(seconds)
    bound = _bound(server, call, spec.get("boundObjectRef"))
    spec.setdefault("boundObjectRef", None)
    now = server.loop.now()
    claims = account_claims(
        call.request.namespace,
        account,
        spec["audiences"],
        now,
        seconds,
        server.identities.uid(),
        bound,
        _node_of(server, call, bound),
    )
    metadata = {"name": call.request.name, "namespace": call.request.namespace, "uid": account["metadata"]["uid"]}
    metadata["creationTimestamp"] = rfc3339(now)
    status = {"token": server.tokens.issue(claims), "expirationTimestamp": rfc3339(now + seconds)}
    version = "authentication.k8s.io/v1"
    return 201, {"kind": "TokenRequest", "apiVersion": version, "metadata": metadata, "spec": spec, "status": status}


def _check_seconds(seconds: int) -> None:
    path = "spec.expirationSeconds"
    problems = []
    if seconds < LEAST_SECONDS:
        problems.append(field.invalid(path, seconds, "may not specify a duration less than 10 minutes"))
    if seconds > MOST_SECONDS:
        problems.append(field.invalid(path, seconds, "may not specify a duration larger than 2^32 seconds"))
    if problems:
        raise errors.invalid("TokenRequest.authentication.k8s.io", "", problems)


def _bound(server: "APIServer", call: Call, reference: Object | None) -> tuple[str, str, str] | None:
    if not reference:
        return None
    kind, name = reference.get("kind", ""), reference.get("name", "")
    bucket = _BOUND.get(kind)
    if bucket is None:
        version = reference.get("apiVersion", "")
        text = version if "/" in version else f"/{version}"
        raise errors.bad_request(f"cannot bind token to object of type {text}, Kind={kind}")
    namespace = "" if kind == "Node" else call.request.namespace
    found = server.store.get(Key(bucket, namespace, name))
    if found is None:
        raise errors.not_found(bucket, name)
    uid = found["metadata"]["uid"]
    if reference.get("uid") and reference["uid"] != uid:
        text = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. The object might have been deleted and then recreated"
        raise errors.conflict(bucket, name, text)
    return kind, name, uid


def _node_of(server: "APIServer", call: Call, bound: tuple[str, str, str] | None) -> tuple[str, str] | None:
    """Name and uid of the node that a token's pod runs on."""
    if bound is None or bound[0] != "Pod":
        return None
    pod = server.store.get(Key("pods", call.request.namespace, bound[1]))
    name = ((pod or {}).get("spec") or {}).get("nodeName")
    node = server.store.get(Key("nodes", "", name)) if name else None
    return (str(name), str(node["metadata"]["uid"])) if node is not None else None
