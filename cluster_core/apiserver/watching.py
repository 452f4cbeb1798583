"""Watches: the store's events of one resource, seen through a request's namespace and selectors."""

from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import WatchEvent
from cluster_core.apiserver import conversion
from cluster_core.apiserver.call import Call
from cluster_core.apiserver.listing import Matches, check_version, matcher
from cluster_core.store.store import CompactedError, Event, Store, Subscription

Object = dict[str, Any]
OnEvent = Callable[[WatchEvent], None]


class ResourceWatch:
    """One running watch; an object that starts or stops matching is seen as ADDED or DELETED."""

    __slots__ = ("_matches", "_namespace", "_on_event", "_served", "_subscription")

    def __init__(self, call: Call, on_event: OnEvent) -> None:
        self._namespace = call.request.namespace
        self._matches: Matches | None = matcher(call.served, call.request.query)
        self._on_event = on_event
        self._served = call.served
        self._subscription: Subscription | None = None

    def attach(self, subscription: Subscription) -> None:
        """Take the subscription that feeds this watch."""
        self._subscription = subscription

    def stop(self) -> None:
        """Deliver nothing more."""
        if self._subscription is not None:
            self._subscription.stop()
            self._subscription = None

    def _tell(self, type: str, obj: Object) -> None:
        self._on_event(WatchEvent(type, conversion.shown(self._served, obj)))

    def initial(self, items: list[Object]) -> None:
        """Deliver the present objects as ADDED."""
        for obj in items:
            if self._subscription is None:
                return
            if self._matches is None or self._matches(obj):
                self._tell("ADDED", obj)

    def bookmark(self, event: WatchEvent) -> None:
        """Deliver what is no change, unless the watch was stopped meanwhile."""
        if self._subscription is not None:
            self._on_event(event)

    def on_store_event(self, event: Event) -> None:
        """Pass on one event of the store if it concerns this watch."""
        if self._namespace and event.key.namespace != self._namespace:
            return
        if self._matches is None:
            self._tell(event.type, event.object)
            return
        before = event.previous is not None and self._matches(event.previous)
        after = event.type != "DELETED" and self._matches(event.object)
        if before and after:
            self._tell("MODIFIED", event.object)
        elif after:
            self._tell("ADDED", event.object)
        elif before:
            self._tell("DELETED", _as_left(event))


def _as_left(event: Event) -> Object:
    """What a watcher is told of an object that left its view: the last matching state, at the event's revision."""
    if event.type == "DELETED" or event.previous is None:
        return event.object
    previous = event.previous
    return {**previous, "metadata": {**previous["metadata"], "resourceVersion": str(event.revision)}}


def watch(store: Store, call: Call, on_event: OnEvent) -> ResourceWatch:
    """Start a watch after the request's resourceVersion; without one, or at "0", it starts with the present objects."""
    query = call.request.query
    running = ResourceWatch(call, on_event)
    stated = query.get("resourceVersion", "")
    check_version(stated, 1 << 62)
    initial = stated in ("", "0") if "sendInitialEvents" not in query else query["sendInitialEvents"] == "true"
    since = store.revision if stated in ("", "0") or initial else int(stated)
    try:
        subscription = store.subscribe(call.served.bucket, since, running.on_store_event)
    except CompactedError:
        raise errors.gone(f"too old resource version: {since} ({store.revision})") from None
    running.attach(subscription)
    if initial:
        items = store.list(call.served.bucket, call.request.namespace or None)
        store.loop.call_soon(running.initial, items)
        if query.get("sendInitialEvents") == "true" and query.get("allowWatchBookmarks") in ("true", "1"):
            store.loop.call_soon(running.bookmark, _initial_events_end(call, since))
    return running


def _initial_events_end(call: Call, revision: int) -> WatchEvent:
    gvk = call.served.resource.gvk
    metadata = {"resourceVersion": str(revision), "annotations": {"k8s.io/initial-events-end": "true"}}
    return WatchEvent("BOOKMARK", {"kind": gvk.kind, "apiVersion": gvk.api_version, "metadata": metadata})
