"""Who holds which number: service addresses, node ports, pod blocks of nodes, pod addresses.

`cluster.py` makes them and injects them: the API server's registry holds service addresses and node ports, the kubelets
pod addresses. Plain bookkeeping without I/O; nothing here reads or writes API objects.
"""

import random
from itertools import chain

from cluster_core.network.addresses import Range

PROVIDED_TAKEN = "provided {} is already allocated"
IP_OUTSIDE = "the provided IP ({}) is not in the valid range. The range of valid IPs is {}"
PORT_OUTSIDE = "provided port is not in the valid range. The range of valid ports is {}-{}"
IP_FOREIGN = "the provided network does not match the current range"
RANGE_FULL = "range is full"


class AllocationError(ValueError):
    """Nothing free, or what was asked for is taken or out of range; the text is Kubernetes' own."""


class NumberPool:
    """Numbers 0..size-1 in two bands: the lower one is kept for numbers chosen by users.

    A free number is taken at random from the upper band, walking on from there; the lower band serves when the upper is full.
    """

    __slots__ = ("_rng", "lower", "size", "taken")

    def __init__(self, size: int, lower: int, rng: random.Random) -> None:
        self.size, self.lower, self._rng = size, lower, rng
        self.taken: set[int] = set()

    def next(self) -> int:
        """Take a free number. Raises AllocationError when all are taken."""
        number = self._free(self.lower, self.size)
        if number is None:
            number = self._free(0, self.lower)
        if number is None:
            raise AllocationError(RANGE_FULL)
        self.taken.add(number)
        return number

    def _free(self, first: int, end: int) -> int | None:
        if end <= first:
            return None
        start = self._rng.randrange(first, end)
        return next((n for n in chain(range(start, end), range(first, start)) if n not in self.taken), None)


class ServiceIPAllocator:
    """Cluster addresses of services in one block. Address 1 is the `kubernetes` service's, by claim."""

    def __init__(self, cidr: str, rng: random.Random) -> None:
        self.range = Range(cidr)
        count = min(self.range.size - 2, 1 << 16)
        self._pool = NumberPool(count, _ip_band(count), rng)

    @property
    def cidr(self) -> str:
        """The block, canonical."""
        return self.range.cidr

    def allocate(self) -> str:
        """A free address. Raises AllocationError."""
        return self.range.address(self._pool.next() + 1)

    def claim(self, address: str) -> None:
        """Take this very address. Raises AllocationError if taken or outside the block."""
        number = self._number(address)
        if number is None:
            inside = self._is_inside(address)
            raise AllocationError(IP_OUTSIDE.format(address, self.cidr) if inside else IP_FOREIGN)
        if number in self._pool.taken:
            raise AllocationError(PROVIDED_TAKEN.format("IP"))
        self._pool.taken.add(number)

    def _is_inside(self, address: str) -> bool:
        """Whether the block has the address, even if services never get it (the first and last one)."""
        try:
            return self.range.offset(address) is not None
        except ValueError:
            return False

    def release(self, address: str) -> None:
        """Give an address back; one that is free or foreign is ignored."""
        number = self._number(address)
        if number is not None:
            self._pool.taken.discard(number)

    def holds(self, address: str) -> bool:
        """Whether the address is taken."""
        return self._number(address) in self._pool.taken

    def _number(self, address: str) -> int | None:
        try:
            offset = self.range.offset(address)
        except ValueError:
            return None
        return offset - 1 if offset is not None and 1 <= offset <= self._pool.size else None


def _ip_band(size: int) -> int:
    return 0 if size <= 16 else min(max(size // 16, 16), 256)


class NodePortAllocator:
    """Ports that every node opens for services: 30000 to 32767 unless told otherwise."""

    def __init__(self, rng: random.Random, first: int = 30000, last: int = 32767) -> None:
        size = last - first + 1
        self.first, self.last = first, last
        self._pool = NumberPool(size, _port_band(size), rng)

    def allocate(self) -> int:
        """A free port. Raises AllocationError."""
        return self.first + self._pool.next()

    def claim(self, port: int) -> None:
        """Take this very port. Raises AllocationError if taken or out of range."""
        if not self.first <= port <= self.last:
            raise AllocationError(PORT_OUTSIDE.format(self.first, self.last))
        if port - self.first in self._pool.taken:
            raise AllocationError(PROVIDED_TAKEN.format("port"))
        self._pool.taken.add(port - self.first)

    def release(self, port: int) -> None:
        """Give a port back; a free one is ignored."""
        self._pool.taken.discard(port - self.first)

    def holds(self, port: int) -> bool:
        """Whether the port is taken."""
        return port - self.first in self._pool.taken


def _port_band(size: int) -> int:
    return 0 if size <= 16 else min(max(size // 32, 16), 128)


class NodeBlockAllocator:
    """Pod blocks of nodes: /24 pieces of the cluster's pod range, handed out in a ring."""

    def __init__(self, cidr: str = "10.244.0.0/16", bits: int | None = None) -> None:
        self.range = Range(cidr)
        self.bits = bits or (24 if self.range.width == 32 else 64)
        self._count = 1 << (self.bits - self.range.bits)
        self._taken: set[int] = set()
        self._next = 0

    def allocate(self) -> str:
        """The next free block as a CIDR. Raises AllocationError when the range is used up."""
        for step in range(min(self._count, len(self._taken) + 1)):
            index = (self._next + step) % self._count
            if index not in self._taken:
                self._taken.add(index)
                self._next = (index + 1) % self._count
                return self.range.block(index, self.bits).cidr
        raise AllocationError(
            "CIDR allocation failed; there are no remaining CIDRs left to allocate in the accepted range"
        )

    def claim(self, cidr: str) -> None:
        """Mark a block as taken (a node that already has one); foreign blocks are ignored."""
        index = self._index(cidr)
        if index is not None:
            self._taken.add(index)

    def release(self, cidr: str) -> None:
        """Give a block back."""
        index = self._index(cidr)
        if index is not None:
            self._taken.discard(index)

    def _index(self, cidr: str) -> int | None:
        offset = self.range.offset(cidr.partition("/")[0])
        return None if offset is None else offset >> (self.range.width - self.bits)


class PodIPAllocator:
    """Pod addresses on one node, in turn through its block; the first address is the node's bridge."""

    def __init__(self, cidr: str) -> None:
        self.range = Range(cidr)
        self._taken: set[int] = set()
        self._next = 2

    def allocate(self) -> str:
        """A free address. Raises AllocationError."""
        usable = min(self.range.size, 1 << 16) - 1
        for step in range(usable):
            offset = 2 + (self._next - 2 + step) % (usable - 2)
            if offset not in self._taken:
                self._taken.add(offset)
                self._next = offset + 1
                return self.range.address(offset)
        raise AllocationError(f"no IP addresses available in range set: {self.range.cidr}")

    def claim(self, address: str) -> None:
        """Mark an address as taken (a pod that already runs)."""
        offset = self.range.offset(address)
        if offset is not None:
            self._taken.add(offset)

    def release(self, address: str) -> None:
        """Give an address back."""
        offset = self.range.offset(address)
        if offset is not None:
            self._taken.discard(offset)
