"""`helmpy upgrade`."""

from typing import Any

import click

from helmpy import log
from helmpy.commands import options, release_output, session, settings
from helmpy.commands.cli import HelmCommand
from helmpy.commands.explaining import explained
from helmpy.commands.flag_types import INT
from helmpy.commands.interrupts import announcing
from helmpy.errors import HelmpyError, ReleaseNotFoundError
from helmpy.release import model
from helmpy.release.model import Release


@explained
def run(args: list[str], **params: Any) -> None:
    """Upgrade a release (or install it, with --install) and print it."""
    format, hide_notes = params.pop("output"), params.pop("hide_notes")
    name, debug = args[0], settings.current().debug
    options.accept_old_names(params)
    params["labels"] = options.parse_labels(params["labels"])
    dry_run = options.dry_run_strategy(params.pop("dry_run"))
    source = session.chart_source(**options.take(params, options.CHART_SOURCE_NAMES))
    with session.opened() as configuration, announcing(name):
        if params.pop("install"):
            last = _last(configuration, name)
            if last is None or last.info.status == model.UNINSTALLED:
                if format == "table":
                    click.echo(f'Release "{name}" does not exist. Installing it now.')
                release = _install(configuration, args, source, params, dry_run, replace=last is not None)
                release_output.write(release, format, hide_notes=hide_notes, debug=debug)
                return
        release = _upgrade(configuration, args, source, params, dry_run)
    if format == "table":
        click.echo(f'Release "{name}" has been upgraded. Happy Helming!')
    release_output.write(release, format, hide_notes=hide_notes, debug=debug)


def _last(configuration: Any, name: str) -> Release | None:
    try:
        found: Release = configuration.releases.last(name)
    except ReleaseNotFoundError:
        return None
    return found


def _chart_and_values(
    reference: str, source: Any, params: dict[str, Any], installing: bool = True
) -> tuple[Any, dict[str, Any]]:
    from helmpy.actions import charts

    log.debug("Original chart version", version=source.version)
    path = charts.locate(reference, source)
    values = options.merged_values(params)
    return charts.load(path, source, installing), values


def _install(
    configuration: Any, args: list[str], source: Any, params: dict[str, Any], dry_run: str, replace: bool
) -> Release:
    from helmpy.actions import install
    from helmpy.actions.template import dry_install
    from helmpy.commands.install import install_options

    chart, values = _chart_and_values(args[1], source, params)
    params = {**params, "replace": replace, "server_side": params["server_side"] != "false"}
    wanted = install_options(params, dry_run)
    if dry_run == install.CLIENT:
        return dry_install(chart, values, args[0], configuration.namespace, wanted)
    return install.install(configuration, chart, values, args[0], wanted)


def _upgrade(configuration: Any, args: list[str], source: Any, params: dict[str, Any], dry_run: str) -> Release:
    from helmpy.actions import upgrade

    chart, values = _chart_and_values(args[1], source, params, installing=False)
    try:
        return upgrade.upgrade(configuration, chart, values, args[0], _options(params, dry_run))
    except HelmpyError as error:
        raise type(error)(f"UPGRADE FAILED: {error}") from error


def _options(params: dict[str, Any], dry_run: str) -> Any:
    from helmpy.actions.rendering import RenderOptions
    from helmpy.actions.upgrade import UpgradeOptions

    rendering = RenderOptions(
        subchart_notes=params["render_subchart_notes"],
        enable_dns=params["enable_dns"],
        hide_secrets=params["hide_secret"],
        skip_schema_validation=params["skip_schema_validation"],
        post_renderer=options.post_renderer(params),
    )
    return UpgradeOptions(
        dry_run=dry_run,
        description=params["description"],
        labels=params["labels"],
        no_hooks=params["no_hooks"],
        reset_values=params["reset_values"],
        reuse_values=params["reuse_values"],
        reset_then_reuse_values=params["reset_then_reuse_values"],
        wait=params["wait"],
        wait_for_jobs=params["wait_for_jobs"],
        timeout=params["timeout"],
        rollback_on_failure=params["rollback_on_failure"],
        cleanup_on_fail=params["cleanup_on_fail"],
        max_history=settings.current().max_history if params["history_max"] is None else params["history_max"],
        take_ownership=params["take_ownership"],
        server_side=params["server_side"],
        force_conflicts=params["force_conflicts"],
        force_replace=params["force_replace"],
        rendering=rendering,
    )


command = HelmCommand(
    "upgrade",
    run,
    [
        options.flag("-i", "--install", help="if a release by this name doesn't already exist, run an install"),
        options.flag("--create-namespace", help="if --install is set, create the release namespace if not present"),
        options.flag("--hide-secret", help="hide Kubernetes Secrets when also using the --dry-run flag"),
        *options.write_flags(),
        options.text("--server-side", default="auto", help='must be "true", "false" or "auto"'),
        options.flag(
            "--disable-openapi-validation", help="do not validate rendered templates against the OpenAPI Schema"
        ),
        options.flag("--skip-crds", help="if set, no CRDs will be installed when an install runs"),
        options.flag("--reset-values", help="reset the values to the ones built into the chart"),
        options.flag("--reuse-values", help="reuse the last release's values and merge in any overrides"),
        options.flag(
            "--reset-then-reuse-values", help="start from the chart's values, apply the last release's, then overrides"
        ),
        *options.rollback_on_failure_flags(),
        click.Option(
            ["--history-max"],
            type=INT,
            default=None,
            metavar="int",
            help="limit the revisions saved per release; 0 for no limit (default 10)",
        ),
        options.flag(
            "--cleanup-on-fail", help="allow deletion of new resources created in this upgrade when upgrade fails"
        ),
        options.flag("--render-subchart-notes", help="if set, render subchart notes along with the parent"),
        options.flag("--hide-notes", help="if set, do not show notes in upgrade output"),
        options.flag("--skip-schema-validation", help="if set, disables JSON schema validation"),
        options.label_flag(),
        options.text("--description", help="add a custom description"),
        options.flag("--enable-dns", help="enable DNS lookups when rendering templates"),
        options.flag(
            "--take-ownership", help="ignore the check for helm annotations and take ownership of existing resources"
        ),
        options.dry_run_flag(),
        *options.chart_path_flags(),
        *options.value_flags(),
        options.output_flag(),
        options.text(
            "--post-renderer", help="the path of an executable, or name of a plugin, to be used for post rendering"
        ),
        options.many("--post-renderer-args", help="an argument to the post-renderer (can specify multiple)"),
    ],
    usage="[RELEASE] [CHART] [flags]",
    arguments=(2, 2),
    help="Upgrade a release to a new version of a chart, or to other values.",
    short_help="upgrade a release",
)
