"""HTTP in terms of bytes, without sockets: headers and body to a `Request`, the answer to status, headers and body.

`server` puts this on sockets; tests call it directly. Knows media types, never a kind's rules.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import Request, UserInfo
from cluster_core.apiserver import request_info
from cluster_core.apiserver.media import Accepted, accepted_of, decode_body, encode
from cluster_core.apiserver.pipeline import APIServer, Response

Object = dict[str, Any]
BODY_LIMIT = 3 * 1024 * 1024
JSON = "application/json"
TOO_DEEP = "the body is nested too deeply"


class Answer(NamedTuple):
    """What goes on the wire."""

    code: int
    headers: list[tuple[str, str]]
    body: bytes


def read_request(method: str, target: str, headers: Mapping[str, str], body: bytes, user: UserInfo | None) -> Request:
    """The request of an HTTP message (header names in lower case); raises ApiError for a body that cannot be read."""
    request = request_info.resolve(
        Request(
            method.lower(),
            path=target,
            content_type=headers.get("content-type", ""),
            accept=headers.get("accept", ""),
            user_agent=headers.get("user-agent", ""),
            user=user,
        )
    )
    if len(body) > BODY_LIMIT:
        raise errors.request_entity_too_large(f"limit is {BODY_LIMIT}")
    value, duplicates = decode_body(request, body)
    return request._replace(body=value, impersonate=impersonated(headers), duplicates=duplicates)


EXTRA = "impersonate-extra-"


def impersonated(headers: Mapping[str, str]) -> UserInfo | None:
    """The identity that the Impersonate- headers ask for; several groups stand in one header value, one per line."""
    extra = {unquote(k.removeprefix(EXTRA)): tuple(v.split("\n")) for k, v in headers.items() if k.startswith(EXTRA)}
    groups = tuple(g for g in headers.get("impersonate-group", "").split("\n") if g)
    name, uid = headers.get("impersonate-user", ""), headers.get("impersonate-uid", "")
    return UserInfo(name, groups, uid, extra) if name or groups or uid or extra else None


def answer(
    server: APIServer, method: str, target: str, headers: Mapping[str, str], body: bytes, user: UserInfo | None
) -> Answer:
    """Serve one HTTP message that is not a watch or another stream."""
    try:
        user = server.authenticate(headers.get("authorization", ""), user)
        return serve(server, read_request(method, target, headers, body, user))
    except errors.ApiError as error:
        return failure(error)
    except RecursionError:
        return failure(errors.bad_request(TOO_DEEP))


def serve(server: APIServer, request: Request) -> Answer:
    """Do what a request asks; raises ApiError."""
    if request.path == "/openapi/v2" and "openapi.spec.v2" in request.accept:
        return _openapi_v2(server, request)
    if request.gvr is None and request.path.strip("/") in _OPENID:
        return _openid(server, request)
    return _success(server, request, accepted_of(request), server.handle(request))


_OPENID = {"openid/v1/jwks": "application/jwk-set+json", ".well-known/openid-configuration": JSON}
"""Documents about tokens, each in one form only."""


def _openid(server: APIServer, request: Request) -> Answer:
    """What others check service account tokens with."""
    server.authorize(request)
    path = request.path.strip("/")
    if request.verb not in ("get", "head"):
        raise errors.method_not_allowed()
    media_type = _OPENID[path]
    wanted = [part.partition(";")[0].strip() for part in request.accept.split(",") if part.strip()]
    if wanted and not {media_type, "*/*"}.intersection(wanted):
        text = f"406: Not Acceptable\n\nAvailable representations: {media_type}"
        raise errors.ApiError(406, "NotAcceptable", text, {})
    from cluster_core.auth.tokens import provider

    document = server.tokens.public_keys() if path == "openid/v1/jwks" else provider(server.address)
    headers = [("Content-Type", media_type), ("Cache-Control", "public, max-age=3600")]
    return Answer(200, headers, json.dumps(document, separators=(",", ":")).encode())


def _openapi_v2(server: APIServer, request: Request) -> Answer:
    """The one document that some clients take in protobuf only."""
    from cluster_core.apiserver.protobuf import openapi_v2

    document = server.handle(request._replace(accept=JSON)).object
    return Answer(200, [("Content-Type", openapi_v2.MEDIA_TYPE)], openapi_v2.encode(document))


def exchange(
    server: APIServer, method: str, target: str, headers: Mapping[str, str], body: bytes, user: UserInfo | None
) -> Answer:
    """Serve one HTTP message to its end, a watch by moving virtual time to its timeout. For tests and tools in process."""
    try:
        user = server.authenticate(headers.get("authorization", ""), user)
        request = read_request(method, target, headers, body, user)
        if request.verb != "watch":
            return answer(server, method, target, headers, body, user)
        from cluster_core.apiserver.streams import WatchStream

        lines: list[bytes] = []
        ended: list[bool] = []
        stream = WatchStream(server, request, lines.append, lambda: ended.append(True))
        server.loop.run_ready()
        while not ended and server.loop.next_due() is not None:
            server.loop.step()
        return Answer(200, [("Content-Type", stream.content_type)], b"".join(lines))
    except errors.ApiError as error:
        return failure(error)
    except RecursionError:
        return failure(errors.bad_request(TOO_DEEP))


def _success(server: APIServer, request: Request, accepted: Accepted, response: Response) -> Answer:
    obj: Any = response.object
    warnings = [("Warning", _warning(w)) for w in response.warnings]
    if isinstance(obj, str):
        return Answer(response.code, [("Content-Type", "text/plain; charset=utf-8"), *warnings], obj.encode())
    media_type, data = server.encoded(request, accepted, obj)
    if media_type == JSON:
        data += b"\n"
    if obj.get("kind") == "APIGroupDiscoveryList":
        media_type = f"{media_type};g={accepted.group};v={accepted.version};as={accepted.as_}"
    return Answer(response.code, [("Content-Type", media_type), *warnings], data)


def _warning(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'


def failure(error: errors.ApiError) -> Answer:
    """An error as HTTP shows it."""
    warnings = [("Warning", _warning(w)) for w in error.warnings]
    if isinstance(error, errors.PageNotFoundError) and error.plain:
        return Answer(404, [("Content-Type", "text/plain; charset=utf-8")], b"404 page not found\n")
    _, data = encode(Accepted(JSON), error.status)
    headers = [("Content-Type", JSON), *warnings]
    retry = (error.details or {}).get("retryAfterSeconds")
    if retry:
        headers.append(("Retry-After", str(retry)))
    return Answer(error.code, headers, data + b"\n")
