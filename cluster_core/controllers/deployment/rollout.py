"""One deployment during one sync: what it is, its ReplicaSets, and the writes of the controller.

Writes replace the objects held here by what the server answered, so later steps of the sync build on them.
"""

from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.client.client import Client
from cluster_core.client.resources import DEPLOYMENTS, REPLICASETS
from cluster_core.controllers.rounding import scaled

Object = dict[str, Any]
Event = Callable[[Object, str, str, str], None]

DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"
UNLIMITED = 2**31 - 1


class Rollout:
    """The state of one sync. `new` and `old` are set once the revisions are known."""

    def __init__(
        self,
        client: Client,
        event: Event,
        now: float,
        deployment: Object,
        replica_sets: list[Object],
    ) -> None:
        self.client, self.event, self.now = client, event, now
        self.deployment = deployment
        self.replica_sets = replica_sets
        self.new: Object | None = None
        self.old: list[Object] = []

    @property
    def spec(self) -> Object:
        """The deployment's spec."""
        return self.deployment["spec"]  # type: ignore[no-any-return]

    @property
    def status(self) -> Object:
        """The deployment's status as last written."""
        return self.deployment.get("status") or {}

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self.deployment["metadata"]["name"]  # type: ignore[no-any-return]

    @property
    def replicas(self) -> int:
        """The wanted size."""
        return self.spec["replicas"]  # type: ignore[no-any-return]

    @property
    def all(self) -> list[Object]:
        """Old ReplicaSets and the new one, if there is one."""
        return [*self.old, self.new] if self.new is not None else list(self.old)

    @property
    def is_rolling(self) -> bool:
        """Whether the strategy is RollingUpdate."""
        return self._strategy.get("type") == "RollingUpdate"

    @property
    def _strategy(self) -> Object:
        return self.spec.get("strategy") or {}

    @property
    def max_surge(self) -> int:
        """Pods allowed above the wanted size."""
        if not self.is_rolling:
            return 0
        return scaled((self._strategy.get("rollingUpdate") or {}).get("maxSurge"), self.replicas, up=True)

    @property
    def max_unavailable(self) -> int:
        """Pods that may be missing from the wanted size during an update."""
        if not self.is_rolling or self.replicas == 0:
            return 0
        value = (self._strategy.get("rollingUpdate") or {}).get("maxUnavailable")
        unavailable = scaled(value, self.replicas, up=False)
        if unavailable == 0 and self.max_surge == 0:
            return 1
        return min(unavailable, self.replicas)

    @property
    def deadline(self) -> int | None:
        """progressDeadlineSeconds; None if there is no limit."""
        seconds = self.spec.get("progressDeadlineSeconds")
        return None if seconds is None or seconds == UNLIMITED else seconds

    def condition(self, type: str) -> Object | None:
        """The deployment's condition of that type."""
        return find_condition(self.status.get("conditions"), type)

    def write_status(self, status: Object, annotations: dict[str, str] | None = None) -> None:
        """Write the status, with it the annotations if given."""
        deployment = {**self.deployment, "status": status}
        if annotations is not None:
            deployment["metadata"] = {**deployment["metadata"], "annotations": annotations}
        self.deployment = self.client.update_status(DEPLOYMENTS, deployment)

    def write_conditions(self, conditions: list[Object]) -> None:
        """Write the conditions of the status."""
        self.write_status({**self.status, "conditions": conditions})

    def new_condition(self, type: str, status: str, reason: str, message: str) -> Object:
        """A condition as of now."""
        stamp = timestamps.rfc3339(self.now)
        return {
            "type": type,
            "status": status,
            "lastUpdateTime": stamp,
            "lastTransitionTime": stamp,
            "reason": reason,
            "message": message,
        }

    def scale(self, replica_set: Object, size: int, *, force: bool = False) -> bool:
        """Set the size of one ReplicaSet; with `force` its annotations too. True if the size changed."""
        current = replica_set["spec"]["replicas"]
        if not force and current == size:
            return False
        annotations = replica_set["metadata"].get("annotations") or {}
        wanted = {**annotations, **self.size_annotations()}
        if current == size and wanted == annotations:
            return False
        updated = {
            **replica_set,
            "metadata": {**replica_set["metadata"], "annotations": wanted},
            "spec": {**replica_set["spec"], "replicas": size},
        }
        self._replace(self.client.update(REPLICASETS, updated))
        if current == size:
            return False
        direction = "up" if current < size else "down"
        name = replica_set["metadata"]["name"]
        message = f"Scaled {direction} replica set {name} from {current} to {size}"
        self.event(self.deployment, "Normal", "ScalingReplicaSet", message)
        return True

    def size_annotations(self) -> dict[str, str]:
        """The annotations that tell a ReplicaSet of the deployment's size."""
        return {DESIRED_REPLICAS: str(self.replicas), MAX_REPLICAS: str(self.replicas + self.max_surge)}

    def _replace(self, updated: Object) -> None:
        uid = updated["metadata"]["uid"]
        if self.new is not None and self.new["metadata"]["uid"] == uid:
            self.new = updated
        self.old = [updated if rs["metadata"]["uid"] == uid else rs for rs in self.old]


def find_condition(conditions: list[Object] | None, type: str) -> Object | None:
    """The condition of that type, None without one."""
    return next((c for c in conditions or () if c["type"] == type), None)


def set_condition(conditions: list[Object], new: Object) -> list[Object]:
    """A list with `new` at the end; unchanged if status and reason are the same. Times of an equal status stay."""
    old = find_condition(conditions, new["type"])
    if old is not None and old["status"] == new["status"]:
        if old.get("reason") == new.get("reason"):
            return conditions
        new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [*without_condition(conditions, new["type"]), new]


def without_condition(conditions: list[Object], type: str) -> list[Object]:
    """A list without the condition of that type."""
    return [c for c in conditions if c["type"] != type]


def total_size(replica_sets: list[Object]) -> int:
    """Sum of the wanted sizes."""
    return sum(rs["spec"]["replicas"] for rs in replica_sets)


def reported(replica_sets: list[Object], field: str) -> int:
    """Sum of a count in the statuses."""
    return sum((rs.get("status") or {}).get(field, 0) for rs in replica_sets)


def active(replica_sets: list[Object]) -> list[Object]:
    """Those whose wanted size is not 0."""
    return [rs for rs in replica_sets if rs["spec"]["replicas"] > 0]
