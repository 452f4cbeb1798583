"""The recorded timelines of the real controllers, replayed: equal state after every stimulus, equal events."""

import pytest
from workload_replay import GOLDEN, Replay

CHANCE = {
    "replicaset-delete-order-colocated": "two bare pods tie; the real cluster decides by random uid",
    "replicaset-quota-forbidden": "when the next back-off retry falls is chance",
}
OTHER_ROOMS = {
    "node-cordon": "the scheduler takes pods from back-off early",
    "pdb-overlap": "the Eviction API's wording",
    "pdb-selectors": "the Eviction API's wording",
    "pv-waitforfirstconsumer": "the scheduler waits for the volume to be bound",
    "scheduler-preemption": "the scheduler's events",
    "statefulset-vct-delete-on-delete": "the scheduler takes pods from back-off early",
    "statefulset-vct-delete-on-scale": "the scheduler takes pods from back-off early",
    "statefulset-vct-retain-retain": "the scheduler takes pods from back-off early",
}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CHANCE and name not in OTHER_ROOMS])
def test_timeline(name: str) -> None:
    assert Replay(name).run() == ""
