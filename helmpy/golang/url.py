"""Go's net/url: URLs taken apart and put together. Called by the functions and by the formats of JSON Schema."""

from dataclasses import dataclass

from helmpy.golang import strconv
from helmpy.golang.types import GoError, go_bytes, go_string

_HEX = "0123456789ABCDEFabcdef"
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~")
_ALLOWED = {
    "host": _UNRESERVED | frozenset("!$&'()*+,;=:[]<>\""),
    "zone": _UNRESERVED | frozenset("!$&'()*+,;=:[]<>\""),
    "path": _UNRESERVED | frozenset("$&+,/:;=@"),
    "userinfo": _UNRESERVED | frozenset("$&+,;="),
    "fragment": _UNRESERVED | frozenset("$&+,/:;=?@!()*"),
}
_USERINFO = _UNRESERVED | frozenset(":!$&'()*+,;=%@")
_STRICT_SCHEMES = ("http", "https")


class URLError(GoError):
    """A part of a URL that cannot be read; `parse` says of which URL."""


@dataclass(slots=True)
class URL:
    """A URL in Go's parts, decoded; `user` is the encoded userinfo, None if there is none."""

    scheme: str = ""
    opaque: str = ""
    user: str | None = None
    host: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""

    def hostname(self) -> str:
        """The host without port and brackets."""
        host, colon, port = self.host.rpartition(":")
        name = host if colon and _digits(port) else self.host
        return name[1:-1] if name.startswith("[") and name.endswith("]") else name

    def __str__(self) -> str:
        text = f"{self.scheme}:" if self.scheme else ""
        text += self.opaque or self._authority() + self._path()
        if self.query:
            text += f"?{self.query}"
        if self.fragment:
            text += "#" + escape(self.fragment, "fragment")
        return text

    def _authority(self) -> str:
        has_host = bool(self.host) or self.user is not None
        if not has_host and not (self.scheme and self.path):
            return ""
        user = "" if self.user is None else f"{self.user}@"
        return f"//{user}{escape(self.host, 'host')}"

    def _path(self) -> str:
        path = "*" if self.path == "*" else escape(self.path, "path")
        if self.host:
            return path if path[:1] in ("", "/") else f"/{path}"
        if not self.scheme and self.user is None and ":" in path.partition("/")[0]:
            return f"./{path}"
        return path


def parse(raw: str) -> URL:
    """url.Parse; raises GoError with Go's text."""
    before, _, fragment = raw.partition("#")
    try:
        url = _parse(before)
    except URLError as error:
        raise GoError(f"parse {strconv.quote(before)}: {error}") from None
    try:
        url.fragment = unescape(fragment, "fragment")
    except URLError as error:
        raise GoError(f"parse {strconv.quote(raw)}: {error}") from None
    return url


def _parse(raw: str) -> URL:
    if any(byte < 0x20 or byte == 0x7F for byte in go_bytes(raw)):
        raise URLError("net/url: invalid control character in URL")
    url = URL()
    scheme, rest = _split_scheme(raw)
    url.scheme = scheme.lower()
    rest, _, url.query = rest.partition("?")
    if not rest.startswith("/"):
        if url.scheme:
            url.opaque = rest
            return url
        if ":" in rest.partition("/")[0]:
            raise URLError("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (url.scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        url.user, url.host = _parse_authority(authority, url.scheme)
    url.path = unescape(rest, "path")
    return url


def _split_scheme(raw: str) -> tuple[str, str]:
    for index, char in enumerate(raw):
        if char.isascii() and char.isalpha():
            continue
        if char in "0123456789+-.":
            if index == 0:
                break
        elif char == ":":
            if index == 0:
                raise URLError("missing protocol scheme")
            return raw[:index], raw[index + 1 :]
        else:
            break
    return "", raw


def _parse_authority(authority: str, scheme: str) -> tuple[str | None, str]:
    """Encoded userinfo (None if there is none) and decoded host."""
    userinfo, at, host = authority.rpartition("@")
    parsed_host = _parse_host(host, scheme)
    if not at:
        return None, parsed_host
    if not all(char in _USERINFO for char in userinfo):
        raise URLError("net/url: invalid userinfo")
    parts = userinfo.split(":", 1)
    return ":".join(escape(unescape(part, "userinfo"), "userinfo") for part in parts), parsed_host


def _parse_host(host: str, scheme: str) -> str:
    bracket = host.rfind("[")
    if bracket > 0:
        raise URLError("invalid IP-literal")
    if bracket == 0:
        return _parse_ip_literal(host)
    colon = host.find(":") if scheme in _STRICT_SCHEMES else host.rfind(":")
    if colon >= 0:
        _check_port(host[colon:])
    return unescape(host, "host")


def _parse_ip_literal(host: str) -> str:
    import ipaddress

    end = host.rfind("]")
    if end < 0:
        raise URLError("missing ']' in host")
    _check_port(host[end + 1 :])
    address, percent, zone = host[1:end].partition("%25")
    decoded = unescape(address, "host") + unescape(percent + zone, "zone")
    try:
        version = ipaddress.ip_address(decoded).version
    except ValueError:
        raise URLError(f"invalid host: ParseAddr({strconv.quote(decoded)}): unable to parse IP") from None
    if version == 4:
        raise URLError("invalid IP-literal")
    return f"[{decoded}]{host[end + 1 :]}"


def _check_port(port: str) -> None:
    if port and (port[0] != ":" or not _digits(port[1:])):
        raise URLError(f"invalid port {strconv.quote(port)} after host")


def _digits(text: str) -> bool:
    return not text.strip("0123456789")


def unescape(text: str, mode: str) -> str:
    """url.PathUnescape and its like; raises URLError."""
    _check_escapes(text, mode)
    if "%" not in text:
        return text
    from urllib.parse import unquote_to_bytes

    return go_string(unquote_to_bytes(go_bytes(text)))


def _check_escapes(text: str, mode: str) -> None:
    index = 0
    while index < len(text):
        char = text[index]
        if char == "%":
            digits = text[index + 1 : index + 3]
            if len(digits) < 2 or any(digit not in _HEX for digit in digits):
                raise URLError(f"invalid URL escape {strconv.quote(text[index : index + 3])}")
            _check_host_escape(text[index : index + 3], mode)
            index += 3
            continue
        if mode in ("host", "zone") and char < "\x80" and char not in _ALLOWED[mode]:
            raise URLError(f"invalid character {strconv.quote(char)} in host name")
        index += 1


def _check_host_escape(escaped: str, mode: str) -> None:
    """In hosts only bytes beyond ASCII may be escaped; in zones also "%", blanks and what needs no escape."""
    code = int(escaped[1:], 16)
    if mode == "host" and code < 0x80 and escaped != "%25":
        raise URLError(f"invalid URL escape {strconv.quote(escaped)}")
    if mode == "zone" and escaped != "%25" and code != 0x20 and code < 0x80 and chr(code) not in _ALLOWED["host"]:
        raise URLError(f"invalid URL escape {strconv.quote(escaped)}")


def escape(text: str, mode: str) -> str:
    """Every byte that the part of the URL does not allow as %XX."""
    allowed = _ALLOWED[mode]
    return "".join(chr(b) if chr(b) in allowed else f"%{b:02X}" for b in go_bytes(text))
