"""The way of every request: who asks, may they, what is asked, do it.

`APIServer.handle` is the one entrance; HTTP (`server`) and in-process clients (`transport`) both call it. Stages in order:
request info, authentication (by the caller: a request carries its user), impersonation, authorization, then the registry's decode, defaults,
mutating admission, preparation, validation, validating admission, and the store.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cluster_core.admission.context import AdmissionContext
from cluster_core.admission.defaults import default_chain
from cluster_core.apimachinery import errors
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request, UserInfo, WatchEvent
from cluster_core.apiserver import listing, options, patching, request_info, watching
from cluster_core.apiserver.authorization import StoredRoles, wanted
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.custom.definitions import Definitions
from cluster_core.apiserver.encoded import EncodedObjects
from cluster_core.apiserver.hooks import RequesterStamp
from cluster_core.apiserver.media import JSON, Accepted, accepted_of, encode
from cluster_core.apiserver.ownership import ownership_of, stored
from cluster_core.apiserver.presentation import present
from cluster_core.apiserver.registry import Registry
from cluster_core.apiserver.served import Served, ServedResources
from cluster_core.apiserver.service_allocation import Addresses, Ports, ServiceAllocator
from cluster_core.apiserver.strategy import Identities
from cluster_core.auth.impersonation import Impersonation
from cluster_core.auth.rbac import MASTERS, Authorizer
from cluster_core.auth.rules import Attributes as Wanted
from cluster_core.clock import Loop
from cluster_core.store.store import Key, Store

if TYPE_CHECKING:
    from cluster_core.apiserver.aggregated import Aggregated
    from cluster_core.apiserver.registrations import Registrations
    from cluster_core.auth.tokens import TokenIssuer

Object = dict[str, Any]
DEFERRED_LIMIT = 1_000_000
REGISTERED = "apiservices"
OWN = frozenset((REGISTERED, "flowschemas", "prioritylevelconfigurations", "servicecidrs"))
"""Resources of which the server keeps objects by itself."""
_REVIEW_GROUPS = frozenset(("authorization.k8s.io", "authentication.k8s.io"))
ANONYMOUS = UserInfo("system:anonymous", ("system:unauthenticated",))


class Response(NamedTuple):
    """What a request came to: HTTP status code, object, and warnings for the client."""

    code: int
    object: Object
    warnings: list[str]


class NodeAPI(Protocol):
    """What kubelets answer about their pods."""

    def log_text(self, pod: Object, options: Mapping[str, str]) -> str:
        """A container's log as the log subresource gives it; raises ApiError."""
        ...


class APIServer:
    """Serves requests on one store."""

    def __init__(
        self,
        store: Store,
        loop: Loop,
        rng: Any,
        *,
        kubernetes_version: str = "1.36",
        addresses: Addresses | None = None,
        ports: Ports | None = None,
    ) -> None:
        self.store, self.loop = store, loop
        self.kubernetes_version = kubernetes_version
        self.served = ServedResources(kubernetes_version, store)
        self.authorizer = Authorizer(StoredRoles(store))
        self._impersonation = Impersonation(self.authorizer)
        self.identities = Identities(rng)
        self.signing_key = b""
        """Signs service account tokens (PEM); made when first needed, unless set before."""
        self.keep_signing_key: Callable[[bytes], None] | None = None
        self.address = "10.96.0.1:443"
        """Where clients reach the server, as host:port."""
        self.nodes: NodeAPI | None = None
        """What the nodes' kubelets answer: logs and streams; set by whoever runs kubelets."""
        self._deferred: dict[str, list[tuple[Callable[..., None], tuple[Any, ...]]]] = {}
        self._tokens: TokenIssuer | None = None
        self._registrations: Registrations | None = None
        self._standing = False
        self._encoded = EncodedObjects()
        context = AdmissionContext(store, loop.now, self.identities.suffix, self._write_status, self._is_allowed, set())
        self.registry = Registry(store, loop, self.identities, default_chain(context), self.authorizer)
        Definitions(self)
        self.registry.hooks["certificatesigningrequests.certificates.k8s.io"] = RequesterStamp()
        if addresses is not None and ports is not None:
            self.registry.hooks["services"] = ServiceAllocator(store, addresses, ports)

    def _write_status(self, key: Key, new: Object, seen: Object) -> Object:
        return self.store.update(key, stored(new, ownership_of(seen)), seen)

    def _is_allowed(
        self,
        user: UserInfo,
        verb: str,
        group: str,
        resource: str,
        namespace: str,
        name: str,
        *,
        subresource: str = "",
        path: str = "",
    ) -> bool:
        return self.authorizer.decide(user, Wanted(verb, group, resource, subresource, namespace, name, path)).allowed

    def handle(self, request: Request) -> Response:
        """Do what the request asks; raises ApiError."""
        request = request_info.resolve(request) if request.path else request
        if self._deferred and request.gvr is not None:
            self.catch_up(request.gvr)
        return self._serve(request)

    def _serve(self, request: Request) -> Response:
        user = self.authorize(request)
        if request.gvr is None:
            return self._non_resource(request)
        if request.gvr.resource in OWN:
            self.keep_own(request.gvr.resource)
        call = self._call(request, user)
        if request.verb in ("create", "update", "patch", "delete", "deletecollection"):
            options.check(request)
        if call.served.resource.deprecation:
            call.warnings.append(call.served.resource.deprecation)
        try:
            code, obj = self._verb(call)
        except errors.ApiError as error:
            error.warnings = call.warnings
            raise
        return Response(code, obj, call.warnings)

    def aggregate(self, backend: "Aggregated") -> None:
        """Serve another group version, by `backend`."""
        self.served.aggregated += (backend,)

    def keep_own(self, resource: str) -> None:
        """Bring the objects of a resource that the server keeps by itself up to date."""
        if resource != REGISTERED:
            if not self._standing:
                from cluster_core.apiserver import standing

                self._standing = True
                standing.make(self)
            return
        if self._registrations is None:
            from cluster_core.apiserver.registrations import Registrations

            self._registrations = Registrations(self)
        self._registrations.refresh()

    def defer(self, gvr: GVR, work: Callable[..., None], args: tuple[Any, ...]) -> None:
        """Let `work(*args)` write to a resource when somebody looks at it, at the latest; soon, if it is being watched."""
        waiting = self._deferred.get(gvr.resource)
        if waiting is None:
            waiting = self._deferred[gvr.resource] = []
        waiting.append((work, args))
        if len(waiting) >= DEFERRED_LIMIT:
            self.catch_up(gvr)
        elif len(waiting) == 1 and self.store.is_watched(gvr.group_resource):
            self.loop.call_soon(self.catch_up, gvr)

    def catch_up(self, gvr: GVR | None = None) -> None:
        """Do the deferred work on a resource (in any group), or all of it."""
        if not self._deferred:
            return
        for resource in list(self._deferred) if gvr is None else [gvr.resource]:
            for work, args in self._deferred.pop(resource, ()):
                work(*args)

    def watch(self, request: Request, on_event: Callable[[WatchEvent], None]) -> watching.ResourceWatch:
        """Start a watch; raises ApiError."""
        request = request_info.resolve(request) if request.path else request
        self.catch_up(request.gvr)
        user = self.authorize(request)
        if request.gvr is not None and request.gvr.resource in OWN:
            self.keep_own(request.gvr.resource)
        options.check_list(request.query, watch=True)
        return watching.watch(self.store, self._call(request, user), on_event)

    def presented(self, request: Request, accepted: Accepted, obj: Object) -> Object:
        """An answer in the form that the client accepts."""
        served = self.served.lookup(request.gvr) if request.gvr is not None else None
        if served is None or obj.get("kind") not in (served.resource.kind, f"{served.resource.kind}List", "Scale"):
            return obj
        return present(served, accepted, request.query.get("includeObject", ""), obj, self.loop.now())

    def encoded(self, request: Request, accepted: Accepted, obj: Object) -> tuple[str, bytes]:
        """(media type, bytes) of an answer in the form that the client accepts, without the end of line."""
        if accepted.media_type == JSON and not accepted.as_ and request.gvr is not None:
            served = self.served.lookup(request.gvr)
            data = self._encoded.answer(served, obj) if served is not None else None
            if data is not None:
                return JSON, data
        return encode(accepted, self.presented(request, accepted, obj))

    def authenticate(self, authorization: str, user: UserInfo | None) -> UserInfo | None:
        """The user of an Authorization header, else `user` (whom the connection proved); raises unauthorized."""
        scheme, _, token = authorization.partition(" ")
        if not token or scheme.lower() != "bearer":
            return user
        from cluster_core.auth.tokens import TokenError, user_of

        try:
            return user_of(self.tokens.read(token.strip(), self.loop.now()))
        except TokenError:
            raise errors.unauthorized() from None

    @property
    def tokens(self) -> "TokenIssuer":
        """Signs and reads service account tokens with this cluster's key."""
        if self._tokens is None:
            from cluster_core.auth.tokens import TokenIssuer, new_key

            if not self.signing_key:
                self.signing_key = new_key()
                if self.keep_signing_key is not None:
                    self.keep_signing_key(self.signing_key)
            self._tokens = TokenIssuer(self.signing_key)
        return self._tokens

    def authorize(self, request: Request) -> UserInfo:
        """The user in whose name a request is done, who may do it; raises forbidden."""
        user = request.user or ANONYMOUS
        if request.impersonate is not None:
            user = self._impersonation.as_user(user, request.impersonate, wanted(request))
        if MASTERS not in user.groups:
            self.authorizer.check(user, wanted(request))
        return user

    def _call(self, request: Request, user: UserInfo) -> Call:
        assert request.gvr is not None
        served = self.served.lookup(request.gvr)
        if served is None or (request.namespace and not served.resource.namespaced):
            raise errors.PageNotFoundError(plain=request.gvr.group not in self.served.groups())
        self._check_served(request, served)
        return Call(request, served, user, [], request.query.get("dryRun") == "All", request.duplicates)

    def _check_served(self, request: Request, served: Served) -> None:
        resource = served.resource
        if request.subresource:
            if request.subresource not in resource.subresources:
                if served.custom is not None and request.subresource in ("status", "scale"):
                    raise errors.not_found(served.group_resource, request.name)
                raise errors.PageNotFoundError(plain=False)
            return
        if request.verb not in resource.verbs:
            raise errors.method_not_allowed()
        if resource.namespaced and request.name and not request.namespace and request.verb != "watch":
            raise errors.PageNotFoundError(plain=False)
        if request.path and request.name and request.verb == "create":
            raise errors.method_not_allowed()
        unnamed = not request.name and request.verb in ("update", "patch")
        if unnamed or (resource.namespaced and not request.namespace and request.verb not in ("list", "watch")):
            raise errors.method_not_allowed()

    def _verb(self, call: Call) -> tuple[int, Object]:
        request, registry = call.request, self.registry
        if call.served.backend is not None:
            return 200, call.served.backend.serve(call)
        if request.subresource and request.subresource != "status":
            from cluster_core.apiserver.subresources import serve

            return serve(self, call)
        verb = request.verb
        if verb == "get":
            listing.check_version(request.query.get("resourceVersion", ""), self.store.revision)
            return 200, registry.get(call)
        if verb == "list":
            options.check_list(request.query, watch=False)
            return 200, listing.list_objects(self.store, call)
        if verb == "create":
            return 201, self._create(call)
        if verb == "update":
            return registry.update(call, request.body)
        if verb == "patch":
            options.check_patch(request)
            return patching.patch(registry, call)
        from cluster_core.apiserver import deletion

        wishes = deletion.options_of(request)
        if verb == "delete":
            return 200, deletion.delete(registry, call, wishes)
        if verb == "deletecollection":
            return 200, deletion.delete_collection(registry, call, wishes)
        raise errors.method_not_allowed()

    def _create(self, call: Call) -> Object:
        group, kind = call.served.resource.group, call.served.resource.kind
        if group in _REVIEW_GROUPS:
            from cluster_core.apiserver import reviews

            if kind in reviews.REVIEWS:
                return reviews.serve(self, call)
        if kind == "Binding" and not group:
            from cluster_core.apiserver.subresources import serve

            name = (call.request.body.get("metadata") or {}).get("name", "")
            pods = self.served.lookup(GVR("", "v1", "pods"))
            assert pods is not None
            request = call.request._replace(gvr=pods.resource.gvr, name=name, subresource="binding")
            _, answer = serve(self, call._replace(request=request, served=pods))
            return answer  # type: ignore[no-any-return]
        return self.registry.create(call, call.request.body)

    def _non_resource(self, request: Request) -> Response:
        from cluster_core.apiserver.discovery import serve

        form = accepted_of(request)
        aggregated = form.version if form.as_ == "APIGroupDiscoveryList" else ""
        document = serve(self.served, request, aggregated)
        if request.verb != "get" and not isinstance(document, str):
            raise errors.method_not_allowed()
        return Response(200, document, [])
