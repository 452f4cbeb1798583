"""`helmpy repo`."""

import sys
from pathlib import Path
from typing import Any

import click

from helmpy.commands import options, output, settings
from helmpy.commands.cli import HelmCommand, HelmGroup
from helmpy.commands.flag_types import DURATION


def _config() -> Path:
    return Path(settings.current().repository_config)


def _cache() -> Path:
    return Path(settings.current().repository_cache)


def add(args: list[str], **params: Any) -> None:
    """Add a repository."""
    from helmpy.actions.repo_add import RepoAddOptions
    from helmpy.actions.repo_add import add as add_repository
    from helmpy.repo.repositories import Entry

    name, url = args
    password = params["password"] or (_password(params["password_stdin"]) if params["username"] else "")
    entry = Entry(
        name,
        url,
        params["username"],
        password,
        params["cert_file"],
        params["key_file"],
        params["ca_file"],
        params["insecure_skip_tls_verify"],
        params["pass_credentials"],
    )
    wanted = RepoAddOptions(
        _config(), _cache(), params["force_update"], params["allow_deprecated_repos"], params["timeout"]
    )
    added = add_repository(entry, wanted)
    state = "has been added to your repositories" if added else "already exists with the same configuration, skipping"
    print(f'"{output.printable(name)}" {state}')


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.read().removesuffix("\n").removesuffix("\r")
    import getpass

    return getpass.getpass("Password: ")


def list_(args: list[str], no_headers: bool, **params: Any) -> None:
    """Print the repositories."""
    from helmpy.actions.repo_list import list_repositories

    entries = list_repositories(_config())
    if params["output"] != "table":
        rows = [{"name": entry.name, "url": entry.url} for entry in entries]
        output.write_text(output.encode(rows, params["output"]))
    elif not entries:
        print("no repositories to show", file=sys.stderr)
    else:
        table = output.table(("NAME", "URL"), [(entry.name, entry.url) for entry in entries])
        bare = output.table((entries[0].name, entries[0].url), [(entry.name, entry.url) for entry in entries[1:]])
        output.write_text(bare if no_headers else table)


def remove(args: list[str]) -> None:
    """Remove repositories."""
    from helmpy.actions.repo_remove import remove as remove_repositories

    def removed(name: str) -> None:
        print(f'"{output.printable(name)}" has been removed from your repositories')

    remove_repositories(args, _config(), _cache(), removed)


def update(args: list[str], timeout: float) -> None:
    """Update the cached indexes."""
    from helmpy.actions.repo_update import RepoUpdateOptions
    from helmpy.actions.repo_update import update as update_repositories

    def report(text: str) -> None:
        output.write_text(output.printable(text))

    update_repositories(args, RepoUpdateOptions(_config(), _cache(), timeout), report)


def index(args: list[str], url: str, merge: str, json: bool) -> None:
    """Write index.yaml of a folder."""
    from helmpy.actions.repo_index import RepoIndexOptions, write_index

    write_index(args[0], RepoIndexOptions(url, merge, json))


def serve(args: list[str], **params: Any) -> None:
    """Serve a folder of charts over HTTP."""
    from repo_server.__main__ import serve as serve_folder
    from repo_server.settings import from_flags

    serve_folder(from_flags(args[0], **params))


def _timeout_flag() -> click.Option:
    return click.Option(
        ["--timeout"],
        type=DURATION,
        default=120.0,
        metavar="duration",
        help="time to wait for the index file download to complete (default 2m0s)",
    )


def _add_flags() -> list[click.Option]:
    return [
        options.text("--username", help="chart repository username"),
        options.text("--password", help="chart repository password"),
        options.flag("--password-stdin", help="read chart repository password from stdin"),
        options.flag("--force-update", help="replace (overwrite) the repo if it already exists"),
        options.text("--cert-file", help="identify HTTPS client using this SSL certificate file"),
        options.text("--key-file", help="identify HTTPS client using this SSL key file"),
        options.text("--ca-file", help="verify certificates of HTTPS-enabled servers using this CA bundle"),
        options.flag("--insecure-skip-tls-verify", help="skip tls certificate checks for the repository"),
        options.flag("--allow-deprecated-repos", help="allow adding official repos that have been permanently deleted"),
        options.flag("--pass-credentials", help="pass credentials to all domains"),
        _timeout_flag(),
    ]


def _index_flags() -> list[click.Option]:
    return [
        options.text("--url", help="url of chart repository"),
        options.text("--merge", help="merge the generated index into the given index"),
        options.flag("--json", help="output in JSON format"),
    ]


def _serve_flags() -> list[click.Option]:
    return [
        options.text("--host", help="address to listen on", default="127.0.0.1"),
        click.Option(["--port"], type=int, default=8879, help="port to listen on; 0 for any", metavar="int"),
        options.text("--user", help="name that uploads need (with --password)"),
        options.text("--password", help="password of --user"),
        options.text("--htpasswd", help="file of names and bcrypt hashes that may upload"),
        options.flag("--auth-read", help="ask for credentials on downloads too"),
        options.flag("--anonymous-upload", help="let anyone upload who can reach the server"),
        options.flag("--allow-overwrite", help="let an upload replace a version that is there"),
        options.text("--url", help="absolute URL of the charts in the index; relative by default"),
        options.text("--cert-file", help="certificate for HTTPS"),
        options.text("--key-file", help="key of --cert-file"),
    ]


command = HelmGroup(
    "repo",
    aliases={"ls": "list", "rm": "remove", "up": "update"},
    help="Add, list, remove, update, index and serve chart repositories.",
)
for _command in (
    HelmCommand(
        "add", add, _add_flags(), usage="[NAME] [URL] [flags]", arguments=(2, 2), help="Add a chart repository."
    ),
    HelmCommand(
        "list",
        list_,
        [options.flag("--no-headers", help="suppress headers in the output"), options.output_flag()],
        usage="[flags]",
        arguments=(0, 0),
        help="List chart repositories.",
    ),
    HelmCommand(
        "remove",
        remove,
        usage="[REPO1 [REPO2 ...]] [flags]",
        arguments=(1, None),
        help="Remove one or more chart repositories.",
    ),
    HelmCommand(
        "update",
        update,
        [_timeout_flag()],
        usage="[REPO1 [REPO2 ...]] [flags]",
        arguments=(0, None),
        help="Update information of available charts locally from chart repositories.",
    ),
    HelmCommand(
        "index",
        index,
        _index_flags(),
        usage="[DIR] [flags]",
        arguments=(1, 1),
        help="Generate an index file given a directory containing packaged charts.",
    ),
    HelmCommand(
        "serve",
        serve,
        _serve_flags(),
        usage="DIR [flags]",
        arguments=(1, 1),
        help="Serve a directory of packaged charts as a chart repository over HTTP, with uploads.",
    ),
):
    command.add_command(_command)
