"""The store: compare-and-swap, order, watches without loss, and the recent past."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_core.clock import Loop
from cluster_core.store.store import (
    CompactedError,
    Event,
    Key,
    KeyExistsError,
    KeyMissingError,
    RevisionConflictError,
    Store,
)


def obj(name: str, namespace: str = "n", **data: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace}, "data": data}


def key(name: str, namespace: str = "n") -> Key:
    return Key("things", namespace, name)


@pytest.fixture
def store() -> Store:
    return Store(Loop())


def test_writes_grow_one_revision(store: Store) -> None:
    first = store.create(key("a"), obj("a"))
    second = store.update(key("a"), obj("a", x=1), first)
    assert (first["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"]) == ("1", "2")
    last = store.delete(key("a"), {**second, "metadata": dict(second["metadata"])}, second)
    assert last["metadata"]["resourceVersion"] == "3"
    assert (store.revision, store.get(key("a"))) == (3, None)


def test_refusals(store: Store) -> None:
    first = store.create(key("a"), obj("a"))
    with pytest.raises(KeyExistsError):
        store.create(key("a"), obj("a"))
    store.update(key("a"), obj("a", x=1), first)
    with pytest.raises(RevisionConflictError):
        store.update(key("a"), obj("a", x=2), first)
    with pytest.raises(KeyMissingError):
        store.update(key("b"), obj("b"), first)
    assert store.revision == 2


def test_lists_are_ordered_by_namespace_and_name(store: Store) -> None:
    for namespace, name in (("b", "x"), ("a", "z"), ("a", "y")):
        store.create(key(name, namespace), obj(name, namespace))
    places = [(o["metadata"]["namespace"], o["metadata"]["name"]) for o in store.list("things")]
    assert places == [("a", "y"), ("a", "z"), ("b", "x")]
    assert [o["metadata"]["name"] for o in store.list("things", "a")] == ["y", "z"]


def test_the_past_until_it_is_compacted(store: Store) -> None:
    first = store.create(key("a"), obj("a"))
    store.create(key("b"), obj("b"))
    store.update(key("a"), obj("a", x=1), first)
    assert store.list_at("things", None, 1) == [first]
    store.compact(2)
    with pytest.raises(CompactedError):
        store.list_at("things", None, 1)
    with pytest.raises(CompactedError):
        store.subscribe("things", 1, lambda event: None)


def test_a_stopped_watch_is_silent(store: Store) -> None:
    seen: list[Event] = []
    watch = store.subscribe("things", 0, seen.append)
    store.create(key("a"), obj("a"))
    watch.stop()
    watch.stop()
    store.create(key("b"), obj("b"))
    store.loop.run_ready()
    assert seen == []


WRITES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), max_size=25)


@given(WRITES, st.integers(0, 25))
@settings(max_examples=60)
def test_a_watch_from_anywhere_tells_everything_once_in_order(writes: list[tuple[str, int]], cut: int) -> None:
    """A client that lists, watches and is cut off at any event ends with exactly what is stored."""
    store, mirror = Store(Loop()), {}
    revisions: list[int] = []

    def follow(event: Event) -> None:
        revisions.append(event.revision)
        if event.type == "DELETED":
            del mirror[event.key.name]
        else:
            mirror[event.key.name] = event.object

    watch = store.subscribe("things", 0, follow)
    for number, (name, kind) in enumerate(writes):
        if number == cut:
            store.loop.run_ready()
            watch.stop()
            watch = store.subscribe("things", revisions[-1] if revisions else 0, follow)
        current = store.get(key(name))
        if current is None:
            store.create(key(name), obj(name, n=number))
        elif kind == 2:
            store.delete(key(name), obj(name), current)
        else:
            store.update(key(name), obj(name, n=number), current)
    store.loop.run_ready()
    assert revisions == sorted(set(revisions))
    assert mirror == {o["metadata"]["name"]: o for o in store.list("things")}


def test_a_callback_that_fails_loses_nothing_of_what_comes_after(store: Store) -> None:
    seen: list[str] = []

    def follow(event: Any) -> None:
        seen.append(event.object["metadata"]["name"])
        if len(seen) == 1:
            raise ValueError("once")

    store.subscribe("things", 0, follow)
    for name in ("a", "b", "c"):
        store.create(Key("things", "", name), {"metadata": {"name": name}})
    with pytest.raises(ValueError, match="once"):
        store.loop.run_ready()
    store.loop.run_ready()
    assert seen == ["a", "b", "c"]
