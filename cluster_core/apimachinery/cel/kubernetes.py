"""Kubernetes' own types in expressions: quantities, addresses, blocks of them, URLs, versions, formats."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from typing import Any, ClassVar
from urllib.parse import SplitResult, parse_qs, urlsplit

from cluster_core.apimachinery import names, quantity
from cluster_core.apimachinery.cel.errors import EvaluationError, no_overload
from cluster_core.apimachinery.cel.standard import INT_MAX, INT_MIN
from cluster_core.apimachinery.cel.values import NOTHING, Optional

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True, eq=False)
class Amount:
    """A quantity; equal to another of the same amount."""

    text: str
    cel_type: ClassVar[str] = "kubernetes.Quantity"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Amount) and quantity.compare(self.text, other.text) == 0

    def __hash__(self) -> int:
        return hash(quantity.parse(self.text).nanos)


@dataclass(frozen=True, slots=True)
class IP:
    """An address."""

    address: Address
    cel_type: ClassVar[str] = "net.IP"


@dataclass(frozen=True, slots=True)
class Block:
    """A CIDR, with the address as given."""

    address: Address
    network: IPv4Network | IPv6Network
    cel_type: ClassVar[str] = "net.CIDR"


@dataclass(frozen=True, slots=True)
class URL:
    """A URL, taken apart."""

    parts: SplitResult
    cel_type: ClassVar[str] = "kubernetes.URL"


@dataclass(frozen=True, slots=True)
class Version:
    """A semantic version; build metadata does not count."""

    numbers: tuple[int, int, int]
    pre: tuple[tuple[int, int, str], ...]
    has_pre: bool
    cel_type: ClassVar[str] = "kubernetes.Semver"


@dataclass(frozen=True, slots=True)
class Format:
    """A named format."""

    name: str
    cel_type: ClassVar[str] = "kubernetes.NamedFormat"


def _check(make: Callable[..., Any]) -> Callable[..., bool]:
    """Whether `make` accepts the text."""

    def check(*args: Any) -> bool:
        try:
            make(*args)
        except EvaluationError:
            return False
        return True

    return check


# Quantities


def _quantity(text: str) -> Amount:
    try:
        quantity.parse(text)
    except quantity.QuantityError as error:
        raise EvaluationError(str(error)) from None
    return Amount(text)


def _nanos(amount: Amount) -> int:
    return quantity.parse(amount.text).nanos


def _is_integer(amount: Amount) -> bool:
    nanos = _nanos(amount)
    return nanos % 10**9 == 0 and INT_MIN <= nanos // 10**9 <= INT_MAX


def _as_integer(amount: Amount) -> int:
    if not _is_integer(amount):
        raise EvaluationError("cannot convert value to integer")
    return _nanos(amount) // 10**9


def _sum(sign: int) -> Callable[[Amount, Any], Amount]:
    def total(amount: Amount, other: Any) -> Amount:
        text = other.text if isinstance(other, Amount) else str(other)
        return Amount((quantity.add if sign > 0 else quantity.subtract)(amount.text, text))

    return total


def _sign(amount: Amount) -> int:
    nanos = _nanos(amount)
    return (nanos > 0) - (nanos < 0)


# Order of quantities and versions


def _compare(a: Any, b: Any) -> int:
    if isinstance(a, Amount) and isinstance(b, Amount):
        return quantity.compare(a.text, b.text)
    if isinstance(a, Version) and isinstance(b, Version):
        first, second = ((v.numbers, not v.has_pre, v.pre) for v in (a, b))
        return (first > second) - (first < second)
    raise no_overload()


# Addresses


def _ip(text: Any) -> IP:
    if isinstance(text, Block):
        return IP(text.address)
    try:
        address = ip_address(text)
    except ValueError:
        raise EvaluationError(
            f'IP Address "{text}" parse error during conversion from string: {_ip_reason(text)}'
        ) from None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        raise EvaluationError("IPv4-mapped IPv6 address is not allowed")
    if isinstance(address, IPv6Address) and address.scope_id:
        raise EvaluationError("IP address with zone value is not allowed")
    return IP(address)


def _ip_reason(text: str) -> str:
    return f'ParseAddr("{text}"): unable to parse IP'


def _is_canonical(text: str) -> bool:
    return str(_ip(text).address) == text


def _is_multicast_link_local(ip: IP) -> bool:
    block = "224.0.0.0/24" if ip.address.version == 4 else "ff02::/16"
    return ip.address in ip_network(block)


def _is_global(ip: IP) -> bool:
    address = ip.address
    if address.version == 4 and str(address) == "255.255.255.255":
        return False
    return not (address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local)


def _cidr(text: str) -> Block:
    address, slash, length = text.partition("/")
    try:
        if not slash or not length.isdigit() or (len(length) > 1 and length[0] == "0"):
            raise ValueError
        found = ip_interface(text)
    except ValueError:
        reason = f"netip.ParsePrefix(\"{text}\"): no '/'" if not slash else f'netip.ParsePrefix("{text}"): bad prefix'
        raise EvaluationError(f"network address parse error during conversion from string: {reason}") from None
    return Block(ip_address(address), found.network)


def _contains_ip(block: Block, ip: Any) -> bool:
    return (ip if isinstance(ip, IP) else _ip(ip)).address in block.network


def _contains_cidr(block: Block, other: Any) -> bool:
    inner = other if isinstance(other, Block) else _cidr(other)
    return inner.address in block.network and inner.network.prefixlen >= block.network.prefixlen


# URLs


def _url(text: str) -> URL:
    try:
        parts = urlsplit(text)
        good = text.startswith("/") or (bool(parts.scheme) and text[len(parts.scheme) + 1 :].startswith("/"))
        _ = parts.port
    except ValueError:
        good = False
    if not good or any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise EvaluationError(f'URL parse error during conversion from string: parse "{text}": invalid URI for request')
    return URL(parts)


def _host(url: URL) -> str:
    return url.parts.netloc.rpartition("@")[2]


def _hostname(url: URL) -> str:
    host = _host(url)
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _port(url: URL) -> str:
    host = _host(url)
    tail = host.rpartition("]")[2] if host.startswith("[") else host
    return tail.partition(":")[2]


# Versions


def _semver(text: str, normalize: bool = False) -> Version:
    import re

    if normalize:
        text = _normalized(text)
    part = r"(?:0|[1-9]\d*)"
    match = re.fullmatch(
        rf"({part})\.({part})\.({part})(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?", text, re.ASCII
    )
    pre = match[4].split(".") if match is not None and match[4] else []
    if match is None or any(not p or (p.isdigit() and len(p) > 1 and p[0] == "0") for p in pre):
        raise EvaluationError(f"semver parse error during conversion from string: {_semver_reason(text)}")
    order = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in pre)
    return Version((int(match[1]), int(match[2]), int(match[3])), order, bool(pre))


def _normalized(text: str) -> str:
    text = text.removeprefix("v")
    core, mark, rest = text, "", ""
    for character in "-+":
        if character in core:
            core, _, tail = core.partition(character)
            mark, rest = character, tail + mark + rest
    numbers = [part.lstrip("0") or "0" if part.isdigit() else part for part in core.split(".")]
    numbers += ["0"] * (3 - len(numbers)) if len(numbers) < 3 else []
    return ".".join(numbers) + mark + rest


def _semver_reason(text: str) -> str:
    if not text:
        return "Version string empty"
    if text.count(".") < 2:
        return "No Major.Minor.Patch elements found"
    return f'Invalid character(s) found in version "{text}"'


# Formats


def _named(name: str) -> Optional:
    from cluster_core.apimachinery.cel.library import FORMATS

    return Optional((Format(name),)) if name in FORMATS else NOTHING


def _validate(form: Format, text: str) -> Optional:
    problems = _PROBLEMS[form.name](text)
    return Optional((problems,)) if problems else NOTHING


def _pattern(pattern: str, problem: str) -> Callable[[str], list[str]]:
    def problems(text: str) -> list[str]:
        import re

        return [] if re.fullmatch(pattern, text, re.ASCII) else [problem]

    return problems


def _uri(text: str) -> list[str]:
    return [] if _check(_url)(text) else [f'parse "{text}": invalid URI for request']


def _base64(text: str) -> list[str]:
    import base64
    import binascii

    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return ["invalid base64"]
    return []


def _moment(text: str) -> list[str]:
    from cluster_core.apimachinery.cel.standard import to_timestamp

    return [] if _check(to_timestamp)(text) else ["invalid datetime"]


def _date(text: str) -> list[str]:
    from datetime import date

    try:
        date.fromisoformat(text)
    except ValueError:
        return ["invalid date"]
    return [] if len(text) == 10 else ["invalid date"]


_UUID = r"(?i:[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})"
_PROBLEMS: dict[str, Callable[[str], list[str]]] = {
    "dns1123Label": lambda text: names.name_is_dns_label(text, False),
    "dns1123Subdomain": lambda text: names.name_is_dns_subdomain(text, False),
    "dns1035Label": lambda text: names.name_is_dns1035_label(text, False),
    "qualifiedName": names.qualified_name,
    "dns1123LabelPrefix": lambda text: names.name_is_dns_label(text, True),
    "dns1123SubdomainPrefix": lambda text: names.name_is_dns_subdomain(text, True),
    "dns1035LabelPrefix": lambda text: names.name_is_dns1035_label(text, True),
    "labelValue": names.label_value,
    "uri": _uri,
    "uuid": _pattern(_UUID, "does not match the UUID format"),
    "byte": _base64,
    "date": _date,
    "datetime": _moment,
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "isURL": _check(_url),
    "url": _url,
    "getScheme": lambda url: url.parts.scheme,
    "getHost": _host,
    "getHostname": _hostname,
    "getPort": _port,
    "getEscapedPath": lambda url: url.parts.path,
    "getQuery": lambda url: parse_qs(url.parts.query, keep_blank_values=True),
    "isQuantity": _check(_quantity),
    "quantity": _quantity,
    "sign": _sign,
    "isInteger": _is_integer,
    "asInteger": _as_integer,
    "asApproximateFloat": lambda amount: _nanos(amount) / 1e9,
    "add": _sum(1),
    "sub": _sum(-1),
    "isGreaterThan": lambda a, b: _compare(a, b) > 0,
    "isLessThan": lambda a, b: _compare(a, b) < 0,
    "compareTo": _compare,
    "isIP": _check(_ip),
    "ip": _ip,
    "ip.isCanonical": _is_canonical,
    "family": lambda ip: ip.address.version,
    "isUnspecified": lambda ip: ip.address.is_unspecified,
    "isLoopback": lambda ip: ip.address.is_loopback,
    "isLinkLocalMulticast": _is_multicast_link_local,
    "isLinkLocalUnicast": lambda ip: ip.address.is_link_local,
    "isGlobalUnicast": _is_global,
    "isCIDR": _check(_cidr),
    "cidr": _cidr,
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "masked": lambda block: Block(block.network.network_address, block.network),
    "prefixLength": lambda block: block.network.prefixlen,
    "isSemver": _check(_semver),
    "semver": _semver,
    "major": lambda version: version.numbers[0],
    "minor": lambda version: version.numbers[1],
    "patch": lambda version: version.numbers[2],
    "format.named": _named,
    "validate": _validate,
}
