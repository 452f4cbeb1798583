"""Lifecycle hooks of containers: exec, httpGet, tcpSocket, sleep.

Called by the pod worker after a container started (postStart) and before it is stopped (preStop).
"""

from typing import TYPE_CHECKING, Any

from cluster_core.kubelet.runtime.container import Container
from cluster_core.kubelet.runtime.machine import FetchError
from cluster_core.kubelet.runtime.unknown import ExecError
from cluster_core.kubelet.runtime.world import REFUSED
from cluster_core.kubelet.tasks import Steps

if TYPE_CHECKING:
    from cluster_core.kubelet.worker import PodWorker

Object = dict[str, Any]

EXEC_FAILED = 'Exec lifecycle hook ({}) for Container "{}" in Pod "{}" failed - error: {}, message: {}'
HTTP_FAILED = 'HTTP lifecycle hook ({}) for Container "{}" in Pod "{}" failed - error: {}'


def run(worker: "PodWorker", container: Container, hook: Object, timeout: float | None = None) -> Steps:
    """Steps of one hook; the result is "" or the error's text."""
    if "exec" in hook:
        return (yield from _exec(worker, container, hook["exec"].get("command") or [], timeout))
    if "httpGet" in hook:
        yield 0.01
        return _http(worker, container, hook["httpGet"])
    if "sleep" in hook:
        seconds = float(hook["sleep"].get("seconds") or 0)
        yield seconds if timeout is None else min(seconds, timeout)
        return "" if timeout is None or seconds <= timeout else "context deadline exceeded"
    yield 0.01
    return ""


def _exec(worker: "PodWorker", container: Container, command: list[str], timeout: float | None) -> Steps:
    shown = f"[{' '.join(command)}]"
    try:
        code, out, err = yield from worker.node.engine.exec(container, command, timeout)
    except ExecError as error:
        return EXEC_FAILED.format(shown, container.name, worker.full_name, error, '""')
    if code == 0:
        return ""
    if code is None:
        return "context deadline exceeded"
    text = f"command '{' '.join(command)}' exited with {code}: {err}"
    return EXEC_FAILED.format(shown, container.name, worker.full_name, text, quoted(out + err))


def quoted(text: str) -> str:
    """Text as Go's %q prints it."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _http(worker: "PodWorker", container: Container, get: Object) -> str:
    port = named_port(container.spec, get.get("port"))
    host = get.get("host") or worker.runtime.ip
    path = get.get("path") or "/"
    url = f"{(get.get('scheme') or 'HTTP').lower()}://{host}:{port}{path}"
    try:
        worker.node.engine.request(host, port, path)
    except FetchError as error:
        text = f"dial tcp {host}:{port}: connect: {error}" if str(error) == REFUSED else str(error)
        return HTTP_FAILED.format(get.get("path") or "", container.name, worker.full_name, f'Get "{url}": {text}')
    return ""


def named_port(spec: Object, port: Any) -> int:
    """A port number; names are looked up among the container's ports, 0 if there is none."""
    if isinstance(port, int):
        return port
    text = str(port or "0")
    if text.isdigit():
        return int(text)
    return next((p["containerPort"] for p in spec.get("ports") or () if p.get("name") == text), 0)
