"""Bringing a plugin into the plugins folder: a link to a local folder, an unpacked archive, or a clone of a git repository.

Nothing is left behind when a source turns out to be no plugin. Hooks are the caller's to run.
"""

import io
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from helmpy import log
from helmpy.chart.versions import Constraint, Version, VersionError
from helmpy.errors import ChartError, PluginError
from helmpy.plugins import metadata
from helmpy.plugins.metadata import Plugin

ARCHIVES = (".tar.gz", ".tgz")
MAX_BYTES = 512 << 20
"""What an archive may hold."""
MISSING = "plugin metadata (plugin.yaml) missing"


def link(source: Path, plugins: Path) -> Plugin:
    """A local folder, to be used where it is. Raises PluginError."""
    if not (source / metadata.FILE_NAME).exists():
        raise PluginError(MISSING)
    target = _free(plugins / source.name)
    target.symlink_to(source.absolute(), target_is_directory=True)
    return _loaded(target)


def unpack(data: bytes, file_name: str, provenance: bytes | None, plugins: Path) -> Plugin:
    """An archive; it and its .prov are kept beside the plugin. Raises PluginError."""
    target = _free(plugins / _plugin_name(file_name))
    with tempfile.TemporaryDirectory(prefix=".plugin-", dir=plugins) as temporary:
        folder = Path(temporary, "plugin")
        folder.mkdir()
        _extract(data, folder)
        _root(folder).rename(target)
    plugin = _loaded(target)
    package = plugins / f"{plugin.name}-{plugin.version}.tgz"
    package.write_bytes(data)
    if provenance is not None:
        Path(f"{package}.prov").write_bytes(provenance)
    return plugin


def clone(url: str, version: str, plugins: Path) -> Plugin:
    """A git repository, at the newest tag that `version` allows. Raises PluginError."""
    target = _free(plugins / url.rstrip("/").rpartition("/")[2].removesuffix(".git"))
    with tempfile.TemporaryDirectory(prefix=".plugin-", dir=plugins) as temporary:
        folder = Path(temporary, "plugin")
        _git("clone", "--quiet", "--", url, str(folder))
        if version:
            _git("-C", str(folder), "checkout", "--quiet", _reference(folder, url, version))
        if not (folder / metadata.FILE_NAME).exists():
            raise PluginError(MISSING)
        folder.rename(target)
    return _loaded(target)


def update(plugin: Plugin) -> Plugin:
    """Pull what is new in a cloned plugin. Raises PluginError."""
    folder = Path(plugin.directory).resolve()
    if not (folder / ".git").exists():
        log.warn("cannot get information about plugin source", location=folder, error="Cannot detect VCS")
        raise PluginError("cannot get information about plugin source")
    if _git("-C", str(folder), "status", "--porcelain").strip():
        raise PluginError("plugin repo was modified")
    _git("-C", str(folder), "pull", "--quiet", "--ff-only")
    return metadata.load(plugin.directory)


def remove(plugin: Plugin, plugins: Path) -> None:
    """Take a plugin away, with the archive that it came from; a linked folder itself stays. Raises PluginError."""
    folder = Path(plugin.directory)
    try:
        if folder.is_symlink():
            folder.unlink()
        else:
            shutil.rmtree(folder)
    except OSError as error:
        raise PluginError(str(error)) from error
    for suffix in ("", ".prov"):
        (plugins / f"{plugin.name}-{plugin.version}.tgz{suffix}").unlink(missing_ok=True)


def signing_status(plugin: Plugin, plugins: Path) -> str:
    """What the list says of a plugin's origin: `local dev`, `unsigned`, `invalid provenance`, `signed` or the like."""
    from helmpy.chart import provenance

    if not os.path.lexists(plugins / plugin.name):
        return "unknown"
    if (plugins / plugin.name).is_symlink():
        return "local dev"
    package = plugins / f"{plugin.name}-{plugin.version}.tgz"
    signed = Path(f"{package}.prov")
    if not package.exists() or not signed.exists():
        return "unsigned"
    try:
        return "signed" if provenance.claims(signed.read_bytes(), package) else "mismatched provenance"
    except ChartError:
        return "invalid provenance"


def _free(target: Path) -> Path:
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if os.path.lexists(target):
        log.warn("plugin already exists", path=target, error="<nil>")
        raise PluginError("plugin already exists")
    return target


def _loaded(target: Path) -> Plugin:
    try:
        return metadata.load(str(target))
    except PluginError as error:
        raise PluginError(f"plugin is installed but unusable: {error}") from error


def _extract(data: bytes, folder: Path) -> None:
    """Unpack an archive with its modes; nothing leaves the folder, links and devices are refused, the size is bounded."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|gz") as tar:
            room = MAX_BYTES
            for member in tar:
                room -= member.size
                if room < 0:
                    raise PluginError(f"extracting files from archive: it holds more than {MAX_BYTES} bytes")
                if not (member.isreg() or member.isdir()):
                    raise PluginError(f"extracting files from archive: {member.name!r} is no regular file")
                tar.extract(member, folder, filter="data")
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise PluginError(f"extracting files from archive: {error}") from error


def _plugin_name(file_name: str) -> str:
    """`hello-1.2.3.tgz` → `hello`, as Helm strips it."""
    for suffix in ARCHIVES:
        file_name = file_name.removesuffix(suffix)
    return re.sub(r"(.*)-\d+\..*", r"\1", file_name)


def _root(folder: Path) -> Path:
    """The folder of plugin.yaml: the archive's top, or the one folder below it."""
    if (folder / metadata.FILE_NAME).exists():
        return folder
    for below in sorted(folder.iterdir()):
        if below.is_dir() and (below / metadata.FILE_NAME).exists():
            return below
    raise PluginError(f"plugin.yaml not found in {folder.name}")


def _reference(folder: Path, url: str, version: str) -> str:
    tags = _git("-C", str(folder), "tag", "--list").split()
    branches = _git("-C", str(folder), "branch", "--remotes", "--format=%(refname:lstrip=3)").split()
    if version in tags or version in branches:
        return version
    try:
        constraint = Constraint(version)
    except VersionError as error:
        raise PluginError(str(error)) from error
    versions = sorted((parsed, tag) for tag in tags if (parsed := _version(tag)) is not None)
    for parsed, tag in reversed(versions):
        if constraint.check(parsed):
            return tag
    raise PluginError(f'requested version "{version}" does not exist for plugin "{url}"')


def _version(tag: str) -> Version | None:
    try:
        return Version.parse(tag)
    except VersionError:
        return None


def _git(*arguments: str) -> str:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, env=environment, check=False)
    except OSError as error:
        raise PluginError(f"git is needed for plugins from a repository: {error.strerror}") from error
    if done.returncode:
        raise PluginError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout
