"""From a chart and values to hooks, a manifest and notes: what install, upgrade and template share."""

import os
from collections.abc import Callable, Mapping

from helmpy import log
from helmpy.annotations import TYPE_CHECKING, Any
from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError
from helmpy.records import FrozenRecord, replace
from helmpy.release import manifest

if TYPE_CHECKING:
    from helmpy.actions.post_rendering import PostRenderer
    from helmpy.engine.capabilities import Capabilities
    from helmpy.engine.render import EngineOptions, ReleaseOptions
    from helmpy.release.model import Hook

NOTES = "NOTES.txt"


class RenderOptions(FrozenRecord):
    """How to render: notes of subcharts, DNS, Secrets hidden, CRDs printed, a post-renderer, files instead of text."""

    subchart_notes: bool = False
    enable_dns: bool = False
    hide_secrets: bool = False
    include_crds: bool = False
    skip_schema_validation: bool = False
    post_renderer: "PostRenderer | None" = None
    output_dir: str = ""
    release_folder: str = ""
    lookup: Callable[[str, str, str, str], dict[str, Any]] | None = None


class Rendered(FrozenRecord):
    """What a chart becomes. `manifest` holds every document that is no hook, in install order."""

    hooks: "list[Hook]"
    manifest: str
    notes: str


class RenderError(HelmpyError):
    """Rendering failed after the values were accepted. `unsorted` is the text rendered so far, for `--debug`."""

    def __init__(self, message: str, unsorted: str = "") -> None:
        super().__init__(message)
        self.unsorted = unsorted


class Scene(FrozenRecord):
    """What was being rendered when something failed; `files` are the texts so far."""

    chart: Chart
    context: dict[str, Any]
    engine: "EngineOptions"
    files: dict[str, str]


def context_of(
    chart: Chart,
    values: dict[str, Any],
    release: "ReleaseOptions",
    capabilities: "Capabilities",
    options: RenderOptions,
) -> dict[str, Any]:
    """The top-level template context; values are coalesced and checked against the schemas."""
    from helmpy.engine import render

    try:
        return render.render_values(chart, values, release, capabilities, skip_schema=options.skip_schema_validation)
    except HelmpyError as error:
        error.scene = Scene(chart, {"Values": values}, engine_options(options), {})
        raise


def render_resources(
    chart: Chart, context: dict[str, Any], capabilities: "Capabilities", options: RenderOptions
) -> Rendered:
    """Render every template, sort the documents. Raises RenderError."""
    files, notes = render_files(chart, context, capabilities, options)
    try:
        hooks, manifests = manifest.sort(files)
    except HelmpyError as error:
        error.scene = Scene(chart, context, engine_options(options), files)
        raise RenderError(str(error), _unsorted(files)) from error
    if options.output_dir:
        _write_files(chart, manifests, options)
        return Rendered(hooks, "", notes)
    crds = (
        "".join(f"---\n# Source: {crd.name}\n{_text(crd.data)}\n" for crd in chart.crds) if options.include_crds else ""
    )
    return Rendered(hooks, crds + manifest.text_of(manifests, options.hide_secrets), notes)


def render_files(
    chart: Chart, context: dict[str, Any], capabilities: "Capabilities", options: RenderOptions
) -> tuple[dict[str, str], str]:
    """{template path: text} of every template, post-rendered, and the notes, which are not among them. Raises RenderError."""
    try:
        _check_kube_version(chart, capabilities)
        files = _execute(chart, context, options)
    except RenderError:
        raise
    except HelmpyError as error:
        error.scene = Scene(chart, context, engine_options(options), {})
        raise RenderError(str(error)) from error
    notes = _take_notes(chart, files, options.subchart_notes)
    if options.post_renderer is not None:
        from helmpy.actions.post_rendering import post_render

        try:
            files = post_render(files, options.post_renderer)
        except HelmpyError as error:
            raise RenderError(str(error)) from error
    return files, notes


def engine_options(options: RenderOptions) -> "EngineOptions":
    """What the engine needs to know of the options."""
    from helmpy.engine import render

    return render.EngineOptions(enable_dns=options.enable_dns, lookup=options.lookup)


def _check_kube_version(chart: Chart, capabilities: "Capabilities") -> None:
    wanted = chart.metadata.kube_version
    if not wanted:
        return
    from helmpy.values.dependencies import is_compatible

    version = capabilities.kube_version
    if not is_compatible(wanted, str(version)):
        raise RenderError(
            f"chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {version.version}"
        )


def _execute(chart: Chart, context: dict[str, Any], options: RenderOptions) -> dict[str, str]:
    from helmpy.engine import render

    return render.render(chart, context, engine_options(options))


def _take_notes(chart: Chart, files: dict[str, str], with_subcharts: bool) -> str:
    """Remove every NOTES.txt from `files`; the root's text (or all of them, joined by a line)."""
    own = f"{chart.name}/templates/{NOTES}"
    paths = [path for path in files if path.endswith(NOTES)]
    texts = {path: files.pop(path) for path in paths}
    return "\n".join(texts[path] for path in sorted(texts) if with_subcharts or path == own)


def _unsorted(files: Mapping[str, str]) -> str:
    return "".join(f"---\n# Source: {path}\n{text}\n" for path, text in sorted(files.items()) if text.strip())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _write_files(chart: Chart, manifests: list[manifest.Manifest], options: RenderOptions) -> None:
    """CRDs below the folder itself, documents below the release's folder in it, if there is to be one."""
    if options.include_crds:
        writer = FileWriter(options.output_dir)
        for crd in chart.crds:
            writer.write(crd.name, _text(crd.data))
    writer = FileWriter(options.release_folder or options.output_dir)
    for item in manifests:
        writer.write(item.path, item.content)


class FileWriter:
    """Writes documents to files below a folder, several of one template into one file; says so on stdout, as Helm does."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._written: set[str] = set()

    def write(self, name: str, text: str) -> None:
        """Append a document to the file of its template (the first one replaces an older file). Raises HelmpyError."""
        self._put(name, text, name in self._written)

    def append(self, name: str, text: str) -> None:
        """Add a document to the file of its template, whether this writer has begun it or not. Raises HelmpyError."""
        self._put(name, text, True)

    def _put(self, name: str, text: str, append: bool) -> None:
        path = f"{self._folder}/{name}"
        try:
            os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
            with open(path, "ab" if append else "wb") as file:
                file.write(f"---\n# Source: {name}\n{text}\n".encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise HelmpyError(f"open {path}: {(error.strerror or '').lower()}") from error
        self._written.add(name)
        print(f"wrote {path}")


def process_dependencies(chart: Chart, values: dict[str, Any]) -> None:
    """Prune, alias and import: what a chart's dependencies ask for. Raises HelmpyError."""
    from helmpy.values import dependencies

    dependencies.process(chart, values, log=log.line)


def process_dependencies_anew(chart: Chart, values: dict[str, Any]) -> None:
    """The same for a new release, where Helm says what it was about. Raises HelmpyError."""
    try:
        process_dependencies(chart, values)
    except HelmpyError as error:
        log.error("chart dependencies processing failed", error=error)
        raise type(error)(f"chart dependencies processing failed: {error}") from error


def with_lookup(options: RenderOptions, lookup: Callable[[str, str, str, str], dict[str, Any]]) -> RenderOptions:
    """The options for rendering with a cluster at hand."""
    return replace(options, lookup=lookup)


def log_name_check(problem: str) -> None:
    """The line that Helm logs before it refuses a name."""
    log.error("release name check failed", error=problem)
