"""What the API server asks of kubelets: logs, exec, requests to pod ports. `cluster.py` hands a NodeAPI to it.

Errors are ApiErrors worded as the real ones. Nothing here moves time: a command that waits is answered as if it had not.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from cluster_core.apimachinery.errors import ApiError
from cluster_core.kubelet import logs
from cluster_core.kubelet.runtime.container import Container
from cluster_core.kubelet.runtime.machine import FetchError
from cluster_core.kubelet.runtime.unknown import ExecError
from cluster_core.kubelet.tasks import BACKGROUND, Steps

if TYPE_CHECKING:
    from cluster_core.kubelet.node import Kubelet
    from cluster_core.kubelet.streams import Ended, Output, Running
    from cluster_core.kubelet.usage import Usage
    from cluster_core.kubelet.worker import PodWorker

    Begin = Callable[[str, Output, Ended], Running]

Object = dict[str, Any]

WAITING = 'container "{}" in pod "{}" is waiting to start: {}'
NO_PREVIOUS = 'previous terminated container "{}" in pod "{}" not found'
NO_CONTAINER = 'container not found ("{}")'
NO_LOGS = "unable to retrieve container logs for containerd://{}"
EXEC_ERROR = "Internal error occurred: error executing command in container: {}"
MAX_STEPS = 10_000


class ExecResult(NamedTuple):
    """Exit code and output of a command."""

    exit_code: int
    stdout: str
    stderr: str


class NodeAPI:
    """All kubelets' answers; `now` gives the cluster's time."""

    def __init__(self, kubelets: Callable[[], dict[str, "Kubelet"]], now: Callable[[], float]) -> None:
        self._kubelets, self._now = kubelets, now

    def _worker(self, namespace: str, pod: str) -> "PodWorker | None":
        for kubelet in self._kubelets().values():
            for worker in kubelet.workers.values():
                metadata = worker.pod["metadata"]
                if metadata["name"] == pod and metadata.get("namespace", "") == namespace:
                    return worker
        return None

    def log_text(self, pod: Object, options: Mapping[str, str]) -> str:
        """A container's log under PodLogOptions (query parameters). Raises ApiError (400, 422)."""
        metadata = pod["metadata"]
        logs.check(metadata["name"], options)
        container = logs.container_of(pod, options)
        previous = options.get("previous") in ("true", "1")
        lines = self.logs(metadata.get("namespace", ""), metadata["name"], container, previous=previous)
        return logs.text(lines, options, self._now())

    def logs(self, namespace: str, pod: str, container: str, *, previous: bool = False) -> list[tuple[float, str]]:
        """(time in seconds since the epoch, line) pairs of a container. Raises ApiError (400) if it has not started."""
        worker = self._worker(namespace, pod)
        instances = worker.runtime.containers.get(container, []) if worker is not None else []
        instances = [c for c in instances if c.state != "created"]
        if previous:
            return self._previous(instances, container, pod)
        if not instances:
            raise ApiError(400, "BadRequest", WAITING.format(container, pod, _waiting_reason(worker, container)))
        return list(instances[0].logs)

    def _previous(self, instances: list[Container], container: str, pod: str) -> list[tuple[float, str]]:
        if len(instances) < 2 and not (instances and instances[0].state == "exited" and instances[0].restart_count):
            raise ApiError(400, "BadRequest", NO_PREVIOUS.format(container, pod))
        dead = instances[1] if len(instances) > 1 else instances[0]
        return list(dead.logs)

    def exec(self, namespace: str, pod: str, container: str, command: list[str], stdin: str = "") -> ExecResult:
        """Run a command in a running container. Raises ApiError if that is impossible."""
        worker = self._worker(namespace, pod)
        found = worker.runtime.latest(container) if worker is not None else None
        if worker is None or found is None or not found.running:
            raise ApiError(500, "InternalError", NO_CONTAINER.format(container))
        try:
            code, out, err = _at_once(worker.node.engine.exec(found, command, None, stdin))
        except ExecError as error:
            raise ApiError(500, "InternalError", EXEC_ERROR.format(error)) from None
        return ExecResult(code, out, err)

    def prepare_exec(self, pod: Object, options: Mapping[str, str], command: list[str]) -> "Begin":
        """Starts a command in a container of the pod once called. Raises ApiError if that is impossible."""
        from cluster_core.kubelet import streams

        worker, container = self._running(pod, options)
        engine = worker.node.engine
        return lambda stdin, out, end: streams.start(engine, container, command, options, stdin, out, end)

    def prepare_attach(self, pod: Object, options: Mapping[str, str]) -> "Begin":
        """Attaches to a container's main process once called. Raises ApiError if that is impossible."""
        from cluster_core.kubelet import streams

        worker, container = self._running(pod, options)
        engine = worker.node.engine
        argv = engine.awaited_shell(container)
        if argv and options.get("stdin") in ("true", "1"):
            terminal = options.get("tty") in ("true", "1")
            return lambda stdin, out, end: streams.ShellAttachment(engine, container, argv, terminal, stdin, out, end)
        return lambda stdin, out, end: streams.Attachment(engine.loop, container, out, end)

    def follow(self, pod: Object, options: Mapping[str, str]) -> Callable[[], tuple[str, bool]]:
        """Gives (new text, whether more may come) of a container's log, from now on, each time it is called."""
        from cluster_core.kubelet import streams

        found = self._latest(pod, logs.container_of(pod, options))
        return streams.follower(found[1], options) if found is not None else lambda: ("", False)

    def _running(self, pod: Object, options: Mapping[str, str]) -> "tuple[PodWorker, Container]":
        name = logs.container_of(pod, options)
        found = self._latest(pod, name)
        if found is None or not found[1].running:
            raise ApiError(500, "InternalError", NO_CONTAINER.format(name))
        return found

    def _latest(self, pod: Object, name: str) -> "tuple[PodWorker, Container] | None":
        metadata = pod["metadata"]
        worker = self._worker(metadata.get("namespace", ""), metadata["name"])
        container = worker.runtime.latest(name) if worker is not None else None
        return (worker, container) if worker is not None and container is not None else None

    def pod_usage(self, namespace: str, pod: str) -> "dict[str, Usage] | None":
        """Usage of a pod's running containers; None for a pod that no kubelet runs."""
        from cluster_core.kubelet import usage

        worker = self._worker(namespace, pod)
        return usage.of_pod(worker) if worker is not None else None

    def node_usage(self, name: str) -> "Usage | None":
        """A node's usage; None for a node without kubelet."""
        from cluster_core.kubelet import usage

        kubelet = self._kubelets().get(name)
        return usage.of_node(kubelet) if kubelet is not None and not kubelet.stopped else None

    def request(self, namespace: str, pod: str, port: int, path: str = "/") -> tuple[int, str]:
        """Status and body of a GET to a pod's port. Raises ApiError (503) if nothing listens."""
        worker = self._worker(namespace, pod)
        if worker is None or not worker.address:
            raise ApiError(503, "ServiceUnavailable", f"no endpoints available for pod {pod!r}")
        try:
            answer = worker.node.engine.request(worker.address, port, path)
        except FetchError as error:
            text = f"error trying to reach service: dial tcp {worker.address}:{port}: connect: {error}"
            raise ApiError(503, "ServiceUnavailable", text) from None
        return answer.status, answer.body


def _waiting_reason(worker: "PodWorker | None", container: str) -> str:
    shown = worker.shown_status(container) if worker is not None else None
    waiting = ((shown or {}).get("state") or {}).get("waiting") or {}
    return waiting.get("message") or waiting.get("reason") or "ContainerCreating"


def _at_once(steps: Steps) -> tuple[int, str, str]:
    """Drive steps to their end without letting time pass; one that never ends is interrupted (130)."""
    try:
        for _ in range(MAX_STEPS):
            awaited = next(steps)
            if not isinstance(awaited, (int, float, BACKGROUND)):
                break
    except StopIteration as stop:
        code, out, err = stop.value
        return (130 if code is None else code), out, err
    steps.close()
    return 130, "", ""
