"""Certificate signing requests: who is approved, what is signed, what is refused and why, when they are cleared away."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cluster_core.client.resources import (
    CERTIFICATESIGNINGREQUESTS,
    CLUSTERROLEBINDINGS,
    CLUSTERROLES,
)
from cluster_core.cluster import Cluster
from cluster_core.server.pki import Authority

Object = dict[str, Any]

KEY = ec.generate_private_key(ec.SECP256R1())
CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET = "kubernetes.io/kube-apiserver-client-kubelet"
SERVING = "kubernetes.io/kubelet-serving"
USAGES = ["digital signature", "key encipherment", "client auth"]
SERVER_USAGES = ["digital signature", "key encipherment", "server auth"]
NODE = "system:node:n1"


def _request(common_name: str, organization: str = "", names: tuple[x509.GeneralName, ...] = ()) -> str:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    pem = builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return base64.b64encode(pem).decode()


def _csr(name: str, signer: str, request: str, usages: list[str], **spec: Any) -> Object:
    spec = {"signerName": signer, "request": request, "usages": usages, **spec}
    return {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": name},
        "spec": spec,
    }


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Cluster(sign_certificate=Authority(tmp_path).sign) as one:
        yield one


def _approve(cluster: Cluster, name: str) -> None:
    request = cluster.client.get(CERTIFICATESIGNINGREQUESTS, name)
    condition = {"type": "Approved", "status": "True", "reason": "ByHand", "message": "fine"}
    approved = {**request, "status": {**(request.get("status") or {}), "conditions": [condition]}}
    cluster.client.update(CERTIFICATESIGNINGREQUESTS, approved, subresource="approval")
    cluster.settle()


def _answer(cluster: Cluster, name: str = "r") -> Object:
    status: Object = cluster.client.get(CERTIFICATESIGNINGREQUESTS, name).get("status") or {}
    return status


@pytest.mark.parametrize(
    ("signer", "request_", "usages"),
    [
        (CLIENT, _request("jane", "dev"), USAGES),
        (CLIENT, _request("jane"), ["client auth"]),
        (KUBELET, _request(NODE, "system:nodes"), USAGES),
        (KUBELET, _request(NODE, "system:nodes"), ["digital signature", "client auth"]),
        (SERVING, _request(NODE, "system:nodes", (x509.DNSName("n1"),)), SERVER_USAGES),
    ],
)
def test_an_approved_request_gets_a_certificate(
    cluster: Cluster, signer: str, request_: str, usages: list[str]
) -> None:
    cluster.client.create(CERTIFICATESIGNINGREQUESTS, _csr("r", signer, request_, usages))
    cluster.settle()
    _approve(cluster, "r")
    certificate = x509.load_pem_x509_certificate(base64.b64decode(_answer(cluster)["certificate"]))
    assert certificate.public_key() == KEY.public_key()


@pytest.mark.parametrize(
    ("signer", "request_", "usages", "message"),
    [
        (CLIENT, _request("jane"), ["server auth"], "invalid usage for client certificate: server auth"),
        (CLIENT, _request("jane"), ["digital signature"], "missing required usage for client certificate: client auth"),
        (KUBELET, _request(NODE, "others"), USAGES, "subject organization is not system:nodes"),
        (KUBELET, _request("jane", "system:nodes"), USAGES, "subject common name does not begin with system:node:"),
        (
            KUBELET,
            _request(NODE, "system:nodes", (x509.DNSName("n1"),)),
            USAGES,
            "DNS subjectAltNames are not allowed",
        ),
        (
            KUBELET,
            _request(NODE, "system:nodes"),
            ["client auth"],
            "usages did not match [client auth digital signature key encipherment]",
        ),
        (SERVING, _request(NODE, "system:nodes"), SERVER_USAGES, "DNS or IP subjectAltName is required"),
        (
            SERVING,
            _request(NODE, "system:nodes", (x509.DNSName("n1"), x509.UniformResourceIdentifier("https://a/b"))),
            SERVER_USAGES,
            "URI subjectAltNames are not allowed",
        ),
    ],
)
def test_what_a_signer_does_not_sign_fails(
    cluster: Cluster, signer: str, request_: str, usages: list[str], message: str
) -> None:
    cluster.client.create(CERTIFICATESIGNINGREQUESTS, _csr("r", signer, request_, usages))
    cluster.settle()
    _approve(cluster, "r")
    status = _answer(cluster)
    failed = next(c for c in status["conditions"] if c["type"] == "Failed")
    assert (failed["reason"], failed["message"], "certificate" in status) == ("SignerValidationFailure", message, False)


def _allow(cluster: Cluster, permission: str, user: str) -> None:
    rule = {
        "apiGroups": ["certificates.k8s.io"],
        "resources": [f"certificatesigningrequests/{permission}"],
        "verbs": ["create"],
    }
    kind = "rbac.authorization.k8s.io/v1"
    role = {"apiVersion": kind, "kind": "ClusterRole", "metadata": {"name": "r"}, "rules": [rule]}
    binding = {
        "apiVersion": kind,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "r"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
    }
    cluster.client.create(CLUSTERROLES, role)
    cluster.client.create(CLUSTERROLEBINDINGS, binding)


SELF_TEXT = "Auto approving self kubelet client certificate after SubjectAccessReview."
OTHER_TEXT = "Auto approving kubelet client certificate after SubjectAccessReview."


@pytest.mark.parametrize(
    ("user", "permission", "common_name", "expected"),
    [
        (NODE, "selfnodeclient", NODE, SELF_TEXT),
        ("boot", "nodeclient", NODE, OTHER_TEXT),
        ("boot", "selfnodeclient", NODE, ""),
        ("boot", "nodeclient", "jane", ""),
    ],
)
def test_kubelets_are_approved_if_they_may(
    cluster: Cluster, user: str, permission: str, common_name: str, expected: str
) -> None:
    _allow(cluster, permission, user)
    rule = {"apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests"], "verbs": ["create"]}
    cluster.client.patch(CLUSTERROLES, "r", [{"op": "add", "path": "/rules/-", "value": rule}], type="json")
    csr = _csr("r", KUBELET, _request(common_name, "system:nodes"), USAGES)
    cluster.client_for(user).create(CERTIFICATESIGNINGREQUESTS, csr)
    cluster.settle()
    status = _answer(cluster)
    told = [c["message"] for c in status.get("conditions") or () if c["type"] == "Approved"]
    assert (told, "certificate" in status) == ([expected] if expected else [], bool(expected))


@pytest.mark.parametrize(
    ("approved", "hours", "stays"),
    [(False, 23, True), (False, 26, False), (True, 0.5, True), (True, 3, False)],
)
def test_old_requests_are_cleared_away(cluster: Cluster, approved: bool, hours: float, stays: bool) -> None:
    cluster.client.create(CERTIFICATESIGNINGREQUESTS, _csr("r", CLIENT, _request("jane"), USAGES))
    cluster.settle()
    if approved:
        _approve(cluster, "r")
    cluster.loop.advance(hours * 3600)
    assert bool(cluster.client.list(CERTIFICATESIGNINGREQUESTS)["items"]) == stays
