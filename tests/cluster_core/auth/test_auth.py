"""Who may do what: rules, escalation, impersonation, tokens, through a cluster's API."""

from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.request import UserInfo
from cluster_core.auth.rules import Attributes, allows
from cluster_core.auth.tokens import TokenError, TokenIssuer, new_key
from cluster_core.client.client import Client
from cluster_core.client.resources import CONFIGMAPS, DEPLOYMENTS, PODS, ROLEBINDINGS, ROLES, SERVICEACCOUNTS
from cluster_core.cluster import Cluster

RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize(
    ("rule", "wanted", "allowed"),
    [
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, Attributes("get", "", "pods"), True),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, Attributes("get", "", "pods", "log"), False),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, Attributes("x", "g", "r", "s"), True),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["*/status"]}, Attributes("get", "", "a", "status"), True),
        ({"verbs": ["get"], "apiGroups": ["apps"], "resources": ["*"]}, Attributes("get", "", "pods"), False),
        (
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["a"]},
            Attributes("get", "", "pods", name="b"),
            False,
        ),
        ({"verbs": ["get"], "nonResourceURLs": ["/healthz/*"]}, Attributes("get", path="/healthz/x"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/healthz"]}, Attributes("get", path="/healthz/x"), False),
    ],
)
def test_rules(rule: dict[str, Any], wanted: Attributes, allowed: bool) -> None:
    assert allows(rule, wanted) is allowed


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(controllers=False)


def grant(cluster: Cluster, user: str, *rules: dict[str, Any]) -> None:
    name = f"for-{user}"
    role = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": name}, "rules": list(rules)}
    cluster.client.create(ROLES, role, "default")
    reference = {"apiGroup": RBAC, "kind": "Role", "name": name}
    subjects = [{"apiGroup": RBAC, "kind": "User", "name": user}]
    binding = {"apiVersion": f"{RBAC}/v1", "kind": "RoleBinding", "metadata": {"name": name}}
    cluster.client.create(ROLEBINDINGS, {**binding, "roleRef": reference, "subjects": subjects}, "default")


def refusal(call: Any) -> str:
    with pytest.raises(ApiError) as caught:
        call()
    assert caught.value.code == 403
    return caught.value.message


def test_a_stranger_is_refused_in_kubernetes_words(cluster: Cluster) -> None:
    alice = cluster.client_for("alice")
    text = 'deployments.apps is forbidden: User "alice" cannot list resource "deployments" in API group "apps"'
    assert refusal(lambda: alice.list(DEPLOYMENTS, "default")) == f'{text} in the namespace "default"'
    assert refusal(lambda: alice.list(DEPLOYMENTS)) == f"{text} at the cluster scope"


def test_a_grant_counts_at_once_and_ends_at_once(cluster: Cluster) -> None:
    alice = cluster.client_for("alice")
    refusal(lambda: alice.list(PODS, "default"))
    grant(cluster, "alice", {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]})
    assert alice.list(PODS, "default")["items"] == []
    refusal(lambda: alice.list(PODS, "kube-system"))
    cluster.client.delete(ROLEBINDINGS, "for-alice", "default")
    refusal(lambda: alice.list(PODS, "default"))


def test_nobody_grants_what_they_do_not_hold(cluster: Cluster) -> None:
    verbs = ["create", "get", "update"]
    grant(cluster, "eve", {"verbs": verbs, "apiGroups": [RBAC], "resources": ["roles", "rolebindings"]})
    rule = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
    role = {"apiVersion": f"{RBAC}/v1", "kind": "Role", "metadata": {"name": "more"}, "rules": [rule]}
    text = refusal(lambda: cluster.client_for("eve").create(ROLES, role, "default"))
    assert text.endswith(
        'user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}'
    )


def test_impersonation_is_checked(cluster: Cluster) -> None:
    transport = cluster.client_for("alice").transport
    as_root = Client(transport, impersonate=UserInfo("root", ("system:masters",)))
    assert "cannot impersonate" in refusal(lambda: as_root.list(PODS))
    by_admin = Client(cluster.client.transport, impersonate=UserInfo("bob"))
    assert 'User "bob" cannot list' in refusal(lambda: by_admin.list(CONFIGMAPS))


def test_tokens_prove_an_account_until_they_end(cluster: Cluster) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}
    cluster.client.create(SERVICEACCOUNTS, account, "default")
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}}
    answer = cluster.client.create(SERVICEACCOUNTS, request, "default", subresource="token", name="robot")
    header = "Bearer " + answer["status"]["token"]
    user = cluster.server.authenticate(header, None)
    assert user is not None
    assert user.name == "system:serviceaccount:default:robot"
    assert "system:serviceaccounts:default" in user.groups
    with pytest.raises(ApiError, match="Unauthorized"):
        cluster.server.authenticate(header[:-2], None)
    cluster.loop.advance(601)
    with pytest.raises(ApiError, match="Unauthorized"):
        cluster.server.authenticate(header, None)


def test_tokens_of_another_key_are_worth_nothing() -> None:
    token = TokenIssuer(new_key()).issue({"exp": 10})
    with pytest.raises(TokenError):
        TokenIssuer(new_key()).read(token, 0)
