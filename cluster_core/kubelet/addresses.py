"""Addresses of nodes and their pods: the n-th node is 172.18.0.n+1, its pods live in the n-th /24 of the pod range.

Called by the kubelets. Plain arithmetic; what is taken is remembered per node.
"""


class PodAddresses:
    """The block of one node. More than 253 pods spill into blocks of their own, far above."""

    def __init__(self, cidr: str) -> None:
        base, _, bits = cidr.partition("/")
        parts = [int(part) for part in base.split(".")]
        self._base = (parts[0] << 24) | (parts[1] << 16) | (parts[2] << 8) | parts[3]
        self._size = 1 << (32 - int(bits or 24))
        self._taken: set[int] = set()
        self._next = 2

    def allocate(self) -> str:
        """A free address; the next in turn."""
        limit = self._size - 1
        for _ in range(limit):
            offset = self._next
            self._next = offset + 1 if offset + 1 < limit else 2
            if offset not in self._taken:
                self._taken.add(offset)
                return dotted(self._base + offset)
        self._size += 256
        return self.allocate()

    def claim(self, address: str) -> None:
        """Mark an address as taken."""
        self._taken.add(number(address) - self._base)

    def release(self, address: str) -> None:
        """Give an address back."""
        self._taken.discard(number(address) - self._base)


def number(address: str) -> int:
    """A dotted IPv4 address as a number."""
    parts = [int(part) for part in address.split(".")]
    return (parts[0] << 24) | (parts[1] << 16) | (parts[2] << 8) | parts[3]


def dotted(value: int) -> str:
    """A number as a dotted IPv4 address."""
    return f"{value >> 24 & 255}.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}"


def node_address(index: int) -> str:
    """Address of the n-th node (from 0)."""
    return dotted(number("172.18.0.2") + index)


def index_of(address: str) -> int | None:
    """The number of the node that has an address by `node_address`; None for another address, or none."""
    if not address.startswith("172.") or address.count(".") != 3:
        return None
    index = number(address) - number("172.18.0.2")
    return index if 0 <= index < 1 << 16 else None


def index_of_block(cidr: str, block: str) -> int | None:
    """The number of the node that has a pod block of the range; None for another block, or none."""
    if not block.endswith("/24"):
        return None
    index = number(block.partition("/")[0]) - number(cidr.partition("/")[0])
    return index // 256 if index >= 0 and index % 256 == 0 else None


def pod_block(cidr: str, index: int) -> str:
    """The pod block of the n-th node (from 0): a /24 of the range."""
    base = cidr.partition("/")[0]
    return f"{dotted(number(base) + index * 256)}/24"
