"""`helmpy env`."""

import sys

import click

from helmpy.commands import settings
from helmpy.commands.cli import HelmCommand


def variables() -> dict[str, str]:
    """Helm's environment as it is in force, and helmpy's own."""
    now = settings.current()
    found = {
        "HELM_BIN": sys.argv[0],
        "HELM_BURST_LIMIT": str(now.burst_limit),
        "HELM_CACHE_HOME": now.cache_home,
        "HELM_CONFIG_HOME": now.config_home,
        "HELM_CONTENT_CACHE": now.content_cache,
        "HELM_DATA_HOME": now.data_home,
        "HELM_DEBUG": "true" if now.debug else "false",
        "HELM_KUBEAPISERVER": now.kube_apiserver,
        "HELM_KUBEASGROUPS": ",".join(now.as_groups),
        "HELM_KUBEASUSER": now.as_user,
        "HELM_KUBECAFILE": now.kube_ca_file,
        "HELM_KUBECONTEXT": now.kube_context,
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": "true" if now.kube_insecure_skip_tls_verify else "false",
        "HELM_KUBETLS_SERVER_NAME": now.kube_tls_server_name,
        "HELM_KUBETOKEN": "REDACTED" if now.kube_token else "",
        "HELM_MAX_HISTORY": str(now.max_history),
        "HELM_NAMESPACE": now.namespace or "default",
        "HELM_PLUGINS": now.plugins,
        "HELM_QPS": f"{now.qps:.2f}",
        "HELM_REGISTRY_CONFIG": now.registry_config,
        "HELM_REPOSITORY_CACHE": now.repository_cache,
        "HELM_REPOSITORY_CONFIG": now.repository_config,
        "HELMPY_HOME": now.home,
    }
    if now.kubeconfig:
        found["KUBECONFIG"] = now.kubeconfig
    return found


def run(args: list[str]) -> None:
    """Print all variables, or the value of one."""
    found = variables()
    if args:
        click.echo(found.get(args[0], ""))
        return
    for name in sorted(found):
        click.echo(f'{name}="{found[name]}"')


command = HelmCommand(
    "env",
    run,
    usage="[flags]",
    arguments=(0, 1),
    help="Print the environment that helmpy uses, all of it or one variable.",
    short_help="helmpy client environment information",
)
