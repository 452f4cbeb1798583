"""One getter per URL scheme: bytes from http, https and file. (Charts of `oci` come through `helmpy.repo.oci`.)

A new scheme is a function and a line of `GETTERS`.
"""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from helmpy.errors import RepositoryError
from helmpy.repo import http, urls
from helmpy.repo.access import ANONYMOUS, Access

Getter = Callable[[str, Access, str, int], bytes]


def get(url: str, access: Access, accept: str = "", limit: int = http.MAX_DOWNLOAD) -> bytes:
    """The bytes behind a URL, at most `limit` of them; raises RepositoryError.

    Only a repository that itself is a local folder may point at local files.
    """
    scheme = check_scheme(url)
    if scheme == "file" and access.url and urls.parse(access.url).scheme != "file":
        raise RepositoryError(f"{access.url} may not refer to the local file {url}")
    return GETTERS[scheme](url, access, accept, limit)


def fetch(url: str) -> bytes:
    """What lies behind a URL of a values file; raises RepositoryError."""
    return get(url, ANONYMOUS)


def check_scheme(url: str) -> str:
    """The scheme of a URL; raises RepositoryError if there is no getter for it."""
    scheme = urls.parse(url).scheme.lower()
    if scheme not in GETTERS:
        raise RepositoryError(f'scheme "{scheme}" not supported')
    return scheme


def _file(url: str, access: Access, accept: str, limit: int) -> bytes:
    path = Path(unquote(urls.parse(url).path))
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise RepositoryError(f"open {path}: {(error.strerror or '').lower()}") from None
    if len(data) > limit:
        raise RepositoryError(f"{path} is larger than {limit} bytes")
    return data


GETTERS: dict[str, Getter] = {"http": http.get, "https": http.get, "file": _file}
