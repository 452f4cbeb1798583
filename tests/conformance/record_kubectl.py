"""Records kubectl_sequences.py from a real cluster into tests/golden/api/kubectl_more.jsonl.

    python tests/conformance/record_kubectl.py --kubeconfig REAL --pause PID,PID [--only NAME]

The cluster has fake nodes node-0 to node-2. `--pause` names its controllers, scheduler and kubelets: they are held while sequences of
mode "bare" run. No test.
"""

import argparse
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from kubectl_sequences import SEQUENCES
from kubectl_session import ORACLE, Cluster, Sequence

GOLDEN = Path(__file__).parents[1] / "golden" / "api" / "kubectl_more.jsonl"


def real(path: str, full: bool, count: int) -> Cluster:
    """The real cluster under the names of the recordings."""
    config = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    config["clusters"][0]["name"] = config["contexts"][0]["name"] = config["current-context"] = "lab"
    config["users"][0]["name"] = "admin"
    config["contexts"][0]["context"] = {"cluster": "lab", "user": "admin"}
    cluster = Cluster(str(ORACLE), json.dumps(config), full)
    cluster.count = count
    return cluster


@contextmanager
def held(pids: list[int]) -> Iterator[None]:
    """Keep processes from running meanwhile."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def record(cluster: Cluster, name: str, sequence: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of one sequence."""
    files = sequence.get("files", {})
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "w")
        folder.mkdir()
        session = Sequence(cluster, folder, files)
        for number, step in enumerate(sequence["steps"]):
            head = {"id": f"kubectl/{name}/{number:03}", "sequence": name, "step": number, "mode": sequence["mode"]}
            row = {**head, **(step if isinstance(step, dict) else {"argv": step.split(" ")})}
            row.update(session.result(row))
            rows.append(row)
        session.run("delete", "namespace", session.namespace, "other", "--wait=false")
    if files:
        rows[0]["files"] = files
    return rows


def main() -> None:
    """Record."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--pause", default="")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    kept: dict[str, list[dict[str, Any]]] = {}
    if GOLDEN.exists():
        for line in GOLDEN.read_text(encoding="utf-8").splitlines():
            kept.setdefault(json.loads(line)["sequence"], []).append(json.loads(line))
    pids = [int(pid) for pid in options.pause.split(",") if pid]
    for count, (name, sequence) in enumerate(sorted(SEQUENCES.items())):
        if re.fullmatch(options.only or ".*", name):
            full = sequence["mode"] == "full"
            with held([] if full else pids):
                kept[name] = record(real(options.kubeconfig, full, count), name, sequence)
            print(name, len(kept[name]), file=sys.stderr)
            rows = [row for each in sorted(kept) if each in SEQUENCES for row in kept[each]]
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            GOLDEN.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
