"""Probes of one pod's containers: when they run, what they find, and what follows from it.

One `Prober` per container and kind of probe, made by the pod worker. Results are kept by container id; a change of result
is told to the worker.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.clock import Timer
from cluster_core.kubelet import events, restarts
from cluster_core.kubelet.hooks import resolved_port
from cluster_core.kubelet.runtime.container import Container
from cluster_core.kubelet.runtime.engine import expand
from cluster_core.kubelet.runtime.machine import FetchError
from cluster_core.kubelet.runtime.process import Answer
from cluster_core.kubelet.runtime.unknown import ExecError
from cluster_core.kubelet.runtime.world import REFUSED
from cluster_core.kubelet.tasks import Steps, Task

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

READINESS, LIVENESS, STARTUP = "readiness", "liveness", "startup"
FIELDS = {STARTUP: "startupProbe", LIVENESS: "livenessProbe", READINESS: "readinessProbe"}
INITIAL: dict[str, bool | None] = {READINESS: False, LIVENESS: True, STARTUP: None}
PATIENCE = 600.0
"""Seconds after which the probes of a pod that does not become ready no longer keep the cluster busy."""
SECOND_LOOK = 0.2
"""Seconds until an instance that is found unready is looked at again: the kubelet's own first note of it causes a round."""
MAX_REDIRECTS = 10
REDIRECTS = (301, 302, 303, 307, 308)
PLAIN_ANSWER = "http: server gave HTTP response to HTTPS client"
STOPPED = "Probe terminated redirects, Response body: {}"


class Outcome(NamedTuple):
    """What one probe found: True, False, or None if that could not be told; `warning` goes with a success."""

    result: bool | None
    output: str = ""
    warning: str = ""


class Prober:
    """Runs one probe of one container again and again."""

    def __init__(self, worker: "PodWorker", kind: str, spec: Object) -> None:
        self.worker, self.kind, self.spec = worker, kind, spec
        self.probe: Object = spec[FIELDS[kind]]
        self.container_id = ""
        self._last: bool | None = None
        self._run = 0
        self._on_hold = self._stopped = self._idle = self._fresh = False
        self._timer: Timer | None = None
        self._task: Task | None = None

    @property
    def name(self) -> str:
        """The container's name."""
        return self.spec["name"]  # type: ignore[no-any-return]

    def start(self) -> None:
        """Begin to tick."""
        self._tick()

    def stop(self) -> None:
        """Probe no more."""
        self._stopped = True
        self._cancel_timer()

    def trigger(self) -> None:
        """Probe right now, and start a new period; ignored while a probe runs."""
        if self._stopped or (self._task is not None and not self._task.ended):
            return
        self._cancel_timer()
        self._timer = self.worker.node.loop.call_later(0.0, self._tick)

    def wake(self) -> None:
        """A new instance was started: an idle prober begins to tick again."""
        if self._idle:
            self._idle = False
            self._schedule()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        loop = self.worker.node.loop
        busy = self.kind != LIVENESS and self.worker.waits_for_ready
        period = float(self.probe.get("periodSeconds") or 10)
        self._timer = loop.call_later(period, self._tick, background=not busy)

    def _tick(self) -> None:
        self._timer = None
        self._idle = False
        if not self._stopped:
            self._task = Task(self.worker.node.loop, self._steps())

    def _steps(self) -> Steps:
        going = yield from self._probe()
        if not going:
            self.stop()
        elif not self._stopped and self._timer is None:
            if self._fresh and self._last is not True:
                self._fresh = False
                self._timer = self.worker.node.loop.call_later(SECOND_LOOK, self._tick)
            elif self._steady():
                self._idle = True
            else:
                self._schedule()

    def _steady(self) -> bool:
        """Whether nothing but a restart can change the result: then ticking is a waste."""
        if self._last is not True or self._run < self._threshold(True):
            return False
        container = self.worker.container_by_id(self.container_id)
        process = container.process if container is not None else None
        if process is None or process.listeners is not None or ("exec" in self.probe and not process.machine.lenient):
            return False
        behaviour = self.worker.behaviour(self.spec, container.restart_count if container is not None else 0)
        return behaviour.fail_after is None

    def _threshold(self, result: bool) -> int:
        return int(self.probe.get("successThreshold") or 1) if result else int(self.probe.get("failureThreshold") or 3)

    def _probe(self) -> Steps:
        """Steps of one round; the result is whether to go on."""
        worker = self.worker
        if worker.status.get("phase") in ("Succeeded", "Failed"):
            return False
        shown = worker.shown_status(self.name)
        if shown is None or not shown.get("containerID"):
            return True
        if shown["containerID"] != self.container_id:
            worker.probes.drop(self.kind, self.container_id)
            self.container_id = shown["containerID"]
            self._on_hold = False
            self._fresh = self.kind == READINESS
            self._last, self._run = None, 0
            adopted = worker.probes.adopted(self.kind, shown)
            worker.probes.set(self.kind, self.container_id, INITIAL[self.kind] if adopted is None else adopted)
        if self._on_hold:
            return True
        if "running" not in shown["state"]:
            worker.probes.set(self.kind, self.container_id, False)
            terminated = shown["state"].get("terminated")
            return terminated is None or restarts.policy_restarts(worker.pod, self.spec, terminated["exitCode"])
        return (yield from self._probe_running(shown))

    def _probe_running(self, shown: Object) -> Steps:
        worker = self.worker
        if "deletionTimestamp" in worker.pod["metadata"] and self.kind != READINESS:
            worker.probes.set(self.kind, self.container_id, True)
            return False
        container = worker.container_by_id(self.container_id)
        if container is None or not container.running:
            return True
        running_for = worker.node.loop.now() - (container.started_at or 0.0)
        if int(running_for) < int(self.probe.get("initialDelaySeconds") or 0):
            return True
        if bool(shown.get("started")) == (self.kind == STARTUP):
            return True
        outcome = yield from run(worker, container, self.probe, self.kind)
        self._report(outcome)
        if outcome.result is None:
            return True
        self._count(outcome.result)
        return True

    def _report(self, outcome: Outcome) -> None:
        title = self.kind.capitalize()
        if outcome.result is None:
            text = events.PROBE_ERRORED.format(title, outcome.output)
        elif not outcome.result:
            text = events.PROBE_FAILED.format(title, outcome.output)
        elif outcome.warning:
            self.worker.event("Warning", "ProbeWarning", events.PROBE_WARNING.format(title, outcome.warning), self.spec)
            return
        else:
            return
        self.worker.event("Warning", "Unhealthy", text, self.spec)

    def _count(self, result: bool) -> None:
        if self._last is result:
            self._run += 1
        else:
            self._last, self._run = result, 1
        if self._run < self._threshold(result):
            return
        self.worker.probes.set(self.kind, self.container_id, result)
        if self.kind == STARTUP or (self.kind == LIVENESS and not result):
            self._on_hold, self._run = True, 0


def run(worker: "PodWorker", container: Container, probe: Object, kind: str) -> Steps:
    """Steps of one probe; the result is an Outcome."""
    told = worker.behaviour(container.spec, container.restart_count).probe_result(
        kind, worker.node.loop.now() - (container.started_at or 0.0)
    )
    if told is not None:
        return Outcome(told, "" if told else _told_output(worker, container, probe))
    try:
        return (yield from _run(worker, container, probe))
    except ValueError as error:
        return Outcome(None, str(error))


def _run(worker: "PodWorker", container: Container, probe: Object) -> Steps:
    """Steps of one probe. Raises ValueError for one that cannot be tried at all."""
    if "exec" in probe:
        return (yield from _exec(worker, container, probe))
    if "httpGet" in probe:
        return (yield from _http(worker, container, probe))
    if "tcpSocket" in probe:
        return _tcp(worker, container, probe)
    if "grpc" in probe:
        return (yield from _grpc(worker, container, probe))
    return Outcome(True)


def _told_output(worker: "PodWorker", container: Container, probe: Object) -> str:
    if "httpGet" in probe:
        return "HTTP probe failed with statuscode: 503"
    if "tcpSocket" in probe:
        port = resolved_port(container.spec, probe["tcpSocket"].get("port"))
        return f"dial tcp {worker.runtime.ip}:{port}: connect: connection refused"
    return ""


def _timeout(probe: Object) -> int:
    return int(probe.get("timeoutSeconds") or 1)


def _exec(worker: "PodWorker", container: Container, probe: Object) -> Steps:
    command = _expanded(container, probe["exec"].get("command") or [])
    try:
        code, out, err = yield from worker.node.engine.exec(container, command, float(_timeout(probe)))
    except ExecError as error:
        return Outcome(None, f"rpc error: code = Unknown desc = {error}")
    if code is None:
        return Outcome(False, f'command timed out: "{" ".join(command)}" timed out after {_timeout(probe)}s')
    return Outcome(code == 0, out + err)


def _expanded(container: Container, command: list[str]) -> list[str]:
    """A command with the variables filled in that the spec itself gives a value."""
    if not any("$" in word for word in command):
        return command
    known = {e["name"]: e.get("value") or "" for e in container.spec.get("env") or () if not e.get("valueFrom")}
    return [expand(word, known) for word in command]


def _http(worker: "PodWorker", container: Container, probe: Object) -> Steps:
    get = probe["httpGet"]
    port = resolved_port(container.spec, get.get("port"))
    host = get.get("host") or worker.address
    path = get.get("path") or "/"
    path = path if path.startswith("/") else f"/{path}"
    url = f"{(get.get('scheme') or 'HTTP').lower()}://{host}:{port}{path}"
    for _ in range(MAX_REDIRECTS):
        try:
            answer = worker.node.engine.request(_dialled(worker, host), port, path)
        except FetchError as error:
            return Outcome(False, f'Get "{url}": {_dial(host, port, str(error))}')
        if url.startswith("https:") and worker.node.engine.speaks_plainly(host, port, container):
            return Outcome(False, f'Get "{url}": {PLAIN_ANSWER}')
        container.write_request(worker.node.loop.now(), port, path, "kube-probe/1.36")
        if answer.delay:
            yield min(answer.delay, _timeout(probe))
            if answer.delay >= _timeout(probe):
                text = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                return Outcome(False, f'Get "{url}": {text}')
        if answer.status not in REDIRECTS or not answer.location:
            return _judge(answer)
        if not answer.location.startswith("/"):
            return Outcome(True, "", STOPPED.format(answer.body))
        path = answer.location
        if path == "/ok":
            return Outcome(True)
    return Outcome(False, f"stopped after {MAX_REDIRECTS} redirects")


def _judge(answer: Answer) -> Outcome:
    if 200 <= answer.status < 400:
        return Outcome(True, "", STOPPED.format(answer.body) if answer.status >= 300 else "")
    return Outcome(False, f"HTTP probe failed with statuscode: {answer.status}")


def _dialled(worker: "PodWorker", host: str) -> str:
    """The kubelet dials from its node: the loopback is the node's own network."""
    return worker.node.ip if host in ("localhost", "127.0.0.1", "::1") else host


def _dial(host: str, port: int, error: str) -> str:
    return f"dial tcp {host}:{port}: connect: {error}" if error == REFUSED else f"dial tcp {host}:{port}: i/o timeout"


def _tcp(worker: "PodWorker", container: Container, probe: Object) -> Outcome:
    socket = probe["tcpSocket"]
    port = resolved_port(container.spec, socket.get("port"))
    host = socket.get("host") or worker.address
    error = worker.node.engine.connect(_dialled(worker, host), port, container)
    return Outcome(not error, _dial(host, port, error) if error else "")


def _grpc(worker: "PodWorker", container: Container, probe: Object) -> Steps:
    port = int(probe["grpc"].get("port") or 0)
    if not worker.node.engine.connect(worker.address, port, container):
        return Outcome(True)
    yield float(_timeout(probe))
    text = 'timeout: failed to connect service "{}:{}" within {}s: context deadline exceeded'
    return Outcome(False, text.format(worker.address, port, _timeout(probe)))
