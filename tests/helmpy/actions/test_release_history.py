"""The history of a release against a model: upgrades, rollbacks, failures, uninstalls, in any order."""

import random
from dataclasses import dataclass, field

import pytest

from cluster_core.client import resources
from cluster_core.cluster import Cluster
from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError, KubeError, ReleaseError, ReleaseNotFoundError
from helmpy.release import model
from helmpy.release.storage import NoDeployedReleasesError
from helmpy.testing import Helm, make_chart

CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  value: {{ .Values.value | quote }}
{{- if .Values.extra }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-extra
{{- end }}
{{- if .Values.broken }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: Not_A_Name
{{- end }}
"""


def chart(version: str = "0.1.0") -> Chart:
    found = make_chart("web", templates={"cm.yaml": CONFIG_MAP}, values__yaml="value: default\n")
    found.metadata.version = version
    return found


@dataclass
class Model:
    """What the history must look like: revision → (status, value)."""

    maximum: int = 0
    revisions: dict[int, tuple[str, str]] = field(default_factory=dict)
    last: int = 0

    def add(self, status: str, value: str) -> None:
        if self.maximum:
            self._prune()
        self.last += 1
        if status == model.DEPLOYED:
            for revision, (old, old_value) in self.revisions.items():
                if old == model.DEPLOYED:
                    self.revisions[revision] = (model.SUPERSEDED, old_value)
        self.revisions[self.last] = (status, value)

    def _prune(self) -> None:
        deployed = {r for r, (status, _) in self.revisions.items() if status == model.DEPLOYED}
        surplus = len(self.revisions) - (self.maximum - 1)
        for revision in sorted(set(self.revisions) - deployed)[: max(surplus, 0)]:
            del self.revisions[revision]


def live_value(cluster: Cluster) -> str:
    return str(cluster.client.get(resources.CONFIGMAPS, "web", "default")["data"]["value"])


@pytest.mark.parametrize("seed", range(6))
def test_thirty_operations_at_random(cluster: Cluster, helm: Helm, seed: int) -> None:
    rng = random.Random(seed)
    expected = Model(maximum=rng.choice([0, 3, 5, 10]))
    helm.install("web", chart(), {"value": "v1"})
    expected.add(model.DEPLOYED, "v1")
    for step in range(30):
        kind = rng.choice(["upgrade", "upgrade", "rollback", "broken"])
        if kind == "upgrade":
            value = f"v{step}"
            helm.upgrade("web", chart(), {"value": value, "extra": rng.random() < 0.5}, max_history=expected.maximum)
            expected.add(model.DEPLOYED, value)
        elif kind == "broken":
            with pytest.raises(KubeError):
                helm.upgrade("web", chart(), {"value": "x", "broken": True}, max_history=expected.maximum)
            expected.add(model.FAILED, "x")
        else:
            wanted = rng.choice([r for r, (status, _) in expected.revisions.items() if status != model.FAILED])
            helm.rollback("web", wanted, max_history=expected.maximum)
            expected.add(model.DEPLOYED, expected.revisions[wanted][1])
        history = helm.history("web")
        assert {r.version: r.info.status for r in history} == {v: s for v, (s, _) in expected.revisions.items()}
        assert sum(r.info.status == model.DEPLOYED for r in history) == 1
        if history[-1].info.status == model.DEPLOYED:
            assert live_value(cluster) == expected.revisions[expected.last][1]


def test_an_object_that_left_the_chart_is_deleted(cluster: Cluster, helm: Helm) -> None:
    helm.install("web", chart(), {"extra": True})
    helm.upgrade("web", chart(), {"extra": False})
    names = {o["metadata"]["name"] for o in cluster.client.list(resources.CONFIGMAPS, "default")["items"]}
    assert "web" in names
    assert "web-extra" not in names
    helm.rollback("web", 1)
    names = {o["metadata"]["name"] for o in cluster.client.list(resources.CONFIGMAPS, "default")["items"]}
    assert "web-extra" in names


@pytest.mark.parametrize(
    ("options", "values", "value"),
    [
        ({}, {}, "old"),
        ({}, {"other": 1}, "default"),
        ({"reset_values": True}, {}, "default"),
        ({"reuse_values": True}, {"other": 1}, "old"),
        ({"reset_then_reuse_values": True}, {"other": 1}, "old"),
        ({"reuse_values": True}, {"value": "new"}, "new"),
        ({"reset_values": True, "reuse_values": True}, {"other": 1}, "default"),
    ],
)
def test_which_values_an_upgrade_starts_from(
    cluster: Cluster, helm: Helm, options: dict[str, bool], values: dict[str, object], value: str
) -> None:
    helm.install("web", chart(), {"value": "old"})
    helm.upgrade("web", chart(), values, **options)
    assert live_value(cluster) == value


def test_a_name_in_use(helm: Helm) -> None:
    helm.install("web", chart())
    with pytest.raises(ReleaseError, match="cannot reuse a name that is still in use"):
        helm.install("web", chart())
    with pytest.raises(ReleaseError, match="cannot reuse a name that is still in use"):
        helm.install("web", chart(), replace=True)


def test_uninstall_keep_history_and_reinstall(cluster: Cluster, helm: Helm) -> None:
    helm.install("web", chart(), {"value": "one"})
    helm.uninstall("web", keep_history=True)
    assert [r.info.status for r in helm.history("web")] == [model.UNINSTALLED]
    assert not [
        o for o in cluster.client.list(resources.CONFIGMAPS, "default")["items"] if o["metadata"]["name"] == "web"
    ]
    with pytest.raises(ReleaseError, match='the release named "web" is already deleted'):
        helm.uninstall("web", keep_history=True)
    with pytest.raises(ReleaseError, match="still in use"):
        helm.install("web", chart())
    helm.install("web", chart(), {"value": "two"}, replace=True)
    assert [(r.version, r.info.status) for r in helm.history("web")] == [(1, model.SUPERSEDED), (2, model.DEPLOYED)]
    helm.uninstall("web")
    with pytest.raises(ReleaseNotFoundError):
        helm.history("web")


def test_rollback_of_an_uninstalled_release_brings_it_back(cluster: Cluster, helm: Helm) -> None:
    helm.install("web", chart(), {"value": "one"})
    helm.uninstall("web", keep_history=True)
    helm.rollback("web", 1)
    assert live_value(cluster) == "one"
    assert helm.status("web").info.status == model.DEPLOYED


@pytest.mark.parametrize(
    ("revision", "message"),
    [(0, "release has no 0 version"), (7, "release has no 7 version"), (-1, "invalid release revision")],
)
def test_rollback_to_what_is_not_there(helm: Helm, revision: int, message: str) -> None:
    helm.install("web", chart())
    with pytest.raises(HelmpyError) as caught:
        helm.rollback("web", revision)
    assert str(caught.value) == message


def test_upgrade_of_what_is_not_there(helm: Helm) -> None:
    with pytest.raises(NoDeployedReleasesError, match='"web" has no deployed releases'):
        helm.upgrade("web", chart())


def test_a_failed_install_can_be_upgraded(cluster: Cluster, helm: Helm) -> None:
    with pytest.raises(KubeError):
        helm.install("web", chart(), {"broken": True})
    assert helm.status("web").info.status == model.FAILED
    helm.upgrade("web", chart(), {"value": "fixed"})
    assert [r.info.status for r in helm.history("web")] == [model.FAILED, model.DEPLOYED] or [
        r.info.status for r in helm.history("web")
    ] == [model.SUPERSEDED, model.DEPLOYED]
    assert live_value(cluster) == "fixed"


def test_rollback_on_failure_of_an_install_leaves_nothing(cluster: Cluster, helm: Helm) -> None:
    with pytest.raises(KubeError, match="has been uninstalled due to rollback-on-failure being set"):
        helm.install("web", chart(), {"broken": True}, rollback_on_failure=True)
    with pytest.raises(ReleaseNotFoundError):
        helm.history("web")


def test_rollback_on_failure_of_an_upgrade_goes_back(cluster: Cluster, helm: Helm) -> None:
    helm.install("web", chart(), {"value": "good"})
    with pytest.raises(KubeError, match="has been rolled back due to rollback-on-failure being set"):
        helm.upgrade("web", chart(), {"value": "bad", "broken": True}, rollback_on_failure=True)
    assert live_value(cluster) == "good"
    statuses = [r.info.status for r in helm.history("web")]
    assert statuses == [model.SUPERSEDED, model.FAILED, model.DEPLOYED]


def test_cleanup_on_fail_deletes_what_the_upgrade_created(cluster: Cluster, helm: Helm) -> None:
    helm.install("web", chart())
    with pytest.raises(KubeError):
        helm.upgrade("web", chart(), {"extra": True, "broken": True}, cleanup_on_fail=True)
    names = {o["metadata"]["name"] for o in cluster.client.list(resources.CONFIGMAPS, "default")["items"]}
    assert "web-extra" not in names


def test_an_object_of_somebody_else_is_not_taken(cluster: Cluster, helm: Helm) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}
    cluster.client.create(resources.CONFIGMAPS, body, "default")
    with pytest.raises(KubeError) as caught:
        helm.install("web", chart())
    assert str(caught.value).startswith(
        'unable to continue with install: ConfigMap "web" in namespace "default" exists and cannot be imported into the '
        'current release: invalid ownership metadata; label validation error: missing key "app.kubernetes.io/managed-by"'
    )
    with pytest.raises(ReleaseNotFoundError):
        helm.history("web")
    helm.install("web", chart(), {"value": "mine"}, take_ownership=True)
    assert live_value(cluster) == "mine"


def test_a_resource_policy_keeps_an_object(cluster: Cluster, helm: Helm) -> None:
    kept = make_chart(
        "web",
        templates={
            "cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n  annotations: {helm.sh/resource-policy: keep}\n"
        },
    )
    helm.install("web", kept)
    assert helm.uninstall("web") == "These resources were kept due to the resource policy:\n[ConfigMap] kept\n"
    assert cluster.client.get(resources.CONFIGMAPS, "kept", "default")


@pytest.mark.parametrize("driver", ["configmap", "memory", "secret"])
def test_every_driver_remembers(cluster: Cluster, driver: str) -> None:
    helm = Helm(cluster, driver=driver)
    helm.install("web", chart(), {"value": "one"})
    helm.upgrade("web", chart("0.2.0"), {"value": "two"}, labels={"team": "a"})
    helm.rollback("web", 1)
    found = [(r.version, r.info.status, r.info.description, r.chart_name) for r in helm.history("web")]
    assert found == [
        (1, "superseded", "Install complete", "web-0.1.0"),
        (2, "superseded", "Upgrade complete", "web-0.2.0"),
        (3, "deployed", "Rollback to 1", "web-0.1.0"),
    ]


def test_client_side_apply_merges_three_ways(cluster: Cluster, helm: Helm) -> None:
    helm.install("web", chart(), {"value": "one"}, server_side=False)
    live = cluster.client.get(resources.CONFIGMAPS, "web", "default")
    cluster.client.update(resources.CONFIGMAPS, {**live, "data": {**live["data"], "own": "kept"}})
    helm.upgrade("web", chart(), {"value": "two"})
    assert cluster.client.get(resources.CONFIGMAPS, "web", "default")["data"] == {"value": "two", "own": "kept"}
    assert helm.status("web").apply_method == "csa"


def test_an_unknown_kind_is_refused(helm: Helm) -> None:
    alien = make_chart("web", templates={"x.yaml": "apiVersion: example.com/v1\nkind: Alien\nmetadata: {name: x}\n"})
    with pytest.raises(KubeError) as caught:
        helm.install("web", alien)
    assert str(caught.value) == (
        'unable to build kubernetes objects from release manifest: resource mapping not found for name: "x" namespace: "" '
        'from "": no matches for kind "Alien" in version "example.com/v1"\nensure CRDs are installed first'
    )


def test_forbidden_reads_as_kubernetes_words_it(cluster: Cluster) -> None:
    with pytest.raises(KubeError) as caught:
        Helm(cluster, as_user="alice").install("web", chart())
    assert str(caught.value) == (
        'unable to continue with install: could not get information about the resource ConfigMap "web" in namespace '
        '"default": configmaps "web" is forbidden: User "alice" cannot get resource "configmaps" in API group "" in the '
        'namespace "default"'
    )
