"""What is known of images, as data. An image that no row matches runs well: it starts, stays up and answers every probe.

Rows are tried in order; patterns are shell patterns against the full reference with its tag (`nginx:latest`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

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


_LAB_ENV = (("PATH", "/bin"), ("FROM_IMAGE", "yes"))

CATALOGUE: tuple[Image, ...] = (
    # names that cannot be pulled
    Image("*does-not-exist*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*doesnotexist*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*nonexistent*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*non-existent*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("*no-such-*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("private.example.com/*", private=True),
    Image("private.example.org/*", private=True),
    # the laboratory's images: `tool` plays any kind of program (see tool.py)
    Image(
        "lab.local/entry:*",
        USERLAND,
        ("echo", "from-entrypoint"),
        ("from-cmd",),
        size=3488176,
        present=True,
        closed=True,
    ),
    Image("lab.local/nocmd:*", USERLAND, size=3488131, present=True, closed=True),
    Image("lab.local/user1000:*", USERLAND, ("tool", "pause"), user="1000", size=3488132, present=True, closed=True),
    Image("lab.local/userroot:*", USERLAND, ("tool", "pause"), user="0", size=3488132, present=True, closed=True),
    Image("lab.local/username:*", USERLAND, ("tool", "pause"), user="appuser", size=3488135, present=True, closed=True),
    Image("lab.local/*", USERLAND, env=_LAB_ENV, size=3488130, present=True, closed=True),
    Image("localhost:5000/absent:*", missing=RPC_NOT_FOUND + NOT_FOUND),
    Image("localhost:5000/denied:*", missing=BAD_STATUS.format("{0}", "{1}", "{2}", "{3}", "401 Unauthorized")),
    Image(
        "localhost:5000/broken:*", missing=BAD_STATUS.format("{0}", "{1}", "{2}", "{3}", "500 Internal Server Error")
    ),
    Image(
        "localhost:5999/*",
        missing=NO_HOST.format("{0}", "{1}", "{2}", "{3}", "dial tcp 127.0.0.1:5999: connect: connection refused"),
    ),
    Image("localhost:5000/tools:1", USERLAND, size=3488130, present=True, closed=True),
    Image("localhost:5000/tools:*", USERLAND, size=3488130, closed=True),
    # small userlands
    Image("*busybox:*", USERLAND, cmd=("sh",), size=2_150_000, closed=True),
    Image("*curlimages/curl:*", TASK, ("curl",), size=9_600_000, user="100"),
    Image("*appropriate/curl:*", TASK, ("curl",), size=5_500_000),
    Image("*alpine:*", cmd=("sh",), size=3_800_000),
    Image("*debian:*", cmd=("bash",), size=49_000_000),
    Image("*ubuntu:*", cmd=("bash",), size=29_700_000),
    Image("*bitnami/kubectl:*", TASK, ("kubectl",), size=90_000_000, user="1001"),
    Image("*hello-world:*", TASK, cmd=("/hello",), size=13_000),
    # services
    Image("*pause:*", SERVICE, ("/pause",), size=268_000),
    Image("*nginx:*", SERVICE, ("/docker-entrypoint.sh",), ("nginx", "-g", "daemon off;"), size=71_000_000),
    Image("*nginx-unprivileged:*", SERVICE, ("/docker-entrypoint.sh",), ("nginx",), user="101", size=71_000_000),
    Image("*httpd:*", SERVICE, cmd=("httpd-foreground",), size=59_000_000),
    Image("*redis:*", SERVICE, ("docker-entrypoint.sh",), ("redis-server",), size=41_000_000),
    Image("*postgres:*", SERVICE, ("docker-entrypoint.sh",), ("postgres",), size=153_000_000),
    Image("*mysql:*", SERVICE, ("docker-entrypoint.sh",), ("mysqld",), size=170_000_000),
    Image("*mariadb:*", SERVICE, ("docker-entrypoint.sh",), ("mariadbd",), size=120_000_000),
    Image("*mongo:*", SERVICE, ("docker-entrypoint.sh",), ("mongod",), size=260_000_000),
    Image("*rabbitmq:*", SERVICE, ("docker-entrypoint.sh",), ("rabbitmq-server",), size=90_000_000),
    Image("*memcached:*", SERVICE, ("docker-entrypoint.sh",), ("memcached",), size=30_000_000),
    Image("*agnhost:*", SERVICE, ("/agnhost",), ("pause",), size=52_000_000),
    Image("*echoserver:*", SERVICE, ("/usr/local/bin/run.sh",), size=46_000_000),
    Image("*http-echo:*", SERVICE, ("/http-echo",), user="65532", size=5_000_000),
    Image("*podinfo:*", SERVICE, ("./podinfo",), user="app", size=30_000_000),
)
UNKNOWN = Image("*")


def with_tag(reference: str) -> str:
    """The reference with its tag; `:latest` if it names neither tag nor digest."""
    return reference if ":" in reference.rpartition("/")[2] or "@" in reference else f"{reference}:latest"


def find(reference: str, more: Iterable[Image] = ()) -> Image:
    """The first row that matches, or the well-behaved UNKNOWN."""
    name = with_tag(reference)
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
