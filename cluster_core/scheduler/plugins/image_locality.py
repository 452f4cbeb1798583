"""Nodes that hold the pod's images already score higher, less so for images that few nodes have."""

from cluster_core.scheduler.cache import NodeInfo
from cluster_core.scheduler.framework import MAX_SCORE, Plugin
from cluster_core.scheduler.pods import PodClass

MIN_BYTES, MAX_BYTES_PER_CONTAINER = 23 * 1024 * 1024, 1000 * 1024 * 1024


def normalized(image: str) -> str:
    """An image name with its tag: `nginx` is `nginx:latest`."""
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"


class ImageLocality(Plugin):
    """Sizes of images present, by the share of nodes that have them."""

    name = "ImageLocality"

    def applies(self, pod: PodClass) -> bool:
        return False

    def scores(self, pod: PodClass) -> bool:
        return True

    def score(self, pod: PodClass, node: NodeInfo) -> int:
        present = ((node.node or {}).get("status") or {}).get("images")
        if not present:
            return 0
        sizes = {name: image.get("sizeBytes", 0) for image in present for name in image.get("names") or ()}
        counts, total = self.handle.image_counts()
        have = sum(
            int(sizes[name] * (counts.get(name, 1) / max(total, 1)))
            for name in map(normalized, pod.images)
            if name in sizes
        )
        ceiling = MAX_BYTES_PER_CONTAINER * max(len(pod.images), 1)
        have = min(max(have, MIN_BYTES), ceiling)
        return MAX_SCORE * (have - MIN_BYTES) // (ceiling - MIN_BYTES)
