"""Field ownership of stored objects, worked out only when somebody looks.

A stored object is a `Stored` dict: plain to everybody, with its ownership on the side, so that `metadata.managedFields` costs nothing
until an answer over HTTP, a server-side apply or the durable file needs it.
"""

from typing import Any

from cluster_core.apimachinery.managed_fields import managers, sets
from cluster_core.apimachinery.managed_fields.managers import Context, Managers
from cluster_core.apimachinery.managed_fields.types import ANYTHING, Type
from cluster_core.apiserver.served import Served

Object = dict[str, Any]
MAX_PENDING = 32


class Ownership:
    """Who owns what: worked out, or a base and the write that came after it."""

    __slots__ = ("_base", "_entries", "_managers", "_step", "depth")

    def __init__(self, found: Managers | None = None) -> None:
        self._managers = found
        self._base: Ownership | None = None
        self._step: _Step | None = None
        self._entries: list[Object] | None = None
        self.depth = 0

    @classmethod
    def of_entries(cls, entries: list[Object]) -> "Ownership":
        """Ownership from metadata.managedFields, read when first needed."""
        result = cls({} if not entries else None)
        result._entries = entries
        return result

    def after(self, step: "_Step") -> "Ownership":
        """Ownership after one more write."""
        base: Ownership | None = self
        before = self._step
        if before is not None and step.part and step.repeats(before):
            step.live, base = before.live, self._base
        assert base is not None
        result = Ownership()
        result._base, result._step, result.depth = base, step, base.depth + 1
        if result.depth >= MAX_PENDING:
            result.managers()
        return result

    def managers(self) -> Managers:
        """The managers, worked out now if need be."""
        pending: list[Ownership] = []
        node: Ownership | None = self
        while node is not None and node._managers is None:
            if node._entries is not None:
                node._managers, node._entries = managers.decode(node._entries), None
                break
            pending.append(node)
            node = node._base
        found: Managers = (node._managers if node is not None else None) or {}
        for link in reversed(pending):
            assert link._step is not None
            found = link._step.run(found)
            link._managers, link._base, link._step, link.depth = found, None, None, 0
        return found


class _Step:
    """One update that may have changed who owns what."""

    __slots__ = ("live", "manager", "new", "now", "part", "served", "subresource")

    def __init__(
        self, served: Served, subresource: str, manager: str, live: Object | None, new: Object, now: str
    ) -> None:
        self.served, self.subresource, self.manager = served, subresource, manager
        self.live, self.new, self.now = live, new, now
        self.part = ""
        """The only part of the object that it changes, if that is known."""

    def repeats(self, before: "_Step") -> bool:
        """Whether the write before changed the very same plain fields of the same part, as renewals do: the two count as one."""
        part = self.part
        if part != before.part or self.manager != before.manager or self.subresource != before.subresource:
            return False
        if before.live is None or self.live is None or before.new[part] is not self.live[part]:
            return False
        first, middle, last = before.live.get(part), self.live[part], self.new[part]
        if first is None or not first.keys() == middle.keys() == last.keys():
            return False
        changed = [k for k, v in last.items() if v != middle[k]]
        if changed != [k for k, v in middle.items() if v != first[k]]:
            return False
        return all(type(last[k]) is type(first[k]) is str and last[k] != first[k] for k in changed)

    def run(self, found: Managers) -> Managers:
        if not found and self.live is not None:
            return found
        live = self.live if self.live is not None else zero(self.served)
        return managers.update(context(self.served, self.subresource, self.now), found, self.manager, live, self.new)


NOBODY = Ownership({})


class Stored(dict[str, Any]):
    """An object as the store keeps it."""

    __slots__ = ("ownership",)
    ownership: Ownership


def stored(obj: Object, ownership: Ownership) -> Stored:
    """An object with its ownership."""
    result = Stored(obj)
    result.ownership = ownership
    return result


def ownership_of(obj: Object) -> Ownership:
    """The ownership of a stored object."""
    return obj.ownership if isinstance(obj, Stored) else NOBODY


def step(served: Served, subresource: str, manager: str, live: Object | None, new: Object, now: str) -> _Step:
    """An update of `live` (None: a creation) to `new` by a manager."""
    return _Step(served, subresource, manager, live, new, now)


def with_managed_fields(obj: Object) -> Object:
    """The object with metadata.managedFields, as HTTP shows it."""
    entries = managers.encode(ownership_of(obj).managers())
    if not entries:
        return obj
    return {**obj, "metadata": {**obj["metadata"], "managedFields": entries}}


def same(owners: Ownership, current: Object) -> bool:
    """Whether ownership is the stored one, times aside."""
    now, before = owners.managers(), ownership_of(current).managers()
    return {m: o._replace(time="") for m, o in now.items()} == {m: o._replace(time="") for m, o in before.items()}


def decode_managers(entries: list[Object]) -> Managers:
    """Managers from what a client states; raises ValueError."""
    return managers.decode(entries)


def zero(served: Served) -> Object:
    """The empty object of a kind, against which a creation counts as change."""
    gvk = served.resource.gvk
    empty = {"apiVersion": gvk.api_version, "kind": gvk.kind}
    if served.shape is None:
        return {**empty, "metadata": {}}
    from cluster_core.api.schema import decode

    return decode(served.shape, empty).object


def type_for(served: Served) -> Type:
    """How server-side apply sees the kind."""
    if served.custom is not None:
        return served.custom.apply_type  # type: ignore[no-any-return]
    if served.shape is None:
        return ANYTHING
    from cluster_core.apiserver.apply_types import type_of

    return type_of(served.shape)


def context(served: Served, subresource: str, now: str) -> Context:
    """What a write on a resource's endpoint is to the field managers."""
    version = served.resource.gvk.api_version
    return Context(type_for(served), version, subresource, ignored(served, subresource), now)


_NO_LABELS = frozenset(("deployments", "daemonsets"))


def ignored(served: Served, subresource: str) -> sets.Node:
    """Fields that an endpoint resets, so that writing them owns nothing."""
    resource = served.resource
    if subresource == "":
        return sets.of_paths(("status",)) if "status" in resource.subresources else {}
    if subresource not in ("status", "approval"):
        return {}
    if served.custom is not None:
        return sets.of_paths(("spec",), *_custom_metadata())
    if resource.plural == "pods" and not resource.group:
        return sets.of_paths(("spec",), ("metadata", "deletionTimestamp"), ("metadata", "ownerReferences"))
    if resource.group == "apps" and resource.plural in _NO_LABELS:
        return sets.of_paths(("spec",), ("metadata", "labels"))
    return sets.of_paths(("spec",))


def _custom_metadata() -> tuple[tuple[str, ...], ...]:
    return (
        ("metadata", "deletionTimestamp"),
        ("metadata", "ownerReferences"),
        ("metadata", "labels"),
        ("metadata", "annotations"),
        ("metadata", "finalizers"),
    )
