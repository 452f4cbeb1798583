"""plugin.yaml → `Plugin`: the format of today (`apiVersion: v1`) and the legacy one, in the same shape.

Rules and texts are those of Helm 4's plugin loader. Must not run anything.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

from helmpy.chart.versions import Version, VersionError
from helmpy.errors import PluginError
from helmpy.golang.strconv import quote
from helmpy.golang.types import GoError
from helmpy.records import FrozenRecord

FILE_NAME = "plugin.yaml"
CLI, GETTER, POST_RENDERER = "cli/v1", "getter/v1", "postrenderer/v1"
_FIELDS = ("apiVersion", "name", "type", "runtime", "version", "sourceURL", "config", "runtimeConfig")


class PlatformCommand(FrozenRecord):
    """A command line for an operating system and an architecture; empty means any."""

    command: str
    args: tuple[str, ...] = ()
    os: str = ""
    arch: str = ""


class Plugin(FrozenRecord):
    """An installed plugin: `config` is what its type needs, `hooks` maps events to command lines."""

    directory: str
    name: str
    version: str
    type: str
    api_version: str
    source_url: str = ""
    config: Mapping[str, Any] = {}
    commands: tuple[PlatformCommand, ...] = ()
    hooks: Mapping[str, tuple[PlatformCommand, ...]] = {}
    expand_hook_args: bool = True


def load(directory: str) -> Plugin:
    """The plugin in a folder. Raises PluginError."""
    path = os.path.join(directory, FILE_NAME)
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        reason = f"open {path}: {(error.strerror or '').lower()}"
        raise PluginError(f'failed to read plugin at "{path}": {reason}') from error
    try:
        return _read(directory, text)
    except PluginError as error:
        raise PluginError(f'failed to load plugin "{directory}": {error}') from error


def _read(directory: str, text: bytes) -> Plugin:
    from helmpy.yaml import loader

    try:
        data = loader.load(text) or {}
    except GoError as error:
        reason = str(error).removeprefix("error converting YAML to JSON: ")
        raise PluginError(f"failed to peek {FILE_NAME} API version: {reason}") from error
    if not isinstance(data, dict):
        raise PluginError(f"failed to peek {FILE_NAME} API version: yaml: the document is no mapping")
    version = data.get("apiVersion") or ""
    if version == "":
        return _legacy(directory, data)
    if version == "v1":
        return _v1(directory, data, text)
    raise PluginError(f"invalid plugin apiVersion: {quote(str(version))}")


# --- apiVersion v1 ---------------------------------------------------------------------------------------------------


def _v1(directory: str, data: dict[str, Any], text: bytes) -> Plugin:
    _refuse_unknown(data, text)
    name, version, kind = (_text(data, field) for field in ("name", "version", "type"))
    runtime = _text(data, "runtime")
    if not _is_name(name):
        raise PluginError("invalid plugin `name`")
    if not version:
        raise PluginError("plugin `version` is required")
    if not _is_version(version):
        raise PluginError(f"invalid plugin `version` {quote(version)}: must be valid semver")
    for field, value in (("type", kind), ("runtime", runtime)):
        if not value:
            raise PluginError(f"`{field}` missing")
    if kind not in (CLI, GETTER, POST_RENDERER):
        raise PluginError(f"failed to convert MetadataV1 to Metadata: unknown plugin type {quote(kind)}")
    if runtime != "subprocess":
        raise PluginError(
            f"failed to convert MetadataV1 to Metadata: unsupported plugin runtime type: {quote(runtime)}"
        )
    config, runtime_config = _mapping(data, "config"), _mapping(data, "runtimeConfig")
    if kind == GETTER:
        _check_protocols(_list(config, "protocols"))
    hooks = _mapping(runtime_config, "platformHooks")
    return Plugin(
        directory,
        name,
        version,
        kind,
        "v1",
        _text(data, "sourceURL"),
        config,
        _commands(runtime_config, "platformCommand"),
        {event: _commands(hooks, event) for event in hooks},
    )


def _refuse_unknown(data: dict[str, Any], text: bytes) -> None:
    unknown = [key for key in data if key not in _FIELDS]
    if not unknown:
        return
    import yaml

    node = yaml.compose(text.decode("utf-8", "replace"))
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value} if node is not None else {}
    faults = [f"  line {lines.get(key, 1)}: field {key} not found in type plugin.MetadataV1" for key in unknown]
    raise PluginError("\n".join(["yaml: unmarshal errors:", *faults]))


def _check_protocols(protocols: list[Any]) -> None:
    if not protocols:
        raise PluginError("config validation failed: getter has no protocols")
    for index, protocol in enumerate(protocols):
        if not protocol:
            raise PluginError(f"config validation failed: getter has empty protocol at index {index}")


# --- without apiVersion ----------------------------------------------------------------------------------------------


def _legacy(directory: str, data: dict[str, Any]) -> Plugin:
    name, version, command = (_text(data, field) for field in ("name", "version", "command"))
    commands, hooks, old_hooks = (
        _commands(data, "platformCommand"),
        _mapping(data, "platformHooks"),
        _mapping(data, "hooks"),
    )
    if not _is_name(name):
        raise PluginError(f"invalid plugin name {quote(name)}: must contain only a-z, A-Z, 0-9, _ and -")
    if version and not _is_version(version):
        raise PluginError(f"invalid plugin version {quote(version)}: must be valid semver")
    for new, old, names in ((commands, command, "Command"), (hooks, old_hooks, "Hooks")):
        if new and old:
            raise PluginError(f"both platform{names} and {names.lower()} are set")
    protocols = _downloaders(_list(data, "downloaders"))
    return Plugin(
        directory,
        name,
        version,
        GETTER if protocols else CLI,
        "legacy",
        config={"protocols": protocols} if protocols else _legacy_config(data),
        commands=commands or ((PlatformCommand(command),) if command else ()),
        hooks={event: _commands(hooks, event) for event in hooks}
        or {event: (PlatformCommand("sh", ("-c", str(line))),) for event, line in old_hooks.items()},
        expand_hook_args=bool(hooks) or not old_hooks,
    )


def _legacy_config(data: dict[str, Any]) -> dict[str, Any]:
    usage = "".join(" " if c.isspace() else c for c in _text(data, "usage") if c.isspace() or c.isprintable())
    return {
        "shortHelp": usage,
        "longHelp": _text(data, "description"),
        "ignoreFlags": data.get("ignoreFlags") is True,
    }


def _downloaders(downloaders: list[Any]) -> list[str]:
    protocols: list[str] = []
    for index, entry in enumerate(downloaders):
        entry = entry if isinstance(entry, dict) else {}
        own = _list(entry, "protocols")
        if not entry.get("command"):
            raise PluginError(f"downloader {index} has empty command")
        if not own:
            raise PluginError(f"downloader {index} has no protocols")
        if "" in own:
            raise PluginError(f"downloader {index} has empty protocol at index {own.index('')}")
        protocols += own
    return protocols


# --- fields ----------------------------------------------------------------------------------------------------------


def _text(data: Mapping[str, Any], field: str) -> str:
    value = data.get(field)
    if isinstance(value, (dict, list)):
        raise PluginError(f"{field}: expected text")
    return "" if value is None else str(value)


def _mapping(data: Mapping[str, Any], field: str) -> dict[str, Any]:
    value = data.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise PluginError(f"{field}: expected a mapping")
    return value


def _list(data: Mapping[str, Any], field: str) -> list[Any]:
    value = data.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise PluginError(f"{field}: expected a list")
    return value


def _commands(data: Mapping[str, Any], field: str) -> tuple[PlatformCommand, ...]:
    entries = [entry for entry in _list(data, field) if isinstance(entry, dict)]
    return tuple(
        PlatformCommand(
            _text(entry, "command"), tuple(map(str, _list(entry, "args"))), _text(entry, "os"), _text(entry, "arch")
        )
        for entry in entries
    )


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]+", name) is not None


def _is_version(text: str) -> bool:
    try:
        Version.parse_strict(text)
    except VersionError:
        return False
    return True
