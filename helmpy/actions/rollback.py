"""Roll a release back: a new revision with the manifest of an old one."""

from dataclasses import dataclass

from helmpy import log
from helmpy.actions import names
from helmpy.actions.apply_method import server_side_of
from helmpy.actions.configuration import Configuration
from helmpy.actions.hooks import HookRunner
from helmpy.actions.install import NONE
from helmpy.errors import HelmpyError, KubeError, ReleaseError, UsageError
from helmpy.kube import apply, ownership, resources
from helmpy.kube.apply import ApplyOptions, UpdateResult
from helmpy.kube.resources import Resource
from helmpy.kube.wait import Waiter
from helmpy.release import model
from helmpy.release.model import Info, Release

MAX_DESCRIPTION = 512


@dataclass(frozen=True, slots=True)
class RollbackOptions:
    """Helm's flags of `rollback`. `revision` 0 means the one before the last; `timeout` in seconds."""

    revision: int = 0
    dry_run: str = NONE
    description: str = ""
    no_hooks: bool = False
    wait: str = "hookOnly"
    wait_for_jobs: bool = False
    timeout: float = 300.0
    cleanup_on_fail: bool = False
    max_history: int = 10
    server_side: str = "auto"
    force_conflicts: bool = False
    force_replace: bool = False


def rollback(configuration: Configuration, name: str, options: RollbackOptions) -> Release:
    """Roll back and return the new revision. Raises HelmpyError; what failed half-way is in the history as failed."""
    if len(options.description) > MAX_DESCRIPTION:
        raise UsageError(f"description must be {MAX_DESCRIPTION} characters or less, got {len(options.description)}")
    current, target, server_side = _prepare(configuration, name, options)
    if options.dry_run != NONE:
        return target
    configuration.releases.max_history = options.max_history
    configuration.releases.create(target)
    try:
        _perform(configuration, current, target, server_side, options)
    except KeyboardInterrupt as error:
        target.set_status(model.FAILED, f'Rollback "{name}" failed: context canceled')
        configuration.record(target)
        raise KubeError("context canceled") from error
    for release in configuration.releases.deployed_all(name):
        log.debug("superseding previous deployment", version=release.version)
        release.info.status = model.SUPERSEDED
        configuration.record(release)
    target.info.status = model.DEPLOYED
    configuration.releases.update(target)
    return target


def _prepare(configuration: Configuration, name: str, options: RollbackOptions) -> tuple[Release, Release, bool]:
    names.check(name, f"prepareRollback: Release name is invalid: {name}")
    if options.revision < 0:
        raise UsageError("invalid release revision")
    history = configuration.releases.history(name)
    current = history[-1]
    wanted = options.revision or current.version - 1
    if wanted not in {release.version for release in history}:
        raise ReleaseError(f"release has no {wanted} version")
    previous = configuration.releases.get(name, wanted)
    server_side = server_side_of(options.server_side, previous.apply_method)
    target = Release(
        name=name,
        namespace=current.namespace,
        version=current.version + 1,
        info=Info(
            first_deployed=current.info.first_deployed,
            last_deployed=configuration.stamp(),
            status=model.PENDING_ROLLBACK,
            description=options.description or f"Rollback to {wanted}",
            notes=previous.info.notes,
            rollback_revision=wanted,
        ),
        chart=previous.chart,
        config=previous.config,
        manifest=previous.manifest,
        hooks=previous.hooks,
        labels=previous.labels,
        apply_method="ssa" if server_side else "csa",
    )
    return current, target, server_side


def _perform(
    configuration: Configuration, current: Release, target: Release, server_side: bool, options: RollbackOptions
) -> None:
    before = _objects(configuration, current, "current")
    after = ownership.mark(_objects(configuration, target, "new"), target.name, target.namespace)
    waiter = Waiter(configuration.connection, options.wait)
    runner = HookRunner(configuration, waiter, options.timeout, server_side)
    if not options.no_hooks:
        _hooks(configuration, runner, target, "pre-rollback")
    _update(configuration, current, target, before, after, server_side, options)
    try:
        waiter.until_ready(after, options.timeout, options.wait_for_jobs)
    except HelmpyError as error:
        target.set_status(model.FAILED, f'Release "{target.name}" failed: {error}')
        configuration.record(target)
        raise KubeError(f"release {target.name} failed: {error}") from error
    if not options.no_hooks:
        _hooks(configuration, runner, target, "post-rollback")


def _hooks(configuration: Configuration, runner: HookRunner, target: Release, event: str) -> None:
    """Run hooks; a failure ends the revision as failed (Helm leaves it pending, which blocks every later upgrade)."""
    try:
        runner.run(target, event)
    except HelmpyError as error:
        target.set_status(model.FAILED, f'Rollback "{target.name}" failed: {error}')
        configuration.record(target)
        raise


def _objects(configuration: Configuration, release: Release, which: str) -> list[Resource]:
    try:
        return resources.build(configuration.connection.client, release.manifest, release.namespace)
    except HelmpyError as error:
        raise KubeError(f"unable to build kubernetes objects from {which} release manifest: {error}") from error


def _update(
    configuration: Configuration,
    current: Release,
    target: Release,
    before: list[Resource],
    after: list[Resource],
    server_side: bool,
    options: RollbackOptions,
) -> None:
    client, result = configuration.connection.client, UpdateResult()
    how = ApplyOptions(server_side, options.force_conflicts, options.force_replace)
    try:
        apply.update(client, before, after, how, result)
    except HelmpyError as error:
        message = f'Rollback "{target.name}" failed: {error}'
        log.warn(message)
        current.info.status = model.SUPERSEDED
        target.set_status(model.FAILED, message)
        configuration.record(current)
        configuration.record(target)
        problems = apply.delete(client, result.created) if options.cleanup_on_fail else []
        if problems:
            raise KubeError(
                "an error occurred while cleaning up resources. original rollback error: "
                f"unable to cleanup resources: {', '.join(problems)}"
            ) from error
        raise
