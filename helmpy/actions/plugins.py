"""Install, update, remove and run plugins. Hooks of a plugin run after what happened to it, as in Helm."""

import os
from collections.abc import Mapping
from pathlib import Path

from helmpy.errors import ChartError, PluginError
from helmpy.plugins import finding, installing, metadata, running
from helmpy.plugins.metadata import Plugin
from helmpy.records import FrozenRecord
from helmpy.repo.access import Access


class InstallOptions(FrozenRecord):
    """Helm's flags of `plugin install`; `access` says how to speak to a server."""

    access: Access
    version: str = ""
    verify: bool = True
    keyring: str = ""


class Verified(FrozenRecord):
    """Who signed a plugin, and what."""

    signed_by: tuple[str, ...]
    fingerprint: str
    digest: str


def is_link(source: str) -> bool:
    """Whether the source is a local folder, which is used where it is and needs no signature."""
    return os.path.isdir(source)


def install(
    source: str, plugins: str, options: InstallOptions, environment: Mapping[str, str]
) -> tuple[Plugin, Verified | None]:
    """Bring a plugin into the plugins folder and run its install hook. Raises PluginError."""
    folder = _first(plugins)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    verified = None
    if is_link(source):
        plugin = installing.link(Path(source), folder)
    elif source.endswith(installing.ARCHIVES) and (os.path.exists(source) or _is_url(source)):
        name = source.rpartition("/")[2]
        data, provenance = _fetch(source, options.access)
        if options.verify:
            verified = _verify(data, provenance, name, options.keyring)
        plugin = installing.unpack(data, name, provenance, folder)
    elif "://" in source or source.endswith(".git") or source.startswith("git@"):
        if options.verify:
            raise PluginError("plugin source does not support verification. Use --verify=false to skip verification")
        plugin = installing.clone(source, options.version, folder)
    else:
        raise PluginError(
            f'cannot get information about plugin source "{source}" (if it\'s a local directory, does it exist?), '
            "last error was: Cannot detect VCS"
        )
    running.run_hook(plugin, "install", environment)
    return plugin, verified


def uninstall(name: str, plugins: str, environment: Mapping[str, str]) -> None:
    """Take a plugin away and run its delete hook. Raises PluginError."""
    plugin = _named(name, plugins)
    try:
        installing.remove(plugin, _first(plugins))
        running.run_hook(plugin, "delete", environment)
    except PluginError as error:
        raise PluginError(f"failed to uninstall plugin {name}, got error ({error})") from error


def update(name: str, plugins: str, environment: Mapping[str, str]) -> None:
    """Bring a cloned plugin up to date and run its update hook. Raises PluginError."""
    plugin = _named(name, plugins)
    try:
        running.run_hook(installing.update(plugin), "update", environment)
    except PluginError as error:
        raise PluginError(f"failed to update plugin {name}, got error ({error})") from error


def rows(plugins: str, type: str = "") -> list[tuple[str, ...]]:
    """What the list shows of each plugin: name, version, type, apiVersion, provenance, source."""
    folder = _first(plugins)
    return [
        (p.name, p.version, p.type, p.api_version, installing.signing_status(p, folder), p.source_url or "unknown")
        for p in finding.find(plugins, type=type)
    ]


def run(name: str, args: list[str], plugins: str, environment: Mapping[str, str]) -> None:
    """Run a command plugin. Raises PluginError with its exit code."""
    running.run_command(finding.get(plugins, name, metadata.CLI), args, environment)


def _named(name: str, plugins: str) -> Plugin:
    found = finding.find(plugins, name)
    if not found:
        raise PluginError(f"plugin: {name} not found")
    return found[0]


def _first(plugins: str) -> Path:
    return Path(plugins.split(os.pathsep)[0])


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


def _fetch(source: str, access: Access) -> tuple[bytes, bytes | None]:
    """The archive and its .prov, if there is one."""
    if not _is_url(source):
        signed = Path(f"{source}.prov")
        return Path(source).read_bytes(), signed.read_bytes() if signed.exists() else None
    from helmpy.repo import http

    response = http.request("GET", source, access.for_url(source))
    if response.status != 200:
        raise PluginError(f"failed to fetch {source} : {response.status_text}")
    signed_response = http.request("GET", f"{source}.prov", access.for_url(source))
    return response.body, signed_response.body if signed_response.status == 200 else None


def _verify(data: bytes, signature: bytes | None, name: str, keyring: str) -> Verified:
    if signature is None:
        raise PluginError("plugin verification failed: no provenance file (.prov) found")
    from helmpy.chart import provenance

    try:
        result = provenance.verify(data, signature, name, keyring)
    except ChartError as error:
        raise PluginError(f"plugin verification failed: {error}") from error
    return Verified(result.identities, result.fingerprint, result.file_hash)
