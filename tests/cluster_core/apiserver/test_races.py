"""Many clients at once: no write is lost, and a watch that is cut and taken up again tells everything once and in order."""

from random import Random
from typing import Any

import pytest

from cluster_core.apimachinery.errors import ApiError, is_conflict, is_not_found
from cluster_core.client.resources import CONFIGMAPS
from cluster_core.cluster import Cluster
from cluster_core.testing import make_config_map

Object = dict[str, Any]
WRITERS, INCREMENTS = 100, 100


class Writer:
    """Counts up in steps of one: reads, and writes now or after others had their turn; starts again on a conflict."""

    def __init__(self, cluster: Cluster, rng: Random) -> None:
        self._cluster, self._rng, self._left = cluster, rng, INCREMENTS
        self.conflicts = 0

    def begin(self) -> None:
        """One more increment, unless all are done."""
        if self._left:
            seen = self._cluster.client.get(CONFIGMAPS, "counter", "default")
            if self._rng.random() < 0.1:
                self._cluster.loop.call_soon(lambda: self._finish(seen))
            else:
                self._finish(seen)

    def _finish(self, seen: Object) -> None:
        changed = {**seen, "data": {"n": str(int(seen["data"]["n"]) + 1)}}
        try:
            self._cluster.client.update(CONFIGMAPS, changed)
            self._left -= 1
        except ApiError as error:
            if not is_conflict(error):
                raise
            self.conflicts += 1
        self._cluster.loop.call_soon(self.begin)


def test_no_increment_is_lost() -> None:
    with Cluster(controllers=False, nodes=0) as cluster:
        cluster.client.create(CONFIGMAPS, {**make_config_map("counter").build(), "data": {"n": "0"}})
        rng = Random(7)
        writers = [Writer(cluster, rng) for _ in range(WRITERS)]
        for writer in writers:
            writer.begin()
        cluster.settle()
        assert cluster.client.get(CONFIGMAPS, "counter", "default")["data"] == {"n": str(WRITERS * INCREMENTS)}
        assert sum(writer.conflicts for writer in writers) > WRITERS


def change_things(cluster: Cluster, rng: Random, times: int) -> None:
    """Create, change (labels too, so that objects come and go under a selector) and delete a few objects at random."""
    client = cluster.client
    for step in range(times):
        name = f"c{rng.randrange(5)}"
        obj = {**make_config_map(name).build(), "data": {"step": str(step)}}
        obj["metadata"]["labels"] = {"side": rng.choice(["left", "right"])}
        try:
            if rng.random() < 0.2:
                client.delete(CONFIGMAPS, name, "default")
            else:
                client.update(CONFIGMAPS, obj)
        except ApiError as error:
            if not is_not_found(error):
                raise
            client.create(CONFIGMAPS, obj)


class Follower:
    """Watches, cutting the watch itself after every `length` events and going on from the last version seen."""

    def __init__(self, cluster: Cluster, version: str, selector: str, length: int) -> None:
        self._cluster, self._version, self._selector, self._length = cluster, version, selector, length
        self.seen: list[tuple[str, str, str]] = []
        self._left = 0
        self._start()

    def _start(self) -> None:
        self._left = self._length
        self._watch = self._cluster.client.watch(
            CONFIGMAPS,
            "default",
            on_event=self._note,
            resource_version=self._version,
            label_selector=self._selector,
        )

    def _note(self, event: Any) -> None:
        assert self._left, "an event came after the watch had been cut"
        metadata = event.object["metadata"]
        self._version = metadata["resourceVersion"]
        self.seen.append((event.type, metadata["name"], self._version))
        self._left -= 1
        if not self._left:
            self._watch.stop()
            self._cluster.loop.call_soon(self._start)


@pytest.mark.parametrize("selector", ["", "side=left"])
def test_a_cut_watch_tells_everything_once_and_in_order(selector: str) -> None:
    with Cluster(controllers=False, nodes=0) as cluster:
        version = cluster.client.list(CONFIGMAPS, "default")["metadata"]["resourceVersion"]
        whole = Follower(cluster, version, selector, 1_000_000)
        live = [Follower(cluster, version, selector, length) for length in (1, 2, 3)]
        rng = Random(3)
        for _ in range(40):
            change_things(cluster, rng, 5)
            cluster.loop.run_ready()
        cluster.settle()
        late = [Follower(cluster, version, selector, length) for length in range(1, len(whole.seen))]
        cluster.settle()
        assert len(whole.seen) > 100
        assert all(follower.seen == whole.seen for follower in (*live, *late))
        versions = [int(seen[2]) for seen in whole.seen]
        assert versions == sorted(set(versions))
