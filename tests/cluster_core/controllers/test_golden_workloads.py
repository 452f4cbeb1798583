"""The recorded timelines of the real controllers, replayed: equal state after every stimulus, equal events."""

import pytest
from workload_replay import GOLDEN, Replay

CHANCE = {
    "pv-waitforfirstconsumer": "how long the scheduler's write of the volume takes to be seen",
    "replicaset-delete-order-colocated": "two bare pods tie; the real cluster decides by random uid",
    "replicaset-quota-forbidden": "when the next back-off retry falls is chance",
}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CHANCE])
def test_timeline(name: str) -> None:
    assert Replay(name).run() == ""
