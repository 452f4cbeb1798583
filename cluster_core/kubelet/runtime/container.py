"""Sandboxes and containers as the runtime keeps them: plain records, times in seconds since the epoch."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cluster_core.kubelet.runtime.files import Files
from cluster_core.kubelet.runtime.process import Process

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.behaviour import Behaviour

CREATED, RUNNING, EXITED = "created", "running", "exited"
LOG_SIZE = 10 << 20
"""Bytes of a log after which a new one is begun, unless the kubelet is told otherwise."""
ROTATION_PERIOD = 10.0
"""Seconds between two looks at the sizes of logs."""
LINE_OVERHEAD = 40
"""Bytes that the runtime adds to each line: time, stream and a tag."""


class Sandbox:
    """A pod's network and process space."""

    __slots__ = ("attempt", "id", "ip", "ready")

    def __init__(self, sandbox_id: str, ip: str, attempt: int) -> None:
        self.id, self.ip, self.attempt, self.ready = sandbox_id, ip, attempt, True


class Container:
    """One instance of a container; a restart makes a new one."""

    __slots__ = (
        "_environment",
        "_files",
        "_log_bytes",
        "_open_line",
        "_rotated_at",
        "created_at",
        "exit_code",
        "finished_at",
        "id",
        "image",
        "image_id",
        "log_files",
        "log_limit",
        "logs",
        "lost_child",
        "make_environment",
        "make_files",
        "message",
        "name",
        "pod_uid",
        "process",
        "reason",
        "restart_count",
        "rotated_logs",
        "spec",
        "started_at",
        "state",
        "told",
        "user",
    )

    def __init__(self, container_id: str, spec: dict[str, Any], restart_count: int, created_at: float) -> None:
        self.id, self.spec, self.restart_count, self.created_at = container_id, spec, restart_count, created_at
        self.name: str = spec["name"]
        self.state = CREATED
        self.image: str = spec.get("image") or ""
        self.image_id = ""
        self.pod_uid = ""
        self.started_at: float | None = None
        self.finished_at: float | None = None
        self.exit_code = 0
        self.reason = self.message = ""
        self.user = (0, 0)
        """uid and gid of the main process."""
        self.make_environment: Callable[[], dict[str, str]] = dict
        self.make_files: Callable[[], Files] = Files
        self._environment: dict[str, str] | None = None
        self._files: Files | None = None
        self.logs: list[tuple[float, str]] = []
        """Lines of the log that is written now, which is what readers get."""
        self.rotated_logs: list[list[tuple[float, str]]] = []
        """Earlier logs, the oldest first; no more than there may be files."""
        self.log_limit, self.log_files = LOG_SIZE, 5
        self._log_bytes, self._rotated_at = 0, created_at
        self._open_line = self.lost_child = False
        """`lost_child`: whether a process of it was killed for memory."""
        self.process: Process | None = None
        self.told: Behaviour | None = None
        """What is told of this instance, once it has started."""

    @property
    def environment(self) -> dict[str, str]:
        """The program's environment, made when first asked for."""
        if self._environment is None:
            self._environment = self.make_environment()
        return self._environment

    @property
    def files(self) -> Files:
        """The container's files, made when first asked for."""
        if self._files is None:
            self._files = self.make_files()
        return self._files

    @property
    def touched_files(self) -> Files | None:
        """The files if anybody looked at them yet."""
        return self._files

    @property
    def running(self) -> bool:
        """Whether the main process runs."""
        return self.state == RUNNING

    def write_request(self, now: float, port: int, path: str, agent: str) -> None:
        """A server of the container's own logs a request."""
        if self.process is not None and self.process.listeners and port in self.process.listeners:
            self.write_log(now, f"GET {path} ua={agent}\n")

    def write_log(self, now: float, text: str) -> None:
        """Append output, line by line; a line may come in pieces. Past the limit a new log is begun, as rotation does."""
        if not text:
            return
        lines = text.split("\n")
        if self._open_line and self.logs:
            self.logs[-1] = (self.logs[-1][0], self.logs[-1][1] + lines.pop(0))
            if not lines:
                return
        self._open_line = lines[-1] != ""
        self.logs.extend((now, line) for line in (lines if self._open_line else lines[:-1]))
        self._log_bytes += len(text) + LINE_OVERHEAD * len(lines)
        if self._log_bytes > self.log_limit and now - self._rotated_at >= ROTATION_PERIOD:
            self._rotated_at, self._log_bytes = now, 0
            self.logs, self.rotated_logs = [], [*self.rotated_logs, self.logs][-(self.log_files - 1) or 1 :]
