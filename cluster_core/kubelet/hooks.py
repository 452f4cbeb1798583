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
NO_HANDLER = "Cannot run handler: invalid handler: {}"
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
    return NO_HANDLER.format(_shown(hook))


def _shown(hook: Object) -> str:
    """A hook that kubelets do not know, as Go prints it."""
    socket = hook.get("tcpSocket")
    if socket is None:
        return "&LifecycleHandler{Exec:nil,HTTPGet:nil,TCPSocket:nil,Sleep:nil,}"
    port = socket.get("port")
    shown = f"{{0 {port} }}" if isinstance(port, int) else f"{{1 0 {port}}}"
    action = f"&TCPSocketAction{{Port:{shown},Host:{socket.get('host') or ''},}}"
    return f"&LifecycleHandler{{Exec:nil,HTTPGet:nil,TCPSocket:{action},Sleep:nil,}}"


def _exec(worker: "PodWorker", container: Container, command: list[str], timeout: float | None) -> Steps:
    shown = f"[{' '.join(command)}]"
    try:
        code, out, err = yield from worker.node.engine.exec(container, command, timeout)
    except ExecError as error:
        text = f"rpc error: code = Unknown desc = {error}"
        return EXEC_FAILED.format(shown, container.name, worker.full_name, text, '""')
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
    try:
        port = resolved_port(container.spec, get.get("port"))
    except ValueError as error:
        return HTTP_FAILED.format(get.get("path") or "", container.name, worker.full_name, error)
    host = get.get("host") or worker.runtime.ip
    path = get.get("path") or "/"
    path = path if path.startswith("/") else f"/{path}"
    url = f"{(get.get('scheme') or 'HTTP').lower()}://{host}:{port}{path}"
    try:
        worker.node.engine.request(host, port, path)
        container.write_request(worker.node.loop.now(), port, path, "kube-lifecycle/1.36")
    except FetchError as error:
        text = f"dial tcp {host}:{port}: connect: {error}" if str(error) == REFUSED else str(error)
        return HTTP_FAILED.format(get.get("path") or "", container.name, worker.full_name, f'Get "{url}": {text}')
    return ""


def resolved_port(spec: Object, port: Any) -> int:
    """A port number; names are looked up among the container's ports. Raises ValueError with the kubelet's words."""
    number = port
    if not isinstance(port, int):
        text = str(port or "")
        number = next((p["containerPort"] for p in spec.get("ports") or () if p.get("name") == text), None)
        if number is None:
            if not text.lstrip("+-").isdigit():
                raise ValueError(f'strconv.Atoi: parsing "{text}": invalid syntax')
            number = int(text)
    if not 0 < number < 65536:
        raise ValueError(f"invalid port number: {number}")
    return int(number)
