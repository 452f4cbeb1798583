"""A cluster file served over HTTPS: start, find out whether it runs, stop, and credentials for it.

Called by helmpy's `cluster start|stop|kubeconfig`. This file assembles `cluster` and `server`; it is the one door to the server room.
Cheap to import: everything heavy is imported inside.

    Exception
    └── ServingError     the server cannot be started, or is not running
"""

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cluster_core.client.client import Client
    from cluster_core.machines import Shape
    from cluster_core.server.pki import Authority

STOP_SECONDS = 15.0


class ServingError(Exception):
    """The server cannot be started, or is not running."""


class ServingOptions(NamedTuple):
    """How to serve. `clock` is "real", "virtual" (waits are skipped) or a rate such as "10"; port 0 takes a free one."""

    path: str
    kubeconfig: str
    address: str = "127.0.0.1"
    port: int = 0
    kubernetes_version: str = "1.36"
    nodes: int = 1
    clock: str = "real"
    audit_log: str = ""
    controllers: bool = True
    shape: "Shape | None" = None
    """What the nodes of a new cluster are like."""
    static_pods: str = ""
    """A folder of manifests that every node runs of itself."""
    images: str = ""
    """YAML that says how images behave."""


class Running(NamedTuple):
    """A server that runs: its process, URL and administrator's kubeconfig."""

    pid: int
    url: str
    kubeconfig: str


def running(path: str) -> Running | None:
    """The server of a cluster file; None if none runs."""
    try:
        with open(f"{path}.server", encoding="utf-8") as file:
            found = Running(**json.load(file))
        handle = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError, TypeError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(handle, 32, 0).strip()
        return found if holder == str(found.pid).encode() else None
    finally:
        os.close(handle)
    return None


def stop(path: str) -> Running:
    """End the server of a cluster file, gracefully; raises ServingError if none runs or it does not end."""
    found = running(path)
    if found is None:
        raise ServingError("no cluster server is running")
    os.kill(found.pid, signal.SIGTERM)
    end = time.monotonic() + STOP_SECONDS
    while running(path) is not None:
        if time.monotonic() > end:
            raise ServingError(f"the cluster server (process {found.pid}) did not stop within {STOP_SECONDS:g} s")
        time.sleep(0.01)
    return found


def authority(path: str) -> "Authority":
    """The certificate authority of a cluster file."""
    from cluster_core.server.pki import Authority

    return Authority(f"{path}.pki")


def client_kubeconfig(path: str, url: str, user: str, groups: Sequence[str], namespace: str = "") -> bytes:
    """A kubeconfig for a user and groups, by a new client certificate."""
    from cluster_core.server.pki import kubeconfig

    ca = authority(path)
    return kubeconfig(url, ca.certificate, user, ca.client(user, groups), namespace)


def token_kubeconfig(path: str, url: str, user: str, token: str, namespace: str = "") -> bytes:
    """A kubeconfig for whom a bearer token names."""
    from cluster_core.server.pki import kubeconfig

    return kubeconfig(url, authority(path).certificate, user, token, namespace)


def serve(options: ServingOptions, ready: Callable[[Running], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once requests are answered. Raises ServingError."""
    import asyncio

    if running(options.path) is not None:
        raise ServingError("a cluster server is running already; stop it with: helmpy cluster stop")
    from cluster_core.persistence import PersistenceError

    try:
        asyncio.run(_serve(options, ready))
    except (PersistenceError, ValueError) as error:
        raise ServingError(str(error)) from error
    except OSError as error:
        raise ServingError(f"cannot serve on {options.address}:{options.port}: {error.strerror or error}") from error


async def _serve(options: ServingOptions, ready: Callable[[Running], None]) -> None:
    import asyncio

    from cluster_core.cluster import Cluster
    from cluster_core.server.driver import Driver

    with _no_authorities():
        from cluster_core.server.listener import Listener

    skip, rate = clock_of(options.clock)
    ca = authority(options.path)
    cluster = Cluster(
        path=options.path,
        kubernetes_version=options.kubernetes_version,
        nodes=_nodes(options),
        controllers=options.controllers,
        root_ca=ca.certificate.decode(),
        sign_certificate=ca.sign,
        kubelet={"static_pods": options.static_pods} if options.static_pods else None,
    )
    try:
        if options.images:
            store_images(cluster.client, options.images)
        cluster.mark_served(True)
        driver = Driver(cluster.loop, cluster.commit, rate=rate, skip=skip)
        audit = open(options.audit_log, "a", encoding="utf-8") if options.audit_log else None  # noqa: SIM115
        listener = await Listener.open(cluster.server, driver, ca, options.address, options.port, audit)
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        ready(_announce(options, ca, listener.url))
        await stopped.wait()
        os.unlink(f"{options.path}.server")
        await listener.close()
        driver.stop()
        cluster.mark_served(False)
    finally:
        cluster.close()


def _nodes(options: ServingOptions) -> "int | list[dict[str, Any]]":
    if options.shape is None:
        return options.nodes
    from cluster_core.machines import nodes

    return nodes(options.nodes, options.shape)


def check_images(text: str) -> None:
    """Whether text says how images behave. Raises ValueError."""
    from cluster_core.kubelet.runtime.image_file import load

    load(text)


def store_images(client: "Client", text: str) -> None:
    """Keep in the cluster how images behave, in place of what it was told before. Raises ValueError."""
    from cluster_core.apimachinery.errors import ApiError
    from cluster_core.client.resources import CONFIGMAPS
    from cluster_core.kubelet.manager import ROWS_KEY, ROWS_NAME, ROWS_NAMESPACE

    check_images(text)
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": ROWS_NAME}, "data": {ROWS_KEY: text}}
    try:
        client.create(CONFIGMAPS, body, ROWS_NAMESPACE)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise
        client.patch(CONFIGMAPS, ROWS_NAME, {"data": {ROWS_KEY: text}}, ROWS_NAMESPACE, type="merge")


@contextmanager
def _no_authorities() -> Iterator[None]:
    """aiohttp reads the system's certificate authorities when it is imported, 50 ms for what only its client uses."""
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, os.devnull))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def clock_of(text: str) -> tuple[bool, float]:
    """(whether waits are skipped, how many seconds pass in one of the wall clock) of a clock's name; raises ServingError."""
    if text in ("real", "virtual"):
        return text == "virtual", 1.0
    try:
        rate = float(text.removesuffix("x"))
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1e6:
        raise ServingError(f'unknown clock "{text}": choose real, virtual or a rate such as 10')
    return False, rate


def _announce(options: ServingOptions, ca: "Authority", url: str) -> Running:
    """Write the kubeconfig, and the file by which others find the server."""
    from cluster_core.server.pki import kubeconfig, write_private

    found = Running(os.getpid(), url, options.kubeconfig)
    write_private(options.kubeconfig, kubeconfig(url, ca.certificate, "kubernetes-admin", ca.admin()))
    write_private(f"{options.path}.server", json.dumps(found._asdict()).encode())
    return found
