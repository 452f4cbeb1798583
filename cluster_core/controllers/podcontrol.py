"""Creating and deleting pods in the name of an owner, with the events that tell of it.

ReplicaSet, ReplicationController, DaemonSet and Job controllers share it.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from cluster_core.apimachinery.errors import ApiError, is_namespace_terminating, is_not_found
from cluster_core.client.client import Client
from cluster_core.client.recorder import EventRecorder
from cluster_core.client.resources import PODS

Object = dict[str, Any]

BURST = 500
"""At most so many pods are created or deleted by one sync of a ReplicaSet or Job."""


class PodControl:
    """Writes pods for owners through one client and tells of it through one recorder."""

    def __init__(self, client: Client, recorder: EventRecorder) -> None:
        self.client, self.recorder = client, recorder

    def create(self, pod: Object, owner: Object) -> Object:
        """Create `pod`; raises ApiError after telling of it."""
        if not pod["metadata"].get("labels"):
            raise ValueError("unable to create pods, no labels")
        try:
            created = self.client.create(PODS, pod, owner["metadata"]["namespace"], alike=True)
        except ApiError as error:
            if not is_namespace_terminating(error):
                self.recorder.event(owner, "Warning", "FailedCreate", f"Error creating: {error.message}")
            raise
        self.recorder.event(owner, "Normal", "SuccessfulCreate", f"Created pod: {created['metadata']['name']}")
        return created

    def delete(self, pod: Object, owner: Object) -> None:
        """Delete `pod` unless it is gone or going; raises ApiError after telling of it."""
        metadata = pod["metadata"]
        try:
            self.client.delete(PODS, metadata["name"], metadata["namespace"])
        except ApiError as error:
            if is_not_found(error):
                return
            self.recorder.event(owner, "Warning", "FailedDelete", f"Error deleting: {error.message}")
            raise
        self.recorder.event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {metadata['name']}")

    def create_slowly(self, pods: Iterable[Object], owner: Object) -> int:
        """Create pods in batches of 1, 2, 4 …, stopping after a batch with failures; raises the first failure."""
        return slow_start([partial(self.create, pod, owner) for pod in pods])


def slow_start(steps: list[Callable[[], Any]]) -> int:
    """Run the steps in batches of 1, 2, 4 …; a batch with failures is the last. Returns how many succeeded.

    Raises the first ApiError of the failing batch once that batch is through; a namespace that is going away is no failure.
    """
    done, size = 0, 1
    while done < len(steps):
        failure: ApiError | None = None
        for step in steps[done : done + size]:
            try:
                step()
            except ApiError as error:
                if is_namespace_terminating(error):
                    return done
                failure = failure or error
        if failure is not None:
            raise failure
        done, size = min(done + size, len(steps)), size * 2
    return done
