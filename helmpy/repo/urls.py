"""URLs as Helm joins and compares them. Must not fetch anything."""

import posixpath
import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from helmpy.errors import RepositoryError

OCI = "oci://"


def is_oci(url: str) -> bool:
    """Whether a URL names a chart in an OCI registry."""
    return url.startswith(OCI)


def parse(url: str) -> SplitResult:
    """Splits a URL; raises RepositoryError for text that is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        raise RepositoryError(f"invalid chart URL format: {url}") from None
    return parts


def origin(url: str) -> tuple[str, str]:
    """Scheme and host with port: where credentials belong."""
    parts = parse(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme.lower(), f"{(parts.hostname or '').lower()}:{port}"


def resolve(base: str, reference: str) -> str:
    """A reference of an index, which may be relative, against the repository's URL (its query is kept)."""
    if parse(reference).scheme:
        return reference
    parts = parse(base)
    folder = urlunsplit(parts._replace(path=parts.path.removesuffix("/") + "/", query="", fragment=""))
    return urlunsplit(parse(urljoin(folder, reference))._replace(query=parts.query))


def join(base: str, *paths: str) -> str:
    """A URL or path with more path behind it: join("https://h/charts", "a.tgz")."""
    parts = urlsplit(base)
    pieces = [piece for piece in (parts.path, *paths) if piece]
    path = _clean("/".join(pieces)) if pieces else ""
    if parts.netloc and path and not path.startswith("/"):
        path = "/" + path
    return urlunsplit(parts._replace(path=path))


def equal(a: str, b: str) -> bool:
    """Whether two URLs are the same but for superfluous slashes."""
    try:
        return _normal(a) == _normal(b)
    except ValueError:
        return a == b


def _normal(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=_clean(parts.path or "/")))


def _clean(path: str) -> str:
    """Without "." and "..", and one slash wherever there are several."""
    return re.sub("^//", "/", posixpath.normpath(path))


def printable(url: str) -> str:
    """A URL for messages: without a password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:xxxxx@{host}"))
