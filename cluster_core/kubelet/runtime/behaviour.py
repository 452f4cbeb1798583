"""How one container behaves, as told by data: by its image's row, by a file of images, by an annotation of its pod.

    helmpy.dev/container.<name>: '{"exitCode": 1, "after": 3}'

Later sources win key by key: the row, then the annotation. An annotation that is no JSON object is ignored. The keys:

exitCode, after, times       end with this code, `after` seconds (default 0) after the start; only the first `times` instances do
ready, live, started         what the three kinds of probes find (true or false), overriding everything else
readyAfter, failAfter        seconds after the start from which readiness (startup, too) holds, or readiness and liveness fail
serve                        {"8080": {"/healthz": {"status": 200, "body": "ok", "delay": 0.5}, "*": {"status": 404}}}: HTTP answers by
                             port and path; a port with {} answers everything with 200
exec                         {"redis-cli ping": {"stdout": "PONG\\n", "stderr": "", "exitCode": 0, "seconds": 0.1}}: commands run inside,
                             by their whole text (the script of `sh -c`, too)
files                        {"/etc/app.conf": "text"}: files on the container's disk
logs                         lines; one may be {"at": 5, "line": "ready"} or {"every": 10, "line": "tick"} (seconds)
pullSeconds, startSeconds    how long that takes
pullError, startError        texts of failures; private: the image takes a pull secret for its registry
stopSeconds, stopCode        how long it takes to end on TERM, and with which code (default 0); ignoreTerm: it does not end on TERM
oom                          ended by the memory limit (137, OOMKilled) after `after` seconds
cpu                          how much processor it uses ("250m"; metrics show it, up to the limit)
memory, disk, inodes,        how much it uses (quantities such as "300Mi"), `usesAfter` seconds after the start, or as steps
processes                    [[0, "20Mi"], [60, "300Mi"]] (seconds after the start); more memory than its limit ends it, more than the
                             node has leads to evictions
chance                       0 to 1: how likely an instance is to show the faults above (ends, probes, pull, start, oom); seeded
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.images import Image

PREFIX = "helmpy.dev/container."
FAULTS = frozenset(("exitCode", "oom", "ready", "live", "started", "readyAfter", "failAfter", "pullError", "startError", "pullSeconds"))  # fmt: skip
"""What `chance` is about."""
KEYS = FAULTS | frozenset((
    "after", "times", "serve", "exec", "files", "logs", "startSeconds", "private", "stopSeconds", "stopCode", "ignoreTerm",
    "cpu", "memory", "disk", "inodes", "processes", "usesAfter", "chance",
))  # fmt: skip
Steps = tuple[tuple[float, int], ...]
"""(seconds after the start, amount) pairs."""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _size(value: Any) -> int:
    """A quantity in bytes (or a count); 0 for nonsense."""
    from cluster_core.apimachinery.quantity import whole

    return _parsed(whole, value)


def _milli(value: Any) -> int:
    """A quantity in thousandths; 0 for nonsense."""
    from cluster_core.apimachinery.quantity import milli

    return _parsed(milli, value)


def _parsed(parse: Callable[[str], int], value: Any) -> int:
    try:
        return parse(str(value))
    except ValueError:
        return 0


def _steps(value: Any, after: float, parse: Callable[[Any], int]) -> Steps:
    if not value:
        return ()
    if not isinstance(value, list):
        return ((after, parse(value)),)
    pairs = [item for item in value if isinstance(item, list) and len(item) == 2]
    return tuple(sorted((_number(at) or 0.0, parse(amount)) for at, amount in pairs))


class Behaviour:
    """The keys above as attributes; every one has a neutral default."""

    __slots__ = (
        "after",
        "cpu",
        "disk",
        "exec",
        "exit_code",
        "fail_after",
        "files",
        "ignore_term",
        "inodes",
        "live",
        "logs",
        "memory",
        "oom",
        "private",
        "processes",
        "pull_error",
        "pull_seconds",
        "ready",
        "ready_after",
        "serve",
        "start_error",
        "start_seconds",
        "started",
        "stop_code",
        "stop_seconds",
        "times",
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.exit_code = _number(data.get("exitCode"))
        self.after = _number(data.get("after")) or 0.0
        self.times = _number(data.get("times"))
        self.ready, self.live, self.started = (_truth(data.get(k)) for k in ("ready", "live", "started"))
        self.ready_after, self.fail_after = _number(data.get("readyAfter")), _number(data.get("failAfter"))
        self.pull_seconds, self.start_seconds = _number(data.get("pullSeconds")), _number(data.get("startSeconds"))
        self.pull_error, self.start_error = (str(data.get(k) or "") for k in ("pullError", "startError"))
        self.serve, self.exec, self.files = (_map(data.get(k)) for k in ("serve", "exec", "files"))
        logs = data.get("logs")
        self.logs: list[Any] = logs if isinstance(logs, list) else []
        self.stop_seconds = _number(data.get("stopSeconds"))
        self.stop_code = int(_number(data.get("stopCode")) or 0)
        self.ignore_term = data.get("ignoreTerm") is True
        self.oom = bool(data.get("oom"))
        self.private = data.get("private") is True
        after = _number(data.get("usesAfter")) or 0.0
        self.cpu = _steps(data.get("cpu"), 0.0, _milli)
        self.memory, self.disk, self.inodes, self.processes = (
            _steps(data.get(k), after, _size) for k in ("memory", "disk", "inodes", "processes")
        )

    def ends(self, restart_count: int) -> bool:
        """Whether this instance is to end by itself."""
        if self.exit_code is None and not self.oom:
            return False
        return self.times is None or restart_count < self.times

    def probe_result(self, kind: str, running_for: float) -> bool | None:
        """What a probe ("readiness", "liveness", "startup") finds; None if nothing was said."""
        told = {"readiness": self.ready, "liveness": self.live, "startup": self.started}[kind]
        if told is not None:
            return told
        if self.fail_after is not None and running_for >= self.fail_after:
            return False
        if self.ready_after is not None and kind != "liveness":
            return running_for >= self.ready_after
        return None

    def cpu_at(self, running_for: float) -> int:
        """Thousandths of a core that it uses by then."""
        return next((amount for at, amount in reversed(self.cpu) if at <= running_for), 0)


NEUTRAL = Behaviour({})


def behaviour_of(pod: dict[str, Any], container: str, row: "Image | None" = None, instance: int = 0) -> Behaviour:
    """What is told of an instance of a container: by its image's row and by the pod's annotations."""
    annotations = pod["metadata"].get("annotations")
    text = annotations.get(PREFIX + container) if annotations else None
    told = row.behaviour if row is not None else None
    if not text:
        return NEUTRAL if not told else Behaviour(_drawn(told, pod, container, instance))
    import orjson

    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        return NEUTRAL if not told else Behaviour(_drawn(told, pod, container, instance))
    return Behaviour(_drawn({**(told or {}), **data}, pod, container, instance))


def _drawn(data: Mapping[str, Any], pod: dict[str, Any], container: str, instance: int) -> Mapping[str, Any]:
    """The data without faults, if chance spares this instance. The draw depends on the pod's uid alone, which is seeded."""
    chance = _number(data.get("chance"))
    if chance is None:
        return data
    import zlib

    text = f"{pod['metadata'].get('uid', '')}/{container}/{instance}"
    if zlib.crc32(text.encode()) / 2**32 < chance:
        return data
    return {key: value for key, value in data.items() if key not in FAULTS}


def image_error(behaviour: Behaviour, row: "Image", reference: str) -> str:
    """Why the image cannot be pulled, by annotation or catalogue; "" if it can."""
    from cluster_core.kubelet.runtime.images import pull_error

    return behaviour.pull_error or pull_error(row, reference)
