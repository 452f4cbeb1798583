"""The embedded cluster as a server for other tools: start it in the foreground or in the background, stop it, credentials."""

import os
from collections.abc import Callable
from typing import Any

from cluster_core import serving
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.serving import Running, ServingError, ServingOptions
from helmpy.errors import HelmpyError, KubeError
from helmpy.kube.connection import Connection

OK = b"ok\n"


def start(options: ServingOptions, ready: Callable[[Running], None]) -> None:
    """Serve until told to stop. Raises KubeError."""
    _prepare(options)
    try:
        serving.serve(options, ready)
    except ServingError as error:
        raise KubeError(str(error)) from error


def _prepare(options: ServingOptions) -> None:
    for path in (options.path, options.kubeconfig):
        os.makedirs(os.path.dirname(path) or ".", mode=0o700, exist_ok=True)


def start_detached(options: ServingOptions, log: str) -> Running:
    """Serve in a process of its own, whose output goes to the file `log`. Returns once it answers. Raises KubeError."""
    _prepare(options)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _be_server(options, log, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    if said != OK:
        os.waitpid(pid, 0)
        raise KubeError(said.decode(errors="replace").strip() or f"the cluster server did not start; see {log}")
    found = serving.running(options.path)
    if found is None:
        raise KubeError(f"the cluster server ended at once; see {log}")
    return found


def _be_server(options: ServingOptions, log: str, pipe: int) -> None:
    """The life of the background process; never returns."""
    code = 1
    try:
        os.setsid()
        os.umask(0o077)
        _redirect(log)
        start(options, lambda _: _say(pipe, OK))
        code = 0
    except HelmpyError as error:
        _say(pipe, str(error).encode())
    finally:
        os._exit(code)


def _redirect(log: str) -> None:
    """Standard input from nowhere, output to the log; every other file but the pipe stays as it is."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)


def _say(pipe: int, text: bytes) -> None:
    """Tell the waiting parent, once."""
    try:
        os.write(pipe, text)
        os.close(pipe)
    except OSError:
        return


def stop(path: str) -> Running:
    """End the server of a cluster file. Raises KubeError if none runs."""
    try:
        return serving.stop(path)
    except ServingError as error:
        raise KubeError(str(error)) from error


def user_kubeconfig(path: str, user: str, groups: tuple[str, ...], namespace: str) -> bytes:
    """A kubeconfig for a user and groups. Raises KubeError if no server runs."""
    return serving.client_kubeconfig(path, _running(path).url, user, groups, namespace)


def admin_kubeconfig(path: str) -> bytes:
    """The administrator's kubeconfig of the running server. Raises KubeError if none runs."""
    with open(_running(path).kubeconfig, "rb") as file:
        return file.read()


def account_kubeconfig(connection: Connection, path: str, account: str, seconds: int) -> bytes:
    """A kubeconfig for a service account, NAMESPACE/NAME, by a token. Raises KubeError."""
    namespace, slash, name = account.partition("/")
    if not (slash and namespace and name):
        raise KubeError(f'"{account}" is not NAMESPACE/NAME of a service account')
    url = _running(path).url
    body: dict[str, Any] = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": seconds},
    }
    accounts = GVR("", "v1", "serviceaccounts")
    try:
        issued = connection.client.create(accounts, body, namespace, name=name, subresource="token")
    except ApiError as error:
        raise KubeError(str(error)) from error
    return serving.token_kubeconfig(path, url, name, issued["status"]["token"], namespace)


def _running(path: str) -> Running:
    found = serving.running(path)
    if found is None:
        raise KubeError("no cluster server is running; start one with: helmpy cluster start --detach")
    return found
