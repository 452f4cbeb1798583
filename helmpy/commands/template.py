"""`helmpy template`: its flags. `template_run` is what it does."""

import click

from helmpy.commands import options
from helmpy.commands.cli import HelmCommand
from helmpy.commands.install import install_flags
from helmpy.commands.template_run import run

command = HelmCommand(
    "template",
    run,
    [
        *install_flags(),
        click.Option(
            ["-s", "--show-only"],
            multiple=True,
            help="only show manifests rendered from the given templates",
            metavar="stringArray",
        ),
        options.text("--output-dir", help="writes the executed templates to files in output-dir instead of stdout"),
        click.Option(["--validate"], is_flag=True, default=None, hidden=True),
        options.flag("--include-crds", help="include CRDs in the templated output"),
        options.flag("--skip-tests", help="skip tests from templated output"),
        options.flag("--is-upgrade", help="set .Release.IsUpgrade instead of .Release.IsInstall"),
        options.text("--kube-version", help="Kubernetes version used for Capabilities.KubeVersion"),
        options.many(
            "-a", "--api-versions", help="Kubernetes api versions used for Capabilities.APIVersions", metavar="strings"
        ),
        options.flag(
            "--validate-schema",
            help="check every object against the schemas of the Kubernetes version, and of the chart's CRDs, offline",
        ),
        options.flag("--strict", help="with --validate-schema, fail on warnings"),
        options.flag("--release-name", help="use release name in the output-dir path."),
        options.dry_run_flag("client"),
    ],
    usage="[NAME] [CHART] [flags]",
    arguments=(1, None),
    help="Render a chart's templates and print the documents, without a cluster.",
    short_help="locally render templates",
)
