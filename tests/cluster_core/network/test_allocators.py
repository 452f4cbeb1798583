"""Allocation of service addresses, node ports, pod blocks and pod addresses."""

import random

import pytest

from cluster_core.network.addresses import Range, parse
from cluster_core.network.allocators import (
    AllocationError,
    NodeBlockAllocator,
    NodePortAllocator,
    PodIPAllocator,
    ServiceIPAllocator,
)


def rng() -> random.Random:
    return random.Random(1)


@pytest.mark.parametrize(
    ("cidr", "canonical", "size"),
    [
        ("10.96.0.0/16", "10.96.0.0/16", 65536),
        ("10.96.3.7/24", "10.96.3.0/24", 256),
        ("fd00::1/112", "fd00::/112", 65536),
    ],
)
def test_range_is_canonical(cidr: str, canonical: str, size: int) -> None:
    assert (Range(cidr).cidr, Range(cidr).size) == (canonical, size)


@pytest.mark.parametrize("bad", ["10.96.0.0", "10.96.0.0/33", "10.96.0/8", "", "x/8", "10.0.0.0/-1", "10.0.0.0/8x"])
def test_bad_ranges_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Range(bad)


@pytest.mark.parametrize("bad", ["1.2.3", "1.2.3.256", "::g", "", "a.b.c.d"])
def test_bad_addresses_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not an IP address"):
        parse(bad)


def test_service_addresses_come_from_the_upper_band_and_are_unique() -> None:
    pool = ServiceIPAllocator("10.96.0.0/24", rng())
    got = [pool.allocate() for _ in range(254 - 16)]
    assert len(set(got)) == len(got)
    assert min(parse(ip)[0] for ip in got) == parse("10.96.0.17")[0]
    rest = [pool.allocate() for _ in range(16)]
    assert sorted(parse(ip)[0] & 255 for ip in rest) == list(range(1, 17))
    with pytest.raises(AllocationError, match="range is full"):
        pool.allocate()


@pytest.mark.parametrize(
    ("ip", "text"),
    [
        ("10.96.0.5", "provided IP is already allocated"),
        ("10.1.0.1", "the provided network does not match the current range"),
        ("10.96.0.0", "the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/16"),
        ("nonsense", "the provided network does not match the current range"),
    ],
)
def test_claims_that_fail(ip: str, text: str) -> None:
    pool = ServiceIPAllocator("10.96.0.0/16", rng())
    pool.claim("10.96.0.5")
    with pytest.raises(AllocationError) as error:
        pool.claim(ip)
    assert str(error.value) == text


def test_released_addresses_can_be_claimed_again() -> None:
    pool = ServiceIPAllocator("10.96.0.0/16", rng())
    pool.claim("10.96.0.5")
    pool.release("10.96.0.5")
    pool.release("not an address")
    pool.claim("10.96.0.5")
    assert pool.holds("10.96.0.5")
    assert not pool.holds("10.96.0.6")


def test_node_ports() -> None:
    ports = NodePortAllocator(rng())
    first = ports.allocate()
    assert 30086 <= first <= 32767
    with pytest.raises(AllocationError, match=r"^provided port is already allocated$"):
        ports.claim(first)
    with pytest.raises(AllocationError, match=r"The range of valid ports is 30000-32767$"):
        ports.claim(80)
    ports.release(first)
    ports.claim(first)


def test_same_seed_same_addresses() -> None:
    one, two = ServiceIPAllocator("10.96.0.0/16", rng()), ServiceIPAllocator("10.96.0.0/16", rng())
    assert [one.allocate() for _ in range(20)] == [two.allocate() for _ in range(20)]


def test_node_blocks_in_a_ring() -> None:
    blocks = NodeBlockAllocator("10.244.0.0/22")
    assert [blocks.allocate() for _ in range(4)] == [f"10.244.{n}.0/24" for n in range(4)]
    with pytest.raises(AllocationError):
        blocks.allocate()
    blocks.release("10.244.1.0/24")
    assert blocks.allocate() == "10.244.1.0/24"


def test_pod_addresses() -> None:
    pods = PodIPAllocator("10.244.1.0/29")
    assert [pods.allocate() for _ in range(5)] == [f"10.244.1.{n}" for n in range(2, 7)]
    with pytest.raises(AllocationError):
        pods.allocate()
    pods.release("10.244.1.3")
    assert pods.allocate() == "10.244.1.3"
