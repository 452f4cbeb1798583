"""What travels between a client and an API server: requests, identities, watch events.

`client.transport` exports these names to clients; the API server takes them from here. Must not know any transport.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from cluster_core.apimachinery.gvk import GVR

Object = dict[str, Any]
EMPTY: Mapping[str, str] = {}


class UserInfo(NamedTuple):
    """Who asks. `extra` is what an authenticator adds, such as the pod a token is bound to."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = {}


class Request(NamedTuple):
    """One call. Either `gvr` names a resource or `path` holds a URL path (with `verb` an HTTP method in lower case)."""

    verb: str
    gvr: GVR | None = None
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    body: Any = None
    query: Mapping[str, str] = EMPTY
    content_type: str = ""
    path: str = ""
    user: UserInfo | None = None
    impersonate: UserInfo | None = None
    user_agent: str = ""
    accept: str = ""
    duplicates: tuple[str, ...] = ()
    """Fields that the body's text states twice, as `duplicate field "data.a"`."""
    alike: bool = False
    """Of a creation: the body never changes, and more objects may be made of it."""
    typed: bool = False
    """Of an update: the part that differs is as the server would decode it, and never changes."""
    at: float = 0.0
    """When a deferred request was made, in seconds since the epoch; 0 means now."""


class WatchEvent(NamedTuple):
    """One change: `type` is ADDED, MODIFIED, DELETED, BOOKMARK or ERROR (then `object` is a Status)."""

    type: str
    object: Object


class Watch(Protocol):
    """A running watch."""

    def stop(self) -> None:
        """Deliver nothing more; stopping twice is harmless."""
        ...


class Transport(Protocol):
    """A way to an API server: a callable in process, or HTTP."""

    def request(self, request: Request) -> Object:
        """The answer's object; raises ApiError. In process it is shared and read-only."""
        ...

    def watch(self, request: Request, on_event: Callable[[WatchEvent], None]) -> Watch:
        """Deliver changes to `on_event` until stopped."""
        ...
