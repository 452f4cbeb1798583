"""Plain reads of everything by trusted callers in process: informers. Straight from the store, without what the server
knows of the kind.

A cluster mirrors every kind (the garbage collector must), but importing each kind's file to list nothing would cost more
than opening the cluster. Only built-in kinds in their stored version are read so; anything but a plain, cluster-wide list
or watch goes the usual way.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from cluster_core.api import scheme
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request, WatchEvent
from cluster_core.apiserver.served import STORED
from cluster_core.store.store import CompactedError, Event, Store, Subscription

Object = dict[str, Any]
_new = tuple.__new__
"""Makes a named tuple without its own constructor, which costs thrice as much."""


@cache
def _kind(gvr: GVR) -> str:
    """The kind of a built-in resource in the version that it is stored in; "" for any other."""
    row = scheme.row_for(*gvr)
    return row.kind if row is not None and gvr.api_version not in STORED else ""


def is_plain(request: Request) -> bool:
    """Whether a list or watch can be answered here."""
    gvr = request.gvr
    if gvr is None or request.namespace or request.accept or request.query.keys() - {"resourceVersion"}:
        return False
    return bool(_kind(gvr))


def list_all(store: Store, request: Request) -> Object:
    """Every object of the resource."""
    gvr = request.gvr
    assert gvr is not None
    metadata = {"resourceVersion": str(store.revision)}
    items = store.list(gvr.group_resource)
    return {"kind": f"{_kind(gvr)}List", "apiVersion": gvr.api_version, "metadata": metadata, "items": items}


class Mirror:
    """A watch of a whole resource."""

    __slots__ = ("_on_event", "_subscription")

    def __init__(self, on_event: Callable[[WatchEvent], None]) -> None:
        self._on_event = on_event
        self._subscription: Subscription | None = None

    def start(self, store: Store, request: Request) -> bool:
        """Subscribe after the request's resourceVersion; False if that is too long ago."""
        assert request.gvr is not None
        since = int(request.query["resourceVersion"])
        try:
            self._subscription = store.subscribe(request.gvr.group_resource, since, self._forward)
        except CompactedError:
            return False
        return True

    def stop(self) -> None:
        """Deliver nothing more."""
        if self._subscription is not None:
            self._subscription.stop()
            self._subscription = None

    def _forward(self, event: Event) -> None:
        self._on_event(_new(WatchEvent, (event.type, event.object)))
