"""Bad input and contention: every request gets the right refusal, nothing is half done, memory and time stay bounded."""

import json
from typing import Any

import pytest
from replaying import ADMIN, World

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.request import UserInfo
from cluster_core.client.resources import CONFIGMAPS
from cluster_core.cluster import Cluster
from cluster_core.testing import make_config_map

MAPS = "/api/v1/namespaces/gold/configmaps"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def refused(answer: Any) -> tuple[int, str]:
    status = json.loads(answer.body)
    assert status["kind"] == "Status"
    return answer.code, status["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "code"),
    [
        ("POST", MAPS, "[" * 100_000, "application/json", 400),
        ("POST", MAPS, "[" * 400 + "]" * 400, "application/json", 400),
        (
            "POST",
            MAPS,
            '{"kind":"ConfigMap","metadata":{"labels":' + '{"a":' * 900 + "1" + "}" * 900 + "}}",
            "application/json",
            400,
        ),
        ("POST", MAPS, b"\xff\xfe\x00".decode("latin-1"), "application/json", 400),
        ("POST", MAPS, "x" * (3 * 1024 * 1024 + 1), "application/json", 413),
        ("PATCH", f"{MAPS}/a?fieldManager=m", BOMB, "application/apply-patch+yaml", 400),
        ("PATCH", f"{MAPS}/a", json.dumps([{"op": "test", "path": "/a"}] * 10_001), "application/json-patch+json", 413),
        ("PATCH", f"{MAPS}/a", "{}", "text/plain", 415),
        ("POST", MAPS, "{}", "application/x-www-form-urlencoded", 415),
        ("GET", f"{MAPS}?limit=nine", None, "", 400),
        ("GET", f"{MAPS}?continue=%00", None, "", 400),
        ("GET", "/api/v1/namespaces/gold/nodes", None, "", 404),
        ("GET", "/apis/apps/v1/namespaces/gold/configmaps", None, "", 404),
    ],
)
def test_refused_and_nothing_stored(method: str, path: str, body: Any, content_type: str, code: int) -> None:
    world = World()
    world.ask("POST", MAPS, {"metadata": {"name": "a"}})
    revision = world.cluster.store.revision
    answer = world.ask(method, path, body, {"content-type": content_type} if content_type else {})
    assert refused(answer)[0] == code
    assert world.cluster.store.revision == revision


def test_a_million_labels_are_checked_in_bounded_time() -> None:
    labels = {f"l{n}": "!" for n in range(20_000)}
    assert refused(World().ask("POST", MAPS, {"metadata": {"name": "a", "labels": labels}}))[0] == 422


def test_half_a_surrogate_pair_is_stored_as_go_does() -> None:
    answer = World().ask("POST", MAPS, '{"metadata":{"name":"a"},"data":{"x":"\\ud800"}}')
    assert json.loads(answer.body)["data"] == {"x": "\ufffd"}


def _updated(cluster: Cluster, obj: Any) -> bool:
    try:
        cluster.client.update(CONFIGMAPS, obj)
    except ApiError as error:
        if error.reason == "Conflict":
            return False
        raise
    return True


def test_a_hundred_writers_lose_no_increment() -> None:
    """Optimistic concurrency: writers that saw a stale object are refused and try again."""
    cluster = Cluster(controllers=False)
    cluster.client.create(CONFIGMAPS, make_config_map("counter", n="0").build())
    seen = {writer: cluster.client.get(CONFIGMAPS, "counter", "default") for writer in range(100)}
    left, conflicts = dict.fromkeys(seen, 20), 0
    while left:
        for writer in list(left):
            old = seen[writer]
            new = {**old, "data": {"n": str(int(old["data"]["n"]) + 1)}}
            if _updated(cluster, new):
                left[writer] -= 1
                if not left[writer]:
                    del left[writer]
            else:
                conflicts += 1
            seen[writer] = cluster.client.get(CONFIGMAPS, "counter", "default")
    assert cluster.client.get(CONFIGMAPS, "counter", "default")["data"]["n"] == "2000"
    assert conflicts > 0


NODE = UserInfo("system:node:n1", ("system:nodes", "system:masters"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}}, "is not allowed to modify taints"),
        ({"metadata": {"labels": {"node-restriction.kubernetes.io/x": "1"}}}, "is not allowed to modify labels"),
        (
            {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "u"}]}},
            "ownerReferences",
        ),
    ],
)
def test_a_node_changes_little_even_of_itself(change: Any, problem: str) -> None:
    world = World()
    for name in ("n1", "n2"):
        world.ask("POST", "/api/v1/nodes", {"metadata": {"name": name}})
    merge = {"content-type": "application/merge-patch+json"}
    code, message = refused(world.ask("PATCH", "/api/v1/nodes/n1", change, merge, NODE))
    assert (code, problem in message) == (403, True)
    code, message = refused(world.ask("PATCH", "/api/v1/nodes/n2", {"metadata": {"labels": {"a": "b"}}}, merge, NODE))
    assert (code, message.endswith('node "n1" is not allowed to modify node "n2"')) == (403, True)
    assert world.ask("PATCH", "/api/v1/nodes/n1", {"metadata": {"labels": {"a": "b"}}}, merge, NODE).code == 200


def test_the_same_seed_gives_the_same_cluster() -> None:
    def story() -> list[Any]:
        world = World()
        for number in range(3):
            world.ask("POST", MAPS, {"metadata": {"generateName": "x-"}, "data": {"n": str(number)}})
        return json.loads(world.ask("GET", MAPS, user=ADMIN).body)["items"]  # type: ignore[no-any-return]

    assert story() == story()
