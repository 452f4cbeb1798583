"""`helmpy package`."""

import sys
from collections.abc import Callable
from typing import Any

from helmpy.commands import fetching, options
from helmpy.commands.cli import HelmCommand
from helmpy.errors import UsageError


def run(args: list[str], **params: Any) -> None:
    """Pack chart directories into archives."""
    from helmpy.actions import dependency_update, package

    if not args:
        raise UsageError("need at least one argument, the path to the chart")
    if params["sign"] and not params["key"]:
        raise UsageError("--key is required for signing a package")
    if params["sign"] and not params["keyring"]:
        raise UsageError("--keyring is required for signing a package")
    update = params["dependency_update"]
    wanted = package.PackageOptions(
        version=params.pop("version"),
        app_version=params["app_version"],
        destination=params["destination"],
        modtime=package.source_date_epoch(),
        key=params["key"] if params["sign"] else "",
        keyring=params["keyring"],
        passphrase=_passphrase(params["passphrase_file"]),
    )
    source = fetching.source(params)
    for path in args:
        if update:
            dependency_update.update_for_install(path, source)
        print(f"Successfully packaged chart and saved it to: {package.package(path, wanted)}", flush=True)


def _passphrase(path: str) -> Callable[[str], str]:
    """Asks for the passphrase of a key: the first line of a file ("-" for stdin), or a prompt."""
    known: list[str] = []

    def ask(user: str) -> str:
        if not known:
            known.append(_read_passphrase(path, user))
        return known[0]

    return ask


def _read_passphrase(path: str, user: str) -> str:
    if not path:
        import getpass

        return getpass.getpass(f'Password for key "{user}" >  ')
    if path == "-":
        if sys.stdin.isatty():
            raise UsageError("specified reading passphrase from stdin, without input on stdin")
        return sys.stdin.readline().rstrip("\r\n")
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"open {path}: {(error.strerror or '').lower()}") from None


command = HelmCommand(
    "package",
    run,
    [
        options.flag("--sign", help="use a PGP private key to sign this package"),
        options.text("--key", help="name of the key to use when signing. Used if --sign is true"),
        options.text("--keyring", help="location of a keyring", default=fetching.default_keyring()),
        options.text("--passphrase-file", help='file with the passphrase of the signing key; "-" for stdin'),
        options.text("--version", help="set the version on the chart to this semver version"),
        options.text("--app-version", help="set the appVersion on the chart to this version"),
        options.text("-d", "--destination", help="location to write the chart", default="."),
        options.flag("-u", "--dependency-update", help="update dependencies of the chart before packaging"),
        *fetching.access_flags("chart download"),
    ],
    usage="[CHART_PATH] [...] [flags]",
    arguments=(0, None),
    help="Pack chart directories into versioned archives, as chart repositories serve them.\n\nWith SOURCE_DATE_EPOCH set, "
    "the same chart gives the same bytes.",
    short_help="package a chart directory into a chart archive",
)
