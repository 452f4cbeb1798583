"""What plugins may look at: stored objects, the time, random name suffixes; and the one thing they may write, quota usage."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from cluster_core.store.store import Key, Store

Object = dict[str, Any]


class Permission(Protocol):
    """Answers whether a user may do something, as the authorizer would."""

    def __call__(
        self,
        user: Any,
        verb: str,
        group: str,
        resource: str,
        namespace: str,
        name: str,
        *,
        subresource: str = "",
        path: str = "",
    ) -> bool: ...


class AdmissionContext(NamedTuple):
    """Shared by all plugins of one chain."""

    store: Store
    now: Callable[[], float]
    suffix: Callable[[], str]
    write_status: Callable[[Key, Object, Object], Object]
    """Stores a new status of an object: (key, new object, object seen) to the stored object."""
    allowed: Permission | None
    looked_at: set[str]
    """The buckets that plugins read; whoever wants to know empties it before."""

    def get(self, bucket: str, namespace: str, name: str) -> Object | None:
        """One object, None without it."""
        self.looked_at.add(bucket)
        return self.store.get(Key(bucket, namespace, name))

    def list(self, bucket: str, namespace: str | None = None) -> Any:
        """All objects of a bucket, or of one of its namespaces."""
        self.looked_at.add(bucket)
        return self.store.list(bucket, namespace)
