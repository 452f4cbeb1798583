"""A ReadWriteOncePod claim serves one pod at a time."""

from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS
from cluster_core.scheduler.cache import NodeInfo, Snapshot
from cluster_core.scheduler.framework import ClusterEvent, Plugin, Refusal
from cluster_core.scheduler.pods import PodClass

IN_USE = "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"


class VolumeRestrictions(Plugin):
    """Looks for another pod with the same claim."""

    name = "VolumeRestrictions"
    local = False

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.claims)

    def pre_filter(self, pod: PodClass, snapshot: Snapshot) -> Refusal | None:
        names = {name for name, _ in pod.claims}
        lister = self.handle.lister(PERSISTENTVOLUMECLAIMS)
        exclusive = {
            name
            for name in names
            if (claim := lister.get(pod.namespace, name))
            and "ReadWriteOncePod" in (claim["spec"].get("accessModes") or ())
        }
        pod.cache["VolumeRestrictions.now"] = {
            node.name
            for node in (snapshot.nodes.values() if exclusive else ())
            for info in node.pods.values()
            if info.namespace == pod.namespace and any(name in exclusive for name, _ in info.cls.claims)
        }
        return None

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        return self.refuse(IN_USE) if pod.cache["VolumeRestrictions.now"] else None

    def wakes(self, pod: PodClass, event: ClusterEvent) -> bool:
        return (event.kind == "Pod" and event.action == "delete") or event.kind == "PersistentVolumeClaim"
