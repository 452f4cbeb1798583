"""The recorded timelines of the real controllers, replayed: equal state after every stimulus, equal events."""

import pytest
from workload_replay import GOLDEN, OWN, Replay

CHANCE = {
    "replicaset-delete-order-colocated": "two bare pods tie; the real cluster decides by random uid, which its events tell",
    "replicaset-quota-forbidden": "when the next back-off retry falls is chance",
}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))
RECORDED = sorted(path.stem for path in OWN.glob("*.json"))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CHANCE])
def test_timeline(name: str) -> None:
    assert Replay(name).run() == ""


@pytest.mark.parametrize("name", RECORDED)
def test_timeline_of_our_own(name: str) -> None:
    assert Replay(name, OWN).run() == ""
