"""A served cluster in a process of its own, and a plain HTTPS client for it."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from cluster_core import serving


class Reply(NamedTuple):
    """An answer: status, headers in lower case, the body as bytes."""

    code: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Served:
    """A running server and its administrator's connection."""

    def __init__(self, home: Path, *flags: str) -> None:
        self.home, self.path = home, str(home / "cluster.db")
        self.log = home / "out.log"
        environment = {**os.environ, "HELMPY_HOME": str(home), "KUBECONFIG": ""}
        command = [sys.executable, "-m", "helmpy", "cluster", "start", *flags]
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        end = time.monotonic() + 20
        while (found := serving.running(self.path)) is None:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end
            time.sleep(0.01)
        self.url, self.kubeconfig = found.url, found.kubeconfig
        self.admin = self.tls("kubernetes-admin", "system:masters")
        self.nobody = ssl.create_default_context(cafile=f"{self.path}.pki/ca.crt")
        self._connection: http.client.HTTPSConnection | None = None

    def tls(self, user: str, *groups: str) -> ssl.SSLContext:
        """TLS with a new client certificate."""
        pair = serving.authority(self.path).client(user, groups)
        context = ssl.create_default_context(cafile=f"{self.path}.pki/ca.crt")
        with tempfile.TemporaryDirectory() as folder:
            files = Path(folder, "crt"), Path(folder, "key")
            files[0].write_bytes(pair.certificate)
            files[1].write_bytes(pair.key)
            context.load_cert_chain(*files)
        return context

    def connect(self, context: ssl.SSLContext) -> http.client.HTTPSConnection:
        """A new connection."""
        parts = urlsplit(self.url)
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context, timeout=20)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        context: ssl.SSLContext | None = None,
    ) -> Reply:
        """One request; of the administrator, if no other context is given."""
        if context is not None:
            with closing(self.connect(context)) as connection:
                return _asked(connection, method, path, body, headers or {})
        self._connection = self._connection or self.connect(self.admin)
        return _asked(self._connection, method, path, body, headers or {})

    def until(self, condition: Callable[[], bool], timeout: float = 10.0) -> bool:
        """Wait on the wall clock."""
        end = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def end(self, number: int = signal.SIGTERM) -> int:
        """Stop the server; its exit code."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(20)


def _asked(
    connection: http.client.HTTPSConnection, method: str, path: str, body: Any, headers: dict[str, str]
) -> Reply:
    data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
    sent = {"Content-Type": "application/json"} if data is not None else {}
    connection.request(method, path, data, {**sent, **headers})
    answer = connection.getresponse()
    return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start servers of one folder, with flags; they are ended afterwards."""
    started: list[Served] = []

    def start(*flags: str) -> Served:
        started.append(Served(tmp_path, *flags))
        return started[-1]

    yield start
    for found in started:
        found.end()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A whole cluster."""
    found = Served(tmp_path_factory.mktemp("served"))
    yield found
    found.end()
