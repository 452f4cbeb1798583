"""Clusters over HTTP: what is sent, what becomes of answers, and what is said when there is none."""

import base64
import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from helmpy.errors import KubeError
from helmpy.kube import logs
from helmpy.kube.remote import RemoteConnection
from helmpy.kube.target import Target

PODS = GVR("", "v1", "pods")
STATUS = {"kind": "Status", "apiVersion": "v1", "code": 404, "reason": "NotFound", "message": 'pods "x" not found'}


class Server(ThreadingHTTPServer):
    """Answers by path and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, tuple[int, str, str]] = {
            "/version": (200, "application/json", '{"gitVersion": "v1.36.0"}')
        }
        self.asked: list[tuple[str, str, list[tuple[str, str]]]] = []
        self.warnings: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append((self.command, self.path, self.headers.items()))
        code, kind, text = self.server.answers.get(path, (404, "text/plain", "404 page not found"))
        self.send_response(code)
        self.send_header("Content-Type", kind)
        for warning in self.server.warnings:
            self.send_header("Warning", f'299 - "{warning}"')
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def headers_of(server: Server, name: str) -> list[str]:
    return [value for key, value in server.asked[-1][2] if key == name]


def test_groups_to_impersonate_are_headers_of_their_own(server: Server) -> None:
    server.answers["/api/v1/pods"] = (200, "application/json", '{"items": []}')
    target = Target(server=server.url, as_user="bob", as_groups=("one", "two, three"), token="t0ken")
    RemoteConnection(target).client.list(PODS)
    assert headers_of(server, "Impersonate-User") == ["bob"]
    assert headers_of(server, "Impersonate-Group") == ["one", "two, three"]
    assert headers_of(server, "Authorization") == ["Bearer t0ken"]


def test_groups_need_a_user() -> None:
    with pytest.raises(KubeError, match="without impersonating a user"):
        RemoteConnection(Target(server="http://127.0.0.1:1", as_groups=("one",)))


def test_no_credentials_come_from_netrc(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server.answers["/api/v1/pods"] = (200, "application/json", '{"items": []}')
    RemoteConnection(Target(server=server.url)).client.list(PODS)
    assert headers_of(server, "Authorization") == []


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        ((404, "application/json", json.dumps(STATUS)), "NotFound", 'pods "x" not found'),
        (
            (404, "text/plain", "404 page not found"),
            "NotFound",
            "the server could not find the requested resource (get pods x)",
        ),
        (
            (500, "text/plain", "boom"),
            "InternalError",
            'an error on the server ("boom") has prevented the request from succeeding (get pods x)',
        ),
        (
            (302, "text/html", ""),
            "",
            "the server responded with the status code 302 but did not return more information (get pods x)",
        ),
    ],
)
def test_refusals(server: Server, answer: tuple[int, str, str], reason: str, message: str) -> None:
    server.answers["/api/v1/namespaces/ns/pods/x"] = answer
    with pytest.raises(ApiError) as caught:
        RemoteConnection(Target(server=server.url)).client.get(PODS, "x", "ns")
    assert (caught.value.reason, caught.value.message) == (reason, message)


def test_wrong_credentials_are_told_before_anything_else(server: Server) -> None:
    server.answers["/version"] = (
        401,
        "application/json",
        json.dumps({**STATUS, "code": 401, "message": "Unauthorized"}),
    )
    with pytest.raises(KubeError) as caught:
        RemoteConnection(Target(server=server.url, token="secret")).client.list(PODS)
    assert (
        str(caught.value)
        == "kubernetes cluster unreachable: the server has asked for the client to provide credentials"
    )


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(KubeError) as caught:
        RemoteConnection(Target(server=f"https://127.0.0.1:{port}")).client.list(PODS)
    assert str(caught.value) == (
        f'kubernetes cluster unreachable: Get "https://127.0.0.1:{port}/version": '
        f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    )


def test_https_to_a_server_that_speaks_http(server: Server) -> None:
    url = server.url.replace("http", "https")
    with pytest.raises(KubeError) as caught:
        RemoteConnection(Target(server=url)).client.list(PODS)
    assert str(caught.value).endswith("http: server gave HTTP response to HTTPS client")


def test_logs_are_text(server: Server) -> None:
    server.answers["/api/v1/namespaces/ns/pods/x/log"] = (200, "text/plain", "hello\nworld\n")
    client = RemoteConnection(Target(server=server.url)).client
    assert logs.of_container(client, "ns", "x", "main") == "hello\nworld\n"
    assert server.asked[-1][1] == "/api/v1/namespaces/ns/pods/x/log?container=main"


def test_warnings_are_logged(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers["/api/v1/pods"] = (200, "application/json", '{"items": []}')
    client = RemoteConnection(Target(server=server.url)).client
    client.raw("GET", "/version")
    server.warnings = [r"unknown field \"spec.x\"", "v1beta1 is deprecated"]
    client.list(PODS)
    assert capsys.readouterr().err == (
        'level=WARN msg="unknown field \\"spec.x\\""\nlevel=WARN msg="v1beta1 is deprecated"\n'
    )


def kubeconfig(path: Path, server: str, user: dict[str, Any], cluster: dict[str, Any] | None = None) -> str:
    data = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u", "namespace": "own"}}],
        "clusters": [{"name": "k", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(json.dumps(data))
    return str(path)


PLUGIN = 'import json; print(json.dumps({"kind": "ExecCredential", "status": {"token": "from-plugin"}}))'


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        ({"token": "abc"}, "Bearer abc"),
        ({"username": "me", "password": "pw"}, "Basic " + base64.b64encode(b"me:pw").decode()),
        ({"tokenFile": "token.txt"}, "Bearer from-file"),
        ({"exec": {"command": sys.executable, "args": ["-c", PLUGIN]}}, "Bearer from-plugin"),
    ],
)
def test_credentials_of_a_kubeconfig(server: Server, tmp_path: Path, user: dict[str, Any], sent: str) -> None:
    (tmp_path / "token.txt").write_text("from-file\n")
    server.answers["/api/v1/pods"] = (200, "application/json", '{"items": []}')
    connection = RemoteConnection(Target(kubeconfig=kubeconfig(tmp_path / "config", server.url, user)))
    connection.client.list(PODS)
    assert headers_of(server, "Authorization") == [sent]
    assert connection.namespace == "own"


@pytest.mark.parametrize(
    ("user", "cluster", "message"),
    [
        (
            {"exec": {"command": "/no/such/plugin"}},
            {},
            "getting credentials: exec: executable /no/such/plugin not found",
        ),
        (
            {"exec": {"command": sys.executable, "args": ["-c", "print('secret'); exit(3)"]}},
            {},
            f"getting credentials: exec: executable {sys.executable} failed with exit code 3",
        ),
        ({"client-certificate": "none.crt"}, {}, "unable to read client-cert"),
        ({}, {"certificate-authority": "none.crt"}, "unable to read certificate-authority"),
        ({"client-key-data": "%%"}, {}, "client-key-data is not base64"),
    ],
)
def test_broken_credentials(tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], message: str) -> None:
    path = kubeconfig(tmp_path / "config", "https://127.0.0.1:1", user, cluster)
    with pytest.raises(KubeError, match=message) as caught:
        RemoteConnection(Target(kubeconfig=path))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["[", "- a\n", "just text", "clusters: 3\n", "contexts: [3]\ncurrent-context: x\n"])
def test_a_kubeconfig_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    with pytest.raises(KubeError, match="kubernetes cluster unreachable"):
        RemoteConnection(Target(kubeconfig=str(tmp_path / "config")))
