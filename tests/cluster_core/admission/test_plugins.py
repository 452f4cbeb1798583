"""What admission adds to objects and refuses of them, seen through the API."""

from base64 import b64encode
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from cluster_core.admission.defaults import ORDER
from cluster_core.admission.registry import PLUGINS
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from cluster_core.client.resources import (
    CONFIGMAPS,
    INGRESSCLASSES,
    INGRESSES,
    LIMITRANGES,
    NAMESPACES,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PODS,
    PRIORITYCLASSES,
    RESOURCEQUOTAS,
    SERVICEACCOUNTS,
    STORAGECLASSES,
)
from cluster_core.cluster import Cluster
from cluster_core.testing import make_config_map, make_namespace, make_pod

Object = dict[str, Any]


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster(controllers=False, nodes=0)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    cluster.client.create(SERVICEACCOUNTS, {**account, "imagePullSecrets": [{"name": "pull"}]}, "default")
    return cluster


def refusal(call: Any) -> str:
    with pytest.raises(ApiError) as caught:
        call()
    assert caught.value.code == 403
    return caught.value.message


def test_tables_agree() -> None:
    assert set(ORDER) == set(PLUGINS)
    assert ORDER[-1] == "ResourceQuota"


def test_a_pod_gets_account_token_tolerations_and_priority(cluster: Cluster) -> None:
    spec = cluster.client.create(PODS, make_pod("p").build())["spec"]
    assert (spec["serviceAccountName"], spec["imagePullSecrets"]) == ("default", [{"name": "pull"}])
    assert (spec["priority"], spec["preemptionPolicy"]) == (0, "PreemptLowerPriority")
    assert [t["key"] for t in spec["tolerations"]] == ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
    (volume,) = spec["volumes"]
    assert [m["name"] for m in spec["containers"][0]["volumeMounts"]] == [volume["name"]]
    assert volume["projected"]["defaultMode"] == 420


def test_automount_can_be_declined(cluster: Cluster) -> None:
    made = cluster.client.create(PODS, make_pod("p").spec(automountServiceAccountToken=False).build())
    assert "volumes" not in made["spec"]


def test_the_account_must_exist(cluster: Cluster) -> None:
    text = refusal(lambda: cluster.client.create(PODS, make_pod("p").spec(serviceAccountName="who").build()))
    assert text == 'pods "p" is forbidden: error looking up service account default/who: serviceaccount "who" not found'


def test_namespaces_keep_out_what_comes_late(cluster: Cluster) -> None:
    cluster.client.create(NAMESPACES, make_namespace("n").build())
    cluster.client.delete(NAMESPACES, "n")
    text = refusal(lambda: cluster.client.create(CONFIGMAPS, make_config_map("a", "n").build()))
    assert text.endswith("unable to create new content in namespace n because it is being terminated")
    with pytest.raises(ApiError, match='namespaces "none" not found'):
        cluster.client.create(CONFIGMAPS, make_config_map("a", "none").build())
    assert refusal(lambda: cluster.client.delete(NAMESPACES, "default")).endswith("this namespace may not be deleted")


def test_default_classes(cluster: Cluster) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "c"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "example.com/disks",
    }
    cluster.client.create(STORAGECLASSES, storage_class)
    made = cluster.client.create(PERSISTENTVOLUMECLAIMS, claim, "default")
    assert made["spec"]["storageClassName"] == "fast"
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"}
    ingress_class = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": "edge", "annotations": annotations},
        "spec": {"controller": "example.com/edge"},
    }
    cluster.client.create(INGRESSCLASSES, ingress_class)
    backend = {"service": {"name": "s", "port": {"number": 80}}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "i"},
        "spec": {"defaultBackend": backend},
    }
    assert cluster.client.create(INGRESSES, ingress, "default")["spec"]["ingressClassName"] == "edge"


def test_priority_classes(cluster: Cluster) -> None:
    high = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 7}
    cluster.client.create(PRIORITYCLASSES, high)
    made = cluster.client.create(PODS, make_pod("p").spec(priorityClassName="high").build())
    assert made["spec"]["priority"] == 7
    text = refusal(lambda: cluster.client.create(PODS, make_pod("q").spec(priorityClassName="no").build()))
    assert text == 'pods "q" is forbidden: no PriorityClass with name no was found'


def test_a_new_node_is_not_ready(cluster: Cluster) -> None:
    made = cluster.client.create(NODES, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}})
    assert made["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]


def test_limit_ranges_fill_in_and_bound(cluster: Cluster) -> None:
    limit = {"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "100m"}, "max": {"cpu": "2"}}
    limits = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "l"}, "spec": {"limits": [limit]}}
    cluster.client.create(LIMITRANGES, limits, "default")
    made = cluster.client.create(PODS, make_pod("p").build())
    assert made["spec"]["containers"][0]["resources"] == {"requests": {"cpu": "100m"}, "limits": {"cpu": "1"}}
    big = make_pod("q").container(resources={"limits": {"cpu": "3"}}).build()
    text = refusal(lambda: cluster.client.create(PODS, big))
    assert text == 'pods "q" is forbidden: maximum cpu usage per Container is 2, but limit is 3'


def quota(cluster: Cluster, **hard: str) -> None:
    body = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": hard}}
    made = cluster.client.create(RESOURCEQUOTAS, body, "default")
    status = {"hard": hard, "used": dict.fromkeys(hard, "0")}
    cluster.client.update_status(RESOURCEQUOTAS, {**made, "status": status})


def test_quotas_are_charged_before_an_object_is_stored(cluster: Cluster) -> None:
    quota(cluster, **{"pods": "2", "requests.cpu": "1"})
    for name in ("a", "b"):
        cluster.client.create(PODS, make_pod(name).requests(cpu="400m").build())
    text = refusal(lambda: cluster.client.create(PODS, make_pod("c").requests(cpu="400m").build()))
    assert text == (
        'pods "c" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=400m, '
        "used: pods=2,requests.cpu=800m, limited: pods=2,requests.cpu=1"
    )
    used = cluster.client.get(RESOURCEQUOTAS, "q", "default")["status"]["used"]
    assert used == {"pods": "2", "requests.cpu": "800m"}


def test_quotas_on_compute_want_every_container_to_speak(cluster: Cluster) -> None:
    quota(cluster, **{"requests.memory": "1Gi"})
    text = refusal(lambda: cluster.client.create(PODS, make_pod("a").build()))
    assert text.endswith("failed quota: q: must specify requests.memory for: c")


@pytest.mark.parametrize(
    ("part", "context"),
    [("containers", {"privileged": True}), ("initContainers", {"privileged": True})],
)
def test_pod_security_sees_every_list_of_containers(cluster: Cluster, part: str, context: Object) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "baseline"}
    cluster.client.patch(NAMESPACES, "default", {"metadata": {"labels": labels}})
    pod = make_pod("p").container().build()
    bad = {"name": "bad", "image": "x", "securityContext": context}
    spec = {**pod["spec"], part: [*pod["spec"].get(part, []), bad]}
    text = refusal(lambda: cluster.client.create(PODS, {**pod, "spec": spec}))
    assert 'violates PodSecurity "baseline:latest": privileged (container "bad" must not set' in text


SIGNERS = GVR("certificates.k8s.io", "v1", "certificatesigningrequests")


def signing_request(organization: str, signer: str = "kubernetes.io/kube-apiserver-client") -> Object:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)])
    pem = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, SHA256()).public_bytes(Encoding.PEM)
    spec = {"signerName": signer, "request": b64encode(pem).decode(), "usages": ["client auth"]}
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": "r"},
        "spec": spec,
    }


def test_nobody_asks_for_a_certificate_of_the_masters(cluster: Cluster) -> None:
    text = refusal(lambda: cluster.client.create(SIGNERS, signing_request("system:masters")))
    assert text.endswith("use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed")
    assert cluster.client.create(SIGNERS, signing_request("dev"))["spec"]["username"] == "kubernetes-admin"


def allow(cluster: Cluster, name: str, rules: list[Object]) -> None:
    meta = {"metadata": {"name": name}}
    rbac = GVR("rbac.authorization.k8s.io", "v1", "clusterroles")
    cluster.client.create(rbac, {"apiVersion": rbac.api_version, "kind": "ClusterRole", **meta, "rules": rules})
    group = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": rbac.api_version,
        "kind": "ClusterRoleBinding",
        **meta,
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "User", "apiGroup": group, "name": "ann"}],
    }
    cluster.client.create(rbac._replace(resource="clusterrolebindings"), binding)


@pytest.mark.parametrize(
    ("subresource", "verb", "change"),
    [
        ("approval", "approve", {"conditions": [{"type": "Approved", "status": "True", "reason": "Fine"}]}),
        ("status", "sign", {"conditions": [{"type": "Failed", "status": "True", "reason": "No"}]}),
    ],
)
def test_a_signer_has_its_own_permissions(cluster: Cluster, subresource: str, verb: str, change: Object) -> None:
    made = cluster.client.create(SIGNERS, signing_request("dev", "example.com/mine"))
    resources = [f"certificatesigningrequests/{subresource}"]
    allow(cluster, "writer", [{"apiGroups": ["certificates.k8s.io"], "resources": resources, "verbs": ["update"]}])
    ann = cluster.client_for("ann")
    changed = {**made, "status": change}
    text = refusal(lambda: ann.update(SIGNERS, changed, subresource=subresource))
    assert text == (
        'certificatesigningrequests.certificates.k8s.io "r" is forbidden: '
        f'user not permitted to {verb} requests with signerName "example.com/mine"'
    )
    names = {"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "resourceNames": ["example.com/*"]}
    allow(cluster, "signer", [{**names, "verbs": [verb]}])
    stored = ann.update(SIGNERS, changed, subresource=subresource)
    assert [c["type"] for c in stored["status"]["conditions"]] == [change["conditions"][0]["type"]]
