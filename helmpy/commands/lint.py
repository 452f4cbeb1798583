"""`helmpy lint`."""

from typing import Any

from helmpy.commands import options, output, settings
from helmpy.commands.cli import HelmCommand
from helmpy.errors import ChartError


def run(args: list[str], **params: Any) -> None:
    """Examine charts; exit code 1 when one fails."""
    from helmpy.commands.template_run import check_kube_version
    from helmpy.lint import linter

    check_kube_version(params["kube_version"])
    paths = args + (linter.subcharts(args) if params["with_subcharts"] else [])
    sources = options.value_sources(dict(params))
    values = options.merged_values(params)
    quiet = params["quiet"]
    results = [
        linter.run(
            path,
            values,
            namespace=settings.current().namespace or "default",
            kube_version=params["kube_version"] or None,
            strict=params["strict"],
            skip_schema=params["skip_schema_validation"],
            validate_schema=params["validate_schema"],
            check_values=params["check_values"],
            sources=sources,
            read=options.read_source,
        )
        for path in paths
    ]
    output.write_text(output.printable("".join(result.text(quiet=quiet) for result in results)))
    summary = linter.summary(results)
    if any(result.failed for result in results):
        raise ChartError(summary)
    if not quiet or not all(result.is_clean for result in results):
        output.write_text(summary + "\n")


command = HelmCommand(
    "lint",
    run,
    [
        options.flag("--strict", help="fail on lint warnings"),
        options.flag("--with-subcharts", help="lint dependent charts"),
        options.flag("--quiet", help="print only warnings and errors"),
        options.flag("--skip-schema-validation", help="if set, disables JSON schema validation"),
        options.flag(
            "--validate-schema",
            help="check every object against the schemas of the Kubernetes version, and of the chart's CRDs",
        ),
        options.flag("--check-values", help="report values that no template reads, and values read that nothing sets"),
        options.text("--kube-version", help="Kubernetes version used for capabilities and deprecation checks"),
        *options.value_flags(),
    ],
    usage="PATH [flags]",
    arguments=(1, None),
    help="Examine charts for possible issues: errors make the command fail, warnings do with --strict.",
    short_help="examine a chart for possible issues",
)
