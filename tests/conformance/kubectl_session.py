"""kubectl as the recordings run it: a server, a folder and a namespace per sequence, and texts without what changes from run to run.

Used by test_kubectl.py, and by record_kubectl.py, which runs the same against a real cluster.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cluster_core import serving

ORACLE = Path("~/.cache/helmpy-oracle/bin/kubectl").expanduser()
OPTIONS = ("env", "seconds", "during")
"""What a step may say about how it runs, see `Sequence.run`."""
SAFE = "bcdfghjklmnpqrstvwxz2456789"


class Cluster:
    """A cluster to run kubectl against: its kubeconfig with context, cluster "lab" and user "admin", as JSON-like YAML."""

    def __init__(self, kubectl: str, kubeconfig: str, full: bool) -> None:
        self.kubectl, self.kubeconfig, self.full = kubectl, kubeconfig, full
        self.count = 0


class Served(Cluster):
    """A server of ours in a process of its own."""

    def __init__(self, home: Path, kubectl: str, full: bool) -> None:
        self.path = str(home / "cluster.db")
        self.environment = {**os.environ, "HELMPY_HOME": str(home), "KUBECONFIG": ""}
        self._flags = () if full else ("--controllers=false",)
        self._helmpy("start", "--detach", *self._flags)
        config = self._helmpy("kubeconfig", "--user", "admin", "--group", "system:masters")
        super().__init__(kubectl, config.replace("helmpy", "lab"), full)
        if full:
            nodes = [flag for number in range(3) for flag in ("--add", f"node-{number}")]
            self._helmpy("nodes", *nodes, "--remove", "helmpy-1")

    def _helmpy(self, *args: str) -> str:
        command = [sys.executable, "-m", "helmpy", "cluster", *args]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def restart(self) -> None:
        """Stop it, and start it again at the same address."""
        port = self.kubeconfig.partition("https://127.0.0.1:")[2].partition('"')[0]
        self.end()
        self._helmpy("start", "--detach", f"--port={port}", *self._flags)

    def end(self) -> None:
        """Stop it."""
        serving.stop(self.path)


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
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder.parent),
            "KUBECONFIG": str(folder / "kc"),
            "TZ": "UTC",
            "KUBE_EDITOR": "true",
        }
        self.run("create", "namespace", self.namespace)
        self.run("create", "namespace", "other")
        for _ in range(50):
            made = self.run("create", "serviceaccount", "default") if not cluster.full else None
            if made is not None or self.run("get", "serviceaccount", "default").returncode == 0:
                break
            time.sleep(0.1)

    def run(self, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """One kubectl. `env`: more environment; `seconds`: after that long it is interrupted; `during`: another invocation
        after half that time."""
        command = [self.cluster.kubectl, *args]
        environment = {**self.environment, **options.get("env", {})}
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        seconds = options.get("seconds", 0)
        try:
            if "during" in options:
                time.sleep(seconds / 2)
                self.run(*self._here(options["during"]))
                seconds /= 2
            out, err = process.communicate(timeout=seconds or 75)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT if seconds else signal.SIGKILL)
            out, err = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def _here(self, argv: list[str]) -> list[str]:
        return [re.sub(r"\bgold\b(?!-)", self.namespace, a) for a in argv]

    def result(self, row: dict[str, Any]) -> dict[str, Any]:
        """Run a step: exit code and masked output."""
        done = self.run(*self._here(row["argv"]), **{k: row[k] for k in OPTIONS if k in row})
        texts = {n: self.masked(getattr(done, n), row["argv"]) for n in ("stdout", "stderr")}
        return {"exit": done.returncode, **texts}

    def check(self, row: dict[str, Any]) -> str:
        """Run a step; "" or what differs."""
        got = self.result(row)
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
        home = str(self.folder.parent)
        for old, new in (
            (str(self.folder), "<dir>"),
            (home, "<home>"),
            (self.namespace, "gold"),
            (url, "127.0.0.1:<port>"),
        ):
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
    (r'(resourceVersion\\*":\\*")\d+', r"\1<rv>"),
    (r"Created on: +.* UTC", "Created on: <time>"),
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
