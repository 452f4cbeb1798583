"""Rendering a chart without a cluster: `template`, and `install --dry-run=client`."""

from functools import cache

from helmpy.actions import names, rendering
from helmpy.actions.rendering import FileWriter, RenderError, RenderOptions
from helmpy.annotations import TYPE_CHECKING, Any
from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError, ReleaseError, UsageError
from helmpy.golang.types import SPACES
from helmpy.records import FrozenRecord, made, replace
from helmpy.release import manifest

if TYPE_CHECKING:
    import re

    from helmpy.actions.configuration import Configuration
    from helmpy.actions.install import InstallOptions
    from helmpy.engine.capabilities import Capabilities
    from helmpy.release.model import Hook, Release


class TemplateOptions(FrozenRecord):
    """Helm's flags of `template`."""

    namespace: str = "default"
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    is_upgrade: bool = False
    no_hooks: bool = False
    skip_tests: bool = False
    show_only: tuple[str, ...] = ()
    release_name_in_path: bool = False
    output_dir: str = ""
    debug: bool = False
    rendering: RenderOptions = made(default_factory=RenderOptions)


class Templated(FrozenRecord):
    """The text to print, and the error to end with, if rendering failed and `--debug` shows what there is."""

    text: str
    failure: HelmpyError | None = None


def check_name(name: str) -> None:
    """Raise ReleaseError (and log, as Helm does) for an invalid release name."""
    problem = names.problem_of(name)
    if problem:
        rendering.log_name_check(f'release name "{name}": {problem}')
        raise ReleaseError(f'release name check failed: release name "{name}": {problem}')


def capabilities_of(kube_version: str, api_versions: tuple[str, ...]) -> "Capabilities":
    """The capabilities without a cluster: Helm's defaults, another Kubernetes version, more API versions."""
    from helmpy.engine import capabilities

    return capabilities.default(kube_version or None, api_versions)


def template(chart: Chart, values: dict[str, Any], name: str, options: TemplateOptions) -> Templated:
    """Render every template. Raises HelmpyError with Helm's texts."""
    check_name(name)
    rendering.process_dependencies_anew(chart, values)
    capabilities = capabilities_of(options.kube_version, options.api_versions)
    in_own = options.output_dir and options.release_name_in_path
    folder = f"{options.output_dir}/{name}" if in_own else options.output_dir
    render = replace(options.rendering, output_dir=options.output_dir, release_folder=folder)
    described = _described(name, options.namespace, options.is_upgrade)
    context = rendering.context_of(chart, values, described, capabilities, render)
    try:
        rendered = rendering.render_resources(chart, context, capabilities, render)
    except RenderError as error:
        return _failed(error, options)
    return Templated(_printed(rendered.hooks, rendered.manifest, folder, options))


def template_on_server(
    configuration: "Configuration",
    chart: Chart,
    values: dict[str, Any],
    name: str,
    options: TemplateOptions,
    create_namespace: bool = False,
) -> Templated:
    """Render as `install --dry-run=server` does: the cluster's capabilities and `lookup`, kinds and owners checked.

    Raises HelmpyError.
    """
    from helmpy.actions import install

    try:
        release = install.install(
            configuration,
            chart,
            values,
            name,
            install.InstallOptions(
                dry_run=install.SERVER,
                is_upgrade=options.is_upgrade,
                create_namespace=create_namespace,
                rendering=options.rendering,
            ),
        )
    except RenderError as error:
        return _failed(error, options)
    return Templated(_printed(release.hooks, release.manifest, "", options))


def _failed(error: RenderError, options: TemplateOptions) -> Templated:
    """What there is to show of a chart that does not render. Raises RenderError unless `--debug` asks for it."""
    if not options.debug:
        raise RenderError(f"{error}\n\nUse --debug flag to render out invalid YAML") from error
    text = error.unsorted.strip(SPACES) + "\n"
    try:
        return Templated(_only(text, options.show_only) if options.show_only else text, error)
    except UsageError:
        return Templated("", error)


def _described(name: str, namespace: str, is_upgrade: bool) -> Any:
    from helmpy.engine.render import ReleaseOptions

    return ReleaseOptions(name=name, namespace=namespace, revision=1, is_install=not is_upgrade, is_upgrade=is_upgrade)


def _printed(hooks: "list[Hook]", text: str, folder: str, options: TemplateOptions) -> str:
    text = text.strip(SPACES) + "\n"
    if not options.no_hooks:
        shown = [hook for hook in hooks if not (options.skip_tests and "test" in hook.events)]
        if folder:
            writer = FileWriter(folder)
            for hook in shown:
                writer.append(hook.path, hook.manifest)
        else:
            text += "".join(f"---\n# Source: {hook.path}\n{hook.manifest}\n" for hook in shown)
    return _only(text, options.show_only) if options.show_only else text


@cache
def _source_line() -> "re.Pattern[str]":
    import re

    return re.compile(r"# Source: [^/]+/(.+)")


def _only(text: str, wanted: tuple[str, ...]) -> str:
    """The documents of the templates that match, in the order of the patterns. Raises UsageError for one that fits none."""
    documents = []
    for document in manifest.split(text):
        source = _source_line().search(document)
        if source:
            documents.append((source[1], document))
    chosen = []
    for pattern in wanted:
        matching = [document for name, document in documents if _matches(pattern, name)]
        if not matching:
            raise UsageError(f"could not find template {pattern} in chart")
        chosen += matching
    return "".join(f"---\n{document}\n" for document in chosen)


def _matches(pattern: str, name: str) -> bool:
    """Go's filepath.Match; a malformed pattern matches nothing."""
    from helmpy.chart import ignore

    try:
        return ignore.match(pattern, name)
    except HelmpyError:
        return False


def dry_install(
    chart: Chart, values: dict[str, Any], name: str, namespace: str, options: "InstallOptions"
) -> "Release":
    """`install --dry-run=client`: the release as it would be, no cluster asked. Raises HelmpyError."""
    import time

    from helmpy.actions.install import CLIENT, check_labels
    from helmpy.actions.stored_chart import stored
    from helmpy.release import model, times

    assert options.dry_run == CLIENT
    check_name(name)
    rendering.process_dependencies_anew(chart, values)
    capabilities = capabilities_of("", ())
    described = _described(name, namespace, False)
    context = rendering.context_of(chart, values, described, capabilities, options.rendering)
    check_labels(options.labels)
    rendered = rendering.render_resources(chart, context, capabilities, options.rendering)
    now = times.stamp(time.time())
    return model.Release(
        name=name,
        namespace=namespace,
        version=1,
        info=model.Info(
            first_deployed=now,
            last_deployed=now,
            status=model.PENDING_INSTALL,
            description="Dry run complete",
            notes=rendered.notes,
        ),
        chart=stored(chart),
        config=values,
        manifest=rendered.manifest,
        hooks=rendered.hooks,
        labels=dict(options.labels),
        apply_method="ssa" if options.server_side else "csa",
    )
