"""How a chart is to be fetched, as the flags say. Read by everything that locates charts or their dependencies."""

from helmpy.records import FrozenRecord


class ChartSource(FrozenRecord):
    """Helm's flags for fetching a chart, and where the user's repositories are kept."""

    version: str = ""
    devel: bool = False
    repo: str = ""
    username: str = ""
    password: str = ""
    pass_credentials: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    insecure_skip_tls_verify: bool = False
    plain_http: bool = False
    verify: bool = False
    keyring: str = ""
    dependency_update: bool = False
    repository_config: str = ""
    repository_cache: str = ""
    content_cache: str = ""
    registry_config: str = ""

    @property
    def wanted_version(self) -> str:
        """The version constraint: as given, or any prerelease with `--devel`."""
        return self.version.strip() or (">0.0.0-0" if self.devel else "")
