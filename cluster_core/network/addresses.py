"""Ranges of IP addresses as integers; IPv6 is the standard library's `socket`'s work.

Called by the allocators. Must not know who owns an address.
"""


def parse(text: str) -> tuple[int, int]:
    """An address as (integer, width in bits: 32 or 128). Raises ValueError for anything else."""
    if ":" not in text:
        return _parse_v4(text), 32
    import socket

    try:
        return int.from_bytes(socket.inet_pton(socket.AF_INET6, text), "big"), 128
    except (OSError, UnicodeError):
        raise ValueError(f"not an IP address: {text!r}") from None


def _parse_v4(text: str) -> int:
    number, parts = 0, text.split(".")
    for part in parts:
        if (
            not (part.isascii() and part.isdigit())
            or len(part) > 3
            or int(part) > 255
            or (part[0] == "0" and part != "0")
        ):
            raise ValueError(f"not an IP address: {text!r}")
        number = number << 8 | int(part)
    if len(parts) != 4:
        raise ValueError(f"not an IP address: {text!r}")
    return number


def text_of(number: int, width: int) -> str:
    """The canonical text of an address."""
    if width == 32:
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    import socket

    return socket.inet_ntop(socket.AF_INET6, number.to_bytes(16, "big"))


class Range:
    """A CIDR block such as "10.96.0.0/16"; offsets count from its base address."""

    __slots__ = ("base", "bits", "cidr", "size", "width")

    def __init__(self, cidr: str) -> None:
        address, slash, bits = cidr.partition("/")
        number, self.width = parse(address)
        if not slash or not bits.isdigit() or int(bits) > self.width:
            raise ValueError(f"not a CIDR block: {cidr!r}")
        self.bits = int(bits)
        self.size = 1 << (self.width - self.bits)
        self.base = number & ~(self.size - 1)
        self.cidr = f"{text_of(self.base, self.width)}/{self.bits}"

    def address(self, offset: int) -> str:
        """The address `offset` places after the base."""
        return text_of(self.base + offset, self.width)

    def offset(self, address: str) -> int | None:
        """Where `address` lies in the block, None outside it. Raises ValueError if it is no address."""
        number, width = parse(address)
        place = number - self.base
        return place if width == self.width and 0 <= place < self.size else None

    def block(self, index: int, bits: int) -> "Range":
        """The `index`-th block of prefix length `bits` inside this one."""
        size = 1 << (self.width - bits)
        return Range(f"{self.address(index * size)}/{bits}")
