"""A node's kubelet, asked through the API server."""

from typing import Any

import pytest

NODE = "/api/v1/nodes/helmpy-1/proxy"


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        (f"{NODE}/healthz", 200, "ok"),
        (f"{NODE}/frob", 404, "404 page not found\n"),
        ("/api/v1/nodes/helmpy-1:10250/proxy/healthz", 200, "ok"),
        ("/api/v1/nodes/https:helmpy-1:10250/proxy/healthz", 200, "ok"),
    ],
)
def test_texts(served: Any, path: str, code: int, text: str) -> None:
    reply = served.ask("GET", path)
    assert (reply.code, reply.body.decode()) == (code, text)


def test_no_such_node(served: Any) -> None:
    reply = served.ask("GET", "/api/v1/nodes/none/proxy/healthz")
    assert (reply.code, reply.json["message"]) == (404, 'nodes "none" not found')


def test_nobody_may_ask(served: Any) -> None:
    assert served.ask("GET", f"{NODE}/pods", context=served.nobody).code == 403


def test_pods_and_their_usage(served: Any) -> None:
    containers = [{"name": "c", "image": "nginx"}]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "seen"}, "spec": {"containers": containers}}
    assert served.until(lambda: served.ask("GET", "/api/v1/namespaces/default/serviceaccounts/default").code == 200)
    assert served.ask("POST", "/api/v1/namespaces/default/pods", pod).code == 201

    def containers_seen() -> list[Any]:
        pods = served.ask("GET", f"{NODE}/stats/summary").json["pods"]
        return [c for p in pods if p["podRef"]["name"] == "seen" for c in p["containers"]]

    assert served.until(lambda: bool(containers_seen()))
    assert containers_seen()[0]["memory"]["workingSetBytes"] > 0
    assert served.ask("GET", f"{NODE}/stats/summary").json["node"]["nodeName"] == "helmpy-1"
    assert "seen" in [p["metadata"]["name"] for p in served.ask("GET", f"{NODE}/pods").json["items"]]
    assert 'container="c"' in served.ask("GET", f"{NODE}/metrics/resource").body.decode()
