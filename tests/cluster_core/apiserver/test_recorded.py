"""Recorded exchanges with a real API server: defaults, refusals, tables, patches, selectors, watches, authorization, discovery."""

import base64
import json
import re
from typing import Any

import pytest
from replaying import ADMIN, GOLDEN, Comparison, World, differences, rows

Object = dict[str, Any]
OTHERWISE = {
    "tables/accept-4": "columns have no descriptions",
    "selectors/field/cm-03": "the recorder's namespace had another name",
    "selectors/field/cm-04": "the recorder's namespace had another name",
    "rbac/req/stan/GET /metrics": "metrics are the HTTP server's",
}


def _cases(table: str) -> list[Any]:
    return [pytest.param(row, id=row["id"]) for row in rows(table) if row.get("id", table) not in {table, *OTHERWISE}]


@pytest.mark.parametrize("row", _cases("defaulting"))
def test_stored_object(row: Object) -> None:
    assert differences(row) == []


@pytest.mark.parametrize("row", _cases("validation"))
def test_refusal(row: Object) -> None:
    assert differences(row) == []


@pytest.mark.parametrize("table", ["extra_validation", "extra_cel", "extra_custom", "extra_patches", "extra_reads"])
def test_rarer_exchanges(table: str) -> None:
    """Recorded later, to look into corners: rarer fields of all kinds, rules in the expression language, subresources."""
    assert {row["id"]: found for row in rows(table) if (found := differences(row))} == {}


@pytest.mark.parametrize("row", _cases("tables"))
def test_table(row: Object) -> None:
    assert differences(row) == []


@pytest.mark.parametrize("row", _cases("patch"))
def test_patch(row: Object) -> None:
    assert differences(row) == []


@pytest.mark.parametrize("row", _cases("selectors"))
def test_read(row: Object) -> None:
    assert differences(row) == []


@pytest.fixture(scope="module")
def people() -> World:
    """A cluster with the roles and bindings that the authorization rows are about."""
    world = World()
    setup = rows("rbac")[0]
    for name in setup["namespaces"]:
        world.namespace(name)
    for account in setup["serviceaccounts"]:
        namespace, name = account.split("/")
        world.ask("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": name}})
    for obj in setup["objects"]:
        kind, namespace = obj["kind"].lower(), obj["metadata"].get("namespace", "gold")
        place = "" if kind.startswith("cluster") else f"/namespaces/{namespace}"
        answer = world.ask("POST", f"/apis/rbac.authorization.k8s.io/v1{place}/{kind}s", obj)
        assert answer.code == 201
    return world


REVIEWS = "/apis/authorization.k8s.io/v1"


def test_authorization(people: World) -> None:
    """All rows in their order: what worked before decides which refusal an impersonator is told."""
    wrong = {
        row["id"]: found for row in rows("rbac")[1:] if row["id"] not in OTHERWISE and (found := _ask(people, row))
    }
    assert wrong == {}


def _ask(world: World, row: Object) -> list[str]:
    comparison = Comparison()
    if row["type"] == "sar":
        spec = {k: row[k] for k in ("user", "groups", "resourceAttributes", "nonResourceAttributes") if k in row}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
        status = json.loads(world.ask("POST", f"{REVIEWS}/subjectaccessreviews", body).body)["status"]
        expected = dict(row["status"])
        if status.get("reason") in expected.pop("reasonOneOf", ()):
            status["reason"] = "<oneOf>"
        comparison.compare(expected, status)
    elif row["type"] == "selfsubjectrulesreview":
        spec = {"namespace": row["namespace"]}
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": spec}
        answer = world.ask("POST", f"{REVIEWS}/selfsubjectrulesreviews", body, _headers(world, row))
        status = json.loads(answer.body)["status"]
        for part in ("resourceRules", "nonResourceRules"):
            status[part] = sorted(status[part], key=lambda rule: json.dumps(rule, sort_keys=True))
        comparison.compare(row["status"], status)
    else:
        _ask_request(world, row, comparison)
    return comparison.found


def _ask_request(world: World, row: Object, comparison: Comparison) -> None:
    anonymous = "authenticatedAs" in row or row["id"].startswith("rbac/authn/")
    user = None if anonymous else ADMIN
    answer = world.ask(row["method"], row["path"], row.get("body_sent"), _headers(world, row), user)
    got, expected = {"code": answer.code}, {"code": row["code"]}
    if "body" in row and not row.get("unstable"):
        expected["body"], got["body"] = row["body"], json.loads(answer.body)
    comparison.compare(expected, got)


def _headers(world: World, row: Object) -> Object:
    headers = dict(row.get("headers", {}))
    for key, name in (("impersonateUser", "Impersonate-User"), ("impersonateGroup", "Impersonate-Group")):
        if key in row:
            headers[name] = row[key]
    if "authenticatedAs" in row:
        _, _, namespace, name = row["authenticatedAs"].split(":")
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        headers["Authorization"] = "Bearer " + json.loads(world.ask("POST", path, body).body)["status"]["token"]
    return headers


def test_bootstrap_policy() -> None:
    world, comparison = World(), Comparison()
    for plural, objects in json.loads((GOLDEN / "rbac_defaults.json").read_text()).items():
        for obj in objects:
            metadata = obj["metadata"]
            place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
            path = f"/apis/rbac.authorization.k8s.io/v1{place}/{plural}/{metadata['name']}"
            got = json.loads(world.ask("GET", path).body)
            got = {k: v for k, v in got.items() if k not in ("kind", "apiVersion")}
            got["metadata"] = {k: got["metadata"][k] for k in metadata}
            comparison.compare(obj, got, path)
    assert comparison.found == []


DISCOVERY = json.loads((GOLDEN / "discovery.json").read_text())
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.mark.parametrize("group_version", sorted(DISCOVERY["resourceLists"]))
def test_resource_list(group_version: str) -> None:
    path = f"/{'apis' if '/' in group_version else 'api'}/{group_version}"
    comparison = Comparison()
    comparison.compare(DISCOVERY["resourceLists"][group_version], json.loads(World().ask("GET", path).body))
    assert comparison.found == []


def test_groups() -> None:
    assert json.loads(World().ask("GET", "/apis").body) == DISCOVERY["/apis"]


@pytest.mark.parametrize("path", ["/api", "/apis"])
def test_aggregated_discovery(path: str) -> None:
    answer = World().ask("GET", path, headers={"Accept": AGGREGATED})
    document, expected = json.loads(answer.body), DISCOVERY[path + "#aggregated"]
    assert (dict(answer.headers)["Content-Type"], document["apiVersion"]) == (
        expected["contentType"],
        expected["apiVersion"],
    )
    got = [{"group": i["metadata"].get("name", ""), "versions": i["versions"]} for i in document["items"]]
    comparison = Comparison()
    comparison.compare(expected["items"], got)
    assert comparison.found == []


BY_THE_SERVER = ("/metrics",)
OUR_OWN = ("/api", "/version", "/.well-known/openid-configuration")
"""Where the text says whose server it is."""


@pytest.mark.parametrize("path", sorted(set(DISCOVERY["plain"]) - set(BY_THE_SERVER)))
def test_plain_path(path: str) -> None:
    expected, answer = DISCOVERY["plain"][path], World().ask("GET", path)
    assert (answer.code, dict(answer.headers)["Content-Type"]) == (expected["code"], expected["contentType"])
    if expected["text"] != "<omitted>" and not path.startswith(OUR_OWN):
        assert answer.body.decode() == expected["text"]


def test_token_is_checked_by_the_published_key() -> None:
    """As a relying party does: find the key by the provider's document, verify the signature, look at the claims."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256

    def decoded(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def number(text: str) -> int:
        return int.from_bytes(decoded(text), "big")

    world = World()
    provider = json.loads(world.ask("GET", "/.well-known/openid-configuration").body)
    assert provider["jwks_uri"].endswith("/openid/v1/jwks")
    (key,) = json.loads(world.ask("GET", "/openid/v1/jwks", headers={"Accept": "*/*"}).body)["keys"]
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = world.ask("POST", "/api/v1/namespaces/gold/serviceaccounts/default/token", body)
    head, claims, signature = json.loads(answer.body)["status"]["token"].split(".")
    assert json.loads(decoded(head)) == {"alg": "RS256", "kid": key["kid"]}
    assert json.loads(decoded(claims))["iss"] == provider["issuer"]
    public = RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key()
    public.verify(decoded(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())


def test_version_is_a_semantic_version() -> None:
    version = json.loads(World().ask("GET", "/version").body)
    assert re.fullmatch(r"v1\.36\.\d+", version["gitVersion"])
    assert (version["major"], version["minor"]) == ("1", "36")
