"""The real kubectl against a served cluster, by invocations recorded from a real API server.

Skips without kubectl 1.36 (KUBECTL, or the oracle's folder). Rows of mode "bare" ran without controllers, rows of mode "full" with them and
nodes node-0 to node-2.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubectl_session import Cluster, Sequence, Served

pytestmark = [pytest.mark.oracle, pytest.mark.slow]
GOLDEN = Path(__file__).parents[1] / "golden" / "api"
FILES = ("kubectl.jsonl", "kubectl_more.jsonl")
"""The second is made by record_kubectl.py from kubectl_sequences.py."""

KNOWN = {
    "kubectl/get/011": "the recorded shell split an argument differently",
    "kubectl/get/048": "component statuses are not served",
    "kubectl/apply/017": "unknown fields are reported in another order",
    "kubectl/apply/035": "field managers stand by time, so their order depends on whether two writes share a second",
    "kubectl/apply/041": "quotes the field managers of 035",
    "kubectl/apply/040": "the real server names one of several unknown fields, by chance",
    "kubectl/auth-meta/033": "the build of kubectl",
    "kubectl/auth-meta/034": "the build of kubectl",
    "kubectl/more-describe/002": "Go names embedded structs in the path",
    "kubectl/more-nodes-full/012": "which pods are on the node is the scheduler's choice",
    "kubectl/more-describe/007": "kubectl lists a limit range's resources in any order",
    "kubectl/more-describe/024": "nobody tells whether a flow schema's level exists",
    "kubectl/rollout-full/025": "pods of the old revision take time to stop here, and go while kubectl waits",
}
"""Rows that differ, and why."""


def rows() -> dict[str, list[dict[str, Any]]]:
    """The recorded steps by sequence."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in FILES:
        for line in (GOLDEN / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.setdefault(row["sequence"], []).append(row)
    return found


SEQUENCES = rows()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory, kubectl: str) -> Iterator[Cluster]:
    """No controllers."""
    found = Served(tmp_path_factory.mktemp("bare"), kubectl, full=False)
    yield found
    found.end()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, kubectl: str) -> Iterator[Cluster]:
    """Everything runs."""
    found = Served(tmp_path_factory.mktemp("full"), kubectl, full=True)
    yield found
    found.end()


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
