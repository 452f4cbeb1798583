"""Writes core/v1 Events about objects, merging repeats as upstream's event correlator does.

Equal events raise `count` on one Event; ten that differ only by message within ten minutes are combined; one source may
say 25 things of a type about one object, then one more per five minutes.
"""

from contextlib import suppress
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.request import Object
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.client.client import Client
from cluster_core.client.resources import EVENTS
from cluster_core.clock import Loop

NORMAL, WARNING = "Normal", "Warning"
AGGREGATE_AFTER, AGGREGATE_SECONDS = 10, 600.0
SPAM_BURST, SPAM_SECONDS = 25, 300.0
COMBINED = "(combined from similar events): "
CACHE_LIMIT = 4096
LIFETIME = 3600.0
"""Seconds for which API servers keep an event: one that nobody looked at until then is never written."""
FIELDS = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
Subject = tuple[str, str, str, str, str, str, str]
"""Whom an event is about: `FIELDS` of its reference, "" for what is missing."""


class _Similar:
    """Messages seen lately that differ in nothing else."""

    __slots__ = ("last", "messages")

    def __init__(self) -> None:
        self.messages: dict[str, None] = {}
        self.last = float("-inf")


class _Bucket:
    """A token bucket of one source and object."""

    __slots__ = ("at", "tokens")

    def __init__(self, now: float) -> None:
        self.tokens, self.at = float(SPAM_BURST), now

    def take(self, now: float) -> bool:
        self.tokens = min(SPAM_BURST, self.tokens + (now - self.at) / SPAM_SECONDS)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class _Seen:
    """The Event that was written for a key."""

    __slots__ = ("count", "name")

    def __init__(self, name: str) -> None:
        self.name, self.count = name, 1


class EventRecorder:
    """Events of one component, such as "deployment-controller", or "kubelet" with its node as `host`."""

    def __init__(self, client: Client, loop: Loop, component: str, host: str = "") -> None:
        self._client, self._loop = client, loop
        self._component, self._host = component, host
        self._source = {"component": component, "host": host} if host else {"component": component}
        self._defer = getattr(client.transport, "defer", None)
        """How a server of the same process is told of work that may wait until somebody looks."""
        self._similar: dict[tuple[str, ...], _Similar] = {}
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self._seen: dict[tuple[str, ...], _Seen] = {}

    def event(
        self,
        obj: Object,
        type: str,
        reason: str,
        message: str,
        *,
        field_path: str = "",
        annotations: dict[str, str] | None = None,
    ) -> None:
        """Say something about `obj` (an object or an ObjectReference); written soon, never raises."""
        loop = self._loop
        work = (_subject(obj, field_path), type, reason, message, annotations, loop.now(), loop.unique_nanoseconds())
        if self._defer is not None:
            self._defer(EVENTS, self._write, work)
        else:
            loop.call_soon(self._write, *work)

    def _write(
        self,
        subject: Subject,
        type: str,
        reason: str,
        message: str,
        annotations: dict[str, str] | None,
        now: float,
        stamp: int,
    ) -> None:
        base = (*subject[:5], type)
        key: tuple[str, ...] = (*base, reason, subject[6], message)
        combined = self._combine((*base, reason), message, now)
        if combined:
            key, message = (*base, reason), COMBINED + message
        seen = self._seen.get(key)
        if seen is not None:
            seen.count += 1
        if not self._bucket(base, now).take(now) or self._loop.now() - now > LIFETIME:
            return
        if seen is None:
            name = f"{subject[2]}.{stamp:x}"
            _trim(self._seen)
            self._seen[key] = _Seen(name)
            self._create(name, subject, type, reason, message, annotations, combined, now)
        else:
            self._repeat(key, seen, subject[1], message, now)

    def _combine(self, key: tuple[str, ...], message: str, now: float) -> bool:
        similar = self._similar.get(key)
        if similar is None or now - similar.last > AGGREGATE_SECONDS:
            _trim(self._similar)
            similar = self._similar[key] = _Similar()
        similar.messages[message] = None
        similar.last = now
        if len(similar.messages) < AGGREGATE_AFTER:
            return False
        del similar.messages[next(iter(similar.messages))]
        return True

    def _bucket(self, key: tuple[str, ...], now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            _trim(self._buckets)
            bucket = self._buckets[key] = _Bucket(now)
        return bucket

    def _create(
        self,
        name: str,
        subject: Subject,
        type: str,
        reason: str,
        message: str,
        annotations: dict[str, str] | None,
        combined: bool,
        now: float,
    ) -> None:
        stamp = rfc3339(now)
        metadata: dict[str, Any] = {"name": name, "namespace": subject[1] or "default"}
        if annotations:
            metadata["annotations"] = annotations
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": metadata,
            "involvedObject": {k: v for k, v in zip(FIELDS, subject, strict=True) if v},
            "reason": reason,
            "message": message,
            "source": self._source,
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "type": type,
            "eventTime": None,
            "reportingComponent": "" if combined else self._component,
            "reportingInstance": "" if combined else self._host,
        }
        with suppress(ApiError):
            self._client.create(EVENTS, event, at=now)

    def _repeat(self, key: tuple[str, ...], seen: _Seen, namespace: str, message: str, now: float) -> None:
        patch = {"count": seen.count, "lastTimestamp": rfc3339(now), "message": message}
        try:
            self._client.patch(EVENTS, seen.name, patch, namespace or "default", type="merge", at=now)
        except ApiError as error:
            if is_not_found(error):
                del self._seen[key]


def _subject(obj: Object, field_path: str) -> Subject:
    if "metadata" not in obj:
        get = obj.get
        return (
            get("kind", ""),
            get("namespace", ""),
            get("name", ""),
            get("uid", ""),
            get("apiVersion", ""),
            get("resourceVersion", ""),
            field_path or get("fieldPath", ""),
        )
    metadata = obj["metadata"]
    get = metadata.get
    kind, version = obj["kind"], obj["apiVersion"]
    return kind, get("namespace", ""), metadata["name"], get("uid", ""), version, get("resourceVersion", ""), field_path


def _trim(cache: dict[tuple[str, ...], Any]) -> None:
    while len(cache) >= CACHE_LIMIT:
        del cache[next(iter(cache))]
