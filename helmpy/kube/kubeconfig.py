"""Kubeconfig files: which server, which credentials, which namespace.

The rules are those of client-go: KUBECONFIG may name several files (the first that sets something wins), paths inside a
file are relative to it, `--kube-context` and friends override. Never prints credentials.
"""

import base64
import os
import subprocess
import tempfile
from dataclasses import dataclass, replace
from typing import Any

from helmpy.errors import KubeError
from helmpy.golang.types import GoError


@dataclass(frozen=True, slots=True)
class ClusterAccess:
    """How to reach a server and as whom. File names are absolute; `token` is a bearer token."""

    server: str
    namespace: str = ""
    ca_file: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    cert_file: str = ""
    key_file: str = ""
    token: str = ""
    username: str = ""
    password: str = ""
    proxy_url: str = ""


def load(paths: str, context: str = "") -> ClusterAccess:
    """Read kubeconfig files (joined by os.pathsep; "" means ~/.kube/config). Raises KubeError with what is missing."""
    merged = _merge([_read(path) for path in _names(paths)])
    name = context or merged["current-context"]
    if not name:
        raise KubeError("kubernetes cluster unreachable: no current context is set in the kubeconfig")
    chosen = merged["contexts"].get(name)
    if chosen is None:
        raise KubeError(f'kubernetes cluster unreachable: context "{name}" does not exist')
    cluster = merged["clusters"].get(chosen.get("cluster", ""))
    if cluster is None or not cluster.get("server"):
        raise KubeError(f'kubernetes cluster unreachable: cluster "{chosen.get("cluster", "")}" has no server')
    user = merged["users"].get(chosen.get("user", ""), {})
    return _access(chosen, cluster, user)


def checked(access: ClusterAccess) -> ClusterAccess:
    """The access, once its files are known to be there. Raises KubeError naming the one that is not."""
    for what in ("ca_file", "cert_file", "key_file"):
        path = getattr(access, what)
        if path and not os.access(path, os.R_OK):
            field = {"ca_file": "certificate-authority", "cert_file": "client-cert", "key_file": "client-key"}[what]
            reason = "permission denied" if os.path.exists(path) else "no such file or directory"
            raise KubeError(
                f"kubernetes cluster unreachable: invalid configuration: unable to read {field} {path}: {reason}"
            )
    if not access.server.startswith(("http://", "https://")):
        return replace(access, server=f"http://{access.server}")
    return access


def _names(paths: str) -> list[str]:
    return [path for path in paths.split(os.pathsep) if path] or [os.path.expanduser("~/.kube/config")]


def _read(path: str) -> dict[str, Any]:
    from helmpy.yaml import loader

    try:
        with open(path, "rb") as file:
            data = loader.load(file.read()) or {}
    except FileNotFoundError as error:
        raise KubeError(f"kubernetes cluster unreachable: stat {path}: no such file or directory") from error
    except (OSError, GoError) as error:
        raise KubeError(
            f'kubernetes cluster unreachable: error loading config file "{path}": {_short(error)}'
        ) from error
    if not isinstance(data, dict):
        raise KubeError(f'kubernetes cluster unreachable: error loading config file "{path}": expected a mapping')
    return {**data, "_folder": os.path.dirname(os.path.abspath(path))}


def _short(error: Exception) -> str:
    return (error.strerror or "").lower() if isinstance(error, OSError) else str(error)


def _merge(files: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {"contexts": {}, "clusters": {}, "users": {}, "current-context": ""}
    for data in files:
        merged["current-context"] = merged["current-context"] or _text(data, "current-context")
        for many, one in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
            entries = data.get(many)
            for entry in entries if isinstance(entries, list) else ():
                merged[many].setdefault(_text(entry, "name"), {**_section(entry, one), "_folder": data["_folder"]})
    return merged


def _section(entry: Any, name: str) -> dict[str, Any]:
    value = entry.get(name) if isinstance(entry, dict) else None
    return value if isinstance(value, dict) else {}


def _text(section: Any, name: str) -> str:
    value = section.get(name) if isinstance(section, dict) else None
    return value if isinstance(value, str) else ""


def _access(context: dict[str, Any], cluster: dict[str, Any], user: dict[str, Any]) -> ClusterAccess:
    token, cert, key = user.get("token", ""), _file(user, "client-certificate"), _file(user, "client-key")
    if not token and user.get("tokenFile"):
        token = _token_file(os.path.join(user["_folder"], user["tokenFile"]))
    if user.get("exec"):
        token, cert, key = _from_plugin(user["exec"], token, cert, key)
    return ClusterAccess(
        server=cluster["server"].rstrip("/"),
        namespace=context.get("namespace", ""),
        ca_file=_file(cluster, "certificate-authority"),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
        tls_server_name=cluster.get("tls-server-name", ""),
        cert_file=cert,
        key_file=key,
        token=token,
        username=user.get("username", ""),
        password=user.get("password", ""),
        proxy_url=cluster.get("proxy-url", ""),
    )


def _file(section: dict[str, Any], name: str) -> str:
    """A file that is named, or given inline as base64 (then written to a private temporary file)."""
    if section.get(f"{name}-data"):
        try:
            return _private_file(base64.b64decode(section[f"{name}-data"], validate=True))
        except ValueError as error:
            raise KubeError(f"cannot read kubeconfig: {name}-data is not base64") from error
    return os.path.join(section["_folder"], section[name]) if section.get(name) else ""


def _private_file(data: bytes) -> str:
    """A temporary file, mode 0600, removed when the process ends."""
    import atexit

    handle, path = tempfile.mkstemp(prefix="helmpy-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    atexit.register(_remove, path)
    return path


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)


def _token_file(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError as error:
        raise KubeError(f"cannot read the token file {path}: {error.strerror}") from error


def _from_plugin(plugin: dict[str, Any], token: str, cert: str, key: str) -> tuple[str, str, str]:
    """Credentials from an exec plugin (client.authentication.k8s.io)."""
    import orjson

    environment = {**os.environ, **{item["name"]: item["value"] for item in plugin.get("env") or []}}
    environment["KUBERNETES_EXEC_INFO"] = orjson.dumps(
        {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": {"interactive": False}}
    ).decode()
    command = [plugin.get("command", ""), *(plugin.get("args") or [])]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
        status = orjson.loads(done.stdout)["status"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        raise KubeError(
            f"kubernetes cluster unreachable: getting credentials: {_plugin_failure(command[0], error)}"
        ) from error
    if status.get("clientCertificateData"):
        cert = _private_file(status["clientCertificateData"].encode())
        key = _private_file(status.get("clientKeyData", "").encode())
    return status.get("token", token), cert, key


def _plugin_failure(command: str, error: Exception) -> str:
    """Why a credential plugin gave nothing; its output is never shown, since it may hold a token."""
    if isinstance(error, FileNotFoundError):
        return f"exec: executable {command} not found"
    if isinstance(error, subprocess.CalledProcessError):
        return f"exec: executable {command} failed with exit code {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"exec: executable {command} did not answer in {error.timeout:.0f} seconds"
    return f"exec: executable {command} gave no ExecCredential with a status"
