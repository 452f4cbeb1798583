"""Claiming dependents: adopt orphans that the selector matches, release what it matches no more.

Upstream's controller reference manager. Used by ReplicaSet, Deployment, StatefulSet, DaemonSet and Job controllers.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_invalid, is_not_found
from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.meta import controller_of, controller_reference
from cluster_core.client.client import Client
from cluster_core.client.informer import Informer, Lister
from cluster_core.controllers.retry import RetryError

Object = dict[str, Any]


class OwnerGoneError(RetryError):
    """The owner was deleted, or replaced by another of its name, while it was about to adopt."""


def track_orphans(informer: Informer) -> None:
    """Keep an index of the objects without a controller, by namespace."""
    informer.add_index("orphans", _orphan_index)


def _orphan_index(obj: Object) -> list[str]:
    return [] if controller_of(obj) is not None else [obj["metadata"].get("namespace", "")]


def candidates(lister: Lister, owner: Object) -> list[Object]:
    """What `owner` controls, then the orphans of its namespace (whose informer must track them)."""
    metadata = owner["metadata"]
    return [*lister.by_index("owner", metadata["uid"]), *lister.by_index("orphans", metadata["namespace"])]


class Claimer:
    """Claims dependents (of resource `gvr`) for one owner (of resource `owner_gvr`)."""

    def __init__(
        self,
        client: Client,
        gvr: GVR,
        owner_gvr: GVR,
        owner: Object,
        selects: Callable[[Object], bool],
        finalizers: tuple[str, ...] = (),
    ) -> None:
        self.client, self.gvr, self.owner_gvr, self.owner = client, gvr, owner_gvr, owner
        self.selects = selects
        self.finalizers = finalizers
        self._may_adopt: bool | None = None

    def claim(self, dependents: Iterable[Object], filter: Callable[[Object], bool] | None = None) -> list[Object]:
        """Those that belong to the owner afterwards. `filter` narrows what may be adopted or kept."""
        claimed: list[Object] = []
        references = labels = None
        for obj in dependents:
            metadata = obj["metadata"]
            alike = references is not None and metadata.get("ownerReferences") is references
            if alike and metadata.get("labels") is labels and filter is None:
                claimed.append(obj)  # its owner and labels are those of one that belongs
                continue
            found = self._claim_one(obj, filter)
            if found is None:
                continue
            claimed.append(found)
            if found is obj:
                references, labels = metadata.get("ownerReferences"), metadata.get("labels")
        return claimed

    def _claim_one(self, obj: Object, filter: Callable[[Object], bool] | None) -> Object | None:
        reference = controller_of(obj)
        matches = self.selects(obj["metadata"].get("labels") or {}) and (filter is None or filter(obj))
        if reference is not None:
            if reference["uid"] != self.owner["metadata"]["uid"]:
                return None
            if matches:
                return obj
            if "deletionTimestamp" not in self.owner["metadata"]:
                self._release(obj)
            return None
        if not matches or "deletionTimestamp" in obj["metadata"] or "deletionTimestamp" in self.owner["metadata"]:
            return None
        return self._adopt(obj)

    def _adopt(self, obj: Object) -> Object | None:
        self._check_owner()
        metadata: Object = {"ownerReferences": [controller_reference(self.owner)], "uid": obj["metadata"]["uid"]}
        if self.finalizers:
            metadata["finalizers"] = list(self.finalizers)
        try:
            return self._patch(obj, metadata)
        except ApiError as error:
            if is_not_found(error):
                return None
            raise

    def _release(self, obj: Object) -> None:
        metadata: Object = {
            "ownerReferences": [{"$patch": "delete", "uid": self.owner["metadata"]["uid"]}],
            "uid": obj["metadata"]["uid"],
        }
        if self.finalizers:
            metadata["$deleteFromPrimitiveList/finalizers"] = list(self.finalizers)
        try:
            self._patch(obj, metadata)
        except ApiError as error:
            if not is_not_found(error) and not is_invalid(error):
                raise

    def _patch(self, obj: Object, metadata: Object) -> Object:
        name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace", "")
        return self.client.patch(self.gvr, name, {"metadata": metadata}, namespace, type="strategic")

    def _check_owner(self) -> None:
        """Read the owner once more before the first adoption: it must be the same and stay."""
        if self._may_adopt:
            return
        metadata = self.owner["metadata"]
        live = self.client.get(self.owner_gvr, metadata["name"], metadata["namespace"])["metadata"]
        where = f"{metadata['namespace']}/{metadata['name']}"
        if live["uid"] != metadata["uid"]:
            kind = self.owner["kind"]
            raise OwnerGoneError(f"original {kind} {where} is gone: got uid {live['uid']}, wanted {metadata['uid']}")
        if "deletionTimestamp" in live:
            raise OwnerGoneError(f"{where} has just been deleted at {live['deletionTimestamp']}")
        self._may_adopt = True
