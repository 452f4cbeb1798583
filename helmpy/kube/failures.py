"""What to say when a server cannot be reached or answers with something that is no Kubernetes Status.

The texts are those of Go's net and crypto/tls packages and of client-go, as far as one can tell the causes apart.
"""

import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.request import Request
from helmpy.errors import KubeError

_GENERIC: dict[int, tuple[str, str]] = {
    400: ("BadRequest", "the server rejected our request for an unknown reason"),
    401: ("Unauthorized", "the server has asked for the client to provide credentials"),
    404: ("NotFound", "the server could not find the requested resource"),
    405: ("MethodNotAllowed", "the server does not allow this method on the requested resource"),
    409: ("Conflict", "the server reported a conflict"),
    422: ("Invalid", "the server rejected our request due to an error in our request"),
    429: (
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
    ),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: (
        "Timeout",
        "the server was unable to return a response in the time allotted, but may still be processing the request",
    ),
}
"""HTTP status -> reason and message, as client-go words an answer without a Status."""


def generic(code: int, text: str, request: Request) -> ApiError:
    """The error of an answer that carries no Status; `text` is its body, shown where nothing else says why."""
    if code == 403:
        reason, message = "Forbidden", text
    elif code in _GENERIC:
        reason, message = _GENERIC[code]
    elif code >= 500:
        from helmpy.golang import strconv

        reason = "InternalError"
        message = f"an error on the server ({strconv.quote(text)}) has prevented the request from succeeding"
    else:
        reason, message = "", f"the server responded with the status code {code} but did not return more information"
    if request.gvr:
        group = f".{request.gvr.group}" if request.gvr.group else ""
        verb = {"create": "post", "update": "put", "list": "get"}.get(request.verb, request.verb)
        where = [verb, f"{request.gvr.resource}{group}", request.name]
        message += f" ({' '.join(part for part in where if part)})"
    return ApiError(code, reason, message)


def unreachable(method: str, url: str, error: Exception) -> KubeError:
    """The server could not be asked: names the URL (without its query) and the cause."""
    shown = url.partition("?")[0]
    return KubeError(f'kubernetes cluster unreachable: {method.capitalize()} "{shown}": {_cause(urlsplit(url), error)}')


def _cause(url: SplitResult, error: Exception) -> str:
    import requests

    address = f"{url.hostname}:{url.port or (443 if url.scheme == 'https' else 80)}"
    for inner in _chain(error):
        if isinstance(inner, ConnectionRefusedError):
            return f"dial tcp {address}: connect: connection refused"
        if isinstance(inner, socket.gaierror):
            return f"dial tcp: lookup {url.hostname}: no such host"
        if isinstance(inner, ssl.SSLCertVerificationError):
            return f"tls: failed to verify certificate: x509: {_certificate_problem(inner)}"
        if "doesn't match" in str(inner) and not isinstance(inner, requests.RequestException):
            return f"tls: failed to verify certificate: x509: {_wrong_name(str(inner))}"
        if isinstance(inner, ssl.SSLError) and "WRONG_VERSION_NUMBER" in str(inner):
            return "http: server gave HTTP response to HTTPS client"
        if isinstance(inner, requests.Timeout):
            return f"dial tcp {address}: i/o timeout"
        if isinstance(inner, OSError) and inner.strerror and not isinstance(inner, requests.RequestException):
            return f"dial tcp {address}: {inner.strerror.lower()}"
    return _words(error)


def _wrong_name(text: str) -> str:
    """ "hostname 'a' doesn't match either of 'b', 'c'" as Go says it."""
    wanted, *offered = re.findall(r"'([^']*)'", text) or [""]
    return f"certificate is valid for {', '.join(offered)}, not {wanted}"


def _certificate_problem(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in (18, 19, 20, 21):
        return "certificate signed by unknown authority"
    if error.verify_code == 10:
        return "certificate has expired or is not yet valid"
    return error.verify_message


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, by cause, context, arguments and `reason`."""
    seen: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        inner = queue.pop(0)
        if not isinstance(inner, BaseException) or any(inner is known for known in seen):
            continue
        seen.append(inner)
        yield inner
        queue += [*inner.args, getattr(inner, "reason", None), inner.__cause__, inner.__context__]


def _words(error: Exception) -> str:
    """The text of a failure without addresses of Python objects."""
    return re.sub(r"<[^<>]* object at 0x[0-9a-f]+>(: )?", "", str(error)) or type(error).__name__
