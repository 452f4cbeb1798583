"""Objects that an API server makes by itself when it starts: flow schemas with their priority levels, and the range of services.

Data, in standing.json. Called by the pipeline before it answers a request about one of these resources, so that a cluster in which nobody
asks does not hold them.
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.apiserver.ownership import NOBODY, stored
from cluster_core.store.store import Key

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]


def make(server: "APIServer") -> None:
    """Create what is missing."""
    import json
    from pathlib import Path

    data: dict[str, list[Object]] = json.loads(Path(__file__).with_name("standing.json").read_bytes())
    now = rfc3339(server.loop.now())
    for bucket, objects in data.items():
        for obj in objects:
            key = Key(bucket, "", obj["metadata"]["name"])
            if server.store.get(key) is None:
                server.store.create(key, stored(_dated(server, obj, now), NOBODY))


def _dated(server: "APIServer", obj: Object, now: str) -> Object:
    metadata = {**obj["metadata"], "uid": server.identities.uid(), "creationTimestamp": now}
    status = obj["status"]
    if status:
        status = {"conditions": [{**c, "lastTransitionTime": now} for c in status["conditions"]]}
    return {**obj, "metadata": metadata, "status": status}
