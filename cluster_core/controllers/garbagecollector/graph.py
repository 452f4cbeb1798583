"""Who owns whom, by uid. Filled from informer events; knows nothing of the API."""

from dataclasses import dataclass, field
from typing import Any

from cluster_core.apimachinery.gvk import GVR

Object = dict[str, Any]

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


@dataclass(slots=True, eq=False)
class Node:
    """One object as last seen."""

    gvr: GVR
    uid: str
    namespace: str
    name: str
    api_version: str
    kind: str
    owners: list[Object] = field(default_factory=list)
    deleting: bool = False
    foreground: bool = False
    """Being deleted, waiting for its dependents to go first."""


class Graph:
    """Objects and their dependents. Owners may be unknown: dependents are kept by the uid that they name."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self._dependents: dict[str, dict[str, Node]] = {}

    def dependents(self, uid: str) -> list[Node]:
        """The known objects that name `uid` as an owner."""
        return list(self._dependents.get(uid, {}).values())

    def blocking(self, uid: str) -> list[Node]:
        """The dependents that foreground deletion of `uid` waits for."""
        return [
            node
            for node in self.dependents(uid)
            if any(owner["uid"] == uid and owner.get("blockOwnerDeletion") for owner in node.owners)
        ]

    def put(self, gvr: GVR, obj: Object) -> Node:
        """Note an object; returns its node."""
        metadata = obj["metadata"]
        uid = metadata["uid"]
        node = self.nodes.get(uid)
        if node is None:
            node = self.nodes[uid] = Node(
                gvr, uid, metadata.get("namespace", ""), metadata["name"], obj["apiVersion"], obj["kind"]
            )
        owners = metadata.get("ownerReferences") or []
        if owners is not node.owners:
            self._own(node, owners)
        node.deleting = "deletionTimestamp" in metadata
        node.foreground = node.deleting and FOREGROUND in (metadata.get("finalizers") or ())
        return node

    def remove(self, uid: str) -> Node | None:
        """Forget an object; its dependents are still known by its uid."""
        node = self.nodes.pop(uid, None)
        if node is not None:
            self._own(node, [])
        return node

    def _own(self, node: Node, owners: list[Object]) -> None:
        for owner in node.owners:
            mine = self._dependents.get(owner["uid"])
            if mine is not None:
                mine.pop(node.uid, None)
                if not mine:
                    del self._dependents[owner["uid"]]
        node.owners = owners
        for owner in owners:
            self._dependents.setdefault(owner["uid"], {})[node.uid] = node
