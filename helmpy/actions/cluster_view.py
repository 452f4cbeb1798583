"""Looking at a cluster's objects as `kubectl get` does: tables, YAML, JSON, names."""

from dataclasses import dataclass
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from helmpy.errors import KubeError, UsageError
from helmpy.kube import kinds, tables
from helmpy.kube.connection import Connection
from helmpy.kube.kinds import ServedKind


@dataclass(frozen=True, slots=True)
class GetOptions:
    """What to get and how to show it. `format` is "", wide, yaml, json or name."""

    namespace: str = ""
    all_namespaces: bool = False
    selector: str = ""
    field_selector: str = ""
    format: str = ""
    headings: bool = True
    show_labels: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind and the names asked for; none means all."""

    kind: ServedKind
    names: tuple[str, ...] = ()


def parse_arguments(connection: Connection, args: list[str]) -> list[Wanted]:
    """ "pods", "pods a b", "pod/a svc/b", "po,svc". Raises UsageError."""
    client = connection.client
    if any("/" in arg for arg in args):
        if not all(arg.count("/") == 1 for arg in args):
            raise UsageError(
                "there is no need to specify a resource type as a separate argument when passing TYPE/NAME"
            )
        pairs = [arg.split("/") for arg in args]
        return [Wanted(kinds.resolve(client, kind)[0], (name,)) for kind, name in pairs]
    return [Wanted(kind, tuple(args[1:])) for kind in kinds.resolve(client, args[0])]


def fetch(connection: Connection, wanted: Wanted, options: GetOptions) -> list[dict[str, Any]]:
    """The objects themselves. Raises KubeError."""
    client, where = connection.client, _namespace(connection, wanted, options)
    try:
        if wanted.names:
            found = [client.get(wanted.kind.gvr, name, where) for name in wanted.names]
        else:
            found = client.list(
                wanted.kind.gvr, where, label_selector=options.selector, field_selector=options.field_selector
            )["items"]
    except ApiError as error:
        raise server_error(error) from error
    api_version = wanted.kind.gvr.api_version
    return [{"apiVersion": api_version, "kind": wanted.kind.kind, **obj} for obj in found]


def _namespace(connection: Connection, wanted: Wanted, options: GetOptions) -> str:
    if not wanted.kind.namespaced or options.all_namespaces:
        return ""
    return options.namespace or connection.namespace


class ServerError(KubeError):
    """A refusal as kubectl words it: `Error from server (NotFound): …`."""

    prefix = "Error "


def server_error(error: ApiError) -> ServerError:
    """The error for the user of what the server refused."""
    reason = f" ({error.reason})" if error.reason else ""
    return ServerError(f"from server{reason}: {error.message}")


def table(connection: Connection, wanted: list[Wanted], options: GetOptions) -> str:
    """The objects as aligned tables, one for each kind; "" when there is nothing. Raises KubeError."""
    several = len({item.kind for item in wanted}) > 1
    parts = []
    for group in _grouped(wanted):
        text = _one_table(connection, group, options, several)
        if text:
            parts.append(text)
    return "\n".join(parts)


def _grouped(wanted: list[Wanted]) -> list[Wanted]:
    """Names of the same kind together."""
    names: dict[ServedKind, tuple[str, ...]] = {}
    for item in wanted:
        names[item.kind] = names.get(item.kind, ()) + item.names
    return [Wanted(kind, found) for kind, found in names.items()]


def _one_table(connection: Connection, wanted: Wanted, options: GetOptions, prefixed: bool) -> str:
    headings: list[str] = []
    rows: list[list[str]] = []
    for data in _tables(connection, wanted, options):
        with_namespace = options.all_namespaces and wanted.kind.namespaced
        headings, more = tables.header_and_rows(data, options.format == "wide", with_namespace)
        if options.show_labels:
            headings.append("LABELS")
            for row, source in zip(more, data.get("rows") or [], strict=True):
                row.append(_labels(source.get("object") or {}))
        if prefixed:
            for row in more:
                row[1 if with_namespace else 0] = f"{wanted.kind.title}/{row[1 if with_namespace else 0]}"
        rows += more
    return tables.align(headings, rows, options.headings) if rows else ""


def _tables(connection: Connection, wanted: Wanted, options: GetOptions) -> list[dict[str, Any]]:
    client, where = connection.client, _namespace(connection, wanted, options)
    try:
        if wanted.names:
            return [tables.fetch(client, wanted.kind.gvr, where, name) for name in wanted.names]
        return [
            tables.fetch(
                client,
                wanted.kind.gvr,
                where,
                label_selector=options.selector,
                field_selector=options.field_selector,
            )
        ]
    except ApiError as error:
        raise server_error(error) from error


def _labels(obj: dict[str, Any]) -> str:
    labels = (obj.get("metadata") or {}).get("labels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "<none>"


def nothing_found(connection: Connection, wanted: list[Wanted], options: GetOptions) -> str:
    """kubectl's sentence for an empty answer."""
    if options.all_namespaces or not any(item.kind.namespaced for item in wanted):
        return "No resources found"
    return f"No resources found in {options.namespace or connection.namespace} namespace."
