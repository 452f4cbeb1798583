"""A server's life: start, stop, kill, credentials, and helmpy's own commands while it runs."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cluster_core import serving

MAPS = "/api/v1/namespaces/default/configmaps"


def helmpy(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HELMPY_HOME": str(home), "KUBECONFIG": ""}
    command = [sys.executable, "-m", "helmpy", *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def test_files_are_private(served: Any) -> None:
    files = [served.kubeconfig, served.path, *map(str, Path(f"{served.path}.pki").iterdir())]
    assert {oct(os.stat(path).st_mode & 0o077) for path in files} == {"0o0"}


def test_commands_go_through_the_server(served: Any) -> None:
    served.ask("POST", MAPS, config_map("seen"))
    assert "configmap/seen\n" in helmpy(served.home, "cluster", "get", "configmaps", "-o", "name").stdout
    again = helmpy(served.home, "cluster", "start")
    assert (again.returncode, "running already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("args", "user"),
    [
        ((), "kubernetes-admin"),
        (("--user", "alice", "--group", "dev", "--group", "ops"), "alice"),
        (("--service-account", "default/default"), "default"),
    ],
)
def test_kubeconfigs(served: Any, args: tuple[str, ...], user: str) -> None:
    import yaml

    url = f"{MAPS.replace('configmaps', 'serviceaccounts')}/default"
    assert served.until(lambda: served.ask("GET", url).code == 200)
    done = helmpy(served.home, "cluster", "kubeconfig", *args)
    config = yaml.safe_load(done.stdout)
    assert config["clusters"][0]["cluster"]["server"] == served.url
    assert config["users"][0]["name"] == config["contexts"][0]["context"]["user"] == user


@pytest.mark.parametrize(
    "args", [("--group", "dev"), ("--user", "a", "--service-account", "b/c"), ("--service-account", "nobody")]
)
def test_kubeconfigs_of_nobody(served: Any, args: tuple[str, ...]) -> None:
    done = helmpy(served.home, "cluster", "kubeconfig", *args)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr


def test_detached(tmp_path: Path) -> None:
    started = helmpy(tmp_path, "cluster", "start", "--detach")
    assert (started.returncode, started.stderr) == (0, "")
    found = serving.running(str(tmp_path / "cluster.db"))
    assert found is not None
    assert found.url in started.stdout
    stopped = helmpy(tmp_path, "cluster", "stop")
    assert stopped.stdout == f"cluster server stopped (process {found.pid})\n"
    assert serving.running(str(tmp_path / "cluster.db")) is None
    assert helmpy(tmp_path, "cluster", "stop").stderr == "Error: no cluster server is running\n"
    nowhere = helmpy(tmp_path, "cluster", "start", "--detach", "--address", "203.0.113.1")
    assert (nowhere.returncode, "cannot serve on 203.0.113.1:0" in nowhere.stderr) == (1, True)


def test_killed_under_load(serve: Callable[..., Any]) -> None:
    """What was acknowledged is there after the process died."""
    first = serve()
    names = [f"kept-{number}" for number in range(25)]
    for name in names:
        assert first.ask("POST", MAPS, config_map(name)).code == 201
    version = int(first.ask("GET", f"{MAPS}/kept-24").json["metadata"]["resourceVersion"])
    assert first.end(signal.SIGKILL) == -signal.SIGKILL
    assert serving.running(first.path) is None
    second = serve()
    found = second.ask("GET", MAPS).json
    assert set(names) <= {item["metadata"]["name"] for item in found["items"]}
    assert int(found["metadata"]["resourceVersion"]) > version + 5000
    gone = second.ask("GET", f"{MAPS}?watch=true&timeoutSeconds=1&resourceVersion={version + 10}")
    assert (gone.code, gone.json["type"]) == (200, "ERROR")
    assert (gone.json["object"]["code"], gone.json["object"]["reason"]) == (410, "Expired")
    second.end()
    third = serve()
    assert (
        int(third.ask("GET", MAPS).json["metadata"]["resourceVersion"])
        < int(found["metadata"]["resourceVersion"]) + 5000
    )


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.05, 0.3, 1.0])
def test_killed_while_many_write(serve: Callable[..., Any], after: float) -> None:
    """Creates, updates and deletes from several connections: each that was acknowledged holds after kill -9."""
    first = serve()
    states: list[dict[str, str | None]] = [{} for _ in range(6)]

    def write(number: int) -> None:
        """Remember what was acknowledged last of each name; None for a deletion, "?" for what is under way."""
        state = states[number]
        with closing(first.connect(first.admin)) as connection:
            for turn in range(100_000):
                name, value = f"load-{number}-{turn % 7}", f"{number}-{turn}"
                before = state.get(name)
                method = "POST" if before is None else "DELETE" if turn % 5 == 0 else "PUT"
                state[name] = "?"
                body = None if method == "DELETE" else json.dumps({**config_map(name), "data": {"n": value}})
                path = MAPS if method == "POST" else f"{MAPS}/{name}"
                try:
                    connection.request(method, path, body, {"Content-Type": "application/json"})
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    return
                assert answer.status in (200, 201)
                state[name] = None if method == "DELETE" else value

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(states))]
    for thread in threads:
        thread.start()
    time.sleep(after)
    first.end(signal.SIGKILL)
    for thread in threads:
        thread.join()
    found = {
        m["metadata"]["name"]: m["data"]["n"]
        for m in serve().ask("GET", MAPS).json["items"]
        if "data" in m and "n" in m["data"]
    }
    wanted = {name: value for state in states for name, value in state.items()}
    assert len(wanted) > 6
    lost = {name: value for name, value in wanted.items() if value != "?" and found.get(name) != value}
    assert lost == {}


def test_graceful_stop_ends_watches(serve: Callable[..., Any]) -> None:
    found = serve()
    connection = found.connect(found.admin)
    connection.request("GET", f"{MAPS}?watch=true")
    answer = connection.getresponse()
    started = time.monotonic()
    assert found.end() == 0
    answer.read()
    connection.close()
    assert time.monotonic() - started < 5


def test_audit_tells_no_token(serve: Callable[..., Any], tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    found = serve("--audit-log", str(log))
    found.ask("GET", MAPS, headers={"Authorization": "Bearer s3cr3t-token"}, context=found.nobody)
    found.ask("POST", MAPS, config_map("seen"))
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(e["verb"], e["responseStatus"]["code"]) for e in lines[-2:]] == [("get", 401), ("create", 201)]
    assert lines[-1]["objectRef"] == {
        "resource": "configmaps",
        "namespace": "default",
        "apiVersion": "v1",
    }
    assert "s3cr3t" not in log.read_text() + found.log.read_text()


def test_virtual_clock_waits_for_nothing(serve: Callable[..., Any]) -> None:
    found = serve("--clock", "virtual")
    container = {"name": "c", "image": "busybox", "command": ["sh", "-c", "sleep 500"]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "long"},
        "spec": {"restartPolicy": "Never", "containers": [container]},
    }
    pods = "/api/v1/namespaces/default/pods"
    assert found.until(lambda: found.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default").code == 200)
    assert found.ask("POST", pods, pod).code == 201
    assert found.until(lambda: found.ask("GET", f"{pods}/long").json["status"]["phase"] == "Succeeded")


@pytest.mark.parametrize(("text", "clock"), [("real", (False, 1.0)), ("virtual", (True, 1.0)), ("10", (False, 10.0))])
def test_clocks(text: str, clock: tuple[bool, float]) -> None:
    assert serving.clock_of(text) == clock


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "nan", "1e9"])
def test_no_clocks(text: str) -> None:
    with pytest.raises(serving.ServingError):
        serving.clock_of(text)
