"""Opening the cluster that the global flags name, for the time of one command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from helmpy.commands import settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from helmpy.actions.chart_source import ChartSource
    from helmpy.actions.configuration import Configuration
    from helmpy.kube.target import Target


def cluster_file() -> str:
    """The file of the embedded cluster."""
    return os.path.join(settings.current().home, "cluster.db")


def target() -> "Target":
    """Which cluster, namespace and user the command line and environment name."""
    from helmpy.kube.target import Target

    now = settings.current()
    return Target(
        namespace=now.namespace,
        as_user=now.as_user,
        as_groups=tuple(now.as_groups),
        path=None if now.ephemeral else cluster_file(),
        kubeconfig=now.kubeconfig,
        context=now.kube_context,
        server=now.kube_apiserver,
        token=now.kube_token,
        ca_file=now.kube_ca_file,
        tls_server_name=now.kube_tls_server_name,
        insecure=now.kube_insecure_skip_tls_verify,
    )


@contextmanager
def opened(all_namespaces: bool = False) -> Iterator["Configuration"]:
    """The configuration of a command that talks to a cluster; closed afterwards, also after an error."""
    from helmpy.actions.configuration import configure
    from helmpy.kube.connection import open_connection

    connection = open_connection(target())
    try:
        configuration = configure(connection, settings.current().driver, "" if all_namespaces else None)
        configuration.hook_output = _print_hook_output
        yield configuration
    finally:
        connection.close()


def _print_hook_output(text: str) -> None:
    import sys

    sys.stderr.write(text)


def chart_source(**flags: object) -> "ChartSource":
    """The fetching flags of a command with the user's repository settings."""
    from helmpy.actions.chart_source import ChartSource
    from helmpy.records import fields

    now = settings.current()
    known = {name: value for name, value in flags.items() if name in fields(ChartSource) and value is not None}
    return ChartSource(
        repository_config=now.repository_config,
        repository_cache=now.repository_cache,
        content_cache=now.content_cache,
        registry_config=now.registry_config,
        **known,  # type: ignore[arg-type]
    )
