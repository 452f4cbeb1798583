"""The real helm 3 and helm 4 against a served cluster, beside helmpy: hooks, --wait, tests, and each other's releases."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubectl_session import Served

pytestmark = [pytest.mark.oracle, pytest.mark.slow]
ORACLE = Path("~/.cache/helmpy-oracle/bin").expanduser()
FILES = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
    "values.yaml": "replicas: 2\nimage: nginx:1.27\n",
    "templates/deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata: {labels: {app: "{{ .Release.Name }}"}}
    spec: {containers: [{name: web, image: "{{ .Values.image }}", ports: [{containerPort: 80}]}]}
""",
    "templates/service.yaml": """\
apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}"}
spec: {selector: {app: "{{ .Release.Name }}"}, ports: [{port: 80}]}
""",
    "templates/hook.yaml": """\
apiVersion: batch/v1
kind: Job
metadata:
  name: "{{ .Release.Name }}-prepare"
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "echo prepared"]}]}}
""",
    "templates/test.yaml": """\
apiVersion: v1
kind: Pod
metadata: {name: "{{ .Release.Name }}-test", annotations: {helm.sh/hook: test}}
spec: {restartPolicy: Never, containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "echo tested"]}]}
""",
    "templates/NOTES.txt": "Revision {{ .Release.Revision }} of {{ .Release.Name }}\n",
}


class Tools:
    """helm3, helm4 and helmpy with one cluster and one chart."""

    def __init__(self, cluster: Served, folder: Path) -> None:
        (folder / "kc").write_text(cluster.kubeconfig, encoding="utf-8")
        for name, text in FILES.items():
            path = folder / "web" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.chart = str(folder / "web")
        self.environment = {
            **os.environ,
            "KUBECONFIG": str(folder / "kc"),
            "HOME": str(folder),
            "HELMPY_HOME": str(folder),
        }

    def run(self, tool: str, *args: str) -> str:
        """Its output; it must succeed."""
        command = [sys.executable, "-m", "helmpy"] if tool == "helmpy" else [str(ORACLE / tool)]
        done = subprocess.run(
            [*command, *args], env=self.environment, capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0, (tool, args, done.stdout, done.stderr)
        return done.stdout

    def history(self, tool: str, name: str) -> list[tuple[int, str, str]]:
        """Revision, status, description."""
        rows: Any = json.loads(self.run(tool, "history", name, "-o", "json"))
        return [(row["revision"], row["status"], row["description"]) for row in rows]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """A cluster for all."""
    cluster = Served(tmp_path_factory.mktemp("helm"), "", full=True)
    yield Tools(cluster, tmp_path_factory.mktemp("work"))
    cluster.end()


@pytest.fixture(params=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest) -> str:
    """One of the two; skips without."""
    name: str = request.param
    if not (ORACLE / name).exists():
        pytest.skip(f"no {name}")
    return name


def test_a_release_lives_and_dies(tools: Tools, helm: str) -> None:
    name = f"life-{helm}"
    assert f"Revision 1 of {name}" in tools.run(helm, "install", name, tools.chart, "--wait", "--timeout=60s")
    tools.run(helm, "upgrade", name, tools.chart, "--set", "replicas=3", "--wait", "--timeout=60s")
    tools.run(helm, "rollback", name, "1", "--wait", "--timeout=60s")
    assert tools.history(helm, name) == [
        (1, "superseded", "Install complete"),
        (2, "superseded", "Upgrade complete"),
        (3, "deployed", "Rollback to 1"),
    ]
    assert "replicas: 3" in tools.run(helm, "get", "manifest", name, "--revision", "2")
    assert json.loads(tools.run(helm, "get", "values", name, "--revision", "2", "-o", "json")) == {"replicas": 3}
    assert "Succeeded" in tools.run(helm, "test", name, "--timeout=60s")
    assert f"{name}-prepare" in tools.run(helm, "get", "hooks", name)
    assert [r["name"] for r in json.loads(tools.run(helm, "list", "-o", "json", "--filter", name))] == [name]
    assert "deployed" in tools.run(helm, "status", name)
    tools.run(helm, "uninstall", name, "--wait", "--timeout=60s")
    assert json.loads(tools.run(helm, "list", "-o", "json", "--filter", name)) == []


def test_helmpy_goes_on_where_helm_stopped(tools: Tools, helm: str) -> None:
    name = f"theirs-{helm}"
    tools.run(helm, "install", name, tools.chart, "--wait", "--timeout=60s")
    assert tools.history("helmpy", name) == tools.history(helm, name)
    for what in ("manifest", "hooks", "notes"):
        assert tools.run("helmpy", "get", what, name).strip() == tools.run(helm, "get", what, name).strip()
    tools.run("helmpy", "upgrade", name, tools.chart, "--set", "image=nginx:1.28", "--wait", "--timeout=60s")
    assert "nginx:1.28" in tools.run(helm, "get", "manifest", name)
    tools.run("helmpy", "rollback", name, "--wait", "--timeout=60s")
    assert [status for _, status, _ in tools.history(helm, name)] == ["superseded", "superseded", "deployed"]
    tools.run("helmpy", "test", name, "--timeout=60s")
    tools.run("helmpy", "uninstall", name, "--wait", "--timeout=60s")


def test_helm_goes_on_where_helmpy_stopped(tools: Tools, helm: str) -> None:
    name = f"ours-{helm}"
    tools.run("helmpy", "install", name, tools.chart, "--wait", "--timeout=60s")
    assert tools.history(helm, name) == tools.history("helmpy", name)
    tools.run(helm, "upgrade", name, tools.chart, "--set", "replicas=1", "--wait", "--timeout=60s")
    tools.run(helm, "rollback", name, "1", "--wait", "--timeout=60s")
    assert tools.history("helmpy", name)[-1] == (3, "deployed", "Rollback to 1")
    tools.run(helm, "test", name, "--timeout=60s")
    tools.run(helm, "uninstall", name, "--wait", "--timeout=60s")


def test_failures_are_told(tools: Tools, helm: str) -> None:
    name = f"bad-{helm}"
    command = [
        str(ORACLE / helm),
        "install",
        name,
        tools.chart,
        "--set",
        "image=none.invalid/x:1",
        "--wait",
        "--timeout=3s",
    ]
    done = subprocess.run(command, env=tools.environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert tools.history("helmpy", name)[-1][1] == "failed"
    tools.run(helm, "uninstall", name)
