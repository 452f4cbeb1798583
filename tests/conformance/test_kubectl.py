"""The real kubectl against a served cluster, by invocations recorded from a real API server.

Skips without kubectl 1.36 (KUBECTL, or the oracle's folder). Rows of mode "bare" ran without controllers, rows of mode "full" with them and
nodes node-0 to node-2.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster_core import serving

pytestmark = [pytest.mark.oracle, pytest.mark.slow]
GOLDEN = Path(__file__).parents[1] / "golden" / "api" / "kubectl.jsonl"
ORACLE = Path("~/.cache/helmpy-oracle/bin/kubectl").expanduser()
SAFE = "bcdfghjklmnpqrstvwxz2456789"

KNOWN = {
    "kubectl/get/011": "the recorded shell split an argument differently",
    "kubectl/get/048": "component statuses are not served",
    "kubectl/apply/017": "unknown fields are reported in another order",
    "kubectl/apply/035": "field managers stand by time, so their order depends on whether two writes share a second",
    "kubectl/apply/041": "quotes the field managers of 035",
    "kubectl/apply/040": "the real server names one of several unknown fields, by chance",
    "kubectl/auth-meta/033": "the build of kubectl",
    "kubectl/auth-meta/034": "the build of kubectl",
    "kubectl/rollout-full/025": "pods of the old revision take time to stop here, and go while kubectl waits",
}
"""Rows that differ, and why."""


def rows() -> dict[str, list[dict[str, Any]]]:
    """The recorded steps by sequence."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found.setdefault(row["sequence"], []).append(row)
    return found


SEQUENCES = rows()


@pytest.fixture(scope="module")
def kubectl() -> str:
    """The tool."""
    found = os.environ.get("KUBECTL") or (str(ORACLE) if ORACLE.exists() else shutil.which("kubectl"))
    if not found:
        pytest.skip("no kubectl")
    version = subprocess.run([found, "version", "--client", "-o", "json"], capture_output=True, text=True, check=False)
    if '"v1.36' not in version.stdout:
        pytest.skip("the recordings are of kubectl 1.36")
    return found


class Cluster:
    """A server in a process of its own."""

    def __init__(self, home: Path, kubectl: str, full: bool) -> None:
        self.kubectl, self.full = kubectl, full
        self.path = str(home / "cluster.db")
        self.environment = {**os.environ, "HELMPY_HOME": str(home), "KUBECONFIG": ""}
        self._helmpy("start", "--detach", *(() if full else ("--controllers=false",)))
        config = self._helmpy("kubeconfig", "--user", "admin", "--group", "system:masters")
        self.kubeconfig = config.replace("helmpy", "lab").replace('"admin"', '"admin"')
        if full:
            nodes = [flag for number in range(3) for flag in ("--add", f"node-{number}")]
            self._helmpy("nodes", *nodes, "--remove", "helmpy-1")
        self.count = 0

    def _helmpy(self, *args: str) -> str:
        command = [sys.executable, "-m", "helmpy", "cluster", *args]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def end(self) -> None:
        """Stop it."""
        serving.stop(self.path)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, kubectl: str) -> Iterator[Cluster]:
    """No controllers."""
    found = Cluster(tmp_path_factory.mktemp("bare"), kubectl, full=False)
    yield found
    found.end()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, kubectl: str) -> Iterator[Cluster]:
    """Everything runs."""
    found = Cluster(tmp_path_factory.mktemp("full"), kubectl, full=True)
    yield found
    found.end()


class Sequence:
    """A folder and a namespace (as wide as the recorded one) for the steps of one sequence."""

    def __init__(self, cluster: Cluster, folder: Path, files: dict[str, str]) -> None:
        self.cluster, self.folder = cluster, folder
        cluster.count += 1
        self.namespace = f"gx{cluster.count:02}"
        config = cluster.kubeconfig.replace('"user": "admin"}', f'"user": "admin", "namespace": "{self.namespace}"}}')
        other = {"apiVersion": "v1", "kind": "Config", "current-context": "lab"}
        other["clusters"] = [{"name": "lab", "cluster": {"server": "https://127.0.0.1:1"}}]  # type: ignore[assignment]
        other["users"] = [{"name": "u", "user": {"token": "secret"}}]  # type: ignore[assignment]
        other["contexts"] = [{"name": "lab", "context": {"cluster": "lab", "user": "u"}}]  # type: ignore[assignment]
        for name, text in {**files, "kc": config, "kc2": json.dumps(other)}.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder.parent),
            "KUBECONFIG": str(folder / "kc"),
            "TZ": "UTC",
        }
        self.run("create", "namespace", self.namespace)
        self.run("create", "namespace", "other")
        for _ in range(50):
            made = self.run("create", "serviceaccount", "default") if not cluster.full else None
            if made is not None or self.run("get", "serviceaccount", "default").returncode == 0:
                break
            time.sleep(0.1)

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """One kubectl."""
        return subprocess.run(
            [self.cluster.kubectl, *args],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=75,
            check=False,
        )

    def check(self, row: dict[str, Any]) -> str:
        """Run a step; "" or what differs."""
        argv = [re.sub(r"\bgold\b(?!-)", self.namespace, a) for a in row["argv"]]
        done = self.run(*argv)
        got = {"exit": done.returncode, **{n: self.masked(getattr(done, n), row["argv"]) for n in ("stdout", "stderr")}}
        wanted = {name: row[name] for name in got}
        if wanted["stdout"].startswith("<the schema package"):
            wanted["stdout"] = got["stdout"] if got["stdout"] else "some text"
        if "--list" in row["argv"]:
            for side in (wanted, got):
                side["stdout"] = sorted(side["stdout"].split("\n"))
        return "" if same(wanted, got) else f"$ kubectl {' '.join(row['argv'])}\nwanted {wanted}\ngot    {got}"

    def masked(self, text: str, argv: list[str]) -> str:
        """A text with what changes from run to run replaced, as the recorder did."""
        url = self.cluster.kubeconfig.partition("https://")[2].partition('"')[0]
        for old, new in ((str(self.folder), "<dir>"), (self.namespace, "gold"), (url, "127.0.0.1:<port>")):
            text = text.replace(old, new)
        for pattern, new in MASKS:
            text = re.sub(pattern, new, text)
        if "31777" not in text and "31778" not in text:
            text = re.sub(r'(nodePort"?: )3\d{4}', r"\1<nodePort>", text)
        return "\n".join(masked_lines(text.split("\n"), argv))


MASKS = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uid>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "<time>"),
    (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "<date>"),
    (r"[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ", "<klog> "),
    (r'("?resourceVersion"?: ?)"\d+"', r'\1"<rv>"'),
    (r"Resource Version: +\d+", "Resource Version: <rv>"),
    (r"10\.96\.\d+\.\d+", "<clusterIP>"),
    (r"10\.244\.\d+\.\d+", "<podIP>"),
    (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "<token>"),
    (r"\b[0-9A-F]{2}(:[0-9A-F]{2}){31}\b|\b[0-9a-f]{64}\b", "<hash>"),
    (r"kube-api-access-[a-z0-9]{5}\b", "kube-api-access-<rand>"),
    (rf"(-[{SAFE}]{{8,10}})-[{SAFE}]{{5}}\b", r"\1-<rand>"),
    (r"/tmp/(LIVE|MERGED)-\d+", r"/tmp/\1-<n>"),
    (r"(\+\+\+|---) (.*?)\t.*", r"\1 \2" + "\t<time>"),
)
_PLAIN_TABLES = ("yaml", "json", "-ojson", "kyaml", "custom")


def masked_lines(lines: list[str], argv: list[str]) -> list[str]:
    """Ages, ports and the widths of columns."""
    verb = argv[0] if argv else ""
    if verb in ("get", "events") and not any(a.startswith(_PLAIN_TABLES) for a in argv):
        for pattern, new in (
            (r"(?<=\s)(\d+[smh])+(?=\s|$)", "<age>"),
            (r":3[012]\d{3}/", ":<nodePort>/"),
            (r"   +", "   "),
            (r" +$", ""),
        ):
            lines = [re.sub(pattern, new, line) for line in lines]
    if verb == "describe":
        age = r"(?<=  )(\d+[smh])+( \(x\d+ over (\d+[smh])+\))?(?=\s)"
        lines = [re.sub(r"^(Age|Start Time|Started|AGE): +.*", r"\1: <age>", line) for line in lines]
        lines = [line if "delay=" in line else re.sub(age, "<age>", line) for line in lines]
        lines = [re.sub(r"(NodePort:.*)3[012]\d{3}/", r"\1<nodePort>/", line) for line in lines]
    if argv[:2] == ["rollout", "status"]:
        lines = [line for line in lines if not line.startswith("Waiting for")]
    if verb == "wait" and "-l" in argv:
        lines = [re.sub(rf"pod/web-[{SAFE}]+-<rand>", "pod/web-<hash>-<rand>", line) for line in lines]
    return lines


def same(wanted: Any, got: Any) -> bool:
    """Whether texts agree but for volatile ages and placeholders."""
    if isinstance(wanted, dict):
        return all(same(wanted[name], got[name]) for name in wanted)
    if isinstance(wanted, str):
        if "(<age> ago)" in wanted:
            got = re.sub(r"\((\d+[smhdy])+ ago\)", "(<age> ago)", got)
        return re.sub(r"<(uid|rv)\d*>", "<#>", wanted) == re.sub(r"<(uid|rv)\d*>", "<#>", got)
    return bool(wanted == got)


@pytest.mark.parametrize("name", sorted(n for n, steps in SEQUENCES.items() if steps[0]["mode"] == "bare"))
def test_bare(bare: Cluster, tmp_path: Path, name: str) -> None:
    check(bare, tmp_path, SEQUENCES[name])


@pytest.mark.parametrize("name", sorted(n for n, steps in SEQUENCES.items() if steps[0]["mode"] == "full"))
def test_full(full: Cluster, tmp_path: Path, name: str) -> None:
    check(full, tmp_path, SEQUENCES[name])


def check(cluster: Cluster, tmp_path: Path, steps: list[dict[str, Any]]) -> None:
    """Run a sequence and tell every step that differs."""
    folder = tmp_path / "w"
    folder.mkdir()
    sequence = Sequence(cluster, folder, steps[0].get("files", {}))
    found = {row["id"]: sequence.check(row) for row in steps}
    sequence.run("delete", "namespace", sequence.namespace, "other", "--wait=false")
    wrong = [f"{id_}: {text}" for id_, text in found.items() if text and id_ not in KNOWN]
    assert not wrong, "\n\n".join(wrong)
