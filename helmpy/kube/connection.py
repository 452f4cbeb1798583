"""A cluster to work on: the embedded one (a file, or memory) or a real one by kubeconfig. Only this file knows which.

`open_connection` is the one place of helmpy that starts `cluster_core.cluster`.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.client import Client
from helmpy.errors import KubeError
from helmpy.kube.target import FIELD_MANAGER, Target, impersonation

if TYPE_CHECKING:
    from cluster_core.cluster import Cluster


class Connection(Protocol):
    """A client, the cluster's time, and a way to wait in it."""

    client: Client
    namespace: str
    exclusive: bool
    """Whether nobody else can be using the cluster now: what is found half-done was left by a dead process."""

    def now(self) -> float:
        """Seconds since the epoch by the cluster's clock."""
        ...

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until `condition` holds, at most `timeout` seconds of the cluster's time; whether it does."""
        ...

    def close(self) -> None:
        """Let go of the cluster; what was acknowledged is kept."""
        ...


def open_connection(target: Target) -> Connection:
    """Connect; while a server has the embedded cluster's file open, through it. Raises KubeError when that cannot be done."""
    if target.embedded:
        from cluster_core.serving import running

        server = running(target.path) if target.path is not None else None
        if server is None:
            return open_embedded(target)
        target = replace(target, kubeconfig=server.kubeconfig)
    from helmpy.kube.remote import RemoteConnection

    return RemoteConnection(target)


def open_embedded(target: Target, **options: Any) -> "EmbeddedConnection":
    """Open the embedded cluster that `target` names; `options` are those of cluster_core.cluster.Cluster."""
    from cluster_core.cluster import Cluster

    if target.path is not None:
        os.makedirs(os.path.dirname(target.path) or ".", mode=0o700, exist_ok=True)
    try:
        cluster = Cluster(path=target.path, **options)
    except (OSError, ValueError) as error:
        raise KubeError(f"cannot open the embedded cluster {target.path}: {error}") from error
    return EmbeddedConnection(cluster, target)


class EmbeddedConnection:
    """The cluster in this process. Waiting moves its virtual time."""

    exclusive = True

    def __init__(self, cluster: "Cluster", target: Target | None = None) -> None:
        target = target or Target()
        self.cluster = cluster
        self.namespace = target.namespace or "default"
        own = cluster.client
        self.client = Client(
            own.transport, field_manager=FIELD_MANAGER, user=own.user, impersonate=impersonation(target)
        )

    def now(self) -> float:
        """Seconds since the epoch by the cluster's clock."""
        return self.cluster.loop.now()

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Move the cluster's time until `condition` holds or `timeout` seconds of it have passed."""
        return self.cluster.run_until(condition, timeout)

    def close(self) -> None:
        """Write what is left to write and release the file."""
        self.cluster.close()


def server_version(client: Client) -> dict[str, str]:
    """The server's `/version`. Raises KubeError when it cannot be reached."""
    try:
        return client.raw("GET", "/version")
    except ApiError as error:
        raise KubeError(f"kubernetes cluster unreachable: {error}") from error


def api_versions(client: Client) -> list[str]:
    """Every group version, and every group version with kind, that the server serves, sorted."""
    names: list[str] = []
    groups = client.raw("GET", "/apis").get("groups", [])
    paths = ["/api/v1"] + [f"/apis/{v['groupVersion']}" for group in groups for v in group["versions"]]
    for path in paths:
        try:
            listed = client.raw("GET", path)
        except ApiError:
            continue
        version = listed["groupVersion"]
        names += [version, *(f"{version}/{item['kind']}" for item in listed["resources"])]
    return sorted(set(names))
