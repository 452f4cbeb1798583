"""What no recording covers: controllers in a whole cluster, watched through the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from cluster_core.client.resources import (
    CLUSTERROLES,
    CONFIGMAPS,
    DEPLOYMENTS,
    EVENTS,
    NAMESPACES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    SERVICEACCOUNTS,
    STATEFULSETS,
)
from cluster_core.cluster import Cluster
from cluster_core.controllers import registry

Object = dict[str, Any]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as one:
        yield one


def _template(**spec: Any) -> Object:
    return {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "m", "image": "nginx:1"}], **spec}}


def _deployment(replicas: int = 2) -> Object:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "a"}}, "template": _template()}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def _names(cluster: Cluster, gvr: Any, namespace: str = "") -> list[str]:
    return [obj["metadata"]["name"] for obj in cluster.client.list(gvr, namespace)["items"]]


def test_every_enabled_controller_exists_once():
    assert len(set(registry.ENABLED)) == len(registry.ENABLED)
    assert set(registry.ENABLED) == set(registry.CONTROLLERS)


def test_a_deployment_becomes_available_and_settles(cluster: Cluster):
    cluster.client.create(DEPLOYMENTS, _deployment(), "default")
    assert cluster.settle()
    status = cluster.client.get(DEPLOYMENTS, "web", "default")["status"]
    assert (status["readyReplicas"], status["availableReplicas"]) == (2, 2)


def test_the_same_seed_gives_the_same_events():
    def run() -> list[tuple[str, str]]:
        with Cluster(seed=7) as one:
            one.client.create(DEPLOYMENTS, _deployment(5), "default")
            one.settle()
            return [(e["metadata"]["name"], e["message"]) for e in one.client.list(EVENTS)["items"]]

    assert run() == run()


@pytest.mark.parametrize("policy", ["Background", "Foreground"])
def test_deletion_takes_everything_below(cluster: Cluster, policy: str):
    cluster.client.create(DEPLOYMENTS, _deployment(), "default")
    cluster.settle()
    cluster.client.delete(DEPLOYMENTS, "web", "default", propagation_policy=policy)
    cluster.settle()
    assert (_names(cluster, DEPLOYMENTS), _names(cluster, REPLICASETS), _names(cluster, PODS)) == ([], [], [])


def test_owners_in_a_circle_are_collected_in_foreground(cluster: Cluster):
    client = cluster.client
    made = [_config_map(client, name) for name in ("a", "b")]
    for one, other in ((0, 1), (1, 0)):
        owner = {"apiVersion": "v1", "kind": "ConfigMap", "blockOwnerDeletion": True}
        owner |= {k: made[other]["metadata"][k] for k in ("name", "uid")}
        client.patch(CONFIGMAPS, made[one]["metadata"]["name"], {"metadata": {"ownerReferences": [owner]}}, "default")
    cluster.settle()
    client.delete(CONFIGMAPS, "a", "default", propagation_policy="Foreground")
    cluster.settle()
    assert _names(cluster, CONFIGMAPS, "default") == ["kube-root-ca.crt"]


def _config_map(client: Any, name: str) -> Object:
    return client.create(CONFIGMAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}, "default")


def test_an_owner_of_another_namespace_does_not_count(cluster: Cluster):
    client = cluster.client
    owner = client.create(
        CONFIGMAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner"}}, "kube-public"
    )
    cluster.settle()
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    metadata = {"name": "stray", "ownerReferences": [reference]}
    client.create(CONFIGMAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, "default")
    cluster.settle()
    assert "stray" not in _names(cluster, CONFIGMAPS, "default")
    reasons = {event["reason"] for event in client.list(EVENTS)["items"]}
    assert "OwnerRefInvalidNamespace" in reasons


def test_a_claim_gets_a_volume_and_gives_it_back(cluster: Cluster):
    client = cluster.client
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    spec = {
        "replicas": 1,
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "a"}},
        "template": _template(),
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
    }
    stateful_set = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": spec}
    client.create(STATEFULSETS, stateful_set, "default")
    cluster.settle()
    bound = client.get(PERSISTENTVOLUMECLAIMS, "data-db-0", "default")
    assert bound["status"]["phase"] == "Bound"
    larger = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    client.patch(PERSISTENTVOLUMECLAIMS, "data-db-0", larger, "default")
    cluster.settle()
    assert client.get(PERSISTENTVOLUMECLAIMS, "data-db-0", "default")["status"]["capacity"] == {"storage": "2Gi"}
    client.delete(STATEFULSETS, "db", "default")
    client.delete(PERSISTENTVOLUMECLAIMS, "data-db-0", "default")
    cluster.settle()
    assert _names(cluster, PERSISTENTVOLUMES) == []


def test_an_ephemeral_volume_goes_with_its_pod(cluster: Cluster):
    client = cluster.client
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    volume = {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": _template(volumes=[volume])["spec"]}
    cluster.settle()
    client.create(PODS, pod, "default")
    cluster.settle()
    assert client.get(PODS, "p", "default")["status"]["phase"] == "Running"
    client.delete(PODS, "p", "default")
    cluster.settle()
    assert _names(cluster, PERSISTENTVOLUMECLAIMS) == []


def test_a_replication_controller_keeps_its_size(cluster: Cluster):
    spec = {"replicas": 2, "selector": {"app": "a"}, "template": _template()}
    controller = {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "rc"}, "spec": spec}
    cluster.client.create(REPLICATIONCONTROLLERS, controller, "default")
    cluster.settle()
    cluster.client.delete(PODS, _names(cluster, PODS)[0], "default")
    cluster.settle()
    assert len(_names(cluster, PODS)) == 2
    status = cluster.client.get(REPLICATIONCONTROLLERS, "rc", "default")["status"]
    assert status["readyReplicas"] == 2
    assert "terminatingReplicas" not in status


def test_roles_are_aggregated(cluster: Cluster):
    client = cluster.client
    rule = {"apiGroups": ["x.example"], "resources": ["things"], "verbs": ["get"]}
    metadata = {"name": "things", "labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}}
    kind = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    client.create(CLUSTERROLES, {**kind, "metadata": metadata, "rules": [rule]})
    cluster.settle()
    assert rule in client.get(CLUSTERROLES, "view")["rules"]


def test_a_namespace_goes_with_its_content(cluster: Cluster):
    client = cluster.client
    client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gone"}})
    client.create(DEPLOYMENTS, _deployment(), "gone")
    cluster.settle()
    assert _names(cluster, SERVICEACCOUNTS, "gone") == ["default"]
    client.delete(NAMESPACES, "gone")
    assert cluster.settle()
    assert "gone" not in _names(cluster, NAMESPACES)
    assert _names(cluster, PODS, "gone") == []


def test_a_bad_template_is_told_of_and_heals(cluster: Cluster):
    """A refused pod shows in the conditions of both levels; a good template replaces the set."""
    broken = _deployment()
    broken["spec"]["template"]["spec"]["serviceAccountName"] = "nobody"
    cluster.client.create(DEPLOYMENTS, broken, "default")
    assert cluster.settle(), "what fails for ever does not keep the cluster busy"
    conditions = cluster.client.get(DEPLOYMENTS, "web", "default")["status"]["conditions"]
    failure = next(c for c in conditions if c["type"] == "ReplicaFailure")
    assert 'serviceaccount "nobody" not found' in failure["message"]
    patch = {"spec": {"template": {"spec": {"serviceAccountName": None, "serviceAccount": None}}}}
    cluster.client.patch(DEPLOYMENTS, "web", patch, "default")
    assert cluster.run_until(
        lambda: cluster.client.get(DEPLOYMENTS, "web", "default")["status"].get("readyReplicas") == 2, 60
    )


def test_a_deployment_that_breaks_long_after_its_rollout_does_not_spin(cluster: Cluster):
    """Its deadline passed while all was well: it cannot time out any more, and time goes on."""
    deployment = _deployment(1)
    cluster.client.create(
        DEPLOYMENTS, {**deployment, "spec": {**deployment["spec"], "progressDeadlineSeconds": 5}}, "default"
    )
    cluster.settle()
    cluster.loop.advance(10)
    pod = cluster.client.list(PODS, "default")["items"][0]
    unready = [{**c, "status": "False"} if c["type"] == "Ready" else c for c in pod["status"]["conditions"]]
    cluster.client.update_status(PODS, {**pod, "status": {**pod["status"], "conditions": unready}})
    cluster.loop.advance(60)
    reasons = [c["reason"] for c in cluster.client.get(DEPLOYMENTS, "web", "default")["status"]["conditions"]]
    assert "NewReplicaSetAvailable" in reasons
