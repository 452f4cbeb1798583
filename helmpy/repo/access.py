"""What a download may use, and where the files of repositories lie. Made by commands, handed down unchanged."""

from dataclasses import dataclass, replace
from pathlib import Path

DEFAULT_TIMEOUT = 120.0


@dataclass(frozen=True, slots=True)
class Access:
    """Credentials and TLS for requests. Credentials belong to the origin of `url`; `pass_credentials` lets them go anywhere.

    `timeout` is for a whole download, in seconds.
    """

    url: str = ""
    username: str = ""
    password: str = ""
    cert_file: str = ""
    key_file: str = ""
    ca_file: str = ""
    insecure_skip_tls_verify: bool = False
    pass_credentials: bool = False
    plain_http: bool = False
    timeout: float = DEFAULT_TIMEOUT

    def for_url(self, url: str) -> "Access":
        """The same, belonging to another URL."""
        return replace(self, url=url)

    def __repr__(self) -> str:
        return f"Access(url={self.url!r}, username={self.username!r})"  # never the password


ANONYMOUS = Access()


@dataclass(frozen=True, slots=True)
class Paths:
    """Helm's files: the list of repositories, the folder of their indexes, the charts by digest, registry credentials."""

    repository_config: Path
    repository_cache: Path
    content_cache: Path
    registry_config: Path
