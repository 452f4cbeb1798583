"""Flags that several commands share, with Helm's names, defaults and help texts, and what becomes of them."""

import os
import sys
from typing import Any

import click

from helmpy import log
from helmpy.commands.cli import DURATION, FORMAT, WAIT
from helmpy.errors import UsageError
from helmpy.values.sources import ValueSources


def flag(*names: str, help: str) -> click.Option:
    """A boolean flag."""
    return click.Option(list(names), is_flag=True, help=help)


def text(*names: str, help: str, default: str = "", metavar: str = "string") -> click.Option:
    """A flag with one value."""
    return click.Option(list(names), default=default, help=help, metavar=metavar)


def many(*names: str, help: str, metavar: str = "stringArray") -> click.Option:
    """A flag that may be repeated."""
    return click.Option(list(names), multiple=True, help=help, metavar=metavar)


def value_flags() -> list[click.Option]:
    """-f and the --set family."""
    return [
        many("-f", "--values", help="specify values in a YAML file or a URL (can specify multiple)", metavar="strings"),
        many("--set", help="set values on the command line (key1=val1,key2=val2)"),
        many("--set-string", help="set STRING values on the command line (key1=val1,key2=val2)"),
        many("--set-file", help="set values from files (key1=path1,key2=path2)"),
        many("--set-json", help='set JSON values (key1=jsonval1 or {"key1": jsonval1})'),
        many("--set-literal", help="set a literal STRING value on the command line"),
    ]


def value_sources(params: dict[str, Any]) -> ValueSources:
    """Take the value flags out of `params`."""
    files = [path for entry in params.pop("values") for path in split_csv(entry, "-f, --values")]
    return ValueSources(
        values=tuple(files),
        set=tuple(params.pop("set")),
        set_string=tuple(params.pop("set_string")),
        set_file=tuple(params.pop("set_file")),
        set_json=tuple(params.pop("set_json")),
        set_literal=tuple(params.pop("set_literal")),
    )


def split_csv(entry: str, flag_names: str) -> list[str]:
    """A "strings" flag: comma-separated, quotes as in CSV. Raises UsageError."""
    if '"' not in entry:
        return entry.split(",") if entry else []
    import csv

    try:
        return next(csv.reader([entry], strict=True))
    except csv.Error as error:
        raise UsageError(f'invalid argument "{entry}" for "{flag_names}" flag: {error}') from error


def read_source(name: str) -> bytes:
    """The bytes of a values file: a path, `-` for stdin, or a URL."""
    if name.strip() == "-":
        return sys.stdin.buffer.read()
    if "://" in name:
        from helmpy.repo import getters

        return getters.fetch(name)
    with open(name, "rb") as file:
        return file.read()


def merged_values(params: dict[str, Any]) -> dict[str, Any]:
    """The user's values of a command line; takes the value flags out of `params`. Raises ValuesError."""
    from helmpy.values import sources

    return sources.merge(value_sources(params), read=read_source)


CHART_SOURCE_NAMES = (
    "version",
    "devel",
    "repo",
    "username",
    "password",
    "pass_credentials",
    "ca_file",
    "cert_file",
    "key_file",
    "insecure_skip_tls_verify",
    "plain_http",
    "verify",
    "keyring",
    "dependency_update",
)
"""Parameters that say how a chart is fetched (`session.chart_source` takes them)."""


def chart_path_flags() -> list[click.Option]:
    """How to fetch a chart."""
    keyring = os.path.expanduser("~/.gnupg/pubring.gpg")
    return [
        text("--version", help="specify a version constraint for the chart version to use; the latest if not given"),
        flag("--verify", help="verify the package before using it"),
        text("--keyring", help="location of public keys used for verification", default=keyring),
        text("--repo", help="chart repository url where to locate the requested chart"),
        text("--username", help="chart repository username where to locate the requested chart"),
        text("--password", help="chart repository password where to locate the requested chart"),
        text("--cert-file", help="identify HTTPS client using this SSL certificate file"),
        text("--key-file", help="identify HTTPS client using this SSL key file"),
        text("--ca-file", help="verify certificates of HTTPS-enabled servers using this CA bundle"),
        flag("--insecure-skip-tls-verify", help="skip tls certificate checks for the chart download"),
        flag("--plain-http", help="use insecure HTTP connections for the chart download"),
        flag("--pass-credentials", help="pass credentials to all domains"),
        flag("--devel", help="use development versions, too. If --version is set, this is ignored"),
        flag("--dependency-update", help="update dependencies if they are missing"),
    ]


def take(params: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Take some parameters out of `params`."""
    return {name: params.pop(name) for name in names if name in params}


def output_flag(name: str = "output") -> click.Option:
    """-o table|json|yaml."""
    return click.Option(
        ["-o", "--output", name],
        type=FORMAT,
        default="table",
        metavar="format",
        help="prints the output in the specified format. Allowed values: table, json, yaml",
    )


def wait_flag() -> click.Option:
    """--wait[=watcher|hookOnly|legacy]."""
    return click.Option(
        ["--wait"],
        is_flag=False,
        flag_value="watcher",
        type=WAIT,
        default="hookOnly",
        metavar="WaitStrategy[=watcher]",
        help="wait until resources are ready (up to --timeout): watcher, hookOnly or legacy",
    )


def timeout_flag() -> click.Option:
    """--timeout 5m0s."""
    return click.Option(
        ["--timeout"],
        type=DURATION,
        default=300.0,
        metavar="duration",
        help="time to wait for any individual Kubernetes operation (like Jobs for hooks) (default 5m0s)",
    )


def dry_run_flag(default: str = "none") -> click.Option:
    """--dry-run[=none|client|server]."""
    return click.Option(
        ["--dry-run"],
        is_flag=False,
        flag_value="unset",
        default=default,
        metavar='string[="unset"]',
        help='simulates the operation: "none", "client" (no cluster is asked), or "server"',
    )


def dry_run_strategy(value: str, template: bool = False) -> str:
    """none, client or server from what was given; old spellings are taken with a warning. Raises UsageError."""
    if value == "unset":
        log.warn("--dry-run is deprecated and should be replaced with '--dry-run=client'")
        return "client"
    booleans = {"1": True, "t": True, "T": True, "true": True, "TRUE": True, "True": True}
    booleans |= {"0": False, "f": False, "F": False, "false": False, "FALSE": False, "False": False}
    if template and (value == "none" or booleans.get(value) is False):
        raise UsageError(f'invalid dry-run value ("{value}"). Must be "server" or "client"')
    if value in ("none", "client", "server"):
        return value
    if value not in booleans:
        raise UsageError(f'invalid dry-run value ("{value}"). Must be "none", "server", or "client"')
    result = "client" if booleans[value] else "none"
    log.warn(f"boolean '--dry-run={value}' flag is deprecated and must be replaced with '--dry-run={result}'")
    return result


def label_flag() -> click.Option:
    """-l key=value,…"""
    return many("-l", "--labels", help="Labels that would be added to release metadata", metavar="stringToString")


def parse_labels(entries: tuple[str, ...]) -> dict[str, str]:
    """Labels of -l flags. Raises UsageError for one without "="."""
    labels = {}
    for entry in entries:
        for pair in split_csv(entry, "-l, --labels"):
            key, equals, value = pair.partition("=")
            if not equals:
                raise UsageError(
                    f'invalid argument "{entry}" for "-l, --labels" flag: {pair} must be formatted as key=value'
                )
            labels[key] = value
    return labels


def write_flags() -> list[click.Option]:
    """How objects are written to the cluster, common to install, upgrade and rollback."""
    return [
        flag("--force-replace", help="force resource updates by replacement"),
        click.Option(["--force"], is_flag=True, hidden=True),
        flag("--force-conflicts", help="if set server-side apply will force changes against conflicts"),
        flag("--no-hooks", help="prevent hooks from running"),
        flag("--wait-for-jobs", help="if set and --wait enabled, will wait until all Jobs have been completed"),
        timeout_flag(),
        wait_flag(),
    ]


def rollback_on_failure_flags() -> list[click.Option]:
    """--rollback-on-failure and its old name --atomic."""
    return [
        flag("--rollback-on-failure", help="if set, go back to the state before upon failure (implies --wait)"),
        click.Option(["--atomic"], is_flag=True, hidden=True),
    ]


_RENAMED = {"force": "force_replace", "atomic": "rollback_on_failure"}


def accept_old_names(params: dict[str, Any]) -> None:
    """Fold --force and --atomic into their new names, with Helm's warning. Raises UsageError for flags that exclude each other."""
    for old, new in _RENAMED.items():
        if params.pop(old, False):
            print(f"Flag --{old} has been deprecated, use --{new.replace('_', '-')} instead", file=sys.stderr)
            params[new] = True
            if old == "force" and params.get("force_conflicts"):
                raise _exclusive("force", "force-conflicts")
    if params.get("force_replace") and params.get("force_conflicts"):
        raise _exclusive("force-replace", "force-conflicts")


def _exclusive(first: str, second: str) -> UsageError:
    listed = " ".join(sorted((first, second)))
    return UsageError(
        f"if any flags in the group [{first} {second}] are set none of the others can be; [{listed}] were all set"
    )
