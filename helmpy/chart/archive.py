"""Chart archives: .tgz → files, Chart → .tgz.

`read` trusts nothing: every path is checked, links and devices are refused, and the unpacked size is capped while reading.
`pack` writes the same tar stream as Helm, byte for byte. Called by `loader`, `package` and the repository server. Must not
write anywhere but where it is told.
"""

import io
import json
import os
import posixpath
import re
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from helmpy.chart import limits, tarball
from helmpy.chart.failures import os_error
from helmpy.chart.limits import Budget
from helmpy.chart.model import Chart, File
from helmpy.errors import ChartError

BOM = b"\xef\xbb\xbf"
_GZIP_MAGIC, _GZIP_HEADER_BYTES = b"\x1f\x8b\x08", 10
# Flags: extra field and comment; time 0; no level hint; unknown system. Both fields are the mark of a Helm package.
_EXTRA = b"rr\x28\x00aHR0cHM6Ly95b3V0dS5iZS96OVV6MWljandyTQo="
_GZIP_HEADER = _GZIP_MAGIC + b"\x14" + b"\0\0\0\0" + b"\0\xff" + len(_EXTRA).to_bytes(2, "little") + _EXTRA + b"Helm\0"


def read(source: bytes | IO[bytes], budget: Budget | None = None) -> list[File]:
    """Unpacks an archive into files named relative to the chart's folder, in the archive's order.

    Raises ChartError for anything but a gzipped tar of regular files inside one folder, and for what is past `limits`.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    header = stream.read(_GZIP_HEADER_BYTES)
    if len(header) < _GZIP_HEADER_BYTES:
        raise ChartError("unexpected EOF" if header else "EOF")
    if not header.startswith(_GZIP_MAGIC):
        raise ChartError("gzip: invalid header")
    stream.seek(-len(header), os.SEEK_CUR)
    try:
        with tarfile.open(fileobj=_capped(stream), mode="r|", errorlevel=2) as tar:
            files = list(_members(tar, budget or Budget()))
    except (tarfile.TarError, zlib.error, EOFError, ValueError, UnicodeError) as error:
        raise ChartError(f"chart archive is damaged: {error}") from None
    if not files:
        raise ChartError("no files in chart archive")
    return files


def _members(tar: tarfile.TarFile, budget: Budget) -> Iterator[File]:
    for count, member in enumerate(tar):
        if count >= limits.MAX_MEMBERS:
            raise ChartError(f"chart archive has more than {limits.MAX_MEMBERS} members")
        if member.isdir():
            continue
        name = _safe_name(member.name)
        if not member.isreg():
            raise ChartError(f"chart archive holds {member.name!r}, which is not a regular file")
        budget.take(member.size)
        limits.check_file(member.name, member.size)
        content = cast(IO[bytes], tar.extractfile(member)).read()
        yield File(name, content.removeprefix(BOM), float(member.mtime))


def _safe_name(name: str) -> str:
    """The path of a member inside its chart; raises ChartError if it leaves the chart in any way."""
    delimiter = "\\" if "\\" in name else "/"
    folder, _, rest = name.partition(delimiter)
    inner = rest.replace(delimiter, "/")
    if inner.startswith("/"):
        raise ChartError("chart illegally contains absolute paths")
    inner = posixpath.normpath(inner) if inner else "."
    if inner == ".":
        raise ChartError(f'chart illegally contains content outside the base directory: "{name}"')
    if inner.startswith(".."):
        raise ChartError("chart illegally references parent directory")
    if re.match(r"[a-zA-Z]:/", inner) or "\0" in inner:
        raise ChartError("chart contains illegally named files")
    if folder == "Chart.yaml":
        raise ChartError("chart yaml not in base directory")
    return inner


def _capped(stream: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], _CappedGzip(stream))


class _CappedGzip:
    """Unzips a stream and refuses to go past the cap: headers of members count, so an archive of headers is bounded."""

    def __init__(self, stream: IO[bytes]) -> None:
        import gzip

        self._unzipped = gzip.GzipFile(fileobj=stream, mode="rb")
        # Members that are not kept (directories, long names) and the padding to blocks of 512 need room beside the files.
        self._budget = Budget(limits.MAX_CHART_BYTES + limits.MAX_MEMBERS * 1536)

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._unzipped.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        except OSError as error:
            raise ChartError(f"gzip: {error}") from None
        self._budget.take(len(data))
        return data


def pack(chart: Chart, modtime: float | None = None) -> bytes:
    """The .tgz of a chart. `modtime` replaces every time in it (reproducible packages); raises ChartError."""
    compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    tar = tar_stream(chart, modtime)
    body = compressor.compress(tar) + compressor.flush()
    trailer = zlib.crc32(tar).to_bytes(4, "little") + (len(tar) & 0xFFFFFFFF).to_bytes(4, "little")
    return _GZIP_HEADER + body + trailer


def tar_stream(chart: Chart, modtime: float | None = None) -> bytes:
    """The tar inside a package: Chart.yaml, lock, values, schema, templates, files, then each subchart likewise."""
    now = time.time()
    members = []
    for file in _entries(chart, "", modtime):
        when = modtime if modtime is not None else file.modtime
        members.append(tarball.member(file.name, file.data, now if when is None else when))
    return b"".join(members) + tarball.end()


def _entries(chart: Chart, prefix: str, modtime: float | None) -> Iterator[File]:
    from helmpy.yaml import emitter

    base = f"{prefix}{chart.name}"
    metadata = chart.metadata.to_dict()
    if chart.metadata.api_version == "v1":
        metadata.pop("dependencies", None)
    chart_file, values = chart.raw_file("Chart.yaml"), chart.raw_file("values.yaml")
    yield File(f"{base}/Chart.yaml", emitter.dump(metadata).encode(), chart_file.modtime if chart_file else None)
    if chart.lock and chart.metadata.api_version == "v2":
        yield _lock_entry(chart, base, modtime)
    if values:
        yield File(f"{base}/values.yaml", values.data, values.modtime)
    if chart.schema is not None:
        yield _schema_entry(chart, base)
    for file in chart.templates + chart.files:
        yield File(posixpath.normpath(f"{base}/{file.name}"), file.data, file.modtime)
    for subchart in chart.dependencies:
        yield from _entries(subchart, f"{base}/charts/", modtime)


def _lock_entry(chart: Chart, base: str, modtime: float | None) -> File:
    from helmpy.chart import timestamps
    from helmpy.yaml import emitter

    assert chart.lock is not None
    lock = chart.lock.to_dict()
    if modtime is not None:
        lock["generated"] = timestamps.from_seconds(modtime)
    return File(f"{base}/Chart.lock", emitter.dump(lock).encode(), timestamps.to_seconds(lock["generated"]))


def _schema_entry(chart: Chart, base: str) -> File:
    schema = cast(bytes, chart.schema)
    try:
        json.loads(schema, parse_constant=_refuse_constant)
    except ValueError:
        raise ChartError("invalid JSON in values.schema.json") from None
    raw = chart.raw_file("values.schema.json")
    return File(f"{base}/values.schema.json", schema, raw.modtime if raw else None)


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def save(chart: Chart, out_dir: str | Path, modtime: float | None = None) -> Path:
    """Writes `<name>-<version>.tgz` into a folder (made if missing), all or nothing; returns its path.

    Raises ChartError if the chart is not valid, its name is no file name, or the file cannot be written.
    """
    try:
        chart.metadata.validate()
    except ChartError as error:
        raise ChartError(f"chart validation: {error}") from None
    target = Path(out_dir)
    if target.exists() and not target.is_dir():
        raise ChartError(f"is not a directory: {target}")
    path = target / f"{chart.name}-{chart.metadata.version}.tgz"
    try:
        target.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise os_error("mkdir", str(target), error) from error
    try:
        write_atomically(path, pack(chart, modtime))
    except OSError as error:
        raise os_error("open", str(path), error) from error
    return path


def unpack(files: list[File], directory: Path) -> None:
    """Writes the files of an archive as a new folder, complete or not at all; raises ChartError if it exists."""
    if directory.exists() or directory.is_symlink():
        raise ChartError(f"a file or directory with the name {directory} already exists")
    directory.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unpack-", dir=directory.parent) as temporary:
        top = Path(temporary, "chart")
        for file in files:
            path = top / file.name
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            path.write_bytes(file.data)
        top.rename(directory)


def write_atomically(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replaces a file in one step: readers see the old content or the new, a link at `path` is replaced, not followed."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:64]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
