"""One pod on its node: a worker that brings the runtime in line with the spec, then ends it, then reports the end.

Its rounds follow the kubelet's: a round (sync) first publishes the status as the runtime has it, then acts; what the act
brought shows in the next round. States: SYNCING → TERMINATING (stop everything) → TERMINATED (final status, deletion).
"""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.pod_resources import is_sidecar
from cluster_core.apimachinery.timestamps import parse
from cluster_core.client.resources import CONFIGMAPS, PODS, SECRETS, SERVICES
from cluster_core.clock import Timer
from cluster_core.kubelet import actions, containers, events, publishing, resize, volumes
from cluster_core.kubelet import status as pod_status
from cluster_core.kubelet.adoption import adopt_pod
from cluster_core.kubelet.conditions import failed, is_ready, with_disruption
from cluster_core.kubelet.environment import Sources
from cluster_core.kubelet.facts import FINISHED, SYNCING, TERMINATED, TERMINATING, Facts, PodRuntime
from cluster_core.kubelet.mounting import wait_for_volumes
from cluster_core.kubelet.probe_set import ProbeSet
from cluster_core.kubelet.probes import LIVENESS, PATIENCE, READINESS, STARTUP
from cluster_core.kubelet.runtime.behaviour import Behaviour, behaviour_of
from cluster_core.kubelet.runtime.container import RUNNING, Container
from cluster_core.kubelet.storage import shared_files
from cluster_core.kubelet.tasks import Pause, Steps, Task, together

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet
    from cluster_core.kubelet.static_pods import StaticPods
    from cluster_core.kubelet.tokens import Tokens

Object = dict[str, Any]

ERROR_RETRY = 10.0
RESYNC = 60.0
REFUSED_DELAY = 1.5
"""Seconds between the end of a running pod that was refused and the report that it has failed."""


class PodWorker:
    """The worker of one pod; `node` is its kubelet."""

    __slots__ = (
        "_deadline",
        "_disrupted",
        "_ending",
        "_interrupt",
        "_pending",
        "_resize_checked",
        "_retry",
        "_task",
        "_tokens",
        "created_at",
        "ending_is_final",
        "grace",
        "last_round",
        "node",
        "pod",
        "probes",
        "reasons",
        "refused",
        "removed",
        "resize",
        "runtime",
        "state",
        "static",
        "status",
        "uid",
        "volumes",
        "was_ready",
    )

    def __init__(self, node: "Kubelet", pod: Object) -> None:
        self.node, self.pod = node, pod
        self.uid: str = pod["metadata"]["uid"]
        self.state = SYNCING
        self.runtime = PodRuntime()
        self.status: Object = pod.get("status") or {}
        """The last status computed, which the API may not have yet."""
        self.reasons: dict[str, tuple[str, str]] = {}
        """Why containers wait, by name: (reason, message) of the last attempt to start them."""
        self.volumes = volumes.PodVolumes(
            self.sources, lambda volume: shared_files(self, volume), node.loop.now, self._token
        )
        self.created_at = self.last_round = node.loop.now()
        self.grace: float | None = None
        """Seconds to stop that override the pod's own (evictions)."""
        self.removed = False
        """The object is gone from the API."""
        self._ending: tuple[str, str] | None = None
        self._disrupted = self.refused = self.ending_is_final = False
        """Whether the reason stays even if every container then ends with 0."""
        self._task: Task | None = None
        self._tokens: Tokens | None = None
        self._pending = False
        self._retry: Timer | None = None
        self._deadline: Timer | None = None
        self._interrupt = Pause()
        self.probes = ProbeSet(self)
        self.was_ready = False
        self.static: StaticPods | None = None
        """Whose manifest it runs, for a pod that the node has of itself."""
        self.resize: resize.Resize | None = None
        """A change of resources under way."""
        self._resize_checked: int | None = pod["metadata"].get("generation")
        """The generation whose resources were looked at last."""

    # -- facts

    @property
    def full_name(self) -> str:
        """`name_namespace(uid)`, as in messages."""
        metadata = self.pod["metadata"]
        return f"{metadata['name']}_{metadata.get('namespace', '')}({self.uid})"

    @property
    def address(self) -> str:
        """Where the pod's programs listen."""
        return self.node.ip if self.pod["spec"].get("hostNetwork") else self.runtime.ip

    @property
    def deleting(self) -> bool:
        """Whether deletion was requested."""
        return self.removed or "deletionTimestamp" in self.pod["metadata"]

    @property
    def active(self) -> bool:
        """Whether the pod still takes room on the node."""
        return self.state in (SYNCING, TERMINATING)

    @property
    def waits_for_ready(self) -> bool:
        """Whether the pod is young and was never ready: then its probes count as activity."""
        return not self.was_ready and self.node.loop.now() - self.created_at < PATIENCE

    @property
    def ending(self) -> bool:
        """Whether the node ends the pod early."""
        return self._ending is not None

    def specs(self) -> list[Object]:
        """All container specs: init, regular, ephemeral."""
        spec = self.pod["spec"]
        return [*(spec.get("initContainers") or ()), *spec["containers"], *(spec.get("ephemeralContainers") or ())]

    def behaviour(self, spec: Object, instance: int = 0) -> Behaviour:
        """What is told of an instance of a container."""
        return behaviour_of(self.pod, spec["name"], self.node.engine.row(spec.get("image") or ""), instance)

    def _token(self, audience: str, seconds: int) -> str:
        if self._tokens is None:
            from cluster_core.kubelet.tokens import Tokens

            self._tokens = Tokens(self)
        return self._tokens.get(audience, seconds)

    def sources(self) -> Sources:
        """Where the pod's environment and volumes come from."""
        lister = self.node.lister
        return Sources(
            self.pod,
            self.node.node,
            self.address,
            lambda namespace, name: lister(CONFIGMAPS).get(namespace, name),
            lambda namespace, name: lister(SECRETS).get(namespace, name),
            lambda: lister(SERVICES).list(),
            self.node.options.cluster_domain,
        )

    def event(self, type: str, reason: str, message: str, spec: Object | None = None) -> None:
        """Record an event about the pod, or about one of its containers."""
        recorder = self.node.recorder
        if recorder is None or self.node.stopped:
            return
        path = ""
        if spec is not None:
            pod_spec, name = self.pod["spec"], spec["name"]
            field = "containers"
            for other in ("initContainers", "ephemeralContainers"):
                if any(c["name"] == name for c in pod_spec.get(other) or ()):
                    field = other
            path = f"spec.{field}{{{name}}}"
        recorder.event(self.pod, type, reason, message, field_path=path)

    # -- what comes from outside

    def update(self, pod: Object) -> None:
        """The API has a new version of the pod."""
        old, self.pod = self.pod, pod
        if "deletionTimestamp" in pod["metadata"] and "deletionTimestamp" not in old["metadata"]:
            self._interrupt.end()
            self.kick()
        elif self.state == SYNCING and publishing.matters(old, pod):
            self.volumes.refresh(pod)
            self.kick()

    def remove(self) -> None:
        """The object is gone from the API: stop what runs, tell nobody."""
        self.removed = True
        self._interrupt.end()
        if self.state in (TERMINATED, FINISHED):
            self._finish()
        else:
            self.kick()

    def end_early(
        self, reason: str, message: str, grace: float | None, final: bool = False, disruption: bool = False
    ) -> None:
        """The node ends the pod: phase Failed with this reason (`final`: even if every container then ends with 0).

        `disruption`: a condition is to say that the node, not the pod, was at fault."""
        if self.state == SYNCING and self._ending is None:
            self._disrupted = disruption
            self._ending, self.ending_is_final = (reason, message), final
            self.grace = grace
            self._interrupt.end()
            self.kick()

    def reject(self, reason: str, message: str) -> None:
        """The node does not take the pod: it has failed, and nothing was started."""
        self.event("Warning", reason, message)
        stored = self.pod.get("status") or {}
        status: Object = {
            "phase": "Failed",
            "reason": reason,
            "message": events.REJECTED.format(message),
            "conditions": [],
        }
        generation = self.pod["metadata"].get("generation")
        self.status = pod_status.with_times(status, stored, generation, self.node.loop.now())
        if "qosClass" in stored:
            self.status["qosClass"] = stored["qosClass"]
        self.state = TERMINATED
        self.write_status()

    def kick(self) -> None:
        """Do a round as soon as the one under way is over."""
        if self.state == FINISHED or self.node.stopped:
            return
        if self._task is not None and not self._task.ended:
            self._pending = True
            return
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        self._pending = False
        self._task = Task(self.node.loop, self._round())
        if self._task.ended and self._pending:
            self.node.loop.call_soon(self.kick)

    def kick_in(self, delay: float, background: bool = False) -> None:
        """Do a round after so many seconds, unless one comes earlier."""
        if self._retry is not None:
            self._retry.cancel()
        self._retry = self.node.loop.call_later(delay, self._retried, background=background)

    def _retried(self) -> None:
        self._retry = None
        self.kick()

    # -- rounds

    def _round(self) -> Steps:
        evicted = self._ending is not None and not self.ending_is_final
        if self.state == SYNCING and (self.deleting or evicted):
            self.state = TERMINATING
        if self.state == SYNCING:
            yield from self._sync()
        elif self.state == TERMINATING:
            yield from self._terminate()
        elif self.state == TERMINATED:
            yield from self._report_end()
        if self._pending:
            self.node.loop.call_soon(self.kick)

    def compute(self, terminal: bool) -> Object:
        facts = Facts(
            self.pod,
            self.runtime,
            self.status,
            self.reasons,
            self.probes.result,
            self.probes.has,
            self.node.loop.now(),
            self.node.ip,
            terminal,
            self.resize,
        )
        found = pod_status.pod_status(facts)
        self._tell_deadline()
        if self._ending is not None and (self.ending_is_final or not terminal):
            found["phase"] = "Failed"
            found["reason"], found["message"] = self._ending
            if self.ending_is_final:
                found["conditions"] = failed(found["conditions"])
        if self._disrupted and self._ending is not None:
            found["conditions"] = with_disruption(found["conditions"], self._ending[1])
        return found

    def _sync(self) -> Steps:
        self.last_round = self.node.loop.now()
        self._watch_deadline()
        self._review_resources()
        status = self.compute(False)
        self.set_status(status)
        if self.static is not None:
            self.static.show(self.pod)
        if status["phase"] in ("Succeeded", "Failed"):
            self.state = TERMINATING
            self.kick_in(0.2)
            return
        mounted = yield from wait_for_volumes(self)
        if not mounted or self.deleting or self._ending is not None:
            return
        containers.check_pull_secrets(self)
        self.probes.add()
        restarting = resize.actuate(self) if self.resize is not None and not self.resize.deferred else []
        todo = actions.compute(self.pod, self.runtime, self.probes.result, restarting)
        outcome = containers.Round(self)
        yield from outcome.run(todo)
        if self.resize is not None and not self.resize.deferred:
            resize.complete(self)
            outcome.acted = True
        self._after(outcome)

    def _review_resources(self) -> None:
        """Look whether resources changed: at a new generation, and while a change waits for room."""
        generation = self.pod["metadata"].get("generation")
        if generation != self._resize_checked or self.resize is not None:
            self._resize_checked = generation
            resize.review(self)

    def _after(self, outcome: "containers.Round") -> None:
        """Plan the next round by how this one went."""
        loop, rng = self.node.loop, self.node.rng
        if outcome.failed:
            if outcome.acted:
                self.node.relist(self)
            delay = ERROR_RETRY
            if outcome.retry_at is not None:
                delay = min(max(outcome.retry_at - loop.now(), 0.0), RESYNC)
            self.kick_in(delay * (1 + 0.5 * rng.random()), background=True)
        elif outcome.acted:
            loop.call_soon(self.kick)

    def _terminate(self) -> Steps:
        if not self.removed:
            self.set_status(self.compute(False))
        self.probes.stop(LIVENESS, STARTUP)
        yield from self.kill_rest()
        self.stop_sandboxes()
        self.node.release_address(self)
        self.probes.stop(READINESS)
        if self._deadline is not None:
            self._deadline.cancel()
        if self.removed:
            self._finish()
            return
        if self.refused:
            self.set_status(self.compute(False))
            yield REFUSED_DELAY
        yield 0.1 + 0.4 * self.node.rng.random()
        status = self.compute(self.static is None)
        self._tell_deadline()
        self.state = TERMINATED
        self.node.give_back(self)
        self.set_status(status)
        self.kick_in(0.1)

    def stop_sandboxes(self) -> None:
        """Tear down what the pod's containers ran in."""
        for sandbox in self.runtime.sandboxes:
            if sandbox.ready:
                self.node.engine.stop_sandbox(sandbox)

    def kill_rest(self) -> Steps:
        """All running containers at once; sidecars wait for the others, then end in reverse order."""
        running = [
            (spec, c) for spec in self.specs() if (c := self.runtime.latest(spec["name"])) and c.state == RUNNING
        ]
        names = {spec["name"] for spec in self.pod["spec"].get("initContainers") or () if is_sidecar(spec)}
        ended = {spec["name"]: Pause() for spec, _ in running}
        regular = [ended[spec["name"]] for spec, _ in running if spec["name"] not in names]
        steps = []
        after: list[Pause] = []
        for spec, container in reversed(running):
            waits: list[Pause] = []
            if spec["name"] in names:
                waits = [*regular, *after]
                after = [*after, ended[spec["name"]]]
            steps.append(containers.kill(self, spec, container, "", "", self.grace, waits, ended[spec["name"]]))
        steps.reverse()
        yield from together(self.node.loop, steps)

    def _report_end(self) -> Steps:
        yield 0.05
        if self.static is not None:
            self._finish()
            self.static.ended(self)
            return
        if "containerStatuses" in self.status:
            initialized = pod_status.has_initialized(self.pod)
            self.set_status(pod_status.terminated(self.status, initialized))
        if "deletionTimestamp" in self.pod["metadata"] and not self.removed:
            metadata = self.pod["metadata"]
            try:
                self.node.client.delete(
                    PODS, metadata["name"], metadata["namespace"], grace_period_seconds=0, uid=self.uid
                )
            except ApiError as error:
                if error.reason not in ("NotFound", "Conflict"):
                    self.kick_in(ERROR_RETRY, background=True)
        self.node.pod_ended(self)

    def _finish(self) -> None:
        self.state = FINISHED
        self.probes.stop(READINESS, LIVENESS, STARTUP)
        if self._retry is not None:
            self._retry.cancel()
        self.node.forget(self)

    # -- deadlines and volumes

    def _watch_deadline(self) -> None:
        limit = self.pod["spec"].get("activeDeadlineSeconds")
        if limit is None or self._deadline is not None:
            return
        started = self.status.get("startTime")
        begun = parse(started) if started else self.node.loop.now()
        left = begun + limit - self.node.loop.now()
        self._deadline = self.node.loop.call_later(left, self._deadline_passed, background=left > PATIENCE)

    def _deadline_passed(self) -> None:
        if self.state == SYNCING:
            self.end_early("DeadlineExceeded", events.DEADLINE, None, final=True)

    def _tell_deadline(self) -> None:
        """Every look at a pod past its deadline says so again."""
        if self._ending is not None and self.ending_is_final:
            self.event("Normal", *self._ending)

    def pause(self, seconds: float, background: bool) -> Steps:
        """Wait, unless the pod is to end."""
        if self._interrupt.ended:
            return
        alarm = Pause()
        timer = self.node.loop.call_later(seconds, alarm.end, background=background)
        self._interrupt.then(alarm.end)
        yield alarm
        timer.cancel()

    # -- probes

    def probed(self, kind: str, container_id: str, result: bool) -> None:
        """A probe found something new."""
        if self.state == SYNCING:
            if kind == READINESS:
                self.set_status(publishing.with_readiness(self, container_id, result))
            self.node.loop.call_soon(self.kick)

    def shown_status(self, name: str) -> Object | None:
        """A container's status as last published."""
        for field in ("containerStatuses", "initContainerStatuses"):
            for status in self.status.get(field) or ():
                if status["name"] == name:
                    return status  # type: ignore[no-any-return]
        return None

    def container_by_id(self, container_id: str) -> Container | None:
        """The instance with that full id."""
        plain = container_id.removeprefix("containerd://")
        return next((c for c in self.runtime.all() if c.id == plain), None)

    # -- status

    def set_status(self, status: Object) -> None:
        """Remember a status and write it if it differs from what the API has."""
        generation = self.pod["metadata"].get("generation")
        self.status = pod_status.with_times(status, self.status, generation, self.node.loop.now())
        self.write_status()
        if not self.was_ready and is_ready(self.status):
            self.was_ready = True
        self.probes.trigger_unready(self.status)

    def write_status(self) -> None:
        """Bring the API's status in line with ours."""
        publishing.write(self)

    def adopt(self) -> bool:
        """Take over the containers that the status tells of; False if it tells of none."""
        adopted = adopt_pod(self)
        if adopted is None:
            return False
        self.probes.adopt(adopted)
        self.was_ready = is_ready(self.status)
        if self.was_ready and not self.deleting:
            self.probes.add()
        return True
