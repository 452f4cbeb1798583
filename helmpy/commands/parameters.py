"""What becomes of the flags that several commands share, once they are read: the other half of `options`.

Called by the commands as they run. Must not import click: hot commands never do.
"""

import sys

from helmpy import log
from helmpy.commands import settings
from helmpy.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from helmpy.actions.post_rendering import PostRenderer
    from helmpy.values.sources import ValueSources


def value_sources(params: "dict[str, Any]") -> "ValueSources":
    """Take the value flags out of `params`."""
    from helmpy.values.sources import ValueSources

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
    """The bytes of a values file: a path, `-` for stdin, or a URL. Raises ValuesError."""
    if "://" in name:
        from helmpy.repo import getters

        return getters.fetch(name)
    from helmpy.values import sources

    return sources.read_file(name)


def merged_values(params: "dict[str, Any]") -> "dict[str, Any]":
    """The user's values of a command line; takes the value flags out of `params`. Raises ValuesError."""
    if not any(params[name] for name in VALUE_NAMES):
        take(params, VALUE_NAMES)
        return {}
    return merged(value_sources(params))


def merged(given: "ValueSources") -> "dict[str, Any]":
    """The user's values of those flags. Raises ValuesError."""
    from helmpy.values import sources

    return sources.merge(given, read=read_source)


VALUE_NAMES = ("values", "set", "set_string", "set_file", "set_json", "set_literal")
"""Parameters that say what the user's values are (`value_sources` takes them)."""

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


def take(params: "dict[str, Any]", names: tuple[str, ...]) -> "dict[str, Any]":
    """Take some parameters out of `params`."""
    return {name: params.pop(name) for name in names if name in params}


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


_RENAMED = {"force": "force_replace", "atomic": "rollback_on_failure"}


def accept_old_names(params: "dict[str, Any]") -> None:
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


def post_renderer(params: "dict[str, Any]") -> "PostRenderer | None":
    """What --post-renderer and its arguments name, if anything. Raises UsageError."""
    name, arguments = params["post_renderer"], list(params["post_renderer_args"])
    if not name:
        return None
    from helmpy.actions import post_rendering

    return post_rendering.named(name, arguments, settings.current().plugins)
