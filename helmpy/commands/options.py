"""Flags that several commands share, with Helm's names, defaults and help texts; `parameters` says what becomes of them."""

import os

import click

from helmpy.commands.flag_types import DURATION, FORMAT, WAIT
from helmpy.commands.parameters import (
    CHART_SOURCE_NAMES,
    accept_old_names,
    dry_run_strategy,
    merged_values,
    parse_labels,
    post_renderer,
    read_source,
    split_csv,
    take,
    value_sources,
)

__all__ = [
    "CHART_SOURCE_NAMES",
    "accept_old_names",
    "chart_path_flags",
    "dry_run_flag",
    "dry_run_strategy",
    "flag",
    "label_flag",
    "many",
    "merged_values",
    "output_flag",
    "parse_labels",
    "post_renderer",
    "read_source",
    "rollback_on_failure_flags",
    "split_csv",
    "take",
    "text",
    "timeout_flag",
    "value_flags",
    "value_sources",
    "wait_flag",
    "write_flags",
]


def flag(*names: str, help: str, default: bool = False) -> click.Option:
    """A boolean flag."""
    return click.Option(list(names), is_flag=True, help=help, default=default)


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
        click.Option(
            ["--explain-errors"],
            is_flag=True,
            default=None,
            help="tell which template line and whose value brought an error about (default: on a terminal)",
        ),
    ]


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


def label_flag() -> click.Option:
    """-l key=value,…"""
    return many("-l", "--labels", help="Labels that would be added to release metadata", metavar="stringToString")


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
