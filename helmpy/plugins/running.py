"""Starting a plugin's program: as a command, as a post-renderer, or as a hook of its installation.

The command line is the one of this platform, with variables of the environment expanded as Go's os.Expand does; the
environment gets HELM_PLUGIN_NAME and HELM_PLUGIN_DIR.
"""

import os
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping

from helmpy import log
from helmpy.errors import PluginError
from helmpy.plugins.metadata import PlatformCommand, Plugin

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}


class ProgramError(PluginError):
    """The plugin's program was started and ended with an exit code of its own."""


def run_command(plugin: Plugin, args: list[str], environment: Mapping[str, str]) -> None:
    """Run a command plugin on this process's streams. Raises PluginError with its exit code."""
    extra = [] if plugin.config.get("ignoreFlags") is True else args
    env = _environment(plugin, environment)
    _run(plugin, _prepared(plugin.commands, True, extra, env), env)


def post_render(plugin: Plugin, args: list[str], text: bytes) -> bytes:
    """The manifests after a post-renderer. Raises PluginError."""
    env = _environment(plugin, {})
    try:
        output = _run(plugin, _prepared(plugin.commands, True, args, env), env, text)
    except PluginError as error:
        raise PluginError(f'failed to invoke post-renderer plugin "{plugin.name}": {error}') from error
    if not output.strip():
        raise PluginError(f'post-renderer "{plugin.name}" produced empty output')
    return output


def run_hook(plugin: Plugin, event: str, environment: Mapping[str, str]) -> None:
    """Run what the plugin wants done on install, update or delete, if anything. Raises PluginError."""
    commands = plugin.hooks.get(event)
    if not commands:
        return
    env = _environment(plugin, environment)
    try:
        _run(plugin, _prepared(commands, plugin.expand_hook_args, [], env), env)
    except ProgramError as error:
        raise PluginError(f'plugin {event} hook for "{plugin.name}" exited with error') from error


def _environment(plugin: Plugin, more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **more, "HELM_PLUGIN_NAME": plugin.name, "HELM_PLUGIN_DIR": plugin.directory}


def _run(plugin: Plugin, command: list[str], environment: dict[str, str], text: bytes | None = None) -> bytes:
    """The program's stdout when it gets `text`; otherwise it works on our streams. Raises PluginError."""
    log.debug("executing plugin command", pluginName=plugin.name, command=" ".join(command))
    piped = None if text is None else subprocess.PIPE
    try:
        done = subprocess.run(command, input=text, stdout=piped, stderr=piped, env=environment, check=False)
    except OSError as error:
        raise PluginError(f"fork/exec {command[0]}: {(error.strerror or '').lower()}") from error
    if done.returncode:
        raise ProgramError(f'plugin "{plugin.name}" exited with error', done.returncode)
    return done.stdout or b""


def _prepared(
    commands: Iterable[PlatformCommand], expand: bool, extra: list[str], environment: Mapping[str, str]
) -> list[str]:
    chosen = _for_this_platform(commands)
    parts = chosen.command.split(" ") if chosen else [""]
    if chosen is None or not parts[0]:
        raise PluginError("failed to prepare plugin command: no plugin command is applicable")
    rest = [*parts[1:], *chosen.args]
    expanded = [_expand(arg, environment) for arg in rest] if expand else rest
    return [_expand(parts[0], environment), *expanded, *extra]


def _for_this_platform(commands: Iterable[PlatformCommand]) -> PlatformCommand | None:
    """The command for system and architecture, else for the system, else for any."""
    system, machine = platform.system().lower(), platform.machine()
    arch = _ARCHITECTURES.get(machine, machine)
    known = [(command, command.os.lower(), command.arch.lower()) for command in commands]
    for wanted in ((system, arch), (system, ""), ("", "")):
        for command, own_system, own_arch in known:
            if (own_system, own_arch) == wanted:
                return command
    return None


def _expand(text: str, environment: Mapping[str, str]) -> str:
    """`$NAME`, `${NAME}` and the one-letter names of shells, which the environment does not have (Go: os.Expand)."""
    names = r"\$(?:\{([^}]*)\}|([*#$@!?\-0-9])|(\w+))"
    return re.sub(
        names, lambda found: environment.get(found[1] or found[2] or found[3] or "", ""), text, flags=re.ASCII
    )
