"""What can be known of an image, and how images are named. One that no row matches runs well: it starts, stays up and answers
every probe.

Rows are tried in order, users' own (`image_file`) before the built-in `catalogue`; patterns are shell patterns against the full
reference with its tag (`nginx:latest`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

SERVICE, TASK, USERLAND = "service", "task", "userland"
NOT_FOUND = 'failed to pull and unpack image "{0}": failed to resolve image: {0}: not found'
NO_HOST = (
    'failed to pull and unpack image "{0}": failed to resolve image: failed to do request: Head "https://{1}/v2/{2}/manifests/{3}": '
    "{4}"
)
BAD_STATUS = (
    'failed to pull and unpack image "{0}": failed to resolve image: unexpected status from HEAD request to '
    "http://{1}/v2/{2}/manifests/{3}: {4}"
)
DENIED = (
    'failed to pull and unpack image "{0}": failed to resolve image: pull access denied, repository does not exist or may '
    "require authorization: authorization failed: no basic auth credentials"
)
MALFORMED = "invalid reference format"
RPC_NOT_FOUND = "rpc error: code = NotFound desc = "


@dataclass(frozen=True, slots=True)
class Image:
    """One row: which images, and how they behave.

    `kind`: "service" runs until stopped, "task" ends with 0 unless told otherwise, "userland" has a shell and the usual
    commands and nothing else (unknown programs are not found), "" decides by the pod (a Job's container ends).
    `missing` gives the text of a pull's failure; {0} is the image. `present`: on every node from the start.
    """

    pattern: str
    kind: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    user: str = ""
    size: int = 32 * 1024 * 1024
    missing: str = ""
    present: bool = False
    private: bool = False
    """Whether it takes a pull secret with an entry for its registry."""
    closed: bool = False
    """Whether programs that the simulation does not know are absent, too, beside `entrypoint` and `cmd`."""
    behaviour: Mapping[str, Any] | None = None
    """What `behaviour.py` lists; a pod's annotation overrides it."""


UNKNOWN = Image("*")


@lru_cache(maxsize=4096)
def with_tag(reference: str) -> str:
    """The reference with its tag; `:latest` if it names neither tag nor digest."""
    return reference if ":" in reference.rpartition("/")[2] or "@" in reference else f"{reference}:latest"


def find(reference: str, more: Iterable[Image] = ()) -> Image:
    """The first row that matches, or the well-behaved UNKNOWN."""
    name = with_tag(reference)
    from cluster_core.kubelet.runtime.catalogue import CATALOGUE

    for row in (*more, *CATALOGUE):
        if fnmatchcase(name, row.pattern):
            return row
    host = name.split("/")[0]
    if "/" in name and host.partition(":")[0].endswith(".invalid"):
        return Image("*", missing=NO_HOST.format("{0}", "{1}", "{2}", "{3}", f"dial tcp: lookup {host}: no such host"))
    return UNKNOWN


def pull_error(row: Image, reference: str) -> str:
    """Why the image cannot be pulled, "" if it can."""
    if not row.missing:
        return ""
    name = canonical(reference)
    host, _, rest = name.partition("/")
    path, _, tag = rest.rpartition(":")
    return row.missing.format(name, "registry-1.docker.io" if host == "docker.io" else host, path, tag)


@lru_cache(maxsize=4096)
def canonical(reference: str) -> str:
    """The reference as the runtime names it: with registry, library and tag (`nginx` → `docker.io/library/nginx:latest`)."""
    name = with_tag(reference)
    host, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if _is_host(host) else f"docker.io/{name}"


def _is_host(first: str) -> bool:
    """Whether the first part of a reference is a registry, not a folder of Docker Hub."""
    return "." in first or ":" in first or first == "localhost" or first != first.lower()


@lru_cache(maxsize=4096)
def invalid_reference(reference: str) -> str:
    """Why a reference is no image name ("" if it is one), as the reference library says it."""
    name = reference.partition("@")[0]
    path, tag = name.rpartition(":")[::2] if ":" in name.rpartition("/")[2] else (name, "x")
    host, slash, rest = path.partition("/")
    repository = rest if slash and _is_host(host) else path
    if any(c.isupper() for c in repository):
        shown = repository if slash else f"library/{repository}"
        return f"repository name ({shown}) must be lowercase"
    allowed = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-/")
    if not repository or not set(repository) <= allowed or repository[0] in "._-/" or repository[-1] in "._-/":
        return MALFORMED
    if not tag or len(tag) > 128 or not all(c.isalnum() or c in "._-" for c in tag):
        return MALFORMED
    return ""
