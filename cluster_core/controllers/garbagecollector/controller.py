"""The garbage collector: watches every kind; background, foreground and orphaning deletion.

Keys are uids. An object without an owner in the cluster is deleted; one whose owner waits in foreground is deleted
before the owner; `orphan` takes the references away instead.
"""

from functools import partial
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.gvk import GVK, GVR, parse_api_version
from cluster_core.apimachinery.meta import without_finalizer
from cluster_core.client import resources
from cluster_core.client.mapper import NoMatch
from cluster_core.client.resources import CUSTOMRESOURCEDEFINITIONS
from cluster_core.controllers.garbagecollector.graph import FOREGROUND, ORPHAN, Graph, Node
from cluster_core.controllers.reconciler import Controller

Object = dict[str, Any]

IGNORED = frozenset((resources.EVENTS, resources.EVENTS_V1, resources.BINDINGS))
"""Events own nothing and are owned by nothing; bindings are not stored."""


class GarbageCollector(Controller):
    """Deletes what has lost its owners, in the way that the owners were deleted."""

    name = "generic-garbage-collector"
    component = "garbage-collector-controller"

    def watch(self) -> None:
        self.graph = Graph()
        self._watched: set[GVR] = set()
        for gvr in dict.fromkeys(value for value in vars(resources).values() if isinstance(value, GVR)):
            if gvr not in IGNORED:
                self._watch_kind(gvr)
        self.informer(CUSTOMRESOURCEDEFINITIONS).add_handler(
            on_add=self._definition_changed, on_update=lambda _old, new: self._definition_changed(new)
        )

    def _watch_kind(self, gvr: GVR) -> None:
        if gvr not in self._watched:
            self._watched.add(gvr)
            self.informer(gvr).add_handler(
                on_add=partial(self._added, gvr), on_update=partial(self._updated, gvr), on_delete=self._deleted
            )

    def _definition_changed(self, definition: Object) -> None:
        """A custom kind is watched in its first served version once it is established."""
        conditions = (definition.get("status") or {}).get("conditions") or ()
        if any(c["type"] == "Established" and c["status"] == "True" for c in conditions):
            spec = definition["spec"]
            version = next((v["name"] for v in spec["versions"] if v.get("served")), None)
            if version is not None:
                self._watch_kind(GVR(spec["group"], version, spec["names"]["plural"]))

    def _added(self, gvr: GVR, obj: Object) -> None:
        metadata = obj["metadata"]
        node = self.graph.put(gvr, obj)
        if "ownerReferences" in metadata:
            self._check_owners(node)
        for dependent in self.graph.dependents(node.uid):
            self._check_namespace(dependent, node)
        if node.deleting:
            self._deletion_started(node, metadata)

    def _updated(self, gvr: GVR, old: Object, new: Object) -> None:
        before, after = old["metadata"], new["metadata"]
        if (
            before.get("ownerReferences") == after.get("ownerReferences")
            and before.get("finalizers") == after.get("finalizers")
            and ("deletionTimestamp" in before) == ("deletionTimestamp" in after)
        ):
            return
        previous = before.get("ownerReferences") or []
        node = self.graph.put(gvr, new)
        if previous != node.owners:
            self._wake_unblocked(previous, node)
            self._check_owners(node)
        if node.deleting:
            self._deletion_started(node, after)

    def _deleted(self, obj: Object) -> None:
        uid = obj["metadata"]["uid"]
        node = self.graph.remove(uid)
        for dependent in self.graph.dependents(uid):
            self.queue.add(dependent.uid)
        for owner in obj["metadata"].get("ownerReferences") or () if node is not None else ():
            self._wake_if_waiting(owner["uid"])

    def _wake_unblocked(self, previous: list[Object], node: Node) -> None:
        """An owner in foreground deletion may no longer be blocked by this object."""
        blocking = {owner["uid"] for owner in node.owners if owner.get("blockOwnerDeletion")}
        for owner in previous:
            if owner["uid"] not in blocking:
                self._wake_if_waiting(owner["uid"])

    def _wake_if_waiting(self, uid: str) -> None:
        owner = self.graph.nodes.get(uid)
        if owner is not None and owner.foreground:
            self.queue.add(uid)

    def _check_owners(self, node: Node) -> None:
        """An owner that nobody has seen, or that has another namespace or name, must be looked for."""
        for reference in node.owners:
            owner = self.graph.nodes.get(reference["uid"])
            if owner is None or not _describes(reference, owner):
                self.queue.add(node.uid)
            if owner is not None:
                self._check_namespace(node, owner)

    def _check_namespace(self, node: Node, owner: Node) -> None:
        if owner.namespace and owner.namespace != node.namespace:
            reference = next(ref for ref in node.owners if ref["uid"] == owner.uid)
            identity = (
                f"[{reference['apiVersion']}/{reference['kind']}, namespace: {node.namespace}, "
                f"name: {reference['name']}, uid: {reference['uid']}]"
            )
            message = f'ownerRef {identity} does not exist in namespace "{node.namespace}"'
            self.warning(_reference(node), "OwnerRefInvalidNamespace", message)
            self.queue.add(node.uid)

    def _deletion_started(self, node: Node, metadata: Object) -> None:
        if ORPHAN in (metadata.get("finalizers") or ()):
            self.queue.add(node.uid)
        elif node.foreground:
            for dependent in self.graph.dependents(node.uid):
                self.queue.add(dependent.uid)
            self.queue.add(node.uid)

    def sync(self, key: str) -> None:
        node = self.graph.nodes.get(key)
        if node is None:
            return
        latest = self._live(node.gvr, node.namespace, node.name)
        if latest is None or latest["metadata"]["uid"] != node.uid:
            return
        metadata = latest["metadata"]
        finalizers = metadata.get("finalizers") or ()
        if "deletionTimestamp" in metadata:
            if ORPHAN in finalizers:
                self._orphan(node, latest)
            elif FOREGROUND in finalizers:
                self._delete_dependents(node, latest)
        elif metadata.get("ownerReferences"):
            self._judge(node, latest)

    def _live(self, gvr: GVR, namespace: str, name: str) -> Object | None:
        try:
            return self.client.get(gvr, name, namespace)
        except ApiError as error:
            if is_not_found(error):
                return None
            raise

    def _orphan(self, node: Node, latest: Object) -> None:
        for dependent in self.graph.dependents(node.uid):
            self._drop_references(dependent, {node.uid})
        self._remove_finalizer(node, latest, ORPHAN)

    def _delete_dependents(self, node: Node, latest: Object) -> None:
        blocking = self.graph.blocking(node.uid)
        if not blocking:
            self._remove_finalizer(node, latest, FOREGROUND)
        for dependent in blocking:
            if not dependent.foreground and not dependent.deleting:
                self.queue.add(dependent.uid)

    def _judge(self, node: Node, latest: Object) -> None:
        """Keep the object while one owner stands; else delete it in the way that its owners go."""
        solid, dangling, waiting = self._classify(node, latest["metadata"]["ownerReferences"])
        if solid is None:
            return
        if solid:
            if dangling or waiting:
                self._drop_references(node, {reference["uid"] for reference in [*dangling, *waiting]})
            return
        dependents = self.graph.dependents(node.uid)
        if waiting and dependents:
            if any(dependent.foreground for dependent in dependents):
                latest = self._unblock(node, latest)
            self._delete(node, latest, "Foreground")
            return
        finalizers = latest["metadata"].get("finalizers") or ()
        policy = "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"
        self._delete(node, latest, policy)

    def _classify(self, node: Node, references: list[Object]) -> tuple[list[Object] | None, list[Object], list[Object]]:
        """References whose owner stands, is gone, or waits for its dependents; None where the owner can never be found."""
        solid: list[Object] = []
        dangling: list[Object] = []
        waiting: list[Object] = []
        for reference in references:
            group, version = parse_api_version(reference["apiVersion"])
            try:
                gvr, namespaced = self.client.mapper.resource_for(GVK(group, version, reference["kind"]))
            except NoMatch:
                return None, [], []
            if namespaced and not node.namespace:
                return None, [], []
            owner = self._live(gvr, node.namespace if namespaced else "", reference["name"])
            if owner is None or owner["metadata"]["uid"] != reference["uid"]:
                dangling.append(reference)
            elif _waits_for_dependents(owner["metadata"]):
                waiting.append(reference)
            else:
                solid.append(reference)
        return solid, dangling, waiting

    def _drop_references(self, node: Node, uids: set[str]) -> None:
        latest = self._live(node.gvr, node.namespace, node.name)
        if latest is None or latest["metadata"]["uid"] != node.uid:
            return
        kept = [ref for ref in latest["metadata"].get("ownerReferences") or () if ref["uid"] not in uids]
        version = latest["metadata"]["resourceVersion"]
        metadata = {"uid": node.uid, "resourceVersion": version, "ownerReferences": kept or None}
        self._patch(node, metadata)

    def _unblock(self, node: Node, latest: Object) -> Object:
        references = [
            {**ref, "blockOwnerDeletion": False} if ref.get("blockOwnerDeletion") else ref
            for ref in latest["metadata"]["ownerReferences"]
        ]
        return self._patch(node, {"uid": node.uid, "ownerReferences": references}) or latest

    def _remove_finalizer(self, node: Node, latest: Object, finalizer: str) -> None:
        finalizers = without_finalizer(latest, finalizer)["metadata"].get("finalizers")
        version = latest["metadata"]["resourceVersion"]
        self._patch(node, {"uid": node.uid, "resourceVersion": version, "finalizers": finalizers})

    def _patch(self, node: Node, metadata: Object) -> Object | None:
        try:
            return self.client.patch(node.gvr, node.name, {"metadata": metadata}, node.namespace, type="merge")
        except ApiError as error:
            if is_not_found(error):
                return None
            raise

    def _delete(self, node: Node, latest: Object, policy: str) -> None:
        version = latest["metadata"]["resourceVersion"]
        try:
            self.client.delete(
                node.gvr,
                node.name,
                node.namespace,
                propagation_policy=policy,
                uid=node.uid,
                resource_version=version,
            )
        except ApiError as error:
            if not is_not_found(error):
                raise


def _waits_for_dependents(metadata: Object) -> bool:
    return "deletionTimestamp" in metadata and FOREGROUND in (metadata.get("finalizers") or ())


def _describes(reference: Object, owner: Node) -> bool:
    return bool(
        reference["name"] == owner.name
        and reference["kind"] == owner.kind
        and reference["apiVersion"] == owner.api_version
    )


def _reference(node: Node) -> Object:
    reference = {
        "kind": node.kind,
        "namespace": node.namespace,
        "name": node.name,
        "uid": node.uid,
        "apiVersion": node.api_version,
    }
    return {name: value for name, value in reference.items() if value}
