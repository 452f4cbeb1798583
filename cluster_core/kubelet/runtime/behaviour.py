"""What a pod's annotations tell the simulation about its containers.

`helmpy.dev/container.<name>: '{"exitCode": 1, "after": 3}'`: keys below; an annotation that is no JSON object is ignored.
"""

from typing import Any

from cluster_core.kubelet.runtime.images import Image

PREFIX = "helmpy.dev/container."


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _size(value: Any) -> int:
    """A quantity in bytes; 0 for none and for nonsense."""
    if not value:
        return 0
    from cluster_core.apimachinery.quantity import whole

    try:
        return whole(str(value))
    except ValueError:
        return 0


def _milli(value: Any) -> int:
    """A quantity in thousandths; 0 for none and for nonsense."""
    if not value:
        return 0
    from cluster_core.apimachinery.quantity import milli

    try:
        return milli(str(value))
    except ValueError:
        return 0


class Behaviour:
    """How one container is to behave; every field has a neutral default.

    exitCode: end with this code, `after` seconds (default 0) after the start; `times`: only the first so many instances do.
    ready, live, started: what the three kinds of probes find (true or false), overriding everything else; `readyAfter`,
    `failAfter`: seconds after the start from which readiness (and liveness) holds, or fails.
    pullSeconds, startSeconds: how long that takes. private: the image takes a pull secret for its registry. pullError, startError: texts of failures. logs: lines written at the start.
    stopSeconds: how long it takes to end on TERM. oom: ended by the memory limit (137, OOMKilled).
    cpu: how much processor it uses ("250m"; metrics show it, up to the limit).
    memory, disk, inodes, processes: how much it uses (quantities such as "300Mi"), `usesAfter` seconds after the start; more
    memory than its limit ends it, more than the node has leads to evictions.
    """

    __slots__ = (
        "after",
        "cpu",
        "disk",
        "exit_code",
        "fail_after",
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
        "start_error",
        "start_seconds",
        "started",
        "stop_seconds",
        "times",
        "uses_after",
    )

    def __init__(self, data: dict[str, Any]) -> None:
        self.exit_code = _number(data.get("exitCode"))
        self.after = _number(data.get("after")) or 0.0
        self.times = _number(data.get("times"))
        self.ready, self.live, self.started = (_truth(data.get(k)) for k in ("ready", "live", "started"))
        self.ready_after, self.fail_after = _number(data.get("readyAfter")), _number(data.get("failAfter"))
        self.pull_seconds, self.start_seconds = _number(data.get("pullSeconds")), _number(data.get("startSeconds"))
        self.pull_error, self.start_error = (str(data.get(k) or "") for k in ("pullError", "startError"))
        logs = data.get("logs")
        self.logs = [str(line) for line in logs] if isinstance(logs, list) else []
        self.stop_seconds = _number(data.get("stopSeconds"))
        self.oom = bool(data.get("oom"))
        self.private = data.get("private") is True
        self.cpu = _milli(data.get("cpu"))
        self.memory, self.disk = _size(data.get("memory")), _size(data.get("disk"))
        self.inodes, self.processes = _size(data.get("inodes")), _size(data.get("processes"))
        self.uses_after = _number(data.get("usesAfter")) or 0.0

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


NEUTRAL = Behaviour({})


def behaviour_of(pod: dict[str, Any], container: str) -> Behaviour:
    """What the pod's annotations say of the container."""
    annotations = pod["metadata"].get("annotations")
    text = annotations.get(PREFIX + container) if annotations else None
    if not text:
        return NEUTRAL
    import orjson

    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return NEUTRAL
    return Behaviour(data) if isinstance(data, dict) else NEUTRAL


def image_error(behaviour: Behaviour, row: Image, reference: str) -> str:
    """Why the image cannot be pulled, by annotation or catalogue; "" if it can."""
    from cluster_core.kubelet.runtime.images import pull_error

    return behaviour.pull_error or pull_error(row, reference)
