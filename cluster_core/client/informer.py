"""Mirrors of a kind: listed once, kept current by a watch, indexed, with handlers told of every change.

Objects are shared with the store: read-only. Handlers run inside the delivery of an event; they should only enqueue keys.
"""

from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Object, Watch, WatchEvent
from cluster_core.apimachinery.selectors import LabelSelector
from cluster_core.client.client import Client
from cluster_core.clock import Loop

Objects = list[Object]
IndexFunction = Callable[[Object], list[str]]
RETRY_SECONDS = 5.0


def _owner_index(obj: Object) -> list[str]:
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return [reference["uid"]]
    return []


def _node_index(pod: Object) -> list[str]:
    node = pod["spec"].get("nodeName")
    return [node] if node else []


class _Handler:
    __slots__ = ("on_add", "on_delete", "on_update")

    def __init__(
        self,
        on_add: Callable[[Object], None] | None,
        on_update: Callable[[Object, Object], None] | None,
        on_delete: Callable[[Object], None] | None,
    ) -> None:
        self.on_add, self.on_update, self.on_delete = on_add, on_update, on_delete


class Lister:
    """Reads an informer's mirror."""

    __slots__ = ("_informer",)

    def __init__(self, informer: "Informer") -> None:
        self._informer = informer

    def get(self, namespace: str, name: str) -> Object | None:
        """One object, None without it."""
        names = self._informer._objects.get(namespace)
        return names.get(name) if names else None

    def list(self, namespace: str | None = None, selector: LabelSelector | None = None) -> Objects:
        """All objects, or those of a namespace, that match the selector; in order of arrival."""
        objects = self._informer._objects
        if namespace is None:
            found = [obj for names in objects.values() for obj in names.values()]
        else:
            found = list(objects.get(namespace, {}).values())
        if selector is not None and selector.requirements:
            return [obj for obj in found if selector.matches(obj["metadata"].get("labels"))]
        return found if selector is None or selector.matches({}) else []

    def by_index(self, name: str, value: str) -> Objects:
        """Objects whose index function gave `value`; "owner" (controller's uid), "namespace" and, of pods, "node" exist."""
        if name == "namespace":
            return self.list(value)
        found = self._informer._index(name).holders.get(value)
        if not found:
            return []
        objects = self._informer._objects
        return [objects[namespace][name] for namespace, name in found]

    @property
    def version(self) -> int:
        """Rises with every change."""
        return self._informer._version

    def __len__(self) -> int:
        return sum(len(names) for names in self._informer._objects.values())


class Informer:
    """One kind's mirror. It starts with the first handler or the first look through its lister."""

    def __init__(self, client: Client, loop: Loop, gvr: GVR) -> None:
        self.gvr = gvr
        self._client, self._loop = client, loop
        self._objects: dict[str, dict[str, Object]] = {}
        self._functions: dict[str, IndexFunction] = {"owner": _owner_index}
        if gvr.resource == "pods" and not gvr.group:
            self._functions["node"] = _node_index
        self._indexes: dict[str, _Index] = {}
        self._handlers: list[_Handler] = []
        self._lister = Lister(self)
        self._watch: Watch | None = None
        self._started = False
        self._version = 0
        self.synced = False
        """True once the first list arrived."""

    @property
    def lister(self) -> Lister:
        """The mirror, for reading."""
        self.start()
        return self._lister

    def add_handler(
        self,
        on_add: Callable[[Object], None] | None = None,
        on_update: Callable[[Object, Object], None] | None = None,
        on_delete: Callable[[Object], None] | None = None,
    ) -> Callable[[], None]:
        """Call `on_add(obj)`, `on_update(old, new)`, `on_delete(last)`; present objects are added first, on the loop.

        The answer takes the handler away again.
        """
        self.start()
        handler = _Handler(on_add, on_update, on_delete)
        self._handlers.append(handler)
        if on_add is not None:
            for names in self._objects.values():
                for obj in names.values():
                    self._loop.call_soon(on_add, obj)

        def remove() -> None:
            self._handlers = [other for other in self._handlers if other is not handler]

        return remove

    def add_index(self, name: str, function: IndexFunction) -> None:
        """Index by the texts that `function(obj)` gives; the same name twice is an error unless the function is the same."""
        if self._functions.setdefault(name, function) is not function:
            raise ValueError(f"index {name!r} of {self.gvr.resource} exists already")

    def _index(self, name: str) -> "_Index":
        """An index, built when first asked for and kept current from then on."""
        index = self._indexes.get(name)
        if index is None:
            index = self._indexes[name] = _Index(self._functions[name])
            for namespace, names in self._objects.items():
                for object_name, obj in names.items():
                    index.put((namespace, object_name), obj)
        return index

    def start(self) -> None:
        """List and watch, unless that happened."""
        if not self._started:
            self._started = True
            self._relist()

    def stop(self) -> None:
        """Watch no more."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def _relist(self) -> None:
        try:
            answer = self._client.list(self.gvr)
        except ApiError:
            self._loop.call_later(RETRY_SECONDS, self._relist, background=True)
            return
        self._replace(answer["items"])
        self.synced = True
        version = answer["metadata"].get("resourceVersion", "")
        self._watch = self._client.watch(self.gvr, on_event=self._on_event, resource_version=version)

    def _replace(self, items: list[Object]) -> None:
        present = {(o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in items}
        gone = [o for ns, names in self._objects.items() for n, o in names.items() if (ns, n) not in present]
        for obj in gone:
            self._apply("DELETED", obj)
        for obj in items:
            self._apply("ADDED", obj)

    def _on_event(self, event: WatchEvent) -> None:
        kind = event.type
        if kind == "BOOKMARK":
            return
        if kind == "ERROR":
            self.stop()
            self._loop.call_soon(self._relist)
            return
        self._apply(kind, event.object)

    def _apply(self, kind: str, obj: Object) -> None:
        metadata = obj["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata["name"]
        names = self._objects.get(namespace)
        if names is None:
            names = self._objects[namespace] = {}
        old = names.get(name)
        if kind == "DELETED":
            self._remove(namespace, name, old, obj)
            return
        if old is not None and old["metadata"].get("resourceVersion") == metadata.get("resourceVersion"):
            return
        self._version += 1
        names[name] = obj
        for index in self._indexes.values():
            index.put((namespace, name), obj)
        for handler in self._handlers:
            if old is None:
                if handler.on_add is not None:
                    handler.on_add(obj)
            elif handler.on_update is not None:
                handler.on_update(old, obj)

    def _remove(self, namespace: str, name: str, old: Object | None, last: Object) -> None:
        if old is None:
            return
        self._version += 1
        del self._objects[namespace][name]
        for index in self._indexes.values():
            index.drop((namespace, name))
        for handler in self._handlers:
            if handler.on_delete is not None:
                handler.on_delete(last)


class _Index:
    """Names of objects by what a function says of them."""

    __slots__ = ("_function", "_values", "holders")

    def __init__(self, function: IndexFunction) -> None:
        self._function = function
        self._values: dict[tuple[str, str], list[str]] = {}
        self.holders: dict[str, dict[tuple[str, str], None]] = {}
        """(namespace, name) of the objects with a value, in the order in which they got it."""

    def put(self, key: tuple[str, str], obj: Object) -> None:
        """An object came or changed."""
        values = self._function(obj)
        before = self._values.get(key)
        if before == values:
            return
        if before:
            self.drop(key)
        if values:
            self._values[key] = values
        for value in values:
            self.holders.setdefault(value, {})[key] = None

    def drop(self, key: tuple[str, str]) -> None:
        """An object went."""
        for value in self._values.pop(key, ()):
            holders = self.holders[value]
            del holders[key]
            if not holders:
                del self.holders[value]


class InformerFactory:
    """Shares one informer per kind among everybody on a loop."""

    def __init__(self, client: Client, loop: Loop) -> None:
        self._client, self._loop = client, loop
        self._informers: dict[GVR, Informer] = {}

    def informer(self, gvr: GVR) -> Informer:
        """The informer of a kind."""
        found = self._informers.get(gvr)
        if found is None:
            found = self._informers[gvr] = Informer(self._client, self._loop, gvr)
        return found

    def lister(self, gvr: GVR) -> Lister:
        """The mirror of a kind, for reading."""
        return self.informer(gvr).lister

    def stop(self) -> None:
        """Stop every watch."""
        for informer in self._informers.values():
            informer.stop()


def handler_adding(add: Callable[[str], None]) -> dict[str, Any]:
    """Arguments of `add_handler` that add the changed object's own key to a queue."""
    from cluster_core.apimachinery.meta import key_of

    return {
        "on_add": lambda obj: add(key_of(obj)),
        "on_update": lambda _old, new: add(key_of(new)),
        "on_delete": lambda obj: add(key_of(obj)),
    }
