"""Upgrade a release: a new revision from a chart and values, applied over the current one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from helmpy import log
from helmpy.actions import names, rendering
from helmpy.actions.apply_method import server_side_of
from helmpy.actions.configuration import Configuration
from helmpy.actions.hooks import HookRunner
from helmpy.actions.install import NONE, check_labels
from helmpy.actions.rendering import RenderOptions
from helmpy.actions.stored_chart import restored, stored
from helmpy.chart.model import Chart
from helmpy.errors import HelmpyError, KubeError, ReleaseError, ReleaseNotFoundError
from helmpy.kube import apply, ownership, resources
from helmpy.kube.apply import ApplyOptions, UpdateResult
from helmpy.kube.resources import Resource
from helmpy.kube.wait import Waiter
from helmpy.release import model
from helmpy.release.model import Info, Release
from helmpy.release.storage import NoDeployedReleasesError

IN_PROGRESS = "another operation (install/upgrade/rollback) is in progress"


@dataclass(frozen=True, slots=True)
class UpgradeOptions:
    """Helm's flags of `upgrade`. `timeout` in seconds; `server_side` auto, true or false; `max_history` 0 for no limit."""

    dry_run: str = NONE
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    no_hooks: bool = False
    reset_values: bool = False
    reuse_values: bool = False
    reset_then_reuse_values: bool = False
    wait: str = "hookOnly"
    wait_for_jobs: bool = False
    timeout: float = 300.0
    rollback_on_failure: bool = False
    cleanup_on_fail: bool = False
    max_history: int = 10
    take_ownership: bool = False
    server_side: str = "auto"
    force_conflicts: bool = False
    force_replace: bool = False
    rendering: RenderOptions = field(default_factory=RenderOptions)

    @property
    def strategy(self) -> str:
        """The wait strategy: rolling back on failure needs waiting."""
        return "watcher" if self.rollback_on_failure and self.wait == "hookOnly" else self.wait


def upgrade(
    configuration: Configuration, chart: Chart, values: dict[str, Any], name: str, options: UpgradeOptions
) -> Release:
    """Upgrade and return the new revision. Raises HelmpyError; what failed half-way is in the history as failed."""
    names.check(name, f"release name is invalid: {name}")
    if options.dry_run == NONE and options.rendering.hide_secrets:
        raise HelmpyError("hiding Kubernetes secrets requires a dry-run mode")
    current, last = _current(configuration, name)
    release, server_side = _prepare(configuration, chart, values, current, last, options)
    operation = _Upgrade(configuration, current, release, server_side, options)
    return operation.run()


def _current(configuration: Configuration, name: str) -> tuple[Release, Release]:
    """The revision whose objects are in the cluster, and the newest one."""
    try:
        last = configuration.releases.last(name)
    except ReleaseNotFoundError as error:
        raise NoDeployedReleasesError.named(name) from error
    if last.info.status in model.PENDING:
        if not configuration.connection.exclusive:
            raise ReleaseError(IN_PROGRESS)
        _bury(configuration, last)
    if last.info.status == model.DEPLOYED:
        return last, last
    try:
        return configuration.releases.deployed(name), last
    except NoDeployedReleasesError:
        if last.info.status not in (model.FAILED, model.SUPERSEDED):
            raise
        return last, last


def _bury(configuration: Configuration, release: Release) -> None:
    """Nobody else has the cluster open, so whoever left this revision pending is gone: it failed."""
    log.warn(
        "the last operation was interrupted", name=release.name, revision=release.version, status=release.info.status
    )
    release.set_status(model.FAILED, f'Release "{release.name}" failed: {release.info.status} was interrupted')
    configuration.releases.update(release)


def _prepare(
    configuration: Configuration,
    chart: Chart,
    values: dict[str, Any],
    current: Release,
    last: Release,
    options: UpgradeOptions,
) -> tuple[Release, bool]:
    from helmpy.engine.render import ReleaseOptions

    values = _reused_values(chart, current, values, options)
    rendering.process_dependencies(chart, values)
    described = ReleaseOptions(
        name=last.name,
        namespace=current.namespace,
        revision=last.version + 1,
        is_install=False,
        is_upgrade=True,
    )
    capabilities = configuration.capabilities()
    render = rendering.with_lookup(options.rendering, configuration.lookup)
    context = rendering.context_of(chart, values, described, capabilities, render)
    rendered = rendering.render_resources(chart, context, capabilities, render)
    check_labels(options.labels)
    server_side = server_side_of(options.server_side, last.apply_method)
    own = {key: value for key, value in last.labels.items() if key not in model.SYSTEM_LABELS}
    labels = {key: value for key, value in {**own, **options.labels}.items() if value != "null"}
    release = Release(
        name=last.name,
        namespace=current.namespace,
        version=last.version + 1,
        info=Info(
            first_deployed=current.info.first_deployed,
            last_deployed=configuration.stamp(),
            status=model.PENDING_UPGRADE,
            description="Preparing upgrade",
            notes=rendered.notes,
        ),
        chart=stored(chart),
        config=values,
        manifest=rendered.manifest,
        hooks=rendered.hooks,
        labels=labels,
        apply_method="ssa" if server_side else "csa",
    )
    resources.build(configuration.connection.client, release.manifest, release.namespace)
    return release, server_side


def _reused_values(chart: Chart, current: Release, values: dict[str, Any], options: UpgradeOptions) -> dict[str, Any]:
    """The user's values, with those of the current revision as far as the flags say. May change `chart.values`."""
    from helmpy.values import merge

    if options.reset_values:
        return values
    old = current.config or {}
    if options.reuse_values:
        chart.values = merge.coalesce(restored(current.chart), old)
        return merge.coalesce_tables(values, merge.copy(old))
    if options.reset_then_reuse_values:
        return merge.coalesce_tables(values, merge.copy(old))
    return values or old


@dataclass(slots=True)
class _Upgrade:
    """One upgrade on its way."""

    configuration: Configuration
    current: Release
    release: Release
    server_side: bool
    options: UpgradeOptions
    result: UpdateResult = field(default_factory=UpdateResult)

    def run(self) -> Release:
        before = self._objects(self.current, "current release manifest")
        target = ownership.mark(
            self._objects(self.release, "new release manifest"), self.release.name, self.release.namespace
        )
        before += self._adopted(before, target)
        if self.options.dry_run != NONE:
            self.release.info.description = self.options.description or "Dry run complete"
            return self.release
        self.configuration.releases.max_history = self.options.max_history
        self.configuration.releases.create(self.release)
        try:
            self._perform(before, target)
        except (HelmpyError, KeyboardInterrupt) as error:
            cause = error if isinstance(error, HelmpyError) else HelmpyError("context canceled")
            raise self._fail(cause) from error
        self._succeed()
        return self.release

    def _objects(self, release: Release, what: str) -> list[Resource]:
        try:
            return resources.build(self.configuration.connection.client, release.manifest, release.namespace)
        except HelmpyError as error:
            raise KubeError(f"unable to build kubernetes objects from {what}: {error}") from error

    def _adopted(self, before: list[Resource], target: list[Resource]) -> list[Resource]:
        """New objects of this revision that exist already and are the release's to take over."""
        known = {item.key for item in before}
        new = [item for item in target if item.key not in known]
        try:
            return ownership.adoptable(
                self.configuration.connection.client,
                new,
                self.release.name,
                self.release.namespace,
                self.options.take_ownership,
            )
        except KubeError as error:
            raise KubeError(f"unable to continue with update: {error}") from error

    def _perform(self, before: list[Resource], target: list[Resource]) -> None:
        options = self.options
        waiter = Waiter(self.configuration.connection, options.strategy)
        runner = HookRunner(self.configuration, waiter, options.timeout, self.server_side)
        if not options.no_hooks:
            self._hooks(runner, "pre-upgrade")
        how = ApplyOptions(
            self.server_side,
            options.force_conflicts,
            options.force_replace,
            upgrade_managers=self.current.apply_method in ("", "csa"),
        )
        try:
            apply.update(self.configuration.connection.client, before, target, how, self.result)
            waiter.until_ready(target, options.timeout, options.wait_for_jobs)
        except HelmpyError:
            self.configuration.record(self.current)
            raise
        if not options.no_hooks:
            self._hooks(runner, "post-upgrade")

    def _hooks(self, runner: HookRunner, event: str) -> None:
        try:
            runner.run(self.release, event)
        except HelmpyError as error:
            raise KubeError(f"{event} hooks failed: {error}") from error

    def _succeed(self) -> None:
        """The old revision steps back before the new one counts, so that a killed process never leaves two deployed."""
        self.current.info.status = model.SUPERSEDED
        self.configuration.record(self.current)
        self.release.set_status(model.DEPLOYED, self.options.description or "Upgrade complete")
        self.configuration.releases.update(self.release)

    def _fail(self, cause: HelmpyError) -> HelmpyError:
        """Record the failure, clean up and roll back if asked to; the error to raise."""
        log.warn("upgrade failed", name=self.release.name, error=cause)
        self.release.set_status(model.FAILED, f'Upgrade "{self.release.name}" failed: {cause}')
        self.configuration.record(self.release)
        if self.options.cleanup_on_fail and self.result.created:
            problems = apply.delete(self.configuration.connection.client, self.result.created)
            if problems:
                return KubeError(
                    f"an error occurred while cleaning up resources. original upgrade error: {cause}: "
                    f"unable to cleanup resources: {', '.join(problems)}"
                )
        return self._roll_back(cause) if self.options.rollback_on_failure else cause

    def _roll_back(self, cause: HelmpyError) -> HelmpyError:
        from helmpy.actions.rollback import RollbackOptions, rollback

        name, options = self.release.name, self.options
        good = [
            release
            for release in self.configuration.releases.history(name)
            if release.info.status in (model.SUPERSEDED, model.DEPLOYED)
        ]
        if not good:
            return KubeError(
                "unable to find a previously successful release when attempting to rollback. "
                f"original upgrade error: {cause}"
            )
        back = RollbackOptions(
            revision=good[-1].version,
            no_hooks=options.no_hooks,
            wait=options.strategy,
            wait_for_jobs=options.wait_for_jobs,
            timeout=options.timeout,
            server_side=options.server_side,
            force_conflicts=options.force_conflicts,
            force_replace=options.force_replace,
            max_history=0,
        )
        try:
            rollback(self.configuration, name, back)
        except HelmpyError as error:
            return KubeError(
                f"an error occurred while rolling back the release. original upgrade error: {cause}: {error}"
            )
        return KubeError(
            f"release {name} failed, and has been rolled back due to rollback-on-failure being set: {cause}"
        )
