"""Whole scenarios on the embedded cluster print what the real helm printed on a real one (tests/golden/commands)."""

import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster_core.client import resources
from cluster_core.client.client import Client
from cluster_core.cluster import Cluster
from helmpy.commands import cli, settings
from helmpy.kube import apply, connection, kinds
from helmpy.kube import resources as manifests

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"
SCENARIOS = sorted(path.stem for path in GOLDEN.glob("*.json"))

PAUSE = 2.0
"""Seconds between two commands: nobody types faster, and deleted pods are gone by then."""

MASKS: tuple[tuple[str, str], ...] = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", "TIME"),
    (r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}", "ANSIC"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \S+[ ]*", "GOTIME"),
    (r"UPDATED[ ]+\t", "UPDATED\t"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"\bhelmpy\b", "helm"),
    (r"\bUID UID\b", "UID"),
    (r"-1[789]\d{8}\b", "-UNIX"),
    (r"(?m)\s+\d+m?s$", " AGE"),
    (r"10\.96\.\d+\.\d+ *", "ADDRESS "),
    (r"CLUSTER-IP +", "CLUSTER-IP "),
    (r"\b([a-z0-9]+(?:-[a-z0-9]+)*-[a-f0-9]{8,10})-[a-z0-9]{5}\b", r"\1-SUFFIX"),
    (r'modifiedAt(=|": ?"|: ")\d+', r"modifiedAt\1N"),
    (r'\{"labels":\{[^}]*\},"Spec"', '{"labels":{},"Spec"'),
    (r'\{\\"labels\\":\{[^}]*\},\\"Spec\\"', r'{\\"labels\\":{},\\"Spec\\"'),
)


def masked(text: str) -> str:
    """A text without what differs from run to run, and without the notes that helmpy adds to Helm's messages."""
    for pattern, name in MASKS:
        text = re.sub(pattern, name, text)
    lines = (line for line in text.splitlines(keepends=True) if not line.startswith(("level=DEBUG", "  pod ")))
    return re.sub(r"(DESCRIPTION|LABELS: \S*)[ ]+\n", r"\1\n", "".join(lines))


class Shared(connection.EmbeddedConnection):
    """A connection to a cluster that outlives the command."""

    def close(self) -> None:
        return None


@pytest.fixture
def helm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Iterator[Callable[[dict[str, Any]], tuple[Any, str, str]]]:
    """Runs one step; gives its exit code and both texts, or nothing for a step that prepares objects."""
    namespace = f"r00000-{request.node.callspec.params['name']}"
    with Cluster() as cluster:
        cluster.client.create(
            resources.NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        )
        monkeypatch.setattr(connection, "open_embedded", lambda target: Shared(cluster, target))
        for name, value in {"HOME": str(tmp_path), "HELM_NAMESPACE": namespace, "TZ": "UTC"}.items():
            monkeypatch.setenv(name, value)
        time.tzset()

        def run(step: dict[str, Any]) -> tuple[Any, str, str]:
            cluster.run_until(lambda: False, PAUSE)
            if "kubectl" in step:
                prepare(cluster, namespace, step)
                return None, "", ""
            with pytest.MonkeyPatch.context() as patch:
                for name, value in step.get("env", {}).items():
                    patch.setenv(name, value)
                patch.setattr(sys, "stdin", io.StringIO(""))
                with pytest.raises(SystemExit) as left:
                    cli.run([word.replace("NS", namespace) for word in step["argv"]])
            captured = capsys.readouterr()
            texts = (text.replace(str(tmp_path), "WORK") for text in (captured.out, captured.err))
            out, err = (masked(text.replace(namespace, "NS")) for text in texts)
            return left.value.code, out, err

        yield run
    settings.use({})
    monkeypatch.undo()
    time.tzset()


def prepare(cluster: Cluster, namespace: str, step: dict[str, Any]) -> None:
    verb, *args = step["kubectl"]
    own = cluster.client
    client = Client(own.transport, field_manager=f"kubectl-{verb}", user=own.user)
    if verb == "create":
        built = manifests.build(client, step["stdin"], namespace)
        apply.create(client, built, apply.ApplyOptions(server_side=False))
        return
    kind = kinds.resolve(client, args[0])[0]
    where = namespace if kind.namespaced else ""
    if verb == "delete":
        client.delete(kind.gvr, args[1], where)
    else:
        client.patch(kind.gvr, args[1], json.loads(args[-1]), where, type="merge")


@pytest.mark.parametrize("name", SCENARIOS)
def test_commands_print_what_helm_prints(
    name: str,
    helm: Callable[[dict[str, Any]], tuple[Any, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = json.loads((GOLDEN / f"{name}.json").read_text())
    for path, text in scenario["files"].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    for position, step in enumerate(scenario["steps"]):
        got = helm(step)
        if "argv" in step:
            texts = (step["stdout"], step["stderr"])
            wanted = (step["exit"], *(text if text is None else masked(text) for text in texts))
            shown = (got[0], *(None if text is None else mine for mine, text in zip(got[1:], texts, strict=True)))
            assert shown == wanted, f"step {position}: {' '.join(step['argv'])}"
