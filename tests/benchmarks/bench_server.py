"""How fast the served cluster answers, beside a real kube-apiserver with etcd on the same machine, by the same client.

    python tests/benchmarks/bench_server.py [--connections 8] [--seconds 3]
        [--kubeconfig REAL --processes PID,PID]

Prints requests per second and processor time per request for a GET of a ConfigMap, a LIST of 500 pods, 1,000 creates and events to 100
watchers; start-to-ready, and memory with 1,000 objects. With the kubeconfig of a real control plane and the process ids of its API server
and etcd, the same of those, and ratios (above 1: helmpy is better). No test: machines are noisy.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TICK = os.sysconf("SC_CLK_TCK")
NAMESPACE = "bench"
ROOT = f"/api/v1/namespaces/{NAMESPACE}"
PODS, WATCHERS, CREATES, EVENTS = 500, 100, 1_000, 50


class Target(NamedTuple):
    """A server: address, TLS, and the processes that it is made of."""

    host: str
    port: int
    tls: ssl.SSLContext
    processes: tuple[int, ...]

    def cpu(self) -> float:
        """Processor seconds so far."""
        total = 0
        for pid in self.processes:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICK

    def memory(self) -> float:
        """Resident MiB."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) for pid in self.processes)
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Connection:
    """One keep-alive HTTPS connection, no more than the benchmark needs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, target: Target) -> "Connection":
        """Connect."""
        return cls(*await asyncio.open_connection(target.host, target.port, ssl=target.tls, limit=2**24))

    def send(self, method: str, path: str, body: bytes = b"") -> None:
        """Send a request."""
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.writer.write(head.encode() + b"\r\n" + body)

    async def ask(self, method: str, path: str, body: bytes = b"") -> int:
        """Send a request, read the answer to its end; the status."""
        self.send(method, path, body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        found = re.search(rb"(?i)content-length: (\d+)", head)
        if found:
            await self.reader.readexactly(int(found[1]))
        else:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                await self.reader.readexactly(size + 2)
            await self.reader.readexactly(2)
        return status

    def close(self) -> None:
        """Hang up."""
        self.writer.close()


class Figure(NamedTuple):
    """Requests (or events) per second, and server processor microseconds per request."""

    rate: float
    cost: float


async def hammer(
    target: Target, connections: int, seconds: float, ask: Callable[[Connection], Awaitable[int]]
) -> Figure:
    """Ask on several connections at once for a while."""
    opened = [await Connection.open(target) for _ in range(connections)]
    for connection in opened:
        assert await ask(connection) < 300
    count, end = 0, time.perf_counter() + seconds

    async def work(connection: Connection) -> None:
        nonlocal count
        while time.perf_counter() < end:
            await ask(connection)
            count += 1

    cpu, start = target.cpu(), time.perf_counter()
    await asyncio.gather(*map(work, opened))
    figure = Figure(count / (time.perf_counter() - start), (target.cpu() - cpu) / count * 1e6)
    for connection in opened:
        connection.close()
    return figure


async def creates(target: Target, connections: int) -> Figure:
    """1,000 ConfigMaps."""
    opened = [await Connection.open(target) for _ in range(connections)]
    numbers = iter(range(CREATES))

    async def work(connection: Connection) -> None:
        for number in numbers:
            body = json.dumps(config_map(f"made-{number}")).encode()
            assert await connection.ask("POST", f"{ROOT}/configmaps", body) == 201

    cpu, start = target.cpu(), time.perf_counter()
    await asyncio.gather(*map(work, opened))
    figure = Figure(CREATES / (time.perf_counter() - start), (target.cpu() - cpu) / CREATES * 1e6)
    for connection in opened:
        connection.close()
    return figure


async def watching(target: Target) -> Figure:
    """Changes of one ConfigMap, until the last watcher has seen the last of them."""
    opened = [await Connection.open(target) for _ in range(WATCHERS)]
    path = f"{ROOT}/configmaps?watch=1&fieldSelector=metadata.name%3Dwatched"
    for connection in opened:
        connection.send("GET", path)

    async def follow(connection: Connection) -> None:
        seen = 0
        while seen <= EVENTS:
            seen += (await connection.reader.readuntil(b"\n")).count(b'{"type":')

    followers = [asyncio.ensure_future(follow(connection)) for connection in opened]
    await asyncio.sleep(0.5)
    writer = await Connection.open(target)
    cpu, start = target.cpu(), time.perf_counter()
    for number in range(EVENTS):
        body = json.dumps({**config_map("watched"), "data": {"n": str(number)}}).encode()
        assert await writer.ask("PUT", f"{ROOT}/configmaps/watched", body) == 200
    await asyncio.gather(*followers)
    total = EVENTS * WATCHERS
    figure = Figure(total / (time.perf_counter() - start), (target.cpu() - cpu) / total * 1e6)
    for connection in [*opened, writer]:
        connection.close()
    return figure


def config_map(name: str) -> dict[str, Any]:
    """A ConfigMap of a few hundred bytes."""
    data = {f"key-{number}": f"value of {name} " * 3 for number in range(5)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod(number: int) -> dict[str, Any]:
    """A pod that no node takes."""
    container = {
        "name": "web",
        "image": "registry.example.com/web:1",
        "ports": [{"containerPort": 80}],
        "env": [{"name": "A", "value": "b"}],
    }
    spec = {"containers": [container], "nodeSelector": {"nobody": "here"}}
    metadata = {"name": f"pod-{number}", "labels": {"app": "web", "number": str(number)}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


async def prepare(target: Target) -> None:
    """The objects that are read."""
    connection = await Connection.open(target)
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    assert await connection.ask("POST", "/api/v1/namespaces", json.dumps(space).encode()) == 201
    while await connection.ask("GET", f"{ROOT}/serviceaccounts/default") != 200:
        await asyncio.sleep(0.05)
    for name in ("read", "watched"):
        await connection.ask("POST", f"{ROOT}/configmaps", json.dumps(config_map(name)).encode())
    for number in range(PODS):
        assert await connection.ask("POST", f"{ROOT}/pods", json.dumps(pod(number)).encode()) == 201
    connection.close()


async def measure(target: Target, connections: int, seconds: float) -> dict[str, Figure]:
    """Every figure of one server."""
    await prepare(target)
    found = {
        "GET ConfigMap": await hammer(target, connections, seconds, lambda c: c.ask("GET", f"{ROOT}/configmaps/read")),
        "LIST 500 pods": await hammer(target, connections, seconds, lambda c: c.ask("GET", f"{ROOT}/pods")),
        "create": await creates(target, connections),
        "watch event": await watching(target),
    }
    connection = await Connection.open(target)
    await connection.ask("DELETE", f"/api/v1/namespaces/{NAMESPACE}")
    connection.close()
    return found


def target_of(kubeconfig: str, processes: tuple[int, ...]) -> Target:
    """A server by its kubeconfig."""
    import yaml

    config = yaml.safe_load(Path(kubeconfig).read_text(encoding="utf-8"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    with tempfile.TemporaryDirectory() as folder:
        authority, certificate, key = (
            _file(folder, *pair)
            for pair in ((cluster, "certificate-authority"), (user, "client-certificate"), (user, "client-key"))
        )
        tls = ssl.create_default_context(cafile=authority)
        tls.load_cert_chain(certificate, key)
    address = urlsplit(cluster["server"])
    return Target(address.hostname or "", address.port or 443, tls, processes)


def _file(folder: str, settings: dict[str, str], name: str) -> str:
    if name in settings:
        return settings[name]
    path = Path(folder, name)
    path.write_bytes(base64.b64decode(settings[f"{name}-data"]))
    return str(path)


@contextmanager
def served() -> Iterator[tuple[Target, float]]:
    """A helmpy server of its own, and the seconds from its start to ready."""
    from cluster_core import serving

    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HELMPY_HOME": home, "KUBECONFIG": ""}
        command = [sys.executable, "-m", "helmpy", "cluster", "start"]
        warm = [*command, "--detach"]
        subprocess.run(warm, env=environment, check=True, stdout=subprocess.DEVNULL)
        serving.stop(f"{home}/cluster.db")
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.perf_counter() - start
        try:
            yield target_of(f"{home}/kubeconfig", (process.pid,)), seconds
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--kubeconfig", default="")
    parser.add_argument("--processes", default="")
    options = parser.parse_args()
    with served() as (target, seconds):
        fresh = target.memory()
        ours = asyncio.run(measure(target, options.connections, options.seconds))
        memory = target.memory()
    print(f"start to ready {seconds * 1000:.0f} ms; memory {fresh:.0f} MiB fresh, {memory:.0f} MiB at the end")
    theirs: dict[str, Figure] = {}
    if options.kubeconfig:
        pids = tuple(int(pid) for pid in options.processes.split(","))
        real = target_of(options.kubeconfig, pids)
        theirs = asyncio.run(measure(real, options.connections, options.seconds))
        print(f"real: memory {real.memory():.0f} MiB at the end, ratio {real.memory() / memory:.1f}")
    for name, (rate, cost) in ours.items():
        line = f"{name:14} {rate:9,.0f}/s {cost:8.0f} us"
        if name in theirs:
            other = theirs[name]
            line += f"   real {other.rate:9,.0f}/s {other.cost:8.0f} us   ratio {rate / other.rate:5.2f} {other.cost / cost:5.2f}"
        print(line)


if __name__ == "__main__":
    main()
