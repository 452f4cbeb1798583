"""index.yaml: what a repository offers.

Read from the cache or a server (anyone may have written it), searched by name and version range, made from a folder of
packages, merged, written with Helm's bytes. Called by the downloader, `search`, `repo index` and the repository server.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helmpy import log
from helmpy.chart import archive, decode, loader, timestamps
from helmpy.chart.decode import ANY, BOOL, STRING, STRING_MAP, STRINGS, TIME, GoStruct, ListOf, MapOf
from helmpy.chart.metadata import METADATA, Metadata
from helmpy.chart.versions import Constraint, Version, VersionError
from helmpy.errors import ChartError, RepositoryError
from helmpy.golang.types import GoError
from helmpy.repo import urls

MAX_BYTES = 128 << 20
_OWN_FIELDS: dict[str, decode.Kind] = {
    "urls": STRINGS,
    "created": TIME,
    "removed": BOOL,
    "digest": STRING,
    # Written by old versions of Helm, without a meaning today.
    "checksum": STRING,
    "engine": STRING,
    "tillerVersion": STRING,
    "url": STRING,
}
_VERSION = GoStruct("repo.ChartVersion", _OWN_FIELDS, pointer=True, embedded=METADATA)
_INDEX = GoStruct(
    "repo.IndexFile",
    {
        "serverInfo": MapOf(ANY, "map[string]interface {}"),
        "apiVersion": STRING,
        "generated": TIME,
        "entries": MapOf(ListOf(_VERSION, "repo.ChartVersions"), "map[string]repo.ChartVersions"),
        "publicKeys": STRINGS,
        "annotations": STRING_MAP,
    },
)


@dataclass(slots=True)
class ChartVersion:
    """One version of a chart in an index. `digest` is the SHA-256 of the package in hex, `created` RFC 3339 text."""

    metadata: Metadata
    urls: list[str] = field(default_factory=list)
    created: str = timestamps.ZERO
    digest: str = ""
    removed: bool = False
    legacy: dict[str, str] = field(default_factory=dict)
    lists_urls: bool = True

    @property
    def name(self) -> str:
        """The chart's name."""
        return self.metadata.name

    @property
    def version(self) -> str:
        """The chart's version."""
        return self.metadata.version

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "ChartVersion":
        """From the JSON names, as `decode` leaves them."""
        metadata = Metadata.from_dict({name: data[name] for name in METADATA.fields if name in data})
        legacy = {name: data[name] for name in ("checksum", "engine", "tillerVersion", "url") if data.get(name)}
        return cls(
            metadata,
            [url or "" for url in data.get("urls", [])],
            data.get("created", timestamps.ZERO),
            data.get("digest", ""),
            data.get("removed", False),
            legacy,
            "urls" in data,
        )

    def to_dict(self) -> dict[str, Any]:
        """Under the JSON names."""
        own: dict[str, Any] = {"urls": self.urls if self.lists_urls else None, "created": self.created}
        if self.removed:
            own["removed"] = True
        if self.digest:
            own["digest"] = self.digest
        return {**self.metadata.to_dict(), **own, **self.legacy}


@dataclass(slots=True)
class Index:
    """All versions of all charts, newest first."""

    entries: dict[str, list[ChartVersion]] = field(default_factory=dict)
    api_version: str = "v1"
    generated: str = field(default_factory=timestamps.now)
    public_keys: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)
    server_info: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str, version: str = "") -> ChartVersion:
        """The chart of exactly that version, else the newest in that range; without one, the newest release.

        Raises RepositoryError if there is none, VersionError if `version` is no range.
        """
        if name not in self.entries:
            raise RepositoryError("no chart name found")
        versions = self.entries[name]
        if not versions:
            raise RepositoryError("no chart version found")
        constraint = Constraint(version or "*")
        exact = next((entry for entry in versions if entry.version == version), None)
        if exact:
            return exact
        found = next((entry for entry in versions if _satisfies(entry, constraint)), None)
        if found is None:
            raise RepositoryError(f"no chart version found for {name}-{version}")
        if version and not _is_range(version):
            log.warn(
                "unable to find exact version requested; falling back to closest available version",
                chart=name,
                requested=version,
                selected=found.version,
            )
        return found

    def has(self, name: str, version: str) -> bool:
        """Whether `get` would find something."""
        try:
            self.get(name, version)
        except (RepositoryError, VersionError):
            return False
        return True

    def add(self, metadata: Metadata, file_name: str, base_url: str, digest: str, created: str = "") -> None:
        """Adds one package; raises ChartError if its metadata is not valid."""
        metadata.api_version = metadata.api_version or "v1"
        try:
            metadata.validate()
        except ChartError as error:
            raise ChartError(f"validate failed for {file_name}: {error}") from None
        url = urls.join(base_url, file_name.rpartition("/")[2]) if base_url else file_name
        entry = ChartVersion(metadata, [url], created or timestamps.now(), digest)
        self.entries.setdefault(metadata.name, []).append(entry)

    def merge(self, other: "Index") -> None:
        """Adds what only the other index has."""
        for versions in other.entries.values():
            for entry in versions:
                if not self.has(entry.name, entry.version):
                    self.entries.setdefault(entry.name, []).append(entry)

    def sort(self) -> None:
        """Newest first; what is no version comes last."""
        for versions in self.entries.values():
            versions.sort(key=_sort_key, reverse=True)

    def to_dict(self) -> dict[str, Any]:
        """Under the JSON names."""
        entries = sorted(self.entries.items())
        data: dict[str, Any] = {
            "serverInfo": self.server_info,
            "apiVersion": self.api_version,
            "generated": self.generated,
            "entries": {name: [entry.to_dict() for entry in versions] for name, versions in entries},
            "publicKeys": self.public_keys,
            "annotations": dict(sorted(self.annotations.items())),
        }
        always = ("apiVersion", "generated", "entries")
        return {name: value for name, value in data.items() if value or name in always}

    def dump(self, as_json: bool = False) -> str:
        """The text of index.yaml, or of its JSON form."""
        if as_json:
            return _json(self.to_dict())
        from helmpy.yaml import emitter

        return emitter.dump(self.to_dict())

    def write(self, path: Path, as_json: bool = False) -> None:
        """Replaces the file in one step."""
        archive.write_atomically(path, self.dump(as_json).encode())


def load(path: str | Path, cached: bool = False) -> Index:
    """Reads an index file; raises RepositoryError. One from the cache was checked for repeated keys when it came."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RepositoryError(f"open {path}: {(error.strerror or '').lower()}") from None
    try:
        return parse(data, str(path), cached)
    except RepositoryError as error:
        raise RepositoryError(f"error loading {path}: {error}") from None


def parse(data: bytes, source: str, cached: bool = False) -> Index:
    """Reads the text of an index; entries that are no charts are left out with a warning. Raises RepositoryError."""
    if not data:
        raise RepositoryError("empty index.yaml file")
    if len(data) > MAX_BYTES:
        raise RepositoryError(f"index is larger than {MAX_BYTES} bytes")
    try:
        value, is_json = _read(data, unique=not cached)
        fields = decode.decode(value, _INDEX, strict=not is_json, from_json=is_json)
    except GoError as error:
        raise RepositoryError(str(error)) from None
    index = Index(
        {name: _valid_versions(name, versions or [], source) for name, versions in fields.get("entries", {}).items()},
        fields.get("apiVersion", ""),
        fields.get("generated", timestamps.ZERO),
        fields.get("publicKeys", []),
        fields.get("annotations", {}),
        fields.get("serverInfo", {}),
    )
    index.sort()
    if not index.api_version:
        raise RepositoryError("no API version specified")
    return index


def from_directory(directory: str | Path, base_url: str = "") -> Index:
    """An index of the packages in a folder and one level below it, not sorted yet."""
    top = Path(directory)
    index = Index()
    for path in sorted(top.glob("*.tgz")) + sorted(top.glob("*/*.tgz")):
        folder = path.parent.relative_to(top).as_posix()
        try:
            chart = loader.load(path, any_version=True)
        except ChartError:
            continue  # not a chart
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        index.add(chart.metadata, path.name, urls.join(base_url, "" if folder == "." else folder), digest)
    return index


def _read(data: bytes, unique: bool) -> tuple[Any, bool]:
    """The value of a text, and whether it is JSON: only YAML is read strictly."""
    from helmpy.yaml import loader as yaml_loader

    if data.lstrip()[:1] in (b"{", b"["):
        import json

        try:
            return json.loads(data), True
        except (ValueError, RecursionError):
            pass  # a flow collection of YAML looks alike
    return yaml_loader.load(data, unsigned=True, unique=unique), False


def _valid_versions(name: str, versions: list[Any], source: str) -> list[ChartVersion]:
    valid = []
    for fields in versions:
        if fields is None:
            log.warn("skipping loading invalid entry for chart: empty entry", name=name, source=source)
            continue
        entry = ChartVersion.from_dict(fields)
        entry.metadata.api_version = entry.metadata.api_version or "v1"
        try:
            entry.metadata.validate()
        except ChartError as error:
            # Some servers drop aliases, which leaves dependencies of one name twice; that harms nobody here.
            if not str(error).startswith("validation: more than one dependency with name or alias"):
                version = entry.version
                log.warn(
                    "skipping loading invalid entry for chart",
                    name=name,
                    version=version,
                    source=source,
                    error=str(error),
                )
                continue
        valid.append(entry)
    return valid


def _json(value: dict[str, Any]) -> str:
    """As encoding/json writes the struct: in the order of its fields, fit for a web page."""
    import json

    text = json.dumps(value, indent=2, ensure_ascii=False)
    escapes = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
    return text.translate({ord(char): escape for char, escape in escapes.items()})


def _satisfies(entry: ChartVersion, constraint: Constraint) -> bool:
    try:
        return constraint.check(Version.parse(entry.version))
    except VersionError:
        return False


def _sort_key(entry: ChartVersion) -> tuple[bool, Version]:
    try:
        return (True, Version.parse(entry.version).without_metadata())
    except VersionError:
        return (False, Version())


def _is_range(version: str) -> bool:
    if any(char in version for char in "^~<>=!*") or "||" in version or " - " in version:
        return True
    core = version.partition("-")[0].partition("+")[0]
    return "x" in core or "X" in core
