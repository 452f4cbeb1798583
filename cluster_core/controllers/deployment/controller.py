"""The Deployment controller: watches Deployments, their ReplicaSets and (for Recreate) the end of their pods."""

from typing import Any

from cluster_core.apimachinery.meta import controller_of, key_of, split_key
from cluster_core.client.resources import DEPLOYMENTS, PODS, REPLICASETS
from cluster_core.controllers import ownership
from cluster_core.controllers.deployment import recreate, revisions, rollback, rolling, scaling, status
from cluster_core.controllers.deployment.rollout import Rollout, set_condition
from cluster_core.controllers.reconciler import REQUEST_SECONDS, Controller, selector_of

Object = dict[str, Any]


class DeploymentController(Controller):
    """Moves each deployment one step per sync towards its template and size."""

    name = "deployment-controller"

    def watch(self) -> None:
        self.deployments = self.lister(DEPLOYMENTS)
        self.replica_sets, self.pods = self.lister(REPLICASETS), self.lister(PODS)
        self.watch_own(DEPLOYMENTS)
        self.watch_dependents(REPLICASETS, DEPLOYMENTS, "Deployment", self._enqueue_shortly)
        self.informer(PODS).add_handler(on_update=self._pod_updated, on_delete=self._pod_deleted)

    def _enqueue_shortly(self, deployment: Object) -> None:
        """Look at a deployment again once its ReplicaSets have had their say: what they report decides what may go."""
        self.queue.add_after(key_of(deployment), REQUEST_SECONDS)

    def _pod_updated(self, old: Object, new: Object) -> None:
        if (new.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            self._pod_deleted(new)

    def _pod_deleted(self, pod: Object) -> None:
        """The last pod of a Recreate deployment's old ReplicaSets may be the one it waits for."""
        owner = controller_of(pod)
        if owner is None or owner["kind"] != "ReplicaSet":
            return
        namespace = pod["metadata"]["namespace"]
        replica_set = self.replica_sets.get(namespace, owner["name"])
        deployment_ref = controller_of(replica_set) if replica_set is not None else None
        if deployment_ref is None:
            return
        deployment = self.deployments.get(namespace, deployment_ref["name"])
        if deployment is not None and (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
            self.enqueue(deployment)

    def sync(self, key: str) -> None:
        deployment = self.deployments.get(*split_key(key))
        if deployment is None:
            return
        if not deployment["spec"].get("selector"):
            self._refuse_selecting_all(deployment)
            return
        rollout = Rollout(self.client, self.recorder.event, self.now(), deployment, self._claim(deployment))
        self._step(rollout)
        due = status.next_check(rollout)
        if due is not None:
            self.wake_at(key, due)

    def _step(self, rollout: Rollout) -> None:
        if "deletionTimestamp" in rollout.deployment["metadata"]:
            revisions.sync(rollout, create=False)
            status.sync_plain(rollout)
            return
        self._note_pause(rollout)
        if rollout.spec.get("paused"):
            scaling.rescale(rollout)
        elif rollback.is_wanted(rollout):
            rollback.roll_back(rollout)
        elif scaling.is_scaling_event(rollout):
            scaling.rescale(rollout)
        elif rollout.is_rolling:
            rolling.roll(rollout)
        else:
            recreate.recreate(rollout, self.pods)

    def _claim(self, deployment: Object) -> list[Object]:
        selects = selector_of(deployment)
        claimer = ownership.Claimer(self.client, REPLICASETS, DEPLOYMENTS, deployment, selects)
        return claimer.claim(ownership.candidates(self.replica_sets, deployment))

    def _refuse_selecting_all(self, deployment: Object) -> None:
        message = "This deployment is selecting all pods. A non-empty selector is required."
        self.warning(deployment, "SelectingAll", message)
        generation = deployment["metadata"].get("generation", 0)
        present = deployment.get("status") or {}
        if present.get("observedGeneration", 0) < generation:
            new = {**deployment, "status": {**present, "observedGeneration": generation}}
            self.client.update_status(DEPLOYMENTS, new)

    @staticmethod
    def _note_pause(rollout: Rollout) -> None:
        """Pausing and resuming restart the clock of the progress deadline."""
        if rollout.deadline is None:
            return
        current = rollout.condition("Progressing")
        reason = current.get("reason") if current is not None else None
        paused = bool(rollout.spec.get("paused"))
        if reason == "ProgressDeadlineExceeded" or paused == (reason == "DeploymentPaused"):
            return
        name, text = ("DeploymentPaused", "paused") if paused else ("DeploymentResumed", "resumed")
        new = rollout.new_condition("Progressing", "Unknown", name, f"Deployment is {text}")
        rollout.write_conditions(set_condition(rollout.status.get("conditions") or [], new))
