"""kill -9 at any instant of a command on the kept cluster: the next one works and the history is true."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "values.yaml": "value: start\n",
    "templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {value: {{ .Values.value | quote }}}\n",
    "templates/deployment.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {a: b}}\n"
        "  template:\n    metadata: {labels: {a: b}, annotations: {value: {{ .Values.value | quote }}}}\n"
        "    spec: {containers: [{name: c, image: nginx}]}\n"
    ),
}


class CommandLine:
    """helmpy as processes, on a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.chart = folder / "web"
        for name, text in CHART.items():
            (self.chart / name).parent.mkdir(parents=True, exist_ok=True)
            (self.chart / name).write_text(text)
        self.environment = {**os.environ, "HELMPY_HOME": str(folder / "home"), "XDG_CACHE_HOME": str(folder / "cache")}
        self.environment.pop("KUBECONFIG", None)

    def start(self, *args: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "helmpy", *args]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *args: str) -> str:
        process = self.start(*args)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, f"helmpy {' '.join(args)}: {err}"
        return out

    def history(self) -> list[dict[str, object]]:
        return list(json.loads(self.run("history", "web", "-o", "json")))

    def value(self) -> str:
        return str(json.loads(self.run("cluster", "get", "cm", "web", "-o", "json"))["data"]["value"])


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.mark.slow
def test_an_upgrade_killed_at_fifty_instants(line: CommandLine) -> None:
    line.run("install", "web", str(line.chart), "--wait")
    started = time.monotonic()
    line.run("upgrade", "web", str(line.chart), "--set", "value=timed", "--wait")
    usual = time.monotonic() - started
    rng = random.Random(1)
    known = 2
    for attempt in range(50):
        process = line.start(
            "upgrade", "web", str(line.chart), "--set", f"value=v{attempt}", "--wait", "--history-max", "4"
        )
        time.sleep(usual * rng.uniform(0.3, 1.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        history = line.history()
        revisions = [int(str(entry["revision"])) for entry in history]
        assert revisions == sorted(revisions)
        assert revisions[-1] in (known, known + 1)
        assert sum(entry["status"] == "deployed" for entry in history) <= 1
        known = revisions[-1]
    line.run("upgrade", "web", str(line.chart), "--set", "value=last", "--wait")
    assert line.value() == "last"
    assert [entry["status"] for entry in line.history()].count("deployed") == 1


@pytest.mark.slow
def test_an_install_and_an_uninstall_killed(line: CommandLine) -> None:
    line.run("cluster", "info")
    rng = random.Random(2)
    for attempt in range(8):
        process = line.start("install", "web", str(line.chart), "--wait")
        time.sleep(rng.uniform(0.1, 0.6))
        process.kill()
        process.communicate()
        line.run("upgrade", "--install", "web", str(line.chart), "--set", f"value=a{attempt}", "--wait")
        assert line.value() == f"a{attempt}"
        process = line.start("uninstall", "web", "--wait")
        time.sleep(rng.uniform(0.1, 0.6))
        process.kill()
        process.communicate()
        line.run("uninstall", "web", "--ignore-not-found", "--wait")
        assert json.loads(line.run("list", "-o", "json")) == []


@pytest.mark.slow
def test_two_commands_at_once_wait_for_each_other(line: CommandLine) -> None:
    line.run("install", "web", str(line.chart))
    processes = [line.start("upgrade", "web", str(line.chart), "--set", f"value=p{n}") for n in range(6)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    history = line.history()
    assert [entry["revision"] for entry in history] == list(range(1, 8))
    assert [entry["status"] for entry in history] == ["superseded"] * 6 + ["deployed"]


def test_ctrl_c_leaves_a_failed_revision(line: CommandLine) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c, image: nginx, readinessProbe: {exec: {command: ['false']}}}]}\n"
    (line.chart / "templates" / "deployment.yaml").write_text(pod)
    process = line.start("install", "web", str(line.chart), "--wait", "--timeout", "100000h")
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Release web has been cancelled." in out
    assert err == "Error: INSTALLATION FAILED: context canceled\n"
    assert [entry["status"] for entry in line.history()] == ["failed"]
