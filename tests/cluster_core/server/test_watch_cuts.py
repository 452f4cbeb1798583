"""A watch that is cut at every event, over HTTP: nothing is lost, nothing comes twice, the order stays."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

MAPS = "/api/v1/namespaces/default/configmaps"
WRITES = 60


def writes(seed: int) -> Iterator[tuple[str, str, Any]]:
    """Creates, updates and deletes in a seeded order."""
    rng, alive = random.Random(seed), dict[str, int]()
    for number in range(WRITES):
        name = f"cut-{seed}-{rng.randrange(6)}"
        body = {"metadata": {"name": name, "labels": {"seed": str(seed)}}, "data": {"n": str(number)}}
        if name not in alive:
            alive[name] = number
            yield "POST", MAPS, body
        elif rng.random() < 0.3:
            del alive[name]
            yield "DELETE", f"{MAPS}/{name}", None
        else:
            yield "PUT", f"{MAPS}/{name}", body


def one_event(served: Any, version: str, seed: int) -> Any:
    """The first event after a version, read from a connection that is cut then."""
    path = f"{MAPS}?watch=true&resourceVersion={version}&labelSelector=seed%3D{seed}&timeoutSeconds=5"
    with closing(served.connect(served.admin)) as connection:
        connection.request("GET", path)
        return json.loads(connection.getresponse().readline())


@pytest.mark.parametrize("seed", [1, 2])
def test_cut_at_every_event(served: Any, seed: int) -> None:
    start = served.ask("GET", MAPS).json["metadata"]["resourceVersion"]
    acknowledged: list[tuple[str, str]] = []

    def write() -> None:
        with closing(served.connect(served.admin)) as connection:
            for method, path, body in writes(seed):
                data = json.dumps(body) if body else None
                connection.request(method, path, data, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                found = json.loads(answer.read())
                assert answer.status in (200, 201)
                kind = {"POST": "ADDED", "PUT": "MODIFIED", "DELETE": "DELETED"}[method]
                name = body["metadata"]["name"] if body else found["details"]["name"]
                acknowledged.append((kind, name))

    writer = threading.Thread(target=write)
    writer.start()
    seen, version = [], start
    while len(seen) < WRITES:
        event = one_event(served, version, seed)
        newer = event["object"]["metadata"]["resourceVersion"]
        assert int(newer) > int(version)
        seen.append((event["type"], event["object"]["metadata"]["name"]))
        version = newer
    writer.join()
    assert seen == acknowledged
