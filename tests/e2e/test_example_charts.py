"""Every example chart: linted, installed to Ready, upgraded, rolled back, tested, uninstalled."""

from pathlib import Path

import pytest

from cluster_core.client import resources
from cluster_core.cluster import Cluster
from helmpy.lint import linter
from helmpy.testing import Helm
from helmpy.yaml import loader

CHARTS = sorted((Path(__file__).parents[2] / "example_charts").iterdir())
NAMES = [chart.name for chart in CHARTS]


def upgrade_values(chart: Path) -> dict[str, object]:
    return loader.load_values((chart / "ci" / "upgrade-values.yaml").read_bytes())


def unready(cluster: Cluster) -> list[str]:
    """Pods that are neither ready nor done nor on their way out."""
    found = []
    for pod in cluster.client.list(resources.PODS)["items"]:
        conditions = {c["type"]: c["status"] for c in pod["status"].get("conditions", [])}
        gone = pod["metadata"].get("deletionTimestamp") or pod["status"].get("phase") == "Succeeded"
        if not gone and conditions.get("Ready") != "True":
            found.append(pod["metadata"]["name"])
    return found


def test_there_are_enough() -> None:
    assert len(CHARTS) >= 6
    jinja = [chart for chart in CHARTS if list(chart.rglob("*.j2"))]
    assert len(jinja) >= 2
    assert any((chart / "charts").is_dir() for chart in CHARTS)


@pytest.mark.parametrize("chart", CHARTS, ids=NAMES)
def test_lint_finds_nothing(chart: Path) -> None:
    result = linter.run(str(chart), {}, strict=True)
    assert not result.failed, result.text()


@pytest.mark.parametrize("chart", CHARTS, ids=NAMES)
def test_install_upgrade_roll_back(cluster: Cluster, helm: Helm, chart: Path) -> None:
    first = helm.install("demo", chart, wait=True)
    assert first.info.status == "deployed"
    assert unready(cluster) == []
    second = helm.upgrade("demo", chart, upgrade_values(chart), wait=True)
    assert second.version == 2
    assert second.manifest != first.manifest
    assert unready(cluster) == []
    third = helm.rollback("demo", 1, wait=True)
    assert third.manifest == first.manifest
    assert unready(cluster) == []
    assert [r.info.status for r in helm.history("demo")] == ["superseded", "superseded", "deployed"]
    if any("test" in hook.events for hook in third.hooks):
        assert {h.last_run.phase for h in helm.test("demo").hooks if "test" in h.events} == {"Succeeded"}
    helm.uninstall("demo", wait=True)
    cluster.settle()
    left = {pod["metadata"]["name"] for pod in cluster.client.list(resources.PODS, "default")["items"]}
    assert left <= {hook.name for hook in third.hooks}


def test_claims_outlive_the_release(cluster: Cluster, helm: Helm) -> None:
    chart = next(c for c in CHARTS if c.name.endswith("stateful"))
    helm.install("db", chart, wait=True)
    claims = resources.PERSISTENTVOLUMECLAIMS
    names = sorted(c["metadata"]["name"] for c in cluster.client.list(claims, "default")["items"])
    assert names == ["data-db-0", "data-db-1", "data-db-2"]
    helm.uninstall("db", wait=True)
    assert len(cluster.client.list(claims, "default")["items"]) == 3
