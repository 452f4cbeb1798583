"""A revisioned store with compare-and-swap writes, ordered reads, watches and reads of the recent past.

The API server is its one user. Objects are plain dicts, owned by the store once written: nobody may change them.
An object is addressed by (bucket, namespace, name); a bucket is a resource such as "deployments.apps".
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from cluster_core.clock import Loop

Object = dict[str, Any]
Objects = list[Object]
Names = list[str]
LOG_LIMIT = 10_000


class Key(NamedTuple):
    """Where an object is kept."""

    bucket: str
    namespace: str
    name: str


class Event(NamedTuple):
    """One committed write; `object` is None-free: the last state for DELETED; `previous` is the state before."""

    revision: int
    type: str
    key: Key
    object: Object
    previous: Object | None


class KeyExistsError(Exception):
    """Create found the key taken."""


class KeyMissingError(Exception):
    """Update or delete found no such key."""


class RevisionConflictError(Exception):
    """The stored object is not the one that the writer saw."""


class CompactedError(Exception):
    """The asked revision is older than what the log remembers."""


class Journal(Protocol):
    """Makes writes durable; `append` is called once per write, in order."""

    def append(self, event: Event) -> None:
        """Take one write into the current batch."""
        ...


Events = list[Event]
_new = tuple.__new__
"""Makes a named tuple without its own constructor, which costs thrice as much."""
Decode = Callable[[bytes], Object]


class Subscription:
    """Events of one bucket on their way to one callback, delivered in batches on the loop."""

    __slots__ = ("_bucket", "_callback", "_pending", "_scheduled", "_store")

    def __init__(self, store: "Store", bucket: str, callback: Callable[[Event], None]) -> None:
        self._store, self._bucket, self._callback = store, bucket, callback
        self._pending: list[Event] = []
        self._scheduled = False

    def push(self, event: Event) -> None:
        """Queue one event."""
        self._pending.append(event)
        if not self._scheduled:
            self._schedule()

    def _schedule(self) -> None:
        self._scheduled = True
        self._store.loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        pending, self._pending, self._scheduled = self._pending, [], False
        done = 0
        try:
            for event in pending:
                done += 1
                self._callback(event)  # which may stop this subscription
        finally:
            if done < len(pending):  # the callback failed: what comes after is not lost
                self._pending[:0] = pending[done:]
                if not self._scheduled:
                    self._schedule()

    def stop(self) -> None:
        """Deliver nothing more."""
        self._pending.clear()
        self._callback = _ignore
        subscriptions = self._store._subscriptions.get(self._bucket, [])
        if self in subscriptions:
            subscriptions.remove(self)


def _ignore(_: Event) -> None:
    return None


class _Bucket:
    """Objects of one resource by namespace and name, with the sorted order kept until a key comes or goes."""

    __slots__ = ("namespaces", "order")

    def __init__(self) -> None:
        self.namespaces: dict[str, dict[str, Any]] = {}
        self.order: dict[str, list[str]] = {}


class Store:
    """All objects of a cluster."""

    def __init__(self, loop: Loop, *, log_limit: int = LOG_LIMIT) -> None:
        self.loop = loop
        self.revision = 0
        self.journal: Journal | None = None
        self._decode: Decode | None = None
        self._buckets: dict[str, _Bucket] = {}
        self._log: list[Event] = []
        self._compacted = 0
        self._log_limit = log_limit
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._changed: dict[str, int] = {}

    # Reading

    def changed(self, bucket_name: str) -> int:
        """The last revision that touched a bucket; 0 if none did."""
        return self._changed.get(bucket_name, 0)

    def get(self, key: Key) -> Object | None:
        """The current object, None without one."""
        bucket = self._buckets.get(key.bucket)
        names = bucket.namespaces.get(key.namespace) if bucket else None
        found = names.get(key.name) if names else None
        if type(found) is bytes:
            assert self._decode is not None
            assert names is not None
            found = names[key.name] = self._decode(found)
        return found

    def list(self, bucket_name: str, namespace: str | None = None) -> Objects:
        """All objects of a bucket, or of one namespace of it, in the order of namespace and name."""
        bucket = self._buckets.get(bucket_name)
        if bucket is None:
            return []
        found: Objects = []
        for space in sorted(bucket.namespaces) if namespace is None else (namespace,):
            found += self._in_order(bucket, space)
        return found

    def _in_order(self, bucket: _Bucket, namespace: str) -> Iterator[Object]:
        names = bucket.namespaces.get(namespace)
        if not names:
            return
        order = bucket.order.get(namespace)
        if order is None:
            order = bucket.order[namespace] = sorted(names)
        for name in order:
            found = names[name]
            if type(found) is bytes:
                assert self._decode is not None
                found = names[name] = self._decode(found)
            yield found

    def buckets(self) -> Names:
        """Names of the buckets that hold anything."""
        return [n for n, b in self._buckets.items() if any(b.namespaces.values())]

    def count(self, bucket_name: str) -> int:
        """How many objects a bucket holds."""
        bucket = self._buckets.get(bucket_name)
        return sum(map(len, bucket.namespaces.values())) if bucket else 0

    def list_at(self, bucket_name: str, namespace: str | None, revision: int) -> Objects:
        """As `list`, but as it was right after `revision`; raises CompactedError if that is forgotten."""
        if revision == self.revision:
            return self.list(bucket_name, namespace)
        if revision < self._compacted:
            raise CompactedError
        state = {_place(o): o for o in self.list(bucket_name, namespace)}
        for event in reversed(self._since(revision)):
            if event.key.bucket != bucket_name or namespace not in (None, event.key.namespace):
                continue
            place = (event.key.namespace, event.key.name)
            if event.previous is None:
                state.pop(place, None)
            else:
                state[place] = event.previous
        return [state[place] for place in sorted(state)]

    # Writing

    def create(self, key: Key, obj: Object) -> Object:
        """Store a new object; its resourceVersion is set in place. Raises KeyExistsError."""
        names = self._names(key)
        if key.name in names:
            raise KeyExistsError
        self._buckets[key.bucket].order.pop(key.namespace, None)
        return self._commit("ADDED", key, obj, None, names)

    def update(self, key: Key, obj: Object, seen: Object) -> Object:
        """Replace the object that the writer saw; raises KeyMissingError or RevisionConflictError."""
        current = self._expect(key, seen)
        return self._commit("MODIFIED", key, obj, current, self._names(key))

    def delete(self, key: Key, last: Object, seen: Object) -> Object:
        """Remove the object that the writer saw; `last` is its final state, with the deletion's resourceVersion."""
        current = self._expect(key, seen)
        names = self._names(key)
        del names[key.name]
        bucket = self._buckets[key.bucket]
        bucket.order.pop(key.namespace, None)
        if not names:
            del bucket.namespaces[key.namespace]
        return self._commit("DELETED", key, last, current, None)

    def _expect(self, key: Key, seen: Object) -> Object:
        current = self.get(key)
        if current is None:
            raise KeyMissingError
        if current is not seen and current["metadata"]["resourceVersion"] != seen["metadata"]["resourceVersion"]:
            raise RevisionConflictError
        return current

    def _names(self, key: Key) -> dict[str, Any]:
        bucket = self._buckets.get(key.bucket)
        if bucket is None:
            bucket = self._buckets[key.bucket] = _Bucket()
        names = bucket.namespaces.get(key.namespace)
        if names is None:
            names = bucket.namespaces[key.namespace] = {}
        return names

    def _commit(
        self, type: str, key: Key, obj: Object, previous: Object | None, names: dict[str, Any] | None
    ) -> Object:
        revision = self.revision + 1
        obj["metadata"]["resourceVersion"] = str(revision)
        event = _new(Event, (revision, type, key, obj, previous))
        if self.journal is not None:
            self.journal.append(event)
        self.revision = revision
        self._changed[key.bucket] = revision
        if names is not None:
            names[key.name] = obj
        self._log.append(event)
        if len(self._log) > 2 * self._log_limit:
            self.compact(revision - self._log_limit)
        for subscription in self._subscriptions.get(key.bucket, ()):
            subscription.push(event)
        return obj

    # The past

    def compact(self, revision: int) -> None:
        """Forget events up to and including `revision`."""
        if revision > self._compacted:
            self._log = self._since(revision)
            self._compacted = revision

    def _since(self, revision: int) -> Events:
        """Events after `revision`; the log holds consecutive revisions."""
        first = self._log[0].revision if self._log else self.revision + 1
        return self._log[max(revision + 1 - first, 0) :]

    def subscribe(self, bucket: str, since: int, callback: Callable[[Event], None]) -> Subscription:
        """Deliver every event of a bucket after revision `since`, on the loop; raises CompactedError."""
        if since < self._compacted:
            raise CompactedError
        subscription = Subscription(self, bucket, callback)
        for event in self._since(since):
            if event.key.bucket == bucket:
                subscription.push(event)
        self._subscriptions.setdefault(bucket, []).append(subscription)
        return subscription

    def is_watched(self, bucket: str) -> bool:
        """Whether anybody subscribes to a bucket."""
        return bool(self._subscriptions.get(bucket))

    # Restoring

    def restore(self, rows: Iterator[tuple[str, str, str, bytes]], revision: int, decode: Decode) -> None:
        """Fill an empty store with (bucket, namespace, name, encoded object); they are decoded when first read."""
        self._decode = decode
        for bucket, namespace, name, data in rows:
            self._names(Key(bucket, namespace, name))[name] = data
            self._changed[bucket] = revision
        self.revision = self._compacted = revision


def _place(obj: Object) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
