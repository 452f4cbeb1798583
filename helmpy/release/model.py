"""A release as data, with Helm's field names; times are RFC 3339 texts ("" for none), as they are stored."""

from helmpy.annotations import Any
from helmpy.records import Record, made

UNKNOWN, DEPLOYED, UNINSTALLED, SUPERSEDED, FAILED = "unknown", "deployed", "uninstalled", "superseded", "failed"
UNINSTALLING, PENDING_INSTALL = "uninstalling", "pending-install"
PENDING_UPGRADE, PENDING_ROLLBACK = "pending-upgrade", "pending-rollback"
PENDING = frozenset({PENDING_INSTALL, PENDING_UPGRADE, PENDING_ROLLBACK})

SYSTEM_LABELS = ("name", "owner", "status", "version", "createdAt", "modifiedAt")
"""Labels of the stored record that users may not set."""


class HookExecution(Record):
    """When a hook ran last and how it ended: phase "", Unknown, Running, Succeeded or Failed."""

    started_at: str = ""
    completed_at: str = ""
    phase: str = ""


class Hook(Record):
    """A rendered document with a helm.sh/hook annotation; `path` is the template it came from."""

    name: str
    kind: str
    path: str
    manifest: str
    events: list[str]
    weight: int = 0
    delete_policies: list[str] = made(default_factory=list)
    output_log_policies: list[str] = made(default_factory=list)
    last_run: HookExecution = made(default_factory=HookExecution)


class Info(Record):
    """When and how a revision came to be."""

    first_deployed: str = ""
    last_deployed: str = ""
    deleted: str = ""
    description: str = ""
    status: str = UNKNOWN
    rollback_revision: int = 0
    notes: str = ""


class Release(Record):
    """One revision of a release.

    `chart` is the chart as Helm stores it: {"metadata", "lock", "templates", "values", "schema", "files" …}, subcharts left
    out. `config` holds the user's values; `apply_method` is "ssa" or "csa".
    """

    name: str
    namespace: str
    version: int
    info: Info
    chart: dict[str, Any] | None = None
    config: dict[str, Any] | None = None
    manifest: str = ""
    hooks: list[Hook] = made(default_factory=list)
    labels: dict[str, str] = made(default_factory=dict)
    apply_method: str = ""

    def set_status(self, status: str, description: str) -> None:
        """Change the status and say why."""
        self.info.status, self.info.description = status, description

    @property
    def metadata(self) -> dict[str, Any]:
        """Chart.yaml of the release's chart, in JSON names; empty if the record has none."""
        return (self.chart or {}).get("metadata") or {}

    @property
    def chart_name(self) -> str:
        """ "name-version" as tables show it."""
        return f"{self.metadata.get('name', '')}-{self.metadata.get('version', '')}" if self.metadata else "MISSING"

    @property
    def app_version(self) -> str:
        """The chart's appVersion as tables show it."""
        return str(self.metadata.get("appVersion", "")) if self.metadata else "MISSING"
