"""One client for every user of the API: helmpy, controllers, scheduler, kubelets, tests.

Answers are shared and read-only in process: build a new dict to change one. Errors are ApiError.
Must not know which transport it uses, nor any kind's rules.
"""

from collections.abc import Callable, Mapping
from typing import Any

from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Object, Request, Transport, UserInfo, Watch, WatchEvent
from cluster_core.client.mapper import RESTMapper

PATCH_TYPES = {
    "strategic": "application/strategic-merge-patch+json",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}
_new = tuple.__new__
"""Makes a named tuple without its own constructor, which costs thrice as much."""


class Client:
    """Typed verbs over a transport. `user` acts as somebody, if the transport can tell the server so."""

    def __init__(
        self,
        transport: Transport,
        *,
        field_manager: str = "",
        user: UserInfo | None = None,
        impersonate: UserInfo | None = None,
    ) -> None:
        self.transport, self.field_manager = transport, field_manager
        self.user, self.impersonate = user, impersonate
        self._plain = {"fieldManager": field_manager} if field_manager else {}
        self._mapper: RESTMapper | None = None

    @property
    def mapper(self) -> RESTMapper:
        """Kinds to resources, by discovery; kept for the life of the client."""
        if self._mapper is None:
            self._mapper = RESTMapper(self)
        return self._mapper

    def _send(
        self,
        verb: str,
        gvr: GVR,
        namespace: str,
        name: str = "",
        subresource: str = "",
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = "",
        at: float = 0.0,
        alike: bool = False,
        typed: bool = False,
    ) -> Object:
        user, impersonate = self.user, self.impersonate
        request = _new(
            Request,
            (
                verb,
                gvr,
                namespace,
                name,
                subresource,
                body,
                query or {},
                content_type,
                "",
                user,
                impersonate,
                "",
                "",
                (),
                alike,
                typed,
                at,
            ),
        )
        return self.transport.request(request)

    def _write_options(self, dry_run: bool, **more: str) -> dict[str, str]:
        if not dry_run and not any(more.values()):
            return self._plain
        query = {k: v for k, v in more.items() if v}
        if dry_run:
            query["dryRun"] = "All"
        if self.field_manager:
            query.setdefault("fieldManager", self.field_manager)
        return query

    def get(self, gvr: GVR, name: str, namespace: str = "", *, subresource: str = "") -> Object:
        """One object; raises ApiError (not found)."""
        return self._send("get", gvr, namespace, name, subresource)

    def list(
        self,
        gvr: GVR,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 0,
        continue_: str = "",
    ) -> Object:
        """A list object: `items` and `metadata`; an empty namespace means all of them."""
        query: dict[str, str] = {}
        if label_selector:
            query["labelSelector"] = label_selector
        if field_selector:
            query["fieldSelector"] = field_selector
        if limit:
            query["limit"] = str(limit)
        if continue_:
            query["continue"] = continue_
        return self._send("list", gvr, namespace, query=query)

    def create(
        self,
        gvr: GVR,
        obj: Object,
        namespace: str = "",
        *,
        dry_run: bool = False,
        subresource: str = "",
        name: str = "",
        field_validation: str = "",
        at: float = 0.0,
        alike: bool = False,
    ) -> Object:
        """Create; the namespace defaults to the object's own. The answer is what was stored. `at`: when it was due, if not now.

        `alike`: the object never changes, and more may be created of it."""
        namespace = namespace or obj.get("metadata", {}).get("namespace", "")
        query = self._write_options(dry_run, fieldValidation=field_validation)
        return self._send("create", gvr, namespace, name, subresource, obj, query, "", at, alike)

    def update(
        self,
        gvr: GVR,
        obj: Object,
        *,
        subresource: str = "",
        dry_run: bool = False,
        field_validation: str = "",
        typed: bool = False,
    ) -> Object:
        """Replace; fails with a conflict if metadata.resourceVersion is given and stale.

        `typed`: what differs is as the server would decode it, and never changes."""
        metadata = obj["metadata"]
        query = self._write_options(dry_run, fieldValidation=field_validation)
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        return self._send("update", gvr, namespace, name, subresource, obj, query, typed=typed)

    def update_status(self, gvr: GVR, obj: Object, *, typed: bool = False) -> Object:
        """Replace the status half of an object. `typed`: it is as the server would decode it, and never changes."""
        metadata = obj["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        return self._send("update", gvr, namespace, name, "status", obj, self._plain, typed=typed)

    def patch(
        self,
        gvr: GVR,
        name: str,
        patch: Any,
        namespace: str = "",
        *,
        type: str = "strategic",
        subresource: str = "",
        force: bool = False,
        dry_run: bool = False,
        field_validation: str = "",
        at: float = 0.0,
    ) -> Object:
        """Patch; `type` is strategic, merge, json (a list of operations) or apply (server-side apply). `at` as for create."""
        query = self._write_options(dry_run, force="true" if force else "", fieldValidation=field_validation)
        return self._send("patch", gvr, namespace, name, subresource, patch, query, PATCH_TYPES[type], at)

    def delete(
        self,
        gvr: GVR,
        name: str,
        namespace: str = "",
        *,
        propagation_policy: str | None = None,
        grace_period_seconds: int | None = None,
        uid: str | None = None,
        resource_version: str | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Ask for deletion; the answer is the object if finalizers or a grace period hold it, else a Status."""
        body = delete_options(propagation_policy, grace_period_seconds, uid, resource_version)
        return self._send("delete", gvr, namespace, name, body=body, query=self._write_options(dry_run))

    def delete_collection(
        self,
        gvr: GVR,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        propagation_policy: str | None = None,
        grace_period_seconds: int | None = None,
    ) -> Object:
        """Ask for the deletion of every object that the selectors match."""
        query = {"labelSelector": label_selector, "fieldSelector": field_selector}
        return self._send(
            "deletecollection",
            gvr,
            namespace,
            body=delete_options(propagation_policy, grace_period_seconds, None, None),
            query={k: v for k, v in query.items() if v},
        )

    def watch(
        self,
        gvr: GVR,
        namespace: str = "",
        on_event: Callable[[WatchEvent], None] | None = None,
        resource_version: str = "",
        label_selector: str = "",
        field_selector: str = "",
        allow_bookmarks: bool = False,
    ) -> Watch:
        """Deliver every change after `resource_version` (without one: first the present objects) to `on_event`."""
        if on_event is None:
            raise TypeError("watch needs on_event")
        query = {
            "resourceVersion": resource_version,
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
            "allowWatchBookmarks": "true" if allow_bookmarks else "",
        }
        query = {k: v for k, v in query.items() if v}
        request = Request("watch", gvr, namespace, query=query, user=self.user, impersonate=self.impersonate)
        return self.transport.watch(request, on_event)

    def raw(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Object:
        """Any URL path, with its query, as HTTP would send it; the answer's decoded object."""
        lower = {k.lower(): v for k, v in (headers or {}).items()}
        return self.transport.request(
            Request(
                method.lower(),
                path=path,
                body=body,
                content_type=lower.get("content-type", ""),
                accept=lower.get("accept", ""),
                user_agent=lower.get("user-agent", ""),
                user=self.user,
                impersonate=self.impersonate,
            )
        )


def delete_options(
    propagation_policy: str | None, grace_period_seconds: int | None, uid: str | None, resource_version: str | None
) -> Object | None:
    """A DeleteOptions object with what is given; None if nothing is."""
    options: Object = {}
    if propagation_policy is not None:
        options["propagationPolicy"] = propagation_policy
    if grace_period_seconds is not None:
        options["gracePeriodSeconds"] = grace_period_seconds
    preconditions = {"uid": uid, "resourceVersion": resource_version}
    if uid or resource_version:
        options["preconditions"] = {k: v for k, v in preconditions.items() if v}
    return {"kind": "DeleteOptions", "apiVersion": "v1", **options} if options else None
