"""What a round does to containers: sandbox, start in order, kill, hooks. Steps for `tasks`, on behalf of a pod worker."""

from typing import TYPE_CHECKING, Any

from cluster_core.apimachinery import quantity
from cluster_core.apimachinery.pod_resources import is_sidecar
from cluster_core.client.resources import RUNTIMECLASSES
from cluster_core.kubelet import environment, events, hooks
from cluster_core.kubelet.actions import Actions
from cluster_core.kubelet.backoff import duration_text
from cluster_core.kubelet.configuration import DEFAULT
from cluster_core.kubelet.container_files import check_mounts, files_of
from cluster_core.kubelet.credentials import pull_secrets
from cluster_core.kubelet.pulling import Waiting
from cluster_core.kubelet.runtime.behaviour import image_error
from cluster_core.kubelet.runtime.container import EXITED, RUNNING, Container
from cluster_core.kubelet.runtime.engine import NO_COMMAND, command_line
from cluster_core.kubelet.runtime.images import Image, canonical
from cluster_core.kubelet.runtime.naming import name_problem
from cluster_core.kubelet.tasks import Pause, Steps

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

NOTEWORTHY = 1.0
"""Seconds of pulling from which a pod's sandbox is reported before its containers, however much is going on."""
FEW = 8
"""Sandboxes made at the same time up to which each is reported; among many the report goes with the containers'."""
LEAST_GRACE = 2.0
"""Seconds that every container gets to end."""
NON_ROOT_IMAGE = 'container has runAsNonRoot and image will run as root (pod: "{}", container: {})'
NON_ROOT_USER = 'container\'s runAsUser breaks non-root policy (pod: "{}", container: {})'
NON_ROOT_NAME = (
    "container has runAsNonRoot and image has non-numeric user ({}), cannot verify user is non-root "
    '(pod: "{}", container: {})'
)
NO_RUNTIME = (
    'rpc error: code = Unknown desc = unable to get OCI runtime for sandbox "{}": no runtime for "{}" is configured'
)
HANDLERS = frozenset(("", "runc", "crun", "runsc", "gvisor", "kata", "kata-qemu", "kata-fc", "kata-clh", "nvidia", "youki", "wasmtime", "spin"))  # fmt: skip
"""Runtime handlers that the simulated nodes are set up for."""


class Round:
    """One round's work and what came of it."""

    def __init__(self, worker: "PodWorker") -> None:
        self.worker = worker
        self.failed = self.acted = False
        self.retry_at: float | None = None
        """When the earliest back-off ends, in seconds since the epoch."""
        self._ended = {
            name: next((c for c in instances if c.state == EXITED), None)
            for name, instances in worker.runtime.containers.items()
        }
        """The last instance that had ended before this round; what the round itself kills does not count yet."""

    def run(self, todo: Actions) -> Steps:
        """Steps that carry out the actions, in the kubelet's order."""
        worker = self.worker
        if todo.kill_pod and not todo.create_sandbox:
            yield from worker.kill_rest()
            worker.stop_sandboxes()
            worker.node.relist(worker)
            return
        for container, message, kind in todo.kill:
            self.acted = True
            yield from kill(worker, _spec_of(worker, container), container, message, kind, None, [], None)
        if todo.create_sandbox:
            created = yield from self._create_sandbox([*todo.init, *todo.start])
            if not created:
                return
        for spec in todo.ephemeral:
            yield from self._start(spec)
        for spec in todo.init:
            started = yield from self._start(spec)
            if not started and not is_sidecar(spec):
                return
        for spec in todo.start:
            yield from self._start(spec)

    # -- sandbox

    def _create_sandbox(self, first: list[Object]) -> Steps:
        worker = self.worker
        runtime, spec = worker.runtime, worker.pod["spec"]
        self.acted = True
        if runtime.sandboxes:
            worker.event("Normal", "SandboxChanged", events.SANDBOX_CHANGED)
            for init in spec.get("initContainers") or ():
                runtime.containers.pop(init["name"], None)
        handler = self._handler()
        if handler not in HANDLERS:
            yield 0.1
            worker.event(
                "Warning",
                "FailedCreatePodSandBox",
                events.SANDBOX_FAILED.format(NO_RUNTIME.format(worker.node.engine.new_id(), handler)),
            )
            self.failed, self.acted = True, False
            return False
        problem = name_problem(worker.pod, worker.node.options.cluster_domain)
        if problem:
            yield 0.1
            worker.event("Warning", "FailedCreatePodSandBox", events.SANDBOX_FAILED.format(problem))
            self.failed, self.acted = True, False
            return False
        host = bool(spec.get("hostNetwork"))
        address = worker.node.ip if host else worker.node.new_address(worker)
        world = worker.node.world
        world.starting += 1
        sandbox = yield from worker.node.engine.run_sandbox(len(runtime.sandboxes), address, runtime.all)
        runtime.sandboxes.insert(0, sandbox)
        runtime.ip = address
        if world.starting <= FEW or any(self._takes_long(c) for c in first):
            worker.set_status(_with_sandbox(worker.status))
        world.starting -= 1
        return True

    def _takes_long(self, spec: Object) -> bool:
        """Whether the start takes so long that the sandbox alone is worth a status."""
        if (spec.get("lifecycle") or {}).get("postStart"):
            return True
        engine, image = self.worker.node.engine, spec.get("image") or ""
        if engine.has_image(image):
            return False
        behaviour = self.worker.behaviour(spec)
        return (behaviour.pull_seconds or 0.0) > NOTEWORTHY or bool(image_error(behaviour, engine.row(image), image))

    def _handler(self) -> str:
        name = self.worker.pod["spec"].get("runtimeClassName")
        found = self.worker.node.lister(RUNTIMECLASSES).get("", name) if name else None
        return str(found.get("handler") or "") if found else ""

    # -- start

    def _start(self, spec: Object) -> Steps:
        """Whether the container was started; why not is remembered for the next status."""
        worker = self.worker
        name = spec["name"]
        latest = worker.runtime.latest(name)
        waiting = self._backing_off(spec, self._ended.get(name))
        if waiting is None:
            waiting = yield from self._start_now(spec, latest)
        if waiting is None:
            worker.reasons.pop(name, None)
            return True
        worker.reasons[name] = (waiting.reason, waiting.message)
        self.failed = True
        if waiting.retry_at is not None:
            self.retry_at = waiting.retry_at if self.retry_at is None else min(self.retry_at, waiting.retry_at)
        return False

    def _backing_off(self, spec: Object, latest: Container | None) -> Waiting | None:
        if latest is None:
            return None
        worker = self.worker
        backoff, now = worker.node.backoff, worker.node.loop.now()
        key = f"{worker.uid}/{spec['name']}/{spec.get('image')}"
        ended = latest.finished_at or now
        if backoff.active_since(key, ended, now):
            worker.event("Warning", "BackOff", events.RESTART_BACKOFF.format(spec["name"], worker.full_name), spec)
            delay = backoff.get(key)
            message = events.BACKOFF_STATE.format(duration_text(delay), spec["name"], worker.full_name)
            return Waiting("CrashLoopBackOff", message, ended + delay)
        backoff.next(key, ended, now)
        return None

    def _start_now(self, spec: Object, latest: Container | None) -> Steps:
        worker = self.worker
        behaviour = worker.behaviour(spec, 0 if latest is None else latest.restart_count + 1)
        waiting = yield from worker.node.puller.ensure(worker, spec, behaviour)
        if waiting is not None:
            worker.event("Warning", "Failed", events.ERROR.format(waiting.reason), spec)
            return waiting
        row = worker.node.engine.row(spec.get("image") or "")
        try:
            container = self._create(spec, latest, row)
        except environment.ConfigError as error:
            worker.event("Warning", "Failed", events.ERROR.format(error), spec)
            return Waiting("CreateContainerConfigError", str(error))
        if not command_line(spec, row) and row.closed:
            message = NO_COMMAND.format(container.id)
            worker.event("Warning", "Failed", events.ERROR.format(message), spec)
            return Waiting("CreateContainerError", message)
        worker.event("Normal", "Created", events.CREATED, spec)
        worker.runtime.add(container)
        self.acted = True
        sandbox = worker.runtime.sandboxes[0]
        problem = yield from worker.node.engine.start(container, worker.pod, sandbox, behaviour)
        if problem:
            worker.event("Warning", "Failed", events.ERROR.format(problem), spec)
            return Waiting("RunContainerError", problem)
        worker.event("Normal", "Started", events.STARTED, spec)
        worker.probes.wake(spec["name"])
        return (yield from self._post_start(spec, container))

    def _post_start(self, spec: Object, container: Container) -> Steps:
        hook = (spec.get("lifecycle") or {}).get("postStart")
        if not hook:
            return None
        worker = self.worker
        error = yield from hooks.run(worker, container, hook)
        if not error:
            return None
        worker.event("Warning", "FailedPostStartHook", events.POST_START_FAILED, spec)
        yield from kill(worker, spec, container, events.POST_START_KILL, "", None, [], None)
        return Waiting("PostStartHookError", error)

    def _create(self, spec: Object, latest: Container | None, row: Image) -> Container:
        """A container ready to start. Raises ConfigError."""
        worker = self.worker
        engine = worker.node.engine
        user = _user(worker, spec, row)
        if spec.get("env") or spec.get("envFrom"):
            environment.check(worker.sources(), spec)
        check_mounts(worker, spec)
        count = 0 if latest is None else latest.restart_count + 1
        if latest is None:
            count = _counted(worker, spec["name"])
        if worker.resize is not None and spec["name"] in worker.resize.allocated:
            spec = {**spec, "resources": worker.resize.allocated[spec["name"]]}
        container = Container(engine.new_id(), spec, count, worker.node.loop.now())
        equip(worker, container, row)
        container.user = user
        return container


def check_pull_secrets(worker: "PodWorker") -> None:
    """Tell of pull secrets that are not there, as every round does."""
    if not worker.pod["spec"].get("imagePullSecrets"):
        return
    missing = [name for name, secret in pull_secrets(worker) if secret is None]
    if missing:
        text = events.NO_PULL_SECRETS.format(", ".join(missing))
        worker.event("Warning", "FailedToRetrieveImagePullSecret", text)


def equip(worker: "PodWorker", container: Container, row: Image) -> None:
    """Give a container its image, environment and files."""
    spec = container.spec
    container.pod_uid = worker.uid
    configuration = worker.node.configuration
    if configuration is not DEFAULT:
        container.log_limit = quantity.whole(configuration.container_log_max_size)
        container.log_files = max(configuration.container_log_max_files, 2)
    if container.image:
        container.image_id = worker.node.engine.image_id(container.image)
        container.image = canonical(container.image)
    container.make_environment = lambda: environment.build(worker.sources(), spec, row.env)
    container.make_files = lambda: files_of(worker, container)


def _counted(worker: "PodWorker", name: str) -> int:
    """Restarts known to the status of a container that the runtime no longer has."""
    shown = worker.shown_status(name)
    if shown is None or not (shown.get("lastState") or {}).get("terminated"):
        return 0
    return int(shown["restartCount"])


def _with_sandbox(status: Object) -> Object:
    conditions = [
        {**c, "status": "True"} if c["type"] == "PodReadyToStartContainers" else c for c in status["conditions"]
    ]
    return {**status, "conditions": conditions}


def _spec_of(worker: "PodWorker", container: Container) -> Object:
    return next((s for s in worker.specs() if s["name"] == container.name), container.spec)


# -- configuration


def _user(worker: "PodWorker", spec: Object, row: Image) -> tuple[int, int]:
    """uid and gid of the main process. Raises ConfigError where runAsNonRoot forbids it."""
    pod_context, context = worker.pod["spec"].get("securityContext") or {}, spec.get("securityContext") or {}
    merged = {**pod_context, **context}
    chosen = merged.get("runAsUser")
    numeric = int(row.user) if row.user.isdigit() else None
    if merged.get("runAsNonRoot"):
        _check_non_root(worker, spec, row, chosen)
    uid = chosen if chosen is not None else numeric if numeric is not None else 1000 if row.user else 0
    gid = merged.get("runAsGroup")
    return uid, gid if gid is not None else (uid if chosen is None else 0)


def _check_non_root(worker: "PodWorker", spec: Object, row: Image, chosen: int | None) -> None:
    if chosen is not None:
        if chosen == 0:
            raise environment.ConfigError(NON_ROOT_USER.format(worker.full_name, spec["name"]))
        return
    if not row.closed and not row.user:
        return  # nobody knows this image's user: give it the benefit of the doubt
    if row.user in ("", "0", "root"):
        raise environment.ConfigError(NON_ROOT_IMAGE.format(worker.full_name, spec["name"]))
    if not row.user.isdigit() and row.closed:
        raise environment.ConfigError(NON_ROOT_NAME.format(row.user, worker.full_name, spec["name"]))


# -- kill


def kill(
    worker: "PodWorker",
    spec: Object,
    container: Container,
    message: str,
    probe: str,
    override: float | None,
    after: list[Pause],
    ended: Pause | None,
) -> Steps:
    """Steps that stop a running container: event, preStop hook, signal, and the kill when the grace period is over.

    `probe` names the failed probe, whose own grace period counts; `after` must end before the signal is sent.
    """
    if container.state == RUNNING:
        worker.event("Normal", "Killing", message or events.STOPPING.format(container.name), spec)
        started = worker.node.loop.now()
        grace = _grace(worker, spec, probe) if override is None else override
        yield from _pre_stop(worker, spec, container, grace)
        yield from after
        left = grace - (worker.node.loop.now() - started)
        yield from worker.node.engine.stop(container, max(left, LEAST_GRACE))
    if ended is not None:
        ended.end()


def _grace(worker: "PodWorker", spec: Object, probe: str) -> float:
    metadata = worker.pod["metadata"]
    if worker.removed:
        return 1.0
    if "deletionTimestamp" in metadata and metadata.get("deletionGracePeriodSeconds") is not None:
        return float(metadata["deletionGracePeriodSeconds"])
    if probe:
        own = (spec.get(f"{probe}Probe") or {}).get("terminationGracePeriodSeconds")
        if own is not None:
            return float(own)
    period = worker.pod["spec"].get("terminationGracePeriodSeconds")
    return 30.0 if period is None else float(period)


def _pre_stop(worker: "PodWorker", spec: Object, container: Container, grace: float) -> Steps:
    hook = (spec.get("lifecycle") or {}).get("preStop")
    if not hook or grace <= 0:
        return
    error = yield from hooks.run(worker, container, hook, grace)
    if error:
        worker.event("Warning", "FailedPreStopHook", events.PRE_STOP_FAILED, spec)
