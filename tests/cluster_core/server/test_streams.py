"""Logs, exec, attach and port-forward."""

import asyncio
import io
import tarfile
import zlib
from typing import Any

import aiohttp
import pytest

from cluster_core.server import spdy
from cluster_core.server.portforward import Forwarder

PODS = "/api/v1/namespaces/default/pods"


def pod(name: str, script: str, restart: str = "Never") -> dict[str, Any]:
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", script]}
    spec = {"restartPolicy": restart, "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


@pytest.fixture(scope="module")
def running(served: Any) -> str:
    """A pod that runs."""
    assert served.until(lambda: served.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default").code == 200)
    served.ask("POST", PODS, pod("shell", "echo started; sleep 3600"))
    assert served.until(lambda: phase(served, "shell") == "Running")
    return "shell"


def phase(served: Any, name: str) -> str:
    found: str = served.ask("GET", f"{PODS}/{name}").json["status"]["phase"]
    return found


async def session(served: Any, path: str, protocol: str, sent: list[bytes]) -> list[bytes]:
    """Every message of one WebSocket."""
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(served.url + path, protocols=(protocol,), ssl=served.admin) as socket,
    ):
        assert socket.protocol == protocol
        for data in sent:
            await socket.send_bytes(data)
        found = [message.data async for message in socket]
    await asyncio.sleep(0.1)  # lets TLS end
    return found


def output(messages: list[bytes], channel: int) -> bytes:
    return b"".join(m[1:] for m in messages if m[0] == channel)


@pytest.mark.parametrize(
    ("query", "sent", "out", "err", "outcome"),
    [
        ("command=echo&command=a%20b&stdout=1", [], b"a b\n", b"", b'"Success"'),
        ("command=sh&command=-c&command=echo+no+>%262;exit+4&stdout=1&stderr=1", [], b"", b"no\n", b'"message":"4"'),
        ("command=cat&stdin=1&stdout=1", [b"\x00text", b"\x00 more", b"\xff\x00"], b"text more", b"", b'"Success"'),
        ("command=echo&command=quiet&stderr=1", [], b"", b"", b'"Success"'),
    ],
)
def test_exec(served: Any, running: str, query: str, sent: list[bytes], out: bytes, err: bytes, outcome: bytes) -> None:
    path = f"{PODS}/{running}/exec?{query}"
    messages = asyncio.run(session(served, path, "v5.channel.k8s.io", sent))
    assert (output(messages, 1), output(messages, 2)) == (out, err)
    assert outcome in output(messages, 3)


def test_copied_files(served: Any, running: str) -> None:
    """kubectl cp: an archive in, an archive out, byte for byte."""
    content = bytes(range(256)) * 10
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("d/file")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    into = f"{PODS}/{running}/exec?command=tar&command=-xmf&command=-&command=-C&command=/tmp&stdin=1&stdout=1"
    messages = asyncio.run(session(served, into, "v5.channel.k8s.io", [b"\0" + buffer.getvalue(), b"\xff\0"]))
    assert b'"Success"' in output(messages, 3)
    out_of = f"{PODS}/{running}/exec?command=tar&command=cf&command=-&command=/tmp/d&stdout=1"
    data = output(asyncio.run(session(served, out_of, "v5.channel.k8s.io", [])), 1)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert archive.getnames() == ["tmp/d", "tmp/d/file"]
        file = archive.extractfile("tmp/d/file")
        assert file is not None
        assert file.read() == content


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        (f"{PODS}/shell/exec", 400, "you must specify at least 1 command"),
        (f"{PODS}/shell/exec?command=ls&container=x", 400, "container x is not valid for pod shell"),
        (f"{PODS}/shell/exec?command=ls", 400, "missing upgrade headers"),
        (f"{PODS}/none/portforward", 404, 'pods "none" not found'),
    ],
)
def test_no_stream(served: Any, running: str, path: str, code: int, text: str) -> None:
    reply = served.ask("GET", path)
    assert reply.code == code
    assert text in reply.json["message"]


def test_terminal(served: Any, running: str) -> None:
    path = f"{PODS}/{running}/exec?command=sh&stdin=1&stdout=1&tty=1"
    keys = [b"\x00a=1x\x7f; echo got $a\r", b"\x00exit 3\r"]
    messages = asyncio.run(session(served, path, "v4.channel.k8s.io", keys))
    assert b"\r\ngot 1\r\n" in output(messages, 1)
    assert b'"message":"3"' in output(messages, 3)


def test_followed_log(served: Any, running: str) -> None:
    served.ask("POST", PODS, pod("counts", "for i in 1 2 3; do echo line $i; sleep 0.2; done"))
    assert served.until(lambda: phase(served, "counts") in ("Running", "Succeeded"))
    reply = served.ask("GET", f"{PODS}/counts/log?follow=true", context=served.admin)
    assert (reply.code, reply.body) == (200, b"line 1\nline 2\nline 3\n")
    assert served.ask("GET", f"{PODS}/counts/log?tailLines=1").body == b"line 3\n"


class Nodes:
    """Answers what was asked."""

    def request(self, namespace: str, name: str, port: int, path: str) -> tuple[int, str]:
        if port == 81:
            from cluster_core.apimachinery.errors import ApiError

            raise ApiError(503, "ServiceUnavailable", "connection refused")
        return 200, f"{namespace}/{name}:{port}{path}"


def opening(compressor: Any, stream: int, **headers: str) -> bytes:
    pairs = [(k.encode(), v.encode()) for k, v in headers.items()]
    block = len(pairs).to_bytes(4, "big")
    block += b"".join(len(part).to_bytes(4, "big") + part for pair in pairs for part in pair)
    data = stream.to_bytes(4, "big") + bytes(6) + compressor.compress(block) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return bytes.fromhex("80030001") + b"\0" + len(data).to_bytes(3, "big") + data


@pytest.mark.parametrize(
    ("port", "answer", "trouble"),
    [
        ("80", b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\ndefault/a:80/x", b""),
        ("81", b"", b"error forwarding port 81 to pod a, uid : failed to connect: connection refused"),
    ],
)
def test_forwarded_ports(port: str, answer: bytes, trouble: bytes) -> None:
    forwarder = Forwarder(Nodes(), {"metadata": {"name": "a", "namespace": "default"}})
    compressor = zlib.compressobj(zdict=spdy.dictionary())
    data = opening(compressor, 1, streamtype="error", port=port, requestid="0")
    data += opening(compressor, 3, streamtype="data", port=port, requestid="0")
    assert len(spdy.Connection().receive(forwarder.receive(data[:50]) + forwarder.receive(data[50:]))) == 2
    request = b"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    frames = spdy.Connection().receive(forwarder.receive(spdy.data(3, request)))
    assert b"".join(f.payload for f in frames if f.stream == 3) == answer
    assert b"".join(f.payload for f in frames if f.stream == 1) == trouble
    assert {f.stream for f in frames if f.flags & spdy.FIN} == {1, 3}


@pytest.mark.parametrize("junk", [bytes.fromhex("80030001") + b"\0\xff\xff\xff", b"\0\0\0\1\0\x20\0\0"])
def test_frames_beyond_the_limit(junk: bytes) -> None:
    with pytest.raises(spdy.SpdyError):
        spdy.Connection().receive(junk + bytes(8))
