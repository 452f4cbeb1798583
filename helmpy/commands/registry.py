"""`helmpy registry`."""

import sys
from pathlib import Path
from typing import Any

from helmpy import log
from helmpy.commands import options, settings
from helmpy.commands.cli import HelmCommand, HelmGroup
from helmpy.errors import UsageError


def login(args: list[str], **params: Any) -> None:
    """Ask a registry whether it knows the user, and remember the credentials."""
    from helmpy.repo.access import Access
    from helmpy.repo.oci import Client

    username, password = _credentials(params["username"], params["password"], params.pop("password_stdin"))
    access = Access(
        username=username,
        password=password,
        cert_file=params["cert_file"],
        key_file=params["key_file"],
        ca_file=params["ca_file"],
        insecure_skip_tls_verify=params["insecure"],
        plain_http=params["plain_http"],
    )
    Client(access, _config()).login(args[0])
    print("Login Succeeded")


def logout(args: list[str]) -> None:
    """Forget the credentials of a registry."""
    from helmpy.repo import credentials

    credentials.remove(_config(), args[0])
    print(f"Removing login credentials for {args[0]}")


def _config() -> Path:
    return Path(settings.current().registry_config)


def _credentials(username: str, password: str, from_stdin: bool) -> tuple[str, str]:
    """As given, or asked for on the terminal. Without a user the password is an identity token. Raises UsageError."""
    import getpass

    if from_stdin:
        return username, sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if password:
        log.warn("using --password via the CLI is insecure. Use --password-stdin")
        return username, password
    username = username or input("Username: ").strip()
    what = "Password" if username else "Token"
    password = getpass.getpass(f"{what}: ")
    if not password:
        raise UsageError(f"{what.lower()} required")
    return username, password


command = HelmGroup("registry", help="Log in to, and out of, OCI registries.")
command.add_command(
    HelmCommand(
        "login",
        login,
        [
            options.text("-u", "--username", help="registry username"),
            options.text("-p", "--password", help="registry password or identity token"),
            options.flag("--password-stdin", help="read password or identity token from stdin"),
            options.flag("--insecure", help="allow connections to TLS registry without certs"),
            options.text("--cert-file", help="identify registry client using this SSL certificate file"),
            options.text("--key-file", help="identify registry client using this SSL key file"),
            options.text("--ca-file", help="verify certificates of HTTPS-enabled servers using this CA bundle"),
            options.flag("--plain-http", help="use insecure HTTP connections for the registry"),
        ],
        usage="[host] [flags]",
        arguments=(1, None),
        help="Authenticate to a remote registry; pull, push and dependencies use the credentials from then on.",
        short_help="login to a registry",
    )
)
command.add_command(
    HelmCommand(
        "logout",
        logout,
        usage="[host] [flags]",
        arguments=(1, None),
        help="Remove credentials stored for a remote registry.",
        short_help="logout from a registry",
    )
)
