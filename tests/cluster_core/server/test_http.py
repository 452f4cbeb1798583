"""Requests over HTTPS, good and bad."""

import gzip
import json
import ssl
import threading
from typing import Any

import pytest

NAMESPACE = "/api/v1/namespaces/default"
MAPS = f"{NAMESPACE}/configmaps"
HUGE = b'{"data": {"a": "' + b"x" * (3 * 1024 * 1024) + b'"}}'


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "code", "reason"),
    [
        ("GET", "/version", {}, None, 200, ""),
        ("GET", "/api/v1/nodes", {}, None, 200, ""),
        ("GET", "/api/v1/nodes/none", {}, None, 404, "NotFound"),
        ("GET", "/api/v1/namespaces/default/nodes", {}, None, 404, "NotFound"),
        ("GET", "/api/v1/configmaps/a", {}, None, 404, "NotFound"),
        ("POST", "/api/v1/configmaps", {}, config_map("a"), 405, "MethodNotAllowed"),
        ("POST", MAPS, {}, "{", 400, "BadRequest"),
        ("POST", MAPS, {}, "[]", 400, "BadRequest"),
        ("POST", MAPS, {}, "[" * 100_000, 400, "BadRequest"),
        ("POST", MAPS, {"Content-Type": "text/csv"}, "a", 415, "UnsupportedMediaType"),
        ("POST", MAPS, {"Content-Type": "application/vnd.kubernetes.protobuf"}, b"junk", 400, "BadRequest"),
        ("POST", MAPS, {"Content-Type": "application/vnd.kubernetes.protobuf"}, b"k8s\0\xff\xff", 400, "BadRequest"),
        ("POST", MAPS, {}, HUGE, 413, "RequestEntityTooLarge"),
        ("POST", MAPS, {}, config_map("Not A Name"), 422, "Invalid"),
        ("GET", MAPS, {"Accept": "text/csv"}, None, 406, "NotAcceptable"),
        ("GET", f"{MAPS}?labelSelector=%21%21", {}, None, 400, "BadRequest"),
        ("GET", f"{NAMESPACE}/pods/none/log", {}, None, 404, "NotFound"),
        ("GET", f"{NAMESPACE}/pods/none/exec?command=ls", {}, None, 404, "NotFound"),
        ("GET", "/api/v1/nodes", {"Authorization": "Bearer junk"}, None, 200, ""),
        ("HEAD", "/api/v1/nodes", {}, None, 405, None),
        ("POST", f"{MAPS}/a", {}, config_map("a"), 405, "MethodNotAllowed"),
        ("POST", "/version", {}, "{}", 405, "MethodNotAllowed"),
        ("DELETE", f"{MAPS}/none?gracePeriodSeconds=x", {}, None, 400, "BadRequest"),
        ("GET", f"{MAPS}?timeoutSeconds=x", {}, None, 400, "BadRequest"),
        ("GET", f"{MAPS}/..%2f..%2fx", {}, None, 404, "NotFound"),
        ("GET", f"{NAMESPACE}/pods/a/log/b", {}, None, 404, "NotFound"),
        ("POST", MAPS, {"Content-Type": "application/json-patch+json"}, "{}", 415, "UnsupportedMediaType"),
        ("POST", MAPS, {"Content-Type": "application/yaml"}, "a: [", 400, "BadRequest"),
        ("POST", MAPS, {"Content-Type": "application/yaml"}, "metadata: {name: y}", 400, "BadRequest"),
        ("POST", MAPS, {"Content-Type": "application/yaml"}, "a: !!python/object:os.system x", 422, "Invalid"),
        ("POST", MAPS, {}, "null", 422, "Invalid"),
        ("POST", MAPS, {}, {"apiVersion": 1}, 400, "BadRequest"),
        ("POST", MAPS, {}, {"apiVersion": "v2", "kind": "ConfigMap"}, 400, "BadRequest"),
        ("DELETE", f"{MAPS}/none", {}, {"kind": "Pod", "apiVersion": "v1"}, 400, "BadRequest"),
        ("DELETE", f"{MAPS}/none", {}, "[]", 400, "BadRequest"),
        ("POST", f"{NAMESPACE}/pods/none/exec", {}, None, 404, "NotFound"),
        ("POST", f"{NAMESPACE}/pods/none/proxy/x", {"Content-Type": "text/csv"}, "any", 404, "NotFound"),
        ("PATCH", f"{MAPS}/a", {"Content-Type": "text/csv"}, "{}", 415, "UnsupportedMediaType"),
        ("GET", "/api/v1/nodes", {"Impersonate-User": "alice"}, None, 403, "Forbidden"),
    ],
)
def test_status(
    served: Any, method: str, path: str, headers: dict[str, str], body: Any, code: int, reason: str | None
) -> None:
    reply = served.ask(method, path, body, headers, served.admin)
    assert reply.code == code
    if code >= 400 and reason is not None:
        assert (reply.json["kind"], reply.json["code"], reply.json.get("reason", "")) == ("Status", code, reason)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_health_needs_no_credentials(served: Any, path: str) -> None:
    reply = served.ask("GET", path, context=served.nobody)
    assert (reply.code, reply.body) == (200, b"ok")
    assert served.ask("GET", f"{path}/ping").body == b"ok"
    assert served.ask("GET", f"{path}/ping", context=served.nobody).code == 403


def test_text_answers(served: Any) -> None:
    assert served.ask("GET", "/nope").body == b"404 page not found\n"
    metrics = served.ask("GET", "/metrics")
    assert metrics.code == 200
    assert b'apiserver_resource_objects{resource="nodes"} 1\n' in metrics.body
    assert b"process_resident_memory_bytes" in metrics.body


def test_who_asks(served: Any) -> None:
    path, body = "/apis/authentication.k8s.io/v1/selfsubjectreviews", {"spec": {}}

    def user(context: ssl.SSLContext, **headers: str) -> Any:
        return served.ask("POST", path, body, headers, context).json.get("status", {}).get("userInfo")

    alice = user(served.tls("alice", "dev", "ops"))
    assert (alice["username"], alice["groups"]) == ("alice", ["dev", "ops", "system:authenticated"])
    (credential,) = alice["extra"]["authentication.kubernetes.io/credential-id"]
    assert credential.startswith("X509SHA256=")
    assert served.ask("GET", "/api/v1/nodes", context=served.tls("alice")).code == 403
    assert (
        served.ask("GET", "/api/v1/nodes", context=served.nobody)
        .json["message"]
        .startswith('nodes is forbidden: User "system:anonymous" cannot list resource "nodes"')
    )


def test_account_tokens(served: Any) -> None:
    token = served.ask("POST", f"{NAMESPACE}/serviceaccounts/default/token", {"spec": {}}).json["status"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    refused = served.ask("GET", f"{NAMESPACE}/secrets", headers=headers, context=served.nobody)
    assert (refused.code, '"system:serviceaccount:default:default"' in refused.json["message"]) == (403, True)
    cut = {"Authorization": f"Bearer {token[:-2]}"}
    assert served.ask("GET", f"{NAMESPACE}/secrets", headers=cut, context=served.nobody).code == 401


def test_foreign_certificates_are_nobodys(served: Any, tmp_path: Any) -> None:
    from cluster_core.server.pki import Authority

    pair = Authority(tmp_path).client("kubernetes-admin", ("system:masters",))
    (tmp_path / "c").write_bytes(pair.certificate)
    (tmp_path / "k").write_bytes(pair.key)
    context = ssl.create_default_context(cafile=f"{served.path}.pki/ca.crt")
    context.load_cert_chain(tmp_path / "c", tmp_path / "k")
    with pytest.raises((ssl.SSLError, OSError)):
        served.ask("GET", "/api/v1/secrets", context=context)


@pytest.mark.parametrize(
    "junk",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        bytes(200),
    ],
)
def test_malformed_http(served: Any, junk: bytes) -> None:
    connection = served.connect(served.admin)
    connection.connect()
    connection.sock.sendall(junk)
    connection.sock.settimeout(2)
    try:
        first = connection.sock.recv(12)
    except TimeoutError:
        first = b""
    connection.close()
    assert first in (b"", b"HTTP/1.0 400", b"HTTP/1.1 400")
    assert served.ask("GET", "/version").code == 200


def test_writers_lose_nothing(served: Any) -> None:
    """Increments by optimistic concurrency, from several connections."""
    served.ask("POST", MAPS, config_map("counter", n="0"))

    def increment() -> None:
        connection = served.connect(served.admin)

        def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
            connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

        for _ in range(10):
            code = 409
            while code == 409:
                _, found = ask("GET", f"{MAPS}/counter")
                found["data"]["n"] = str(int(found["data"]["n"]) + 1)
                code, _ = ask("PUT", f"{MAPS}/counter", found)
            assert code == 200
        connection.close()

    threads = [threading.Thread(target=increment) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert served.ask("GET", f"{MAPS}/counter").json["data"]["n"] == "50"


def events(served: Any, path: str) -> list[Any]:
    return [json.loads(line) for line in served.ask("GET", path, context=served.admin).body.splitlines()]


def test_watches(served: Any) -> None:
    version = served.ask("GET", MAPS).json["metadata"]["resourceVersion"]
    for name in ("w1", "w2"):
        served.ask("POST", MAPS, config_map(name))
    served.ask("DELETE", f"{MAPS}/w1")
    found = events(served, f"{MAPS}?watch=true&timeoutSeconds=1&resourceVersion={version}")
    assert [(e["type"], e["object"]["metadata"]["name"]) for e in found] == [
        ("ADDED", "w1"),
        ("ADDED", "w2"),
        ("DELETED", "w1"),
    ]
    middle = found[1]["object"]["metadata"]["resourceVersion"]
    rest = events(served, f"{MAPS}?watch=true&timeoutSeconds=1&resourceVersion={middle}")
    assert rest == found[2:]


def test_watch_lists(served: Any) -> None:
    query = (
        "watch=true&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    )
    found = events(served, f"/api/v1/namespaces?{query}")
    assert [e["type"] for e in found] == ["ADDED"] * 4 + ["BOOKMARK"]
    assert found[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_openapi(served: Any) -> None:
    paths = served.ask("GET", "/openapi/v3").json["paths"]
    document = served.ask("GET", paths["apis/apps/v1"]["serverRelativeURL"]).json
    schema = document["components"]["schemas"]["io.k8s.api.apps.v1.DeploymentSpec"]
    assert schema["properties"]["replicas"]["type"] == "integer"
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert {"fieldValidation", "fieldManager"} <= {p["name"] for p in patch["parameters"]}
    text = json.dumps(document)
    assert "#/$defs/" not in text
    named = {r.split('"')[0] for r in text.split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])
    accept = {"Accept": "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"}
    assert served.ask("GET", "/openapi/v2", headers=accept).body.startswith(b"\x0a\x032.0")


AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


@pytest.mark.parametrize(
    ("path", "accept", "tagged"),
    [
        ("/apis", AGGREGATED, True),
        ("/api", AGGREGATED, True),
        ("/openapi/v3/apis/apps/v1", "application/json", True),
        ("/openapi/v3", "application/json", False),
        ("/apis", "application/json", False),
        ("/api/v1/namespaces", "application/json", False),
    ],
)
def test_documents_are_not_sent_twice(served: Any, path: str, accept: str, tagged: bool) -> None:
    first = served.ask("GET", path, headers={"Accept": accept})
    assert ("etag" in first.headers) is tagged
    if tagged:
        again = served.ask("GET", path, headers={"Accept": accept, "If-None-Match": first.headers["etag"]})
        assert (again.code, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
        other = served.ask("GET", path, headers={"Accept": accept, "If-None-Match": '"other"'})
        assert (other.code, other.body) == (200, first.body)


@pytest.mark.parametrize(("wanted", "compressed"), [("gzip", True), ("deflate, gzip;q=1.0", True), ("", False)])
def test_big_answers_are_compressed_for_who_asks(served: Any, wanted: str, compressed: bool) -> None:
    plain = served.ask("GET", "/openapi/v3/api/v1").body
    found = served.ask("GET", "/openapi/v3/api/v1", headers={"Accept-Encoding": wanted} if wanted else {})
    assert ("content-encoding" in found.headers) is compressed
    assert (gzip.decompress(found.body) if compressed else found.body) == plain
    assert "content-encoding" not in served.ask("GET", "/version", headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize(
    ("query", "agent", "pretty"),
    [("", "curl/8", True), ("", "kubectl/v1.36", False), ("?pretty=true", "x", True), ("?pretty=0", "curl/8", False)],
)
def test_people_get_it_pretty(served: Any, query: str, agent: str, pretty: bool) -> None:
    body = served.ask("GET", f"/api/v1/namespaces/default{query}", headers={"User-Agent": agent}).body
    assert (body.count(b"\n") > 5) is pretty


def test_every_answer_has_its_audit_id(served: Any) -> None:
    found = {served.ask("GET", path).headers["audit-id"] for path in ("/version", "/version", "/none")}
    assert len(found) == 3
