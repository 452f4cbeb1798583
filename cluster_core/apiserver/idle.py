"""Listing and watching built-in kinds that have no objects, without importing what the server knows of them.

A cluster watches every kind (the garbage collector must), but most kinds never get an object. Only for callers in process
who may read everything; anything but a plain, cluster-wide list or watch goes the usual way.
"""

from collections.abc import Callable
from typing import Any

from cluster_core.api import scheme
from cluster_core.apimachinery.request import Request, WatchEvent
from cluster_core.apiserver.registry import Call
from cluster_core.apiserver.served import SHARED_BUCKETS
from cluster_core.apiserver.watching import ResourceWatch
from cluster_core.store.store import CompactedError, Event, Store, Subscription

Object = dict[str, Any]


def bucket_of(store: Store, request: Request) -> str | None:
    """The empty bucket that a plain request is about; None if it must go the usual way."""
    gvr = request.gvr
    if gvr is None or request.namespace or request.query.keys() - {"resourceVersion"}:
        return None
    name = gvr.group_resource
    if name in SHARED_BUCKETS or scheme.row_for(*gvr) is None or store.count(name):
        return None
    return name


def empty_list(store: Store, request: Request) -> Object:
    """The list of a kind without objects."""
    assert request.gvr is not None
    row = scheme.row_for(*request.gvr)
    assert row is not None
    metadata = {"resourceVersion": str(store.revision)}
    return {"kind": f"{row.kind}List", "apiVersion": request.gvr.api_version, "metadata": metadata, "items": []}


class IdleWatch:
    """A watch that learns of its kind with the first event."""

    __slots__ = ("_call", "_on_event", "_subscription", "_watch")

    def __init__(self, call: Callable[[], Call], on_event: Callable[[WatchEvent], None]) -> None:
        self._call, self._on_event = call, on_event
        self._watch: ResourceWatch | None = None
        self._subscription: Subscription | None = None

    def start(self, store: Store, bucket: str, since: int) -> bool:
        """Subscribe after a revision; False if that is too long ago."""
        try:
            self._subscription = store.subscribe(bucket, since, self._on_store_event)
        except CompactedError:
            return False
        return True

    def stop(self) -> None:
        """Deliver nothing more."""
        if self._subscription is not None:
            self._subscription.stop()
            self._subscription = None

    def _on_store_event(self, event: Event) -> None:
        if self._watch is None:
            self._watch = ResourceWatch(self._call(), self._on_event)
        self._watch.on_store_event(event)
