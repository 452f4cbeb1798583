"""Every refusal of the API, as Kubernetes words it.

ApiError carries the machine-readable Status; the named constructors below fix wording, code and reason in one place.

    Exception
    └── ApiError            a Status with code, reason, message, details
        └── PageNotFoundError    no such path: plain "404 page not found" over HTTP
"""

from collections.abc import Iterable
from typing import Any

from cluster_core.apimachinery.field import FieldError


class ApiError(Exception):
    """A Kubernetes Status of failure."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details
        self.warnings: list[str] = []
        """What the client is warned of besides."""

    @property
    def status(self) -> dict[str, Any]:
        """The Status object as sent to a client."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


class PageNotFoundError(ApiError):
    """A path that nothing serves; `plain` if HTTP shows just text, since not even the API group exists."""

    def __init__(self, plain: bool = True) -> None:
        super().__init__(404, "NotFound", "the server could not find the requested resource", {})
        self.plain = plain


def from_status(status: dict[str, Any]) -> ApiError:
    """The error that a Status object tells of."""
    return ApiError(
        int(status.get("code") or 500),
        str(status.get("reason") or ""),
        str(status.get("message") or ""),
        status.get("details"),
    )


def _split(group_resource: str) -> tuple[str, str]:
    resource, _, group = group_resource.partition(".")
    return resource, group


def _details(group_resource: str, name: str = "", **more: Any) -> dict[str, Any]:
    resource, group = _split(group_resource)
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    if resource:
        details["kind"] = resource
    details.update(more)
    return details


def not_found(group_resource: str, name: str) -> ApiError:
    """`deployments.apps "web" not found`."""
    return ApiError(404, "NotFound", f'{group_resource} "{name}" not found', _details(group_resource, name))


def already_exists(group_resource: str, name: str) -> ApiError:
    """`pods "a" already exists`."""
    return ApiError(409, "AlreadyExists", f'{group_resource} "{name}" already exists', _details(group_resource, name))


def generate_name_conflict(group_resource: str, name: str) -> ApiError:
    """A generated name was taken; the client may try again."""
    text = f'{group_resource} "{name}" already exists, the server was not able to generate a unique name for the object'
    return ApiError(409, "AlreadyExists", text, _details(group_resource, name, retryAfterSeconds=1))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def conflict(group_resource: str, name: str, text: str = MODIFIED) -> ApiError:
    """`Operation cannot be fulfilled on pods "a": <text>`."""
    message = f'Operation cannot be fulfilled on {group_resource} "{name}": {text}'
    return ApiError(409, "Conflict", message, _details(group_resource, name))


def aggregate(messages: Iterable[str]) -> str:
    """Several errors in one text: one stands alone, more stand in brackets, repeats are dropped."""
    unique = list(dict.fromkeys(messages))
    return unique[0] if len(unique) == 1 else "[" + ", ".join(unique) + "]"


def invalid(group_kind: str, name: str, problems: list[FieldError]) -> ApiError:
    """`Deployment.apps "web" is invalid: <field errors>` with one cause per field error."""
    message = f'{group_kind} "{name}" is invalid'
    details = _details(group_kind, name)
    if problems:
        message += f": {aggregate(map(str, problems))}"
        details["causes"] = [{"reason": p.type, "message": p.message, "field": p.path} for p in problems]
    return ApiError(422, "Invalid", message, details)


def forbidden(group_resource: str, name: str, text: str) -> ApiError:
    """`pods "a" is forbidden: <text>`; without a name `pods is forbidden: …`, without a resource `forbidden: …`."""
    if not group_resource:
        message = f"forbidden: {text}"
    elif name:
        message = f'{group_resource} "{name}" is forbidden: {text}'
    else:
        message = f"{group_resource} is forbidden: {text}"
    return ApiError(403, "Forbidden", message, _details(group_resource, name))


def bad_request(text: str) -> ApiError:
    """The request makes no sense as it is."""
    return ApiError(400, "BadRequest", text)


def unauthorized(text: str = "Unauthorized") -> ApiError:
    """Nobody knows who asks."""
    return ApiError(401, "Unauthorized", text)


def method_not_supported(group_resource: str, action: str) -> ApiError:
    """`create is not supported on resources of kind "bindings"`."""
    text = f'{action} is not supported on resources of kind "{group_resource}"'
    return ApiError(405, "MethodNotAllowed", text, _details(group_resource))


def method_not_allowed() -> ApiError:
    """What generic paths answer to a wrong HTTP method."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def gone(text: str) -> ApiError:
    """The asked resource version is too old: list again."""
    return ApiError(410, "Expired", text)


def timeout(text: str, retry_after: int = 0) -> ApiError:
    """`Timeout: <text>`."""
    details = {"retryAfterSeconds": retry_after} if retry_after else {}
    return ApiError(504, "Timeout", f"Timeout: {text}", details)


def too_many_requests(text: str, retry_after: int = 0, causes: list[dict[str, str]] | None = None) -> ApiError:
    """Come back later."""
    details: dict[str, Any] = {}
    if causes:
        details["causes"] = causes
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return ApiError(429, "TooManyRequests", text, details)


def request_entity_too_large(text: str) -> ApiError:
    """`Request entity too large: <text>`."""
    return ApiError(413, "RequestEntityTooLarge", f"Request entity too large: {text}")


def unsupported_media_type(accepted: Iterable[str]) -> ApiError:
    """The body's content type is not one of `accepted`."""
    text = "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    return ApiError(415, "UnsupportedMediaType", text)


def unsupported_patch_type() -> ApiError:
    """A PATCH in a form that the resource does not take."""
    return ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def plain_failure(text: str) -> ApiError:
    """500 with nothing but a text, as errors that nobody classified come out."""
    return ApiError(500, "", text)


def rejected_patch() -> ApiError:
    """A JSON patch that does not apply."""
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def too_large_version(asked: int, current: int) -> ApiError:
    """The asked resource version lies in the future."""
    error = timeout(f"Too large resource version: {asked}, current: {current}")
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    error.details = {"causes": [cause], "retryAfterSeconds": 1}
    return error


def internal(text: str) -> ApiError:
    """`Internal error occurred: <text>`."""
    return ApiError(500, "InternalError", f"Internal error occurred: {text}", {"causes": [{"message": text}]})


def is_not_found(error: BaseException) -> bool:
    """The object (or the resource itself) does not exist."""
    return isinstance(error, ApiError) and error.reason == "NotFound"


def is_already_exists(error: BaseException) -> bool:
    """An object of that name exists."""
    return isinstance(error, ApiError) and error.reason == "AlreadyExists"


def is_conflict(error: BaseException) -> bool:
    """Somebody else changed the object first."""
    return isinstance(error, ApiError) and error.reason == "Conflict"


def is_invalid(error: BaseException) -> bool:
    """Validation refused the object."""
    return isinstance(error, ApiError) and error.reason == "Invalid"


def is_forbidden(error: BaseException) -> bool:
    """Authorization or admission refused."""
    return isinstance(error, ApiError) and error.reason == "Forbidden"


def is_gone(error: BaseException) -> bool:
    """The resource version is too old."""
    return isinstance(error, ApiError) and error.code == 410


def is_namespace_terminating(error: BaseException) -> bool:
    """Creation was refused since the namespace is going away."""
    return (
        isinstance(error, ApiError)
        and error.reason == "Forbidden"
        and any(c.get("reason") == "NamespaceTerminating" for c in (error.details or {}).get("causes", ()))
    )
