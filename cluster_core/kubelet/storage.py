"""Storage that outlives pods: a node's own disk (hostPath) and persistent volumes, as simulated files.

Called by a pod's volumes for those that are not the pod's own. A cluster with a file keeps what they hold (`Cluster.commit`).
"""

from typing import TYPE_CHECKING, Any

from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS
from cluster_core.kubelet.runtime.files import Files

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]


def shared_files(worker: "PodWorker", volume: Object) -> Files | None:
    """The files behind a hostPath or a claim; None for a volume that lives and dies with its pod."""
    disks = worker.node.world.disks
    if "hostPath" in volume:
        shown = Files()
        shown.mount("/", disks.get(f"node/{worker.node.name}"), volume["hostPath"]["path"])
        return shown
    name = claim_name(worker.pod, volume)
    if not name:
        return None
    claim = worker.node.lister(PERSISTENTVOLUMECLAIMS).get(worker.pod["metadata"].get("namespace", ""), name)
    bound = ((claim or {}).get("spec") or {}).get("volumeName")
    if not bound:
        return None
    files = disks.get(f"volume/{bound}")
    files.root_mode = 0o777
    return files


def claim_name(pod: Object, volume: Object) -> str:
    """Name of the claim behind a volume, "" if there is none."""
    if "persistentVolumeClaim" in volume:
        return str(volume["persistentVolumeClaim"]["claimName"])
    return f"{pod['metadata']['name']}-{volume['name']}" if "ephemeral" in volume else ""
