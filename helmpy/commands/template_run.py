"""What `helmpy template` does once its flags are read. Must not import click: this is a hot command."""

import sys

from helmpy import disk_cache, log
from helmpy.annotations import Any
from helmpy.commands import ending, output, parameters, session, settings
from helmpy.commands.explaining import explained


@explained
def run(args: list[str], **params: Any) -> None:
    """Render a chart and print the documents."""
    from helmpy.actions import charts, names, template
    from helmpy.engine import cache

    log.enable_debug(settings.current().debug)
    for name in ("render_subchart_notes", "hide_notes"):
        if params[name]:
            text = "this flag has no effect for 'helm template' and will be removed in Helm 5"
            print(f"Flag --{name.replace('_', '-')} has been deprecated, {text}", file=sys.stderr)
    if params["validate"] is not None:
        print("Flag --validate has been deprecated, use '--dry-run=server' instead", file=sys.stderr)
    check_kube_version(params["kube_version"])
    strategy = parameters.dry_run_strategy(params.pop("dry_run"), template=True)
    if params["validate"]:
        strategy = "server"
    parameters.accept_old_names(params)
    source = session.chart_source(**parameters.take(params, parameters.CHART_SOURCE_NAMES))
    log.debug("Original chart version", version=source.version)
    if source.devel and not source.version:
        log.debug("setting version to >0.0.0-0")
    name, reference = names.name_and_chart(
        args, params["generate_name"] and len(args) > 1, params["name_template"], "release-name"
    )
    path = charts.locate(reference, source)
    log.debug("Chart path", path=path)
    flags = dict(params)
    values = parameters.merged_values(params)
    alone = ending.ends_process and strategy != "server"
    if alone:
        cache.postpone()
    with disk_cache.memo("\n".join((path, *_readers()))):
        chart = charts.load(path, source)
        wanted = template_options(params)
        if strategy == "server":
            done = _with_server(chart, values, name, wanted, params)
        else:
            done = template.template(chart, values, name, wanted)
    if params["validate_schema"]:
        from helmpy.commands import schema_report

        schema_report.run(charts.load(path, source), values, flags, name, wanted)
    output.write_text(done.text)
    if alone:
        cache.finish()
    if done.failure is not None:
        raise done.failure


def _readers() -> list[str]:
    """The state of the code that reads charts and manifests: what it read before holds for this state only."""
    from helmpy import __path__, __version__

    state = [__version__, sys.version]
    for room in ("chart", "golang", "release", "yaml", "yaml/syntax"):
        state += disk_cache.sources_state(f"{__path__[0]}/{room}")
    return state


def check_kube_version(text: str) -> None:
    """Raise UsageError for a --kube-version that is none."""
    if text:
        from helmpy.engine import capabilities

        capabilities.parse_kube_version(text)


def template_options(params: dict[str, Any]) -> Any:
    """TemplateOptions of the flags in `params`."""
    from helmpy.actions.rendering import RenderOptions
    from helmpy.actions.template import TemplateOptions

    return TemplateOptions(
        namespace=settings.current().namespace or "default",
        kube_version=params["kube_version"],
        api_versions=tuple(
            v for entry in params["api_versions"] for v in parameters.split_csv(entry, "-a, --api-versions")
        ),
        is_upgrade=params["is_upgrade"],
        no_hooks=params["no_hooks"],
        skip_tests=params["skip_tests"],
        show_only=tuple(params["show_only"]),
        release_name_in_path=params["release_name"],
        output_dir=params["output_dir"],
        debug=settings.current().debug,
        rendering=RenderOptions(
            enable_dns=params["enable_dns"],
            include_crds=params["include_crds"],
            skip_schema_validation=params["skip_schema_validation"],
            post_renderer=parameters.post_renderer(params),
        ),
    )


def _with_server(chart: Any, values: dict[str, Any], name: str, wanted: Any, params: dict[str, Any]) -> Any:
    """Render with the cluster's capabilities and `lookup`, and let it check every object without storing one."""
    from helmpy.actions import template

    with session.opened() as configuration:
        return template.template_on_server(configuration, chart, values, name, wanted, params["create_namespace"])
