"""Stored objects as JSON, each encoded once however many clients read, list or watch it.

Asked by the pipeline for plain JSON answers. Keeps what was encoded last, up to a limit; knows no kind's rules.
"""

from typing import Any

from cluster_core.apiserver.ownership import Stored, with_managed_fields
from cluster_core.apiserver.served import Served

Object = dict[str, Any]
LIMIT = 8 << 20
"""Bytes that are kept."""
_HEAD = ("kind", "apiVersion")


class EncodedObjects:
    """JSON of stored objects, the oldest forgotten first."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Object, bytes]] = {}
        self._size = 0

    def answer(self, served: Served, obj: Object) -> bytes | None:
        """An object or list of the served kind as HTTP shows it; None for anything else."""
        kind = obj.get("kind")
        if kind == served.resource.kind and isinstance(obj, Stored) and obj["apiVersion"] == served.api_version:
            return _head(served, kind) + self._body(obj)[1:]
        if "items" in obj and kind == f"{served.resource.kind}List":
            return self._list(served, obj)
        return None

    def _list(self, served: Served, listed: Object) -> bytes:
        import orjson

        head = orjson.dumps({k: v for k, v in listed.items() if k != "items"})
        start = b"{" if served.custom is None else _head(served, served.resource.kind)
        items = b",".join([start + self._body(obj)[1:] for obj in listed["items"]])
        return b"%b,%b%b]}" % (head[:-1], b'"items":[', items)

    def _body(self, obj: Object) -> bytes:
        """An object without kind and apiVersion."""
        found = self._kept.get(id(obj))
        if found is not None:
            return found[1]
        import orjson

        data = orjson.dumps({k: v for k, v in with_managed_fields(obj).items() if k not in _HEAD})
        if isinstance(obj, Stored):
            self._keep(obj, data)
        return data

    def _keep(self, obj: Object, data: bytes) -> None:
        """Holding the object, too, makes sure that its id stays its own."""
        self._kept[id(obj)] = (obj, data)
        self._size += len(data)
        while self._size > LIMIT:
            oldest = next(iter(self._kept))
            self._size -= len(self._kept.pop(oldest)[1])


def _head(served: Served, kind: str) -> bytes:
    return f'{{"kind":"{kind}","apiVersion":"{served.api_version}",'.encode()
