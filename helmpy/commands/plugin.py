"""`helmpy plugin`, and the commands that installed plugins add."""

from collections.abc import Iterable
from typing import Any

import click

from helmpy import log
from helmpy.commands import env, fetching, options, output, pflag, settings
from helmpy.commands.cli import HelmCommand, HelmGroup, flag_spec, global_flags
from helmpy.errors import HelmpyError, PluginError

_KEPT = ("debug", "ephemeral", "burst_limit", "qps", "color", "content_cache")
"""Global flags that are left to the plugin, but for --debug."""


def install(args: list[str], **params: Any) -> None:
    """Install a plugin."""
    from helmpy.actions import plugins
    from helmpy.repo.access import Access

    access = Access(**{name: params[name] for name in _ACCESS}, url=args[0])
    wanted = plugins.InstallOptions(access, params["version"], params["verify"], params["keyring"])
    if plugins.is_link(args[0]):
        print("Installing plugin from local directory (development mode)")
    elif params["verify"]:
        print("Verifying plugin signature...")
    else:
        print("WARNING: Skipping plugin signature verification")
    plugin, verified = plugins.install(args[0], settings.current().plugins, wanted, env.variables())
    if verified is not None:
        for signer in verified.signed_by:
            print(f"Signed by: {output.printable(signer)}")
        print(f"Using Key With Fingerprint: {verified.fingerprint}\nPlugin Hash Verified: {verified.digest}")
    print(f"Installed plugin: {plugin.name}")


def list_(args: list[str], type: str) -> None:
    """Print the installed plugins."""
    from helmpy.actions import plugins

    headers = ("NAME", "VERSION", "TYPE", "APIVERSION", "PROVENANCE", "SOURCE")
    output.write_text(output.table(headers, plugins.rows(settings.current().plugins, type)))


def uninstall(args: list[str]) -> None:
    """Take plugins away."""
    from helmpy.actions import plugins

    if not args:
        raise PluginError("please provide plugin name to uninstall")
    _each(args, plugins.uninstall, "Uninstalled")


def update(args: list[str]) -> None:
    """Bring cloned plugins up to date."""
    from helmpy.actions import plugins

    if not args:
        raise PluginError("please provide plugin name to update")
    _each(args, plugins.update, "Updated")


def _each(names: Iterable[str], act: Any, done: str) -> None:
    """Do it with every plugin that can be done with; then tell of the others."""
    faults = []
    for name in names:
        try:
            act(name, settings.current().plugins, env.variables())
        except PluginError as error:
            faults.append(str(error))
            continue
        print(f"{done} plugin: {name}", flush=True)
    if faults:
        raise PluginError("\n".join(faults))


# --- commands that plugins add ---------------------------------------------------------------------------------------


def added() -> dict[str, str]:
    """The commands of installed plugins, with their short help."""
    from helmpy.plugins import finding, metadata

    try:
        found = finding.find(settings.from_environment().plugins, type=metadata.CLI)
    except HelmpyError as error:
        log.error("failed to load plugins", error=error)
        return {}
    return {plugin.name: str(plugin.config.get("shortHelp") or f'the "{plugin.name}" plugin') for plugin in found}


class PluginCommand(click.Command):
    """A command that a plugin carries out: Helm's own flags set the environment, all others go to the plugin."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known, ctx.args = _split(args)
        given, _ = pflag.parse(known, flag_spec(global_flags()))
        ctx.params = {name: values[-1] == "true" if name == "debug" else values[-1] for name, values in given.items()}
        return ctx.args

    def invoke(self, ctx: click.Context) -> None:
        from helmpy.actions import plugins

        log.enable_debug(settings.use({**(ctx.find_object(dict) or {}), **ctx.params}).debug)
        plugins.run(str(self.name), ctx.args, settings.current().plugins, env.variables())


def _split(args: list[str]) -> tuple[list[str], list[str]]:
    """Helm's flags among a plugin's arguments, and all the rest, both in order."""
    names = {name for flag in global_flags() if flag.name not in _KEPT for name in flag.opts}
    known: list[str] = []
    rest: list[str] = []
    left = iter(args)
    for arg in left:
        if arg == "--debug" or (arg.partition("=")[0] in names and "=" in arg):
            known.append(arg)
        elif arg in names:
            known += [arg, *([value] if (value := next(left, None)) is not None else [])]
        else:
            rest.append(arg)
    return known, rest


# --- definitions -----------------------------------------------------------------------------------------------------

_ACCESS = ("username", "password", "cert_file", "key_file", "ca_file", "insecure_skip_tls_verify", "plain_http")

command = HelmGroup(
    "plugin",
    help="Manage client-side Helm plugins.",
    aliases={"add": "install", "ls": "list", "rm": "uninstall", "remove": "uninstall", "up": "update"},
)
command.add_command(
    HelmCommand(
        "install",
        install,
        [
            options.text("--version", help="version constraint of a plugin from a repository; the newest without it"),
            options.flag("--verify", help="verify the plugin signature before installing", default=True),
            fetching.keyring_flag(),
            *fetching.access_flags("plugin download"),
        ],
        usage="[options] <path|url> [flags]",
        arguments=(1, 1),
        help="Install a plugin: a local folder (used where it is), a .tgz on disk or on a server, or a git repository.",
        short_help="install a Helm plugin",
    )
)
command.add_command(
    HelmCommand(
        "list",
        list_,
        [options.text("--type", help="Plugin type")],
        usage="[flags]",
        arguments=(0, None),
        help="List installed Helm plugins.",
        short_help="list installed Helm plugins",
    )
)
command.add_command(
    HelmCommand(
        "uninstall",
        uninstall,
        usage="<plugin>... [flags]",
        arguments=(0, None),
        help="Uninstall one or more Helm plugins.",
        short_help="uninstall one or more Helm plugins",
    )
)
command.add_command(
    HelmCommand(
        "update",
        update,
        usage="<plugin>... [flags]",
        arguments=(0, None),
        help="Update one or more Helm plugins that came from a git repository.",
        short_help="update one or more Helm plugins",
    )
)
