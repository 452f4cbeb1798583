"""Install a chart under a name: the first revision of a release."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from helmpy import log
from helmpy.actions import names, rendering
from helmpy.actions.configuration import Configuration
from helmpy.actions.hooks import HookRunner
from helmpy.actions.rendering import RenderOptions
from helmpy.actions.stored_chart import stored
from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError, KubeError, ReleaseError, ReleaseNotFoundError
from helmpy.kube import apply, ownership, resources
from helmpy.kube.apply import ApplyOptions, UpdateResult
from helmpy.kube.resources import Resource
from helmpy.kube.wait import Waiter
from helmpy.release import model
from helmpy.release.model import Info, Release

NAMESPACES = GVR("", "v1", "namespaces")
CRD_TIMEOUT = 60.0
"""Seconds that new CRDs may take to be served."""

NONE, CLIENT, SERVER = "none", "client", "server"
"""Dry-run strategies: not a dry run; without a cluster; with the cluster asked but not changed."""


@dataclass(frozen=True, slots=True)
class InstallOptions:
    """Helm's flags of `install`. `timeout` in seconds; `dry_run` none, client or server."""

    dry_run: str = NONE
    create_namespace: bool = False
    replace: bool = False
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    no_hooks: bool = False
    skip_crds: bool = False
    wait: str = "hookOnly"
    wait_for_jobs: bool = False
    timeout: float = 300.0
    rollback_on_failure: bool = False
    take_ownership: bool = False
    server_side: bool = True
    force_conflicts: bool = False
    force_replace: bool = False
    validate: bool = True
    is_upgrade: bool = False
    rendering: RenderOptions = field(default_factory=RenderOptions)

    @property
    def strategy(self) -> str:
        """The wait strategy: rolling back on failure needs waiting."""
        return "watcher" if self.rollback_on_failure and self.wait == "hookOnly" else self.wait


def install(
    configuration: Configuration, chart: Chart, values: dict[str, Any], name: str, options: InstallOptions
) -> Release:
    """Install and return the release as stored (or, in a dry run, as it would be).

    Raises HelmpyError; a release that failed half-way stays in the history as failed, unless it was to be rolled back.
    """
    if options.dry_run == NONE and options.rendering.hide_secrets:
        log.error("hiding Kubernetes secrets requires a dry-run mode")
        raise HelmpyError("hiding Kubernetes secrets requires a dry-run mode")
    _check_name(configuration, name, options)
    rendering.process_dependencies_anew(chart, values)
    if not options.skip_crds and chart.crds:
        _install_crds(configuration, chart, options)
    release = _render(configuration, chart, values, name, options)
    release.set_status(model.PENDING_INSTALL, "Initial install underway")
    objects = _build(configuration, release, options)
    adopted = _adopted(configuration, release, objects, options)
    if options.dry_run == SERVER:
        release.info.description = "Dry run complete"
        return release
    if options.create_namespace:
        _create_namespace(configuration, release.namespace)
    if options.replace:
        _supersede_last(configuration, release)
    configuration.releases.create(release)
    return _perform(configuration, release, objects, adopted, options)


def _check_name(configuration: Configuration, name: str, options: InstallOptions) -> None:
    problem = names.problem_of(name)
    if problem:
        rendering.log_name_check(f'release name "{name}": {problem}')
        raise ReleaseError(f'release name check failed: release name "{name}": {problem}')
    if options.dry_run != NONE:
        return
    try:
        last = configuration.releases.last(name)
    except HelmpyError:
        return
    if options.replace and last.info.status in (model.UNINSTALLED, model.FAILED):
        return
    rendering.log_name_check("cannot reuse a name that is still in use")
    raise ReleaseError("release name check failed: cannot reuse a name that is still in use")


def _install_crds(configuration: Configuration, chart: Chart, options: InstallOptions) -> None:
    """Create the CRDs of the chart and its subcharts that the cluster lacks, and wait until they are served."""
    if options.dry_run == SERVER:
        log.warn("This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.")
        return
    client, created = configuration.connection.client, []
    for crd in chart.crds:
        try:
            objects = resources.build(client, crd.data.decode("utf-8", "surrogateescape"), configuration.namespace)
            fresh = [item for item in objects if ownership.live(client, item) is None]
            apply.create(client, fresh, ApplyOptions(server_side=options.server_side))
        except HelmpyError as error:
            raise KubeError(f"failed to install CRD {crd.name}: {error}") from error
        created += fresh
    if created:
        Waiter(configuration.connection, "watcher").until_ready(created, CRD_TIMEOUT)
        configuration.forget_capabilities()


def _render(
    configuration: Configuration, chart: Chart, values: dict[str, Any], name: str, options: InstallOptions
) -> Release:
    from helmpy.engine.render import ReleaseOptions

    pretended = options.is_upgrade and options.dry_run != NONE
    described = ReleaseOptions(
        name=name, namespace=configuration.namespace, revision=1, is_install=not pretended, is_upgrade=pretended
    )
    capabilities = configuration.capabilities()
    render = rendering.with_lookup(options.rendering, configuration.lookup)
    context = rendering.context_of(chart, values, described, capabilities, render)
    check_labels(options.labels)
    now = configuration.stamp()
    rendered = rendering.render_resources(chart, context, capabilities, render)
    return Release(
        name=name,
        namespace=configuration.namespace,
        version=1,
        info=Info(first_deployed=now, last_deployed=now, notes=rendered.notes),
        chart=stored(chart),
        config=values,
        manifest=rendered.manifest,
        hooks=rendered.hooks,
        labels=dict(options.labels),
        apply_method="ssa" if options.server_side else "csa",
    )


def check_labels(labels: Mapping[str, str]) -> None:
    """Raise ReleaseError for labels that only helm may set."""
    if any(name in model.SYSTEM_LABELS for name in labels):
        listed = " ".join(model.SYSTEM_LABELS)
        raise ReleaseError(f"user supplied labels contains system reserved label name. System labels: [{listed}]")


def _build(configuration: Configuration, release: Release, options: InstallOptions) -> list[Resource]:
    try:
        built = resources.build(configuration.connection.client, release.manifest, release.namespace)
    except HelmpyError as error:
        raise KubeError(f"unable to build kubernetes objects from release manifest: {error}") from error
    return ownership.mark(built, release.name, release.namespace)


def _adopted(
    configuration: Configuration, release: Release, objects: list[Resource], options: InstallOptions
) -> list[Resource]:
    """Objects that exist already and are the release's to take over."""
    client = configuration.connection.client
    try:
        return ownership.adoptable(client, objects, release.name, release.namespace, options.take_ownership)
    except KubeError as error:
        raise KubeError(f"unable to continue with install: {error}") from error


def _create_namespace(configuration: Configuration, namespace: str) -> None:
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": {"name": namespace}}}
    try:
        configuration.connection.client.create(NAMESPACES, body)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise KubeError(str(error)) from error


def _supersede_last(configuration: Configuration, release: Release) -> None:
    """`--replace` and reinstall over a kept history: the new revision follows the last one."""
    try:
        last = configuration.releases.last(release.name)
    except ReleaseNotFoundError:
        return
    release.version = last.version + 1
    if last.info.status != model.FAILED:
        last.set_status(model.SUPERSEDED, "superseded by new release")
        configuration.releases.update(last)


def _perform(
    configuration: Configuration,
    release: Release,
    objects: list[Resource],
    adopted: list[Resource],
    options: InstallOptions,
) -> Release:
    try:
        _apply(configuration, release, objects, adopted, options)
    except (HelmpyError, KeyboardInterrupt) as error:
        cause = error if isinstance(error, HelmpyError) else HelmpyError("context canceled")
        raise _fail(configuration, release, cause, options) from error
    release.set_status(model.DEPLOYED, options.description or "Install complete")
    configuration.record(release)
    return release


def _apply(
    configuration: Configuration,
    release: Release,
    objects: list[Resource],
    adopted: list[Resource],
    options: InstallOptions,
) -> None:
    client = configuration.connection.client
    waiter = Waiter(configuration.connection, options.strategy)
    runner = HookRunner(configuration, waiter, options.timeout, options.server_side)
    how = ApplyOptions(options.server_side, options.force_conflicts, options.force_replace)
    if not options.no_hooks:
        _run_hooks(runner, release, "pre-install")
    if adopted:
        apply.update(client, adopted, objects, how, UpdateResult())
    elif objects:
        apply.create(client, objects, replace(how, force_conflicts=False))
    waiter.until_ready(objects, options.timeout, options.wait_for_jobs)
    if not options.no_hooks:
        _run_hooks(runner, release, "post-install")


def _run_hooks(runner: HookRunner, release: Release, event: str) -> None:
    try:
        runner.run(release, event)
    except HelmpyError as error:
        raise KubeError(f"failed {event}: {error}") from error


def _fail(configuration: Configuration, release: Release, cause: HelmpyError, options: InstallOptions) -> HelmpyError:
    """Record the failure, or uninstall if asked to; the error to raise."""
    release.set_status(model.FAILED, f'Release "{release.name}" failed: {cause}')
    configuration.record(release)
    if not options.rollback_on_failure:
        return cause
    from helmpy.actions.uninstall import UninstallOptions, uninstall

    removal = UninstallOptions(no_hooks=options.no_hooks, timeout=options.timeout, wait=options.strategy)
    try:
        uninstall(configuration, release.name, removal)
    except HelmpyError as error:
        return KubeError(f"an error occurred while uninstalling the release. original install error: {cause}: {error}")
    return KubeError(
        f"release {release.name} failed, and has been uninstalled due to rollback-on-failure being set: {cause}"
    )
