"""The way into an API server of the same process: a call, no bytes."""

from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request, UserInfo, Watch, WatchEvent
from cluster_core.apiserver import mirroring, request_info
from cluster_core.apiserver.media import accepted_of
from cluster_core.apiserver.pipeline import OWN, APIServer
from cluster_core.auth.rbac import MASTERS

Object = dict[str, Any]
ACTORS = "system:serviceaccount:kube-system:"


class LocalTransport:
    """Requests of one user to one server. `after_write` runs once each writing request is done, before its answer is given."""

    def __init__(self, server: APIServer, user: UserInfo, after_write: Callable[[], None] | None = None) -> None:
        self._server, self._user, self._after_write = server, user, after_write
        self._reads_all = MASTERS in user.groups
        self._acts = user.name.startswith(ACTORS)

    def _mirrors(self, request: Request) -> bool:
        """Whether a trusted caller reads all of a resource. The cluster's own actors do not make the server keep its own objects."""
        trusted = self._reads_all and request.user is self._user and request.impersonate is None
        if not trusted or not mirroring.is_plain(request):
            return False
        return self._acts or request.gvr is None or request.gvr.resource not in OWN

    def request(self, request: Request) -> Object:
        """The answer's object, shared with the store: read-only. Raises ApiError.

        With `accept` it is shown as over HTTP (a Table, say); without, it is the stored object.
        """
        if request.user is None:
            request = request._replace(user=self._user)
        if request.verb == "list" and self._mirrors(request):
            self._server.catch_up(request.gvr)
            return mirroring.list_all(self._server.store, request)
        answer = self._server.handle(request).object
        if request.accept:
            resolved = request_info.resolve(request) if request.path else request
            answer = self._server.presented(resolved, accepted_of(request), answer)
        if self._after_write is not None and request.verb not in ("get", "list"):
            self._after_write()
        return answer

    def defer(self, gvr: GVR, work: Callable[..., None], args: tuple[Any, ...]) -> None:
        """Do work that writes to a resource when somebody looks at that, at the latest."""
        self._server.defer(gvr, work, args)

    def watch(self, request: Request, on_event: Callable[[WatchEvent], None]) -> Watch:
        """Deliver changes on the loop until stopped."""
        if request.user is None:
            request = request._replace(user=self._user)
        if "resourceVersion" in request.query and self._mirrors(request):
            self._server.catch_up(request.gvr)
            mirror = mirroring.Mirror(on_event)
            if mirror.start(self._server.store, request):
                return mirror
        return self._server.watch(request, on_event)

    def kinds_of(self, group: str, version: str) -> list[tuple[str, str, bool]]:
        """(kind, plural, namespaced) of everything served under a group version: spares a mapper the discovery documents."""
        return self._server.served.kinds(group, version)
