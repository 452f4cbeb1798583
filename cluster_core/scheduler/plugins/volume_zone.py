"""A volume labelled with a zone or region can be used there only."""

from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from cluster_core.scheduler.cache import NodeInfo, Snapshot
from cluster_core.scheduler.framework import ClusterEvent, Plugin, Refusal
from cluster_core.scheduler.pods import PodClass

NO_ZONE = "node(s) had no available volume zone"
LABELS = (
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
)


class VolumeZone(Plugin):
    """Topology labels of bound volumes against the node's; several zones are joined by `__`."""

    name = "VolumeZone"
    local = False

    def applies(self, pod: PodClass) -> bool:
        return bool(pod.claims)

    def pre_filter(self, pod: PodClass, snapshot: Snapshot) -> Refusal | None:
        claims = (self.handle.lister(PERSISTENTVOLUMECLAIMS).get(pod.namespace, name) for name, _ in pod.claims)
        names = [claim["spec"].get("volumeName") for claim in claims if claim is not None]
        volumes = (self.handle.lister(PERSISTENTVOLUMES).get("", name) for name in names if name)
        pod.cache["VolumeZone.now"] = [
            (key, set(labels[key].split("__")))
            for volume in volumes
            if volume is not None and (labels := volume["metadata"].get("labels") or {})
            for key in LABELS
            if key in labels
        ]
        return None

    def filter(self, pod: PodClass, node: NodeInfo) -> Refusal | None:
        wanted = pod.cache["VolumeZone.now"]
        if not wanted or not any(key in node.labels for key in LABELS):
            return None
        if all(node.labels.get(key) in values for key, values in wanted):
            return None
        return self.refuse(NO_ZONE, resolvable=False)

    def wakes(self, pod: PodClass, event: ClusterEvent) -> bool:
        return event.kind in ("Node", "PersistentVolumeClaim", "PersistentVolume", "StorageClass")
