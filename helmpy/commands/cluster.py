"""`helmpy cluster info|reset|start|stop|kubeconfig|nodes|get|describe`: the embedded cluster, and a plain view of any cluster."""

import os
import sys
from typing import Any

import click

from helmpy.commands import options, output, session, settings
from helmpy.commands.cli import HelmCommand, HelmGroup
from helmpy.commands.flag_types import DURATION, INT
from helmpy.errors import UsageError


def run_info(args: list[str], output_format: str) -> None:
    """Where the cluster is, its version and what is in it."""
    from helmpy.actions.cluster_info import info

    with session.opened() as configuration:
        found = info(configuration.connection, session.target())
    if output_format != "table":
        output.write_text(output.encode(found, output_format))
        return
    width = max(map(len, found)) + 2
    output.write_text(
        "".join(f"{(key + ':').ljust(width)}{output.printable(str(value))}\n" for key, value in found.items())
    )


def run_reset(args: list[str], nodes: int, yes: bool, images: str, **params: Any) -> None:
    """Start over with an empty embedded cluster."""
    from helmpy.actions.cluster_info import reset

    target = session.target()
    if not target.embedded:
        raise UsageError("cluster reset works on the embedded cluster only; unset --kubeconfig and KUBECONFIG")
    path = session.cluster_file()
    if not yes and os.path.exists(path) and sys.stdin.isatty():
        click.confirm(f"Delete everything in {path}?", abort=True)
    reset(path, nodes, _shape(params), _text_of(images))
    click.echo(f"embedded cluster reset ({nodes} node{'s' * (nodes != 1)})")


def run_start(args: list[str], **params: Any) -> None:
    """Serve the embedded cluster to other tools."""
    from cluster_core.serving import ServingOptions
    from helmpy.actions import cluster_server

    home = settings.current().home
    wanted = ServingOptions(
        path=session.cluster_file(),
        kubeconfig=os.path.join(home, "kubeconfig"),
        address=params["address"],
        port=params["port"],
        kubernetes_version=params["kube_version"].removeprefix("v"),
        nodes=params["nodes"],
        clock=params["clock"],
        audit_log=params["audit_log"],
        controllers=params["controllers"],
        shape=_shape(params),
        static_pods=os.path.abspath(params["static_pods"]) if params["static_pods"] else "",
        images=_text_of(params["images"]),
    )
    if params["detach"]:
        log = os.path.join(home, "server.log")
        _tell_how_to_use(cluster_server.start_detached(wanted, log))
    else:
        cluster_server.start(wanted, _tell_how_to_use)


def _shape(params: dict[str, Any]) -> Any:
    """What the node flags say of machines; None if they say nothing."""
    from cluster_core.machines import Shape, node, taint

    told: dict[str, Any] = {
        "cpu": params.get("node_cpu"),
        "memory": params.get("node_memory"),
        "pods": params.get("node_pods"),
        "region": params.get("region"),
        "zones": tuple(z for z in (params.get("zones") or "").split(",") if z),
        "labels": dict(_pair(text) for text in params.get("node_labels") or ()),
        "resources": dict(_pair(text) for text in params.get("node_resources") or ()),
    }
    try:
        told["taints"] = tuple(taint(text) for text in params.get("node_taints") or ())
        shape = Shape(**{name: value for name, value in told.items() if value})
        node("n", shape)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return shape if any(told.values()) else None


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f'"{text}" is not of the form NAME=VALUE')
    return name, value


def _text_of(path: str) -> str:
    if not path:
        return ""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def _tell_how_to_use(server: Any) -> None:
    click.echo(f"cluster is served at {server.url} (process {server.pid})\n")
    click.echo(f"    export KUBECONFIG={server.kubeconfig}\n    kubectl get nodes\n")
    click.echo("helmpy's own commands go through the server as long as it runs; helmpy cluster stop ends it")


def run_stop(args: list[str]) -> None:
    """End the server of the embedded cluster."""
    from helmpy.actions import cluster_server

    server = cluster_server.stop(session.cluster_file())
    click.echo(f"cluster server stopped (process {server.pid})")


def run_kubeconfig(args: list[str], user: str, groups: tuple[str, ...], service_account: str, duration: float) -> None:
    """Print a kubeconfig of the running server."""
    from helmpy.actions import cluster_server

    path = session.cluster_file()
    if (user and service_account) or (groups and not user):
        raise UsageError("give either --user, with --group as often as needed, or --service-account")
    if service_account:
        with session.opened() as configuration:
            found = cluster_server.account_kubeconfig(configuration.connection, path, service_account, int(duration))
    elif user:
        found = cluster_server.user_kubeconfig(path, user, tuple(groups), settings.current().namespace)
    else:
        found = cluster_server.admin_kubeconfig(path)
    output.write_text(found.decode())


def run_nodes(args: list[str], **params: Any) -> None:
    """List the nodes, or change how many there are."""
    from helmpy.actions import cluster_info

    with session.opened() as configuration:
        connection = configuration.connection
        for name in params["add"]:
            cluster_info.add_node(connection, name, _shape(params))
            click.echo(f"node/{name} added")
        for name in params["remove"]:
            cluster_info.remove_node(connection, name)
            click.echo(f"node/{name} removed")
        if not params["add"] and not params["remove"]:
            _print_objects(connection, ["nodes"], {"output_format": params["output_format"]})


def run_get(args: list[str], **params: Any) -> None:
    """Show objects."""
    with session.opened() as configuration:
        _print_objects(configuration.connection, args, params)


def _print_objects(connection: Any, args: list[str], params: dict[str, Any]) -> None:
    from helmpy.actions import cluster_view as view

    format = params.get("output_format", "")
    if format not in ("", "wide", "yaml", "json", "name"):
        raise UsageError(
            f'unable to match a printer suitable for the output format "{format}", allowed formats are: json,name,wide,yaml'
        )
    wanted = view.parse_arguments(connection, args)
    how = view.GetOptions(
        namespace=settings.current().namespace,
        all_namespaces=params.get("all_namespaces", False),
        selector=params.get("selector", ""),
        field_selector=params.get("field_selector", ""),
        format=format,
        headings=not params.get("no_headers", False),
        show_labels=params.get("show_labels", False),
    )
    if format in ("", "wide"):
        text = view.table(connection, wanted, how)
        if not text:
            print(view.nothing_found(connection, wanted, how), file=sys.stderr)
        output.write_text(output.printable(text))
        return
    found = [obj for item in wanted for obj in view.fetch(connection, item, how)]
    if format == "name":
        titles = [item.kind.title for item in wanted for _ in view.fetch(connection, item, how)]
        output.write_text("".join(f"{t}/{o['metadata']['name']}\n" for t, o in zip(titles, found, strict=True)))
        return
    single = len(found) == 1 and sum(len(item.names) for item in wanted) == 1
    value = (
        found[0]
        if single
        else {"apiVersion": "v1", "kind": "List", "items": found, "metadata": {"resourceVersion": ""}}
    )
    output.write_text(output.pretty(value, format))


def run_describe(args: list[str], **params: Any) -> None:
    """Tell all about objects."""
    from helmpy.actions import cluster_view as view
    from helmpy.actions.describe import describe

    with session.opened() as configuration:
        connection = configuration.connection
        how = view.GetOptions(
            namespace=settings.current().namespace,
            all_namespaces=params["all_namespaces"],
            selector=params["selector"],
        )
        wanted = view.parse_arguments(connection, args)
        found = [(item.kind, obj) for item in wanted for obj in view.fetch(connection, item, how)]
        if not found:
            print(view.nothing_found(connection, wanted, how), file=sys.stderr)
        text = "\n\n".join(describe(connection, kind, obj, len(found) == 1) for kind, obj in found)
    output.write_text(output.printable(text))


def _selection_flags() -> list[click.Option]:
    return [
        options.flag("-A", "--all-namespaces", help="across all namespaces"),
        options.text("-l", "--selector", help="label query to filter on"),
    ]


def _node_flags() -> list[click.Option]:
    return [
        options.text("--node-cpu", help="CPUs of each node of a new cluster (default 16)"),
        options.text("--node-memory", help="memory of each node of a new cluster (default 64Gi)"),
        options.text("--node-pods", help="pods that each node of a new cluster takes (default 110)"),
        options.text("--zones", help="zones that the nodes stand in by turns, separated by commas"),
        options.text("--region", help="region of the nodes"),
        options.many("--node-label", "node_labels", help="label of each node, NAME=VALUE (repeatable)"),
        options.many("--node-taint", "node_taints", help="taint of each node, KEY=VALUE:EFFECT (repeatable)"),
        options.many(
            "--node-resource", "node_resources", help="extended resource of each node, NAME=AMOUNT (repeatable)"
        ),
    ]


command = HelmGroup(
    "cluster",
    help="Look at, reset and grow the embedded cluster; get and describe objects of any cluster.",
    short_help="look at, reset or serve the embedded cluster",
)
command.add_command(
    HelmCommand(
        "info",
        run_info,
        [options.output_flag("output_format")],
        usage="[flags]",
        arguments=(0, 0),
        help="Show where the cluster is, its version, nodes and objects.",
        short_help="show where the cluster is and what is in it",
    )
)
command.add_command(
    HelmCommand(
        "reset",
        run_reset,
        [
            click.Option(
                ["--nodes"], type=INT, default=1, metavar="int", help="how many nodes the new cluster has (default 1)"
            ),
            *_node_flags(),
            options.text("--images", help="file that says in YAML how images behave"),
            options.flag("-y", "--yes", help="do not ask"),
        ],
        usage="[flags]",
        arguments=(0, 0),
        help="Delete everything in the embedded cluster and start over.",
        short_help="start over with an empty embedded cluster",
    )
)
command.add_command(
    HelmCommand(
        "start",
        run_start,
        [
            options.flag("-d", "--detach", help="serve in the background"),
            options.text("--address", default="127.0.0.1", help="address to listen on"),
            click.Option(
                ["--port"], type=INT, default=0, metavar="int", help="port to listen on (default any free one)"
            ),
            options.text("--kube-version", default="1.36", help="Kubernetes minor of a new cluster"),
            click.Option(["--nodes"], type=INT, default=1, metavar="int", help="nodes of a new cluster (default 1)"),
            *_node_flags(),
            options.text("--images", help="file that says in YAML how images behave; the cluster keeps it"),
            options.text("--static-pods", help="folder of pod manifests that every node runs of itself"),
            options.text("--clock", default="real", help="real, virtual (waits are skipped) or a rate such as 10"),
            options.text("--audit-log", help="append a line for each request to this file"),
            click.Option(
                ["--controllers"],
                type=click.BOOL,
                default=True,
                is_flag=True,
                help="run controllers, scheduler and kubelets (default true)",
            ),
        ],
        usage="[flags]",
        arguments=(0, 0),
        help="Serve the embedded cluster over HTTPS, so that kubectl, helm and every other tool can use it. "
        "The administrator's kubeconfig is written to $HELMPY_HOME/kubeconfig.",
        short_help="serve the cluster to kubectl and other tools",
    )
)
command.add_command(
    HelmCommand(
        "stop",
        run_stop,
        [],
        usage="",
        arguments=(0, 0),
        help="End the server of the embedded cluster; what it held is kept.",
        short_help="stop serving the cluster",
    )
)
command.add_command(
    HelmCommand(
        "kubeconfig",
        run_kubeconfig,
        [
            options.text("--user", help="credentials for this user, by a new client certificate"),
            options.many("--group", "groups", help="a group of the user (repeatable)"),
            options.text("--service-account", help="credentials for a service account, NAMESPACE/NAME, by a token"),
            click.Option(
                ["--duration"],
                type=DURATION,
                default="24h",
                metavar="duration",
                help="how long the service account's token is good (default 24h)",
            ),
        ],
        usage="[flags]",
        arguments=(0, 0),
        help="Print a kubeconfig of the running server: the administrator's, a user's or a service account's.",
        short_help="print a kubeconfig of the running server",
    )
)
command.add_command(
    HelmCommand(
        "nodes",
        run_nodes,
        [
            options.many("--add", help="add a node of this name"),
            options.many("--remove", help="remove the node of this name"),
            options.text("--cpu", "node_cpu", default="4", help="CPUs of an added node"),
            options.text("--memory", "node_memory", default="16Gi", help="memory of an added node"),
            options.text("--pods", "node_pods", help="pods that an added node takes (default 110)"),
            options.text("--zone", "zones", help="zone of an added node"),
            options.text("--region", help="region of an added node"),
            options.many("--label", "node_labels", help="label of an added node, NAME=VALUE (repeatable)"),
            options.many("--taint", "node_taints", help="taint of an added node, KEY=VALUE:EFFECT (repeatable)"),
            options.many(
                "--resource", "node_resources", help="extended resource of an added node, NAME=AMOUNT (repeatable)"
            ),
            options.text("-o", "--output", "output_format", help="wide, yaml, json or name"),
        ],
        usage="[flags]",
        arguments=(0, 0),
        help="List the nodes, or add and remove them.",
        short_help="list, add or remove nodes",
    )
)
command.add_command(
    HelmCommand(
        "get",
        run_get,
        [
            *_selection_flags(),
            options.text("--field-selector", help="field query to filter on"),
            options.text("-o", "--output", "output_format", help="wide, yaml, json or name"),
            options.flag("--no-headers", help="don't print headers"),
            options.flag("--show-labels", help="show all labels as the last column"),
        ],
        usage="KIND [NAME ...] | KIND/NAME ... [flags]",
        arguments=(1, None),
        help="Show objects with kubectl's columns.",
        short_help="show objects",
    )
)
command.add_command(
    HelmCommand(
        "describe",
        run_describe,
        _selection_flags(),
        usage="KIND [NAME ...] | KIND/NAME ... [flags]",
        arguments=(1, None),
        help="Show objects in detail, with their events.",
        short_help="show objects in detail",
    )
)
