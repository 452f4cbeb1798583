"""`helmpy install`."""

from typing import Any

import click

from helmpy import log
from helmpy.commands import options, release_output, session, settings
from helmpy.commands.cli import HelmCommand
from helmpy.commands.explaining import explained
from helmpy.commands.interrupts import announcing
from helmpy.errors import HelmpyError
from helmpy.release.model import Release


def install_flags() -> list[click.Option]:
    """The flags that `install` and `template` share."""
    flag, text = options.flag, options.text
    return [
        flag("--create-namespace", help="create the release namespace if not present"),
        *options.write_flags(),
        click.Option(
            ["--server-side"], is_flag=True, default=True, help="object updates run in the server instead of the client"
        ),
        flag(
            "--replace",
            help="reuse the given name, only if that name is a deleted release which remains in the history",
        ),
        flag("-g", "--generate-name", help="generate the name (and omit the NAME parameter)"),
        text("--name-template", help="specify template used to name the release"),
        text("--description", help="add a custom description"),
        flag(
            "--disable-openapi-validation",
            help="do not validate rendered templates against the Kubernetes OpenAPI Schema",
        ),
        *options.rollback_on_failure_flags(),
        flag("--skip-crds", help="if set, no CRDs will be installed"),
        flag("--render-subchart-notes", help="if set, render subchart notes along with the parent"),
        flag("--skip-schema-validation", help="if set, disables JSON schema validation"),
        options.label_flag(),
        flag("--enable-dns", help="enable DNS lookups when rendering templates"),
        flag("--hide-notes", help="if set, do not show notes in install output"),
        flag("--take-ownership", help="ignore the check for helm annotations and take ownership of existing resources"),
        *options.value_flags(),
        *options.chart_path_flags(),
        text("--post-renderer", help="the path of an executable, or name of a plugin, to be used for post rendering"),
        options.many("--post-renderer-args", help="an argument to the post-renderer (can specify multiple)"),
    ]


@explained
def run(args: list[str], **params: Any) -> None:
    """Install a chart and print the release."""
    format, hide_notes = params.pop("output"), params.pop("hide_notes")
    options.accept_old_names(params)
    params["labels"] = options.parse_labels(params["labels"])
    dry_run = options.dry_run_strategy(params.pop("dry_run"))
    try:
        release = install_release(args, params, dry_run)
    except HelmpyError as error:
        raise type(error)(f"INSTALLATION FAILED: {error}") from error
    release_output.write(release, format, hide_notes=hide_notes, debug=settings.current().debug)


def install_release(args: list[str], params: dict[str, Any], dry_run: str) -> Release:
    """Install by the flags in `params`; the release."""
    from helmpy.actions import charts, install, names

    source = session.chart_source(**options.take(params, options.CHART_SOURCE_NAMES))
    log.debug("Original chart version", version=source.version)
    if source.devel and not source.version:
        log.debug("setting version to >0.0.0-0")
    name, reference = names.name_and_chart(args, params.pop("generate_name"), params.pop("name_template"))
    path = charts.locate(reference, source)
    log.debug("Chart path", path=path)
    values = options.merged_values(params)
    chart = charts.load(path, source)
    wanted = install_options(params, dry_run)
    if dry_run == install.CLIENT:
        from helmpy.actions.template import dry_install

        return dry_install(chart, values, name, settings.current().namespace or "default", wanted)
    with session.opened() as configuration, announcing(name):
        return install.install(configuration, chart, values, name, wanted)


def install_options(params: dict[str, Any], dry_run: str) -> Any:
    """InstallOptions of the flags in `params`."""
    from helmpy.actions.install import InstallOptions
    from helmpy.actions.rendering import RenderOptions

    rendering = RenderOptions(
        subchart_notes=params["render_subchart_notes"],
        enable_dns=params["enable_dns"],
        hide_secrets=params.get("hide_secret", False),
        skip_schema_validation=params["skip_schema_validation"],
        post_renderer=options.post_renderer(params),
    )
    return InstallOptions(
        dry_run=dry_run,
        create_namespace=params["create_namespace"],
        replace=params["replace"],
        description=params["description"],
        labels=params["labels"],
        no_hooks=params["no_hooks"],
        skip_crds=params["skip_crds"],
        wait=params["wait"],
        wait_for_jobs=params["wait_for_jobs"],
        timeout=params["timeout"],
        rollback_on_failure=params["rollback_on_failure"],
        take_ownership=params["take_ownership"],
        server_side=params["server_side"],
        force_conflicts=params["force_conflicts"],
        force_replace=params["force_replace"],
        validate=not params["disable_openapi_validation"],
        rendering=rendering,
    )


command = HelmCommand(
    "install",
    run,
    [
        *install_flags(),
        options.flag("--hide-secret", help="hide Kubernetes Secrets when also using the --dry-run flag"),
        options.dry_run_flag(),
        options.output_flag(),
    ],
    usage="[NAME] [CHART] [flags]",
    arguments=(1, None),
    help="Install a chart archive, a chart directory, REPO/CHART, a URL or an OCI reference under a name.\n\n"
    "Values come from the chart's values.yaml, then -f files from left to right, then the --set flags.",
    short_help="install a chart",
)
