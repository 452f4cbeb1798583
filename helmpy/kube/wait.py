"""Waiting for objects: until they are ready, completed or gone, and if they are not, which and why.

The text of an error is Helm's; its notes name the pods that hold things up, which Helm does not tell.
Time is the connection's: virtual in the embedded cluster, the wall clock elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from helmpy.errors import KubeError
from helmpy.kube import ready
from helmpy.kube.connection import Connection
from helmpy.kube.resources import Resource

DEFAULT_TIMEOUT = 30.0
"""Seconds, when the timeout given is 0."""

StatusOf = Callable[[Mapping[str, Any] | None, float], ready.Status]


class Waiter:
    """Waits by a strategy: "watcher" and "legacy" wait for everything, "hookOnly" for hooks alone."""

    def __init__(self, connection: Connection, strategy: str = "hookOnly") -> None:
        self._connection, self.strategy = connection, strategy

    def until_ready(self, resources: Sequence[Resource], timeout: float, jobs: bool = False) -> None:
        """Until every object is current (with `jobs`: every job completed). Raises KubeError naming those that are not."""
        if self.strategy == "hookOnly":
            return
        rules = ready.JOB_RULES if jobs else None
        awaited = [r for r in resources if not _paused(r.obj)]
        self._wait(awaited, timeout, lambda obj, now: ready.status_of(obj, now, rules))

    def until_hook_done(self, resources: Sequence[Resource], timeout: float) -> None:
        """Until jobs and pods of a hook have completed. Raises KubeError."""
        self._wait(resources, timeout, ready.hook_status)

    def until_gone(self, resources: Sequence[Resource], timeout: float) -> None:
        """Until no object exists any more. Raises KubeError naming those that do."""
        if self.strategy == "hookOnly" or not resources:
            return
        self._connection.wait_until(lambda: all(self._read(r) is None for r in resources), timeout or DEFAULT_TIMEOUT)
        left = [(r, ready.status_of(self._read(r), self._connection.now())) for r in resources]
        texts = [
            f"resource {_name(r)} still exists. status: {s.status}, message: {s.message}"
            for r, s in left
            if s.status != ready.NOT_FOUND
        ]
        if texts:
            raise KubeError("\n".join([*texts, "context deadline exceeded"]))

    def _read(self, resource: Resource) -> dict[str, Any] | None:
        try:
            return self._connection.client.get(resource.gvr, resource.name, resource.namespace)
        except ApiError as error:
            if error.code == 404:
                return None
            raise KubeError(str(error)) from error

    def _wait(self, resources: Sequence[Resource], timeout: float, status_of: StatusOf) -> None:
        pending = list(resources)
        failed: list[Resource] = []

        def settled() -> bool:
            """Ready objects are not read again; failed ones may recover while others are still awaited."""
            now = self._connection.now()
            for resource in tuple(pending):
                status = status_of(self._read(resource), now).status
                if status == ready.CURRENT:
                    pending.remove(resource)
                    if resource in failed:
                        failed.remove(resource)
                elif status == ready.FAILED:
                    if resource not in failed:
                        failed.append(resource)
                elif resource in failed:
                    failed.remove(resource)
            return len(pending) == len(failed)

        in_time = self._connection.wait_until(settled, timeout or DEFAULT_TIMEOUT)
        if not pending:
            return
        now = self._connection.now()
        stuck = [(r, status_of(self._read(r), now)) for r in resources if r in pending]
        texts = [f"resource {_name(r)} not ready. status: {s.status}, message: {s.message}" for r, s in stuck]
        if not in_time:
            texts = [*(texts if self.strategy != "legacy" else ()), "context deadline exceeded"]
        error = KubeError("\n".join(texts))
        for reason in self._reasons(r for r, _ in stuck):
            error.add_note(reason)
        raise error

    def _reasons(self, resources: Iterable[Resource]) -> list[str]:
        """For each stuck object: its unready pods and what their containers say."""
        lines: list[str] = []
        for resource in resources:
            live = self._read(resource)
            for pod in self._pods_of(resource, live) if live else []:
                lines += [line for line in _pod_reasons(pod) if line not in lines]
        return lines

    def _pods_of(self, resource: Resource, live: Mapping[str, Any]) -> list[dict[str, Any]]:
        if resource.gvk.kind == "Pod":
            return [dict(live)]
        labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels")
        if not isinstance(labels, dict) or not labels:
            return []
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        try:
            pods = self._connection.client.list(GVR("", "v1", "pods"), resource.namespace, label_selector=selector)
        except ApiError:
            return []
        return list(pods["items"])


def _paused(obj: Mapping[str, Any]) -> bool:
    return obj.get("kind") == "Deployment" and bool((obj.get("spec") or {}).get("paused"))


def _name(resource: Resource) -> str:
    return f"{resource.gvk.kind}/{resource.namespace}/{resource.name}"


def _pod_reasons(pod: Mapping[str, Any]) -> list[str]:
    """What keeps a pod from being ready, a line for each cause; empty for a ready or completed one."""
    status, name = pod.get("status") or {}, pod["metadata"]["name"]
    conditions = {c.get("type"): c for c in status.get("conditions") or []}
    if (conditions.get("Ready") or {}).get("status") == "True" or status.get("phase") == "Succeeded":
        return []
    unscheduled = conditions.get("PodScheduled") or {}
    if unscheduled.get("status") == "False":
        return [f"  pod {name}: {unscheduled.get('reason', '')}: {unscheduled.get('message', '')}"]
    causes = [
        line
        for kind in ("initContainerStatuses", "containerStatuses")
        for container in status.get(kind) or []
        for line in _container_reason(container, kind == "initContainerStatuses")
    ]
    if not causes:
        causes = [status.get("message") or f"phase {status.get('phase', 'unknown')}"]
    return [f"  pod {name}: {cause}" for cause in causes]


def _container_reason(container: Mapping[str, Any], init: bool) -> list[str]:
    label = f"{'init ' if init else ''}container {container.get('name', '')}"
    state = container.get("state") or {}
    waiting, ended = state.get("waiting"), state.get("terminated")
    if waiting and waiting.get("reason") != "PodInitializing":
        text = ": ".join(part for part in (waiting.get("reason"), waiting.get("message")) if part)
        return [f"{label}: {text}{_last_exit(container)}"]
    if ended and ended.get("exitCode"):
        return [f"{label}: {ended.get('reason', 'Error')}: exit code {ended['exitCode']}"]
    if not init and state.get("running") is not None and not container.get("ready"):
        return [f"{label}: running but not ready (readiness probe or gate has not succeeded)"]
    return []


def _last_exit(container: Mapping[str, Any]) -> str:
    last = (container.get("lastState") or {}).get("terminated") or {}
    return f" (last exit code {last['exitCode']})" if "exitCode" in last else ""
