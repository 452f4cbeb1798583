"""A chart in memory: `File` and `Chart`.

Built by `loader`, changed only by `values.dependencies` (a chart is loaded anew for every command), read by everybody.
Must not read files.
"""

from helmpy.annotations import Any
from helmpy.chart.metadata import Lock, Metadata
from helmpy.records import FrozenRecord, Record, made


class File(FrozenRecord):
    """One file of a chart. `name` is relative to the chart, with `/`; `modtime` is in seconds since 1970."""

    name: str
    data: bytes
    modtime: float | None = None


class Chart(Record):
    """A chart and its subcharts.

    `raw` holds every file as it was read; `templates` those under templates/; `files` what is left once Chart.yaml, the
    lock, values.yaml, the schema and charts/ are taken out. `values` is None-free only after coalescing.
    """

    metadata: Metadata
    lock: Lock | None = None
    templates: list[File] = made(default_factory=list)
    files: list[File] = made(default_factory=list)
    raw: list[File] = made(default_factory=list)
    values: dict[str, Any] = made(default_factory=dict)
    schema: bytes | None = None
    dependencies: list["Chart"] = made(default_factory=list)
    parent: "Chart | None" = None

    __eq__ = object.__eq__
    __hash__ = object.__hash__  # type: ignore[assignment]

    @property
    def name(self) -> str:
        """The name in Chart.yaml, or the alias under which the parent uses the chart."""
        return self.metadata.name

    @property
    def is_root(self) -> bool:
        """Whether no other chart contains this one."""
        return self.parent is None

    @property
    def root(self) -> "Chart":
        """The outermost chart."""
        return self if self.parent is None else self.parent.root

    @property
    def full_path(self) -> str:
        """The path shown in `# Source` comments and errors: "c/charts/sub"."""
        return self.name if self.parent is None else f"{self.parent.full_path}/charts/{self.name}"

    @property
    def dotted_path(self) -> str:
        """The path of the chart's values: "c.sub"."""
        return self.name if self.parent is None else f"{self.parent.dotted_path}.{self.name}"

    @property
    def is_library(self) -> bool:
        """Whether the chart only defines named templates."""
        return self.metadata.type == "library"

    @property
    def crds(self) -> list[File]:
        """The manifests under crds/, own ones before those of the subcharts; names carry the chart's full path."""
        own = [
            File(f"{self.full_path}/{file.name}", file.data, file.modtime)
            for file in self.files
            if file.name.startswith("crds/") and file.name.lower().endswith((".yaml", ".yml", ".json"))
        ]
        return own + [crd for chart in self.dependencies for crd in chart.crds]

    def add(self, *subcharts: "Chart") -> None:
        """Makes charts subcharts of this one."""
        for subchart in subcharts:
            subchart.parent = self
            self.dependencies.append(subchart)

    def raw_file(self, name: str) -> File | None:
        """The file of that name as it was read, or None."""
        return next((file for file in self.raw if file.name == name), None)
