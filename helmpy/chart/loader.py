"""A directory, an archive or a list of files → Chart.

Called by every action that takes a chart, and by the repository server. Nothing of a chart is trusted: links never leave
its folder, sizes are capped, names are checked before anything uses them as a path.
"""

import errno
import os
import stat
from collections.abc import Iterator

from helmpy import disk_cache, log
from helmpy.chart import ignore, limits
from helmpy.chart.decode import STRING, GoStruct
from helmpy.chart.decode import load as decode_yaml
from helmpy.chart.failures import os_error
from helmpy.chart.limits import Budget
from helmpy.chart.metadata import METADATA, Lock, Metadata
from helmpy.chart.model import Chart, File
from helmpy.errors import ChartError
from helmpy.golang.types import GoError

StrPath = str | os.PathLike[str]
_BOM = b"\xef\xbb\xbf"
_BASE = GoStruct("loader.chartBase", {"apiVersion": STRING})


def load(path: StrPath, any_version: bool = False) -> Chart:
    """Reads a chart directory or .tgz; raises ChartError with Helm's text.

    With `any_version`, an apiVersion that Helm does not know is no error: for commands that only look at charts.
    """
    name = os.fspath(path)
    try:
        is_directory = stat.S_ISDIR(os.stat(name).st_mode)
    except OSError as error:
        raise os_error("stat", name, error) from None
    return load_directory(name, any_version) if is_directory else load_archive_file(name, any_version)


def load_directory(path: StrPath, any_version: bool = False) -> Chart:
    """Reads a chart directory, leaving out what .helmignore names."""
    top = os.path.abspath(path)
    if not any_version:
        _check_directory(top)
    budget = Budget()
    return load_files(list(_DirectoryWalk(top, budget).files()), budget)


def _check_directory(top: str) -> None:
    chart_yaml = os.path.join(top, "Chart.yaml")
    try:
        with open(chart_yaml, "rb") as file:
            text = file.read(limits.MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ChartError(f"unable to detect chart at {chart_yaml}: {os_error('open', chart_yaml, error)}") from None
    _check_api_version(text)


def load_archive_file(path: StrPath, any_version: bool = False) -> Chart:
    """Reads a .tgz from disk."""
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            _check_is_archive(name, file.read(512))
            file.seek(0)
            return load_archive(file.read(limits.MAX_CHART_BYTES), any_version)
    except OSError as error:
        raise os_error("open", name, error) from None


def load_archive(data: bytes, any_version: bool = False) -> Chart:
    """Reads the bytes of a .tgz."""
    from helmpy.chart import archive

    budget = Budget()
    if any_version:
        return load_files(archive.read(data, budget), budget)
    try:
        files = archive.read(data, budget)
    except ChartError as error:
        raise ChartError(f"unable to load chart archive: {error}") from None
    chart_yaml = next((file.data for file in files if file.name == "Chart.yaml"), None)
    if chart_yaml is None:
        raise ChartError("unable to detect chart version, no Chart.yaml found")
    _check_api_version(chart_yaml)
    return load_files(files, budget)


def load_files(files: list[File], budget: Budget | None = None) -> Chart:
    """Builds a chart and its subcharts from files named relative to the chart; raises ChartError.

    `budget` is what archives among the files may still unpack to.
    """
    return _load_files(files, budget or Budget(), depth=0)


def _load_files(files: list[File], budget: Budget, depth: int) -> Chart:
    if depth > limits.MAX_DEPTH:
        raise ChartError(f"charts are nested more than {limits.MAX_DEPTH} deep")
    chart = _Builder(files).build()
    try:
        chart.metadata.validate()
    except GoError as error:
        raise ChartError(str(error)) from None
    for name, members in _subcharts(files).items():
        try:
            chart.add(_load_subchart(chart, name, members, budget, depth))
        except ChartError as error:
            raise ChartError(f"error unpacking subchart {name} in {chart.name}: {error}") from None
    return chart


class _Builder:
    """Sorts the files of one chart into the fields of a Chart."""

    def __init__(self, files: list[File]) -> None:
        self._files = files
        self._metadata: Metadata | None = None
        self._chart = Chart(Metadata(), raw=list(files))

    def build(self) -> Chart:
        # Chart.yaml first: what the other files mean depends on its apiVersion.
        for file in self._files:
            if file.name == "Chart.yaml":
                self._read_metadata(file)
        for file in self._files:
            self._take(file)
        if self._metadata is None:
            raise ChartError("Chart.yaml file is missing")
        self._chart.metadata = self._metadata
        return self._chart

    def _read_metadata(self, file: File) -> None:
        self._metadata = self._metadata or Metadata()
        try:
            self._metadata.update(
                disk_cache.remembered("Chart.yaml", file.data, lambda: decode_yaml(file.data, METADATA))
            )
        except GoError as error:
            raise ChartError(f"cannot load {file.name}: {error}") from None
        if file.name == "Chart.yaml":
            self._metadata.api_version = self._metadata.api_version or "v1"

    def _take(self, file: File) -> None:
        chart, name = self._chart, file.name
        match name:
            case "Chart.yaml":
                pass
            case "Chart.lock":
                chart.lock = self._read_lock(file)
            case "values.yaml":
                chart.values = _read_values(file)
            case "values.schema.json":
                chart.schema = file.data
            case "requirements.yaml":
                self._warn_v2("Dependencies are handled in Chart.yaml", "dependencies to Chart.yaml")
                self._read_metadata(file)
                self._keep_for_v1(file)
            case "requirements.lock":
                chart.lock = self._read_lock(file)
                self._warn_v2("Dependency locking is handled in Chart.lock", "to Chart.lock")
                self._metadata = self._metadata or Metadata()
                self._keep_for_v1(file)
            case _ if name.startswith("templates/"):
                chart.templates.append(file)
            case _ if not name.startswith("charts/") or name.endswith(".prov"):
                chart.files.append(file)

    def _read_lock(self, file: File) -> Lock | None:
        try:
            data = disk_cache.remembered("Chart.lock", file.data, lambda: Lock.fields(file.data))
            return None if data is None else Lock.from_dict(data)
        except GoError as error:
            raise ChartError(f"cannot load {file.name}: {error}") from None

    def _keep_for_v1(self, file: File) -> None:
        if self._metadata is not None and self._metadata.api_version == "v1":
            self._chart.files.append(file)

    def _warn_v2(self, fact: str, advice: str) -> None:
        if self._metadata is None or self._metadata.api_version != "v1":
            log.info(f'Warning: {fact} since apiVersion "v2". We recommend migrating {advice}.')


def _read_values(file: File) -> dict[str, object]:
    try:
        return disk_cache.remembered("values.yaml", file.data, lambda: _parsed_values(file.data))
    except GoError as error:
        raise ChartError(f"cannot load values.yaml: {error}") from None


def _parsed_values(text: bytes) -> dict[str, object]:
    from helmpy.yaml import loader

    return loader.load_values(text)


def _subcharts(files: list[File]) -> dict[str, list[File]]:
    """The files under charts/ by the entry they belong to, names relative to charts/."""
    subcharts: dict[str, list[File]] = {}
    for file in files:
        if not file.name.startswith("charts/") or file.name.endswith(".prov"):
            continue
        inner = file.name.removeprefix("charts/")
        entry = inner.partition("/")[0]
        if not entry.startswith(("_", ".")):
            subcharts.setdefault(entry, []).append(File(inner, file.data, file.modtime))
    return subcharts


def _load_subchart(parent: Chart, name: str, members: list[File], budget: Budget, depth: int) -> Chart:
    if name.endswith(".tgz"):
        if members[0].name != name:
            raise ChartError(f"error unpacking subchart tar in {parent.name}: expected {name}, got {members[0].name}")
        from helmpy.chart import archive

        return _load_files(archive.read(members[0].data, budget), budget, depth + 1)
    inner = [File(m.name.partition("/")[2], m.data, m.modtime) for m in members if "/" in m.name]
    return _load_files(inner, budget, depth + 1)


class _DirectoryWalk:
    """Reads the files of a chart directory in lexical order, within the caps and inside the folder."""

    def __init__(self, top: str, budget: Budget) -> None:
        self._top = top
        self._budget = budget
        self._real_top = os.path.realpath(top)
        self._rules = self._read_rules()

    def files(self) -> Iterator[File]:
        yield from self._walk(self._top, "", (self._real_top,))

    def _read_rules(self) -> ignore.Rules:
        path = os.path.join(self._top, ignore.FILE_NAME)
        if not os.path.isfile(path):
            return ignore.Rules()
        self._inside(path)
        with open(path, "rb") as file:
            return ignore.Rules.parse(file.read(limits.MAX_FILE_BYTES).decode("utf-8", "surrogateescape"))

    def _walk(self, folder: str, prefix: str, above: tuple[str, ...]) -> Iterator[File]:
        for entry in sorted(os.listdir(folder), key=os.fsencode):
            path, name = os.path.join(folder, entry), prefix + entry
            info = os.lstat(path)
            real = path
            if stat.S_ISLNK(info.st_mode):
                real = self._inside(path)
                info = os.stat(real)
            if stat.S_ISDIR(info.st_mode):
                resolved = os.path.realpath(path)
                if resolved in above:
                    raise ChartError(f"symbolic link {path} leads back to a folder that contains it")
                if not self._rules.ignores(name, True):
                    yield from self._walk(path, f"{name}/", (*above, resolved))
            elif not self._rules.ignores(name, False):
                yield self._file(real, name, info)

    def _inside(self, path: str) -> str:
        """Where a path really leads; raises ChartError if that is outside the chart."""
        try:
            resolved = os.path.realpath(path, strict=True)
        except OSError as error:
            raise ChartError(f"error evaluating symlink {path}: {_unresolved(path, error)}") from None
        if not os.path.isdir(resolved) and os.path.islink(path):
            log.info(
                "found symbolic link in path. Contents of linked file included and used", path=path, resolved=resolved
            )
        if not os.path.isdir(resolved):
            _check_regular(path, os.stat(resolved))
        if os.path.commonpath((self._real_top, resolved)) != self._real_top:
            raise ChartError(f"symbolic link {path} leads outside the chart, to {resolved}")
        return resolved

    def _file(self, path: str, name: str, info: os.stat_result) -> File:
        _check_regular(path, info)
        limits.check_file(name, info.st_size)
        try:
            with open(path, "rb") as file:
                data = file.read(limits.MAX_FILE_BYTES)
        except OSError as error:
            raise ChartError(f"error reading {name}: {os_error('open', path, error)}") from None
        try:
            self._budget.take(len(data))
        except ChartError as error:
            raise ChartError(f"error reading {name}: {error}") from None
        return File(name, data.removeprefix(_BOM), info.st_mtime)


def _check_regular(path: str, info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise ChartError(f"cannot load irregular file {path} as it has file mode type bits set")


def _unresolved(path: str, error: OSError) -> str:
    """Why a symbolic link leads nowhere: the place on its way that could not be looked at."""
    if error.errno == errno.ELOOP:
        return "EvalSymlinks: too many links"
    return str(os_error("lstat", error.filename or path, error))


def _check_api_version(text: bytes) -> None:
    try:
        base = disk_cache.remembered("apiVersion", text, lambda: decode_yaml(text, _BASE))
    except GoError as error:
        raise ChartError(f"cannot load Chart.yaml: {error}") from None
    if base.get("apiVersion", "") not in ("", "v1", "v2", "v3"):
        raise ChartError("unsupported chart version")


def _check_is_archive(name: str, head: bytes) -> None:
    if head.startswith(b"\x1f\x8b\x08"):
        return
    if name.endswith((".yml", ".yaml")):
        raise ChartError(f"file '{name}' seems to be a YAML file, but expected a gzipped archive")
    from helmpy.golang import sniff

    kind = sniff.content_type(head.ljust(512, b"\0"))  # Helm looks at its whole buffer, read or not
    raise ChartError(f"file '{name}' does not appear to be a gzipped archive; got '{kind}'")
