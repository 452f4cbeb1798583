"""Claims must be bound, or bindable on the node: to a fitting volume, or by a provisioner that waits for the node."""

from typing import Any

from cluster_core.apimachinery import quantity
from cluster_core.apimachinery.meta import controller_of
from cluster_core.apimachinery.node_matching import matches_selector
from cluster_core.apimachinery.selectors import from_object
from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, STORAGECLASSES
from cluster_core.scheduler.cache import NodeInfo, Snapshot
from cluster_core.scheduler.framework import ClusterEvent, Plugin, Refusal
from cluster_core.scheduler.pods import PodClass

Object = dict[str, Any]

NOT_FOUND = 'persistentvolumeclaim "{}" not found'
DELETING = 'persistentvolumeclaim "{}" is being deleted'
LOST = 'persistentvolumeclaim "{}" bound to non-existent persistentvolume "{}"'
AWAITING = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "{}"'
NOT_OWNED = "PVC {0}/{1} was not created for pod {0}/{2} (pod is not owner)"
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
NO_VOLUME = "node(s) didn't find available persistent volumes to bind"
NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity"
NO_SUCH_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"

NO_PROVISIONER = "kubernetes.io/no-provisioner"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
BOUND = "pv.kubernetes.io/bind-completed"


class VolumeBinding(Plugin):
    """PreFilter looks at the claims, Filter at what the node can reach, `plan` says what to write before binding the pod."""

    name = "VolumeBinding"
    local = False
    SELECTED_NODE = SELECTED_NODE

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.claims)

    def pre_filter(self, pod: PodClass, snapshot: Snapshot) -> Refusal | None:
        bound: list[Object] = []
        waiting: list[Object] = []
        for name, owner in pod.claims:
            claim = self.handle.lister(PERSISTENTVOLUMECLAIMS).get(pod.namespace, name)
            reason = _trouble(claim, name, owner)
            if reason:
                return self.refuse(reason, resolvable=False)
            if _is_bound(claim):
                bound.append(claim)
            elif claim["spec"].get("volumeName") or not self._waits(claim):
                return self.refuse(UNBOUND, resolvable=False)
            else:
                waiting.append(claim)
        pod.cache["VolumeBinding.now"] = (bound, sorted(waiting, key=_size))
        return None

    def _waits(self, claim: Object) -> bool:
        found = self._class(claim)
        return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"

    def _class(self, claim: Object) -> Object | None:
        name = class_of(claim)
        found: Object | None = self.handle.lister(STORAGECLASSES).get("", name) if name else None
        return found

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        bound, waiting = pod.cache["VolumeBinding.now"]
        for claim in bound:
            volume = self.handle.lister(PERSISTENTVOLUMES).get("", claim["spec"]["volumeName"])
            if volume is None:
                return self.refuse(NO_SUCH_VOLUME, resolvable=False)
            if not reachable(volume, node.labels, node.name):
                return self.refuse(NODE_CONFLICT, resolvable=False)
        if waiting and self._choose(waiting, node) is None:
            return self.refuse(NO_VOLUME, resolvable=False)
        return None

    def _choose(self, claims: list[Object], node: NodeInfo) -> list[tuple[Object, Object | None]] | None:
        """(claim, volume or None to provision) for every waiting claim; None if one can have neither."""
        taken: set[str] = set()
        chosen: list[tuple[Object, Object | None]] = []
        for claim in claims:
            selected = (claim["metadata"].get("annotations") or {}).get(SELECTED_NODE)
            volume = self._fitting(claim, node, taken) if not selected else None
            if volume is not None:
                taken.add(volume["metadata"]["name"])
            elif (selected and selected != node.name) or not self._can_provision(claim, node):
                return None
            chosen.append((claim, volume))
        return chosen

    def _fitting(self, claim: Object, node: NodeInfo, taken: set[str]) -> Object | None:
        best: Object | None = None
        for volume in sorted(self.handle.lister(PERSISTENTVOLUMES).list(), key=lambda v: str(v["metadata"]["name"])):
            if volume["metadata"]["name"] not in taken and fits(claim, volume, node):
                if volume["spec"].get("claimRef"):
                    return volume  # type: ignore[no-any-return]
                if best is None or _capacity(volume) < _capacity(best):
                    best = volume
        return best

    def _can_provision(self, claim: Object, node: NodeInfo) -> bool:
        found = self._class(claim)
        if found is None or found.get("provisioner") in (None, "", NO_PROVISIONER):
            return False
        topologies = found.get("allowedTopologies")
        return not topologies or any(
            all(node.labels.get(e["key"]) in e["values"] for e in t.get("matchLabelExpressions") or ())
            for t in topologies
        )

    def plan(self, pod: PodClass, node: NodeInfo) -> list[tuple[Object, Object | None]]:
        """What is still to be bound or provisioned once the pod goes to `node`; [] if nothing."""
        if not pod.claims:
            return []
        waiting = pod.cache["VolumeBinding.now"][1]
        return self._choose(waiting, node) or [] if waiting else []

    def settled(self, pod: PodClass) -> bool:
        """Whether every claim of the pod is bound by now."""
        claims = (self.handle.lister(PERSISTENTVOLUMECLAIMS).get(pod.namespace, name) for name, _ in pod.claims)
        return all(claim is not None and _is_bound(claim) for claim in claims)

    def lost(self, pod: PodClass) -> bool:
        """Whether a claim of the pod is gone or unusable by now."""
        lister = self.handle.lister(PERSISTENTVOLUMECLAIMS)
        return any(_trouble(lister.get(pod.namespace, name), name, owner) for name, owner in pod.claims)

    def wakes(self, pod: PodClass, event: ClusterEvent) -> bool:
        return event.kind in ("Node", "PersistentVolumeClaim", "PersistentVolume", "StorageClass")


def _trouble(claim: Object | None, name: str, owner: str) -> str:
    """Why a claim cannot be used, "" if it can; `owner` names the pod whose ephemeral volume it is for."""
    if claim is None:
        return (AWAITING if owner else NOT_FOUND).format(name)
    reference = controller_of(claim) or {}
    if owner and (reference.get("kind"), reference.get("name")) != ("Pod", owner):
        return NOT_OWNED.format(claim["metadata"]["namespace"], name, owner)
    if (claim.get("status") or {}).get("phase") == "Lost":
        return LOST.format(name, claim["spec"].get("volumeName", ""))
    return DELETING.format(name) if "deletionTimestamp" in claim["metadata"] else ""


def _is_bound(claim: Object) -> bool:
    return bool(claim["spec"].get("volumeName")) and BOUND in (claim["metadata"].get("annotations") or {})


def class_of(claim: Object) -> str:
    """Name of a claim's (or volume's) storage class, "" for none."""
    return str(claim["spec"].get("storageClassName") or "")


def _size(claim: Object) -> int:
    return quantity.whole(str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0")))


def _capacity(volume: Object) -> int:
    return quantity.whole(str((volume["spec"].get("capacity") or {}).get("storage", "0")))


def reachable(volume: Object, labels: dict[str, str], name: str) -> bool:
    """Whether a node may use the volume, by the volume's node affinity."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return required is None or matches_selector(required, labels, name)


def fits(claim: Object, volume: Object, node: NodeInfo) -> bool:
    """Whether a volume is free, right for the claim and within the node's reach."""
    spec, wanted = volume["spec"], claim["spec"]
    reference = spec.get("claimRef")
    metadata = claim["metadata"]
    if reference and (reference.get("namespace"), reference.get("name")) != (metadata["namespace"], metadata["name"]):
        return False
    if reference and reference.get("uid") not in (None, "", metadata.get("uid")):
        return False
    if not reference and (volume.get("status") or {}).get("phase") not in (None, "Available"):
        return False
    if "deletionTimestamp" in volume["metadata"] or class_of(volume) != class_of(claim):
        return False
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return False
    if not set(wanted.get("accessModes") or ()) <= set(spec.get("accessModes") or ()):
        return False
    selector = wanted.get("selector")
    if selector and not from_object(selector).matches(volume["metadata"].get("labels")):
        return False
    return _capacity(volume) >= _size(claim) and reachable(volume, node.labels, node.name)
