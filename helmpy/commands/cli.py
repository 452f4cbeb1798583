"""The `helmpy` command: a lazy table of commands, Helm's global flags on each, Helm's usage errors and exit codes.

click defines the interface (help, completion, types); `pflag` reads the command line, because Helm's users write flags
anywhere and optional values as `--wait`. A command module is imported when it is called.
"""

import functools
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import click

from helmpy import log
from helmpy.commands import ending, pflag, settings
from helmpy.commands.flag_types import INT
from helmpy.errors import UsageError

COMMANDS: dict[str, str] = {
    "cluster": "look at, reset or serve the embedded cluster",
    "completion": "generate autocompletion scripts for the specified shell",
    "create": "create a new chart with the given name",
    "dependency": "manage a chart's dependencies",
    "env": "helmpy client environment information",
    "get": "download extended information of a named release",
    "history": "fetch release history",
    "install": "install a chart",
    "lint": "examine a chart for possible issues",
    "list": "list releases",
    "package": "package a chart directory into a chart archive",
    "plugin": "install, list, or uninstall Helm plugins",
    "pull": "download a chart from a repository",
    "push": "push a chart to remote",
    "registry": "login to or logout from a registry",
    "repo": "add, list, remove, update, index and serve chart repositories",
    "rollback": "roll back a release to a previous revision",
    "search": "search for a keyword in charts",
    "show": "show information of a chart",
    "status": "display the status of the named release",
    "template": "locally render templates",
    "test": "run tests for a release",
    "uninstall": "uninstall a release",
    "upgrade": "upgrade a release",
    "values": "explain where a value comes from",
    "verify": "verify that a chart has been signed and is valid",
    "version": "print the version information",
}
"""Command -> short help. The module `helmpy.commands.<name>` holds it as `command` (a HelmCommand or HelmGroup)."""

ALIASES: dict[str, str] = {
    "dep": "dependency",
    "dependencies": "dependency",
    "fetch": "pull",
    "hist": "history",
    "inspect": "show",
    "ls": "list",
    "del": "uninstall",
    "delete": "uninstall",
    "un": "uninstall",
}


@functools.cache
def global_flags() -> tuple[click.Option, ...]:
    """Helm's global flags plus helmpy's own `--as`, `--as-group` and `--ephemeral`; every command takes them."""
    text: dict[str, str] = {
        "--kubeconfig": "path to the kubeconfig file (without one, the embedded cluster is used)",
        "--kube-context": "name of the kubeconfig context to use",
        "--kube-token": "bearer token used for authentication",
        "--kube-apiserver": "the address and the port for the Kubernetes API server",
        "--kube-ca-file": "the certificate authority file for the Kubernetes API server connection",
        "--kube-tls-server-name": "server name to use for Kubernetes API server certificate validation",
        "--registry-config": "path to the registry config file",
        "--repository-config": "path to the file containing repository names and URLs",
        "--repository-cache": "path to the directory containing cached repository indexes",
        "--content-cache": "path to the directory containing cached content (e.g. charts)",
    }
    flags = [click.Option([name], help=about, metavar="string") for name, about in text.items()]
    flags += [
        click.Option(["-n", "--namespace"], help="namespace scope for this request", metavar="string"),
        click.Option(["--as", "--kube-as-user", "as_user"], help="username to impersonate", metavar="string"),
        click.Option(
            ["--as-group", "--kube-as-group", "as_groups"],
            multiple=True,
            help="group to impersonate, can be repeated",
            metavar="stringArray",
        ),
        click.Option(
            ["--kube-insecure-skip-tls-verify"],
            is_flag=True,
            default=None,
            help="do not check the server's certificate",
        ),
        click.Option(["--debug"], is_flag=True, default=None, help="enable verbose output"),
        click.Option(
            ["--ephemeral"], is_flag=True, default=None, help="use a fresh embedded cluster that this command forgets"
        ),
        click.Option(["--burst-limit"], type=INT, help="client-side default throttling limit", metavar="int"),
        click.Option(
            ["--qps"], type=float, help="queries per second used when talking to the Kubernetes API", metavar="float32"
        ),
        click.Option(
            ["--color", "--colour", "color"], help="use colored output (never, auto, always)", metavar="string"
        ),
    ]
    return tuple(flags)


def flag_spec(params: Sequence[click.Parameter]) -> pflag.Spec:
    """What `pflag.parse` needs to know of click options. A boolean implies "true"; `flag_value` is an optional value."""
    spec: pflag.Spec = {}
    for option in params:
        if not isinstance(option, click.Option) or option.name is None:
            continue
        implied = "true" if option.is_flag else _optional_value(option)
        flag = pflag.Flag(option.name, implied, option.multiple)
        spec.update(dict.fromkeys(option.opts, flag))
    spec.setdefault("--help", pflag.Flag("help", "true", False))
    spec.setdefault("-h", pflag.Flag("help", "true", False))
    return spec


def _optional_value(option: click.Option) -> str | None:
    value = option.flag_value
    return value if isinstance(value, str) and option._flag_needs_value else None


def _bool(text: str, option: click.Option) -> bool:
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise UsageError(
        f'invalid argument "{text}" for "{_flag_names(option)}" flag: strconv.ParseBool: parsing "{text}": invalid syntax'
    )


def _flag_names(option: click.Option) -> str:
    return ", ".join(sorted(option.opts, key=len))


class HelmCommand(click.Command):
    """A command whose arguments are counted and whose flags are read as Helm does.

    `arguments` says how many positional arguments it takes: (minimum, maximum), maximum None for any number; `usage` is
    the part of the usage line behind the command's path.
    """

    def __init__(
        self,
        name: str,
        callback: Callable[..., Any],
        params: Sequence[click.Parameter] = (),
        *,
        usage: str,
        arguments: tuple[int, int | None],
        help: str = "",
        short_help: str = "",
        hidden: bool = False,
    ) -> None:
        own = {option.name for option in params}
        every = [*params, *(flag for flag in global_flags() if flag.name not in own)]
        super().__init__(name, callback=callback, params=every, help=help, short_help=short_help, hidden=hidden)
        self.usage, self.arguments = usage, arguments

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [self.usage]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given, rest = pflag.parse(args, flag_spec(self.params))
        if "help" in given and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        opts = {option.name: _value(option, given) for option in self.params if option.name in given}
        for option in self.params:
            try:
                option.handle_parse_result(ctx, opts, [])
            except click.BadParameter as error:
                raise _invalid_argument(option, given, error) from error
        ctx.params = {name: None if repr(value) == "Sentinel.UNSET" else value for name, value in ctx.params.items()}
        if not ctx.resilient_parsing:
            self._check_count(ctx, rest)
        ctx.args = rest
        return rest

    def _check_count(self, ctx: click.Context, rest: list[str]) -> None:
        minimum, maximum = self.arguments
        if len(rest) >= minimum and (maximum is None or len(rest) <= maximum):
            return
        path = ctx.command_path
        if maximum == 0:
            problem = "accepts no arguments"
        elif maximum is None:
            problem = f"requires at least {minimum} argument{'s' * (minimum != 1)}"
        elif minimum == maximum:
            problem = f"requires {minimum} argument{'s' * (minimum != 1)}"
        else:
            problem = (
                f"accepts at most {maximum} argument{'s' * (maximum != 1)}"
                if len(rest) > maximum
                else f"requires at least {minimum} argument{'s' * (minimum != 1)}"
            )
        raise UsageError(f'"{path}" {problem}\n\nUsage:  {path} {self.usage}')

    def invoke(self, ctx: click.Context) -> Any:
        shared = {flag.name: ctx.params.pop(flag.name, None) for flag in global_flags() if flag.name}
        before = ctx.find_object(dict) or {}
        merged = {name: value if value not in (None, ()) else before.get(name) for name, value in shared.items()}
        log.enable_debug(settings.use(merged).debug)
        callback = self.callback
        return callback(ctx.args, **ctx.params) if callback else None


def _value(option: click.Parameter, given: dict[str, list[str]]) -> Any:
    values = given[option.name or ""]
    if isinstance(option, click.Option) and option.is_flag:
        return _bool(values[-1], option)
    return values if option.multiple else values[-1]


def _invalid_argument(option: click.Parameter, given: dict[str, list[str]], error: click.BadParameter) -> UsageError:
    values = given.get(option.name or "", [""])
    names = _flag_names(option) if isinstance(option, click.Option) else option.name
    return UsageError(f'invalid argument "{values[-1]}" for "{names}" flag: {error.message}')


class HelmGroup(click.Group):
    """A command with subcommands; without one it prints its help, as Helm does.

    `lazy` maps a subcommand to its short help; its module is `package.<name>` and is imported when the subcommand runs.
    """

    def __init__(
        self,
        name: str,
        *,
        help: str = "",
        short_help: str = "",
        lazy: dict[str, str] | None = None,
        package: str = "",
        aliases: dict[str, str] | None = None,
    ) -> None:
        super().__init__(
            name, invoke_without_command=True, help=help, short_help=short_help, params=list(global_flags())
        )
        self.lazy, self.package, self.aliases = lazy or {}, package, aliases or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*self.lazy, *self.commands})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = self.aliases.get(cmd_name, cmd_name)
        if name in self.lazy and name not in self.commands:
            self.commands[name] = importlib.import_module(f"{self.package}.{name}").command
        return self.commands.get(name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (name, self.lazy.get(name) or self.commands[name].get_short_help_str()) for name in self.list_commands(ctx)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given, rest = pflag.parse(args, flag_spec(self.params), interspersed=False)
        if "help" in given:
            click.echo(ctx.get_help())
            ctx.exit()
        outer = ctx.find_object(dict) or {}
        ctx.obj = {**outer, **{option.name: _value(option, given) for option in self.params if option.name in given}}
        ctx._protected_args, ctx.args = rest[:1], rest[1:]
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        called = ctx._protected_args
        if not called:
            click.echo(ctx.get_help())
            return None
        command = self.get_command(ctx, called[0])
        if command is None:
            if ctx.parent is None:
                raise self._unknown(ctx, called[0])
            click.echo(ctx.get_help())
            return None
        name = self.aliases.get(called[0], called[0])
        with command.make_context(name, ctx.args, parent=ctx) as sub:
            return sub.command.invoke(sub)

    def _unknown(self, ctx: click.Context, name: str) -> UsageError:
        path = ctx.command_path
        near = [
            known
            for known in self.list_commands(ctx)
            if known.startswith(name.lower()) or edit_distance(name.lower(), known) <= MOST_EDITS
        ]
        hint = "\n\nDid you mean this?\n" + "".join(f"\t{known}\n" for known in near) if near else ""
        return UsageError(f'unknown command "{name}" for "{path}"{hint}\nRun \'{path} --help\' for usage.')


MOST_EDITS = 2
"""How far a command's name may be from what was typed to be suggested."""


def edit_distance(one: str, other: str) -> int:
    """Letters to insert, remove or replace to get from one word to the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row = row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted)))
    return row[-1]


class RootGroup(HelmGroup):
    """The commands that helmpy has, and those of installed plugins behind them (none with HELM_NO_PLUGINS=1)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        if os.environ.get("HELM_NO_PLUGINS") != "1":
            from helmpy.commands import plugin

            for name, about in plugin.added().items():
                if name not in self.lazy and name not in self.commands:
                    self.add_command(plugin.PluginCommand(name, short_help=about, add_help_option=False))
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None and cmd_name in self.list_commands(ctx):
            return super().get_command(ctx, cmd_name)
        return found


def root() -> HelmGroup:
    """The whole command tree; modules behind it are imported on use."""
    return RootGroup(
        "helmpy",
        lazy=COMMANDS,
        package="helmpy.commands",
        aliases=ALIASES,
        help="Helm for Python people, with a Kubernetes in the same process.\n\nWithout a kubeconfig, commands work on an "
        "embedded cluster that lives in your data directory (see `helmpy cluster info`).",
    )


def run(args: list[str]) -> NoReturn:
    """Run a command line and leave the process with Helm's exit code; a user's mistake prints one message."""
    sys.exit(ending.exit_code(lambda: _run(args)))


def _run(args: list[str]) -> int:
    try:
        root().main(args, prog_name="helmpy", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        return ending.fail("interrupted", 130)
    except click.ClickException as error:
        return ending.fail(error.format_message(), 1)
    return 0
