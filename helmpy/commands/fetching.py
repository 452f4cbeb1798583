"""Flags of commands that fetch charts, and what becomes of them."""

import os
from typing import Any

import click

from helmpy.actions.chart_source import ChartSource
from helmpy.commands import options, session


def flags(*without: str) -> list[click.Option]:
    """How to fetch a chart, but for the named flags."""
    chosen = [flag for flag in options.chart_path_flags() if flag.name not in ("dependency_update", *without)]
    for flag in chosen:
        if flag.name == "keyring":
            flag.default = default_keyring()
    return chosen


def access_flags(what: str) -> list[click.Option]:
    """Credentials and TLS only."""
    names = ("username", "password", "cert_file", "key_file", "ca_file", "insecure_skip_tls_verify", "plain_http")
    chosen = [flag for flag in options.chart_path_flags() if flag.name in names]
    for flag in chosen:
        flag.help = (flag.help or "").replace("chart download", what)
    return chosen


def keyring_flag() -> click.Option:
    """--keyring."""
    return options.text("--keyring", help="keyring containing public keys", default=default_keyring())


def source(params: dict[str, Any]) -> ChartSource:
    """Take the fetching flags out of `params`."""
    return session.chart_source(**options.take(params, options.CHART_SOURCE_NAMES))


def default_keyring() -> str:
    """Where GnuPG keeps public keys: the old file unless only the new one is there."""
    home = os.environ.get("GNUPGHOME", os.path.expanduser("~/.gnupg"))
    legacy, keybox = os.path.join(home, "pubring.gpg"), os.path.join(home, "pubring.kbx")
    return keybox if os.path.exists(keybox) and not os.path.exists(legacy) else legacy
