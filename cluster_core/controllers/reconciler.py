"""The base of every controller: keys in a queue, a `sync` that makes one object right.

`Context` is what the manager hands to each controller. A controller registers informer handlers in `watch` and does its
work in `sync(key)`: level-based, idempotent, keyed by "namespace/name" (or "name"). Objects from listers are shared and
read-only: to change one, build a new dict.

The loop is first in, first out, and a key is synced again only through it, so the writes of a sync have reached the
informers before the same key is synced again: no expectations are kept, unlike upstream.
"""

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cluster_core.apimachinery import selectors
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.meta import controller_of, key_of
from cluster_core.client.client import Client
from cluster_core.client.informer import Informer, InformerFactory, Lister
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.workqueue import BASE_DELAY, MAX_DELAY, WorkQueue
from cluster_core.clock import Loop
from cluster_core.controllers.options import ControllerOptions
from cluster_core.controllers.ownership import track_orphans
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]

REQUEST_SECONDS = 0.002
"""About what a request takes in a real cluster: what others do meanwhile is seen before one goes on."""
BATCH_FROM = 50
"""Sets of at least this many members collect the changes of their members for a moment before they look again."""
BATCH_SECONDS_PER_MEMBER = 0.0005
BATCH_LIMIT = 0.5

_OF_INTEREST = ("labels", "annotations", "deletionTimestamp", "finalizers", "ownerReferences")


@dataclass(frozen=True)
class Context:
    """What a controller works with. `client_for` takes the name of a service account of kube-system."""

    client_for: Callable[[str], Client]
    informers: InformerFactory
    loop: Loop
    rng: random.Random
    options: ControllerOptions


class Controller:
    """One reconciler. Subclasses set `name`, register handlers in `watch` and implement `sync`."""

    name: str = ""
    """Also the service account and, unless `component` is set, the source of events."""
    component: str = ""
    retry_delays = (BASE_DELAY, MAX_DELAY)
    """Seconds before the first retry of a failed sync, and the most that it doubles to."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.loop = context.loop
        self.options = context.options
        self.client = context.client_for(self.name)
        self.queue = WorkQueue(context.loop, self._process, name=self.name, delays=self.retry_delays)
        self.queue.on_error = self._report
        self.watch()

    def watch(self) -> None:
        """Register the informer handlers that enqueue keys."""
        raise NotImplementedError

    def sync(self, key: str) -> None:
        """Bring the object of `key` one step closer to what its spec asks for."""
        raise NotImplementedError

    def _process(self, key: str) -> None:
        self.sync(key)
        self.queue.forget(key)

    def _report(self, key: str, error: Exception) -> None:
        """Refusals of the API and `RetryError` are part of the work; anything else is a bug and shows."""
        if not isinstance(error, (ApiError, RetryError)):
            import traceback

            print(f'{self.name}: sync "{key}" failed', file=sys.stderr)
            traceback.print_exception(error, file=sys.stderr)

    @cached_property
    def recorder(self) -> EventRecorder:
        """Writes events in this controller's name."""
        return EventRecorder(self.client, self.loop, self.component or self.name)

    def event(self, obj: Object, reason: str, message: str, type: str = "Normal") -> None:
        """Record one event about `obj`."""
        self.recorder.event(obj, type, reason, message)

    def warning(self, obj: Object, reason: str, message: str) -> None:
        """Record one event of type Warning about `obj`."""
        self.recorder.event(obj, "Warning", reason, message)

    def informer(self, gvr: GVR) -> Informer:
        """The shared informer of a resource."""
        return self.context.informers.informer(gvr)

    def lister(self, gvr: GVR) -> Lister:
        """The shared lister of a resource."""
        return self.context.informers.informer(gvr).lister

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.loop.now()

    def enqueue(self, obj: Object) -> None:
        """Look at `obj` soon."""
        self.queue.add(key_of(obj))

    def enqueue_updated(self, _old: Object, new: Object) -> None:
        """Handler for updates: look at the new object."""
        self.queue.add(key_of(new))

    def wake_at(self, key: str, when: float) -> None:
        """Look at `key` again when the clock says `when`, without keeping a quiet cluster busy.

        A moment that is past comes a request later, not at once: no key may keep time from moving.
        """
        self.queue.add_after(key, max(when - self.loop.now(), REQUEST_SECONDS), background=True)

    def enqueue_changed(self, old: Object, new: Object) -> None:
        """Handler for updates: look at the new object unless only its status changed, which is this controller's work."""
        before, after = old["metadata"], new["metadata"]
        if (
            before.get("generation") != after.get("generation")
            or old.get("status") == new.get("status")
            or (old.get("status") or {}).get("conditions") != (new.get("status") or {}).get("conditions")
            or any(before.get(field) != after.get(field) for field in _OF_INTEREST)
        ):
            self.queue.add(key_of(new))

    def watch_own(self, gvr: GVR, *, status: bool = True) -> None:
        """Enqueue the objects of `gvr` themselves whenever they change; without `status`, not for their status alone."""
        on_update = self.enqueue_updated if status else self.enqueue_changed
        self.informer(gvr).add_handler(on_add=self.enqueue, on_update=on_update, on_delete=self.enqueue)

    def watch_dependents(
        self, dependents: GVR, owners: GVR, kind: str, enqueue: Callable[[Object], None] | None = None
    ) -> None:
        """Enqueue the controller (of `kind`) of each dependent that changes; for orphans, every owner that selects it."""
        Dependents(self.lister(owners), kind, enqueue or self.enqueue).attach(self.informer(dependents))


class Dependents:
    """Finds the owners to wake when a dependent (a Pod of a ReplicaSet, say) appears, changes or goes."""

    def __init__(self, owners: Lister, kind: str, enqueue: Callable[[Object], None]) -> None:
        self.owners, self.kind, self.enqueue = owners, kind, enqueue

    def attach(self, informer: Informer) -> None:
        """Start listening."""
        track_orphans(informer)
        informer.add_handler(on_add=self.added, on_update=self.updated, on_delete=self.deleted)

    def added(self, obj: Object) -> None:
        """A new dependent: its owner, or those who could adopt it."""
        if controller_of(obj) is not None:
            self._wake_owner(obj)
        else:
            self._wake_selecting(obj)

    def updated(self, old: Object, new: Object) -> None:
        """A changed dependent: old and new owner; those who could adopt it once it is free."""
        new_ref = controller_of(new)
        same = old["metadata"].get("ownerReferences") is new["metadata"].get("ownerReferences")
        old_ref = new_ref if same else controller_of(old)
        if old_ref != new_ref and old_ref is not None:
            self._wake_owner(old)
        if new_ref is not None:
            self._wake(new_ref, new)
        elif old_ref is not None or old["metadata"].get("labels") != new["metadata"].get("labels"):
            self._wake_selecting(new)

    def deleted(self, obj: Object) -> None:
        """A vanished dependent: its owner."""
        self._wake_owner(obj)

    def _wake_owner(self, obj: Object) -> None:
        ref = controller_of(obj)
        if ref is not None:
            self._wake(ref, obj)

    def _wake(self, ref: Object, obj: Object) -> None:
        if ref["kind"] != self.kind:
            return
        owner = self.owners.get(obj["metadata"].get("namespace", ""), ref["name"])
        if owner is not None and owner["metadata"]["uid"] == ref["uid"]:
            self.enqueue(owner)

    def _wake_selecting(self, obj: Object) -> None:
        labels = obj["metadata"].get("labels")
        if not labels:
            return
        for owner in self.owners.list(obj["metadata"].get("namespace", "")):
            if selector_of(owner)(labels):
                self.enqueue(owner)


def selector_of(owner: Object) -> Callable[[Object], bool]:
    """The predicate over labels behind `spec.selector` of a workload; an absent or empty selector matches nothing."""
    selector = owner["spec"].get("selector")
    if not selector:
        return selectors.NOTHING.matches
    if selector.get("matchExpressions"):
        return selectors.from_object(selector).matches
    wanted = selector.get("matchLabels", selector).items()
    return lambda labels: wanted <= (labels or {}).items()


def batch_delay(members: int) -> float:
    """Seconds to wait for more changes before a set of that many members is looked at again; 0 for small ones."""
    return 0.0 if members < BATCH_FROM else min(members * BATCH_SECONDS_PER_MEMBER, BATCH_LIMIT)
