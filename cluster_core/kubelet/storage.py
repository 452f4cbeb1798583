"""Storage that outlives pods: a node's own disk (hostPath) and persistent volumes, as simulated files.

Called by a pod's volumes for those that are not the pod's own. What is kept here lasts as long as the process.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.client.resources import PERSISTENTVOLUMECLAIMS
from cluster_core.kubelet.runtime.files import Files

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]


def shared_files(worker: "PodWorker", volume: Object) -> Files | None:
    """The files behind a hostPath or a claim; None for a volume that lives and dies with its pod."""
    kept = worker.node.world.storage
    if "hostPath" in volume:
        shown = Files()
        shown.mount("/", kept.setdefault(f"node/{worker.node.name}", Files()), volume["hostPath"]["path"])
        return shown
    name = claim_name(worker.pod, volume)
    if not name:
        return None
    claim = worker.node.lister(PERSISTENTVOLUMECLAIMS).get(worker.pod["metadata"].get("namespace", ""), name)
    bound = ((claim or {}).get("spec") or {}).get("volumeName")
    return kept.setdefault(f"volume/{bound}", Files()) if bound else None


def claim_name(pod: Object, volume: Object) -> str:
    """Name of the claim behind a volume, "" if there is none."""
    if "persistentVolumeClaim" in volume:
        return str(volume["persistentVolumeClaim"]["claimName"])
    return f"{pod['metadata']['name']}-{volume['name']}" if "ephemeral" in volume else ""
