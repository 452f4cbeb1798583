"""Uninstall a release: its objects, and its history unless that is to be kept."""

from dataclasses import dataclass

from helmpy import log
from helmpy.actions import names
from helmpy.actions.configuration import Configuration
from helmpy.actions.hooks import HookRunner
from helmpy.errors import HelmpyError, KubeError, ReleaseError, ReleaseNotFoundError
from helmpy.kube import apply, ownership, resources
from helmpy.kube.resources import Resource
from helmpy.kube.wait import Waiter
from helmpy.release import manifest, model
from helmpy.release.manifest import Manifest
from helmpy.release.model import Release

CASCADES = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}


@dataclass(frozen=True, slots=True)
class UninstallOptions:
    """Helm's flags of `uninstall`. `timeout` in seconds."""

    dry_run: bool = False
    no_hooks: bool = False
    ignore_not_found: bool = False
    keep_history: bool = False
    cascade: str = "background"
    timeout: float = 300.0
    description: str = ""
    wait: str = "hookOnly"


@dataclass(frozen=True, slots=True)
class Uninstalled:
    """What was uninstalled and which objects were spared, in words ("" if none). `release` None: there was nothing."""

    release: Release | None
    info: str = ""


def uninstall(configuration: Configuration, name: str, options: UninstallOptions) -> Uninstalled:
    """Uninstall. Raises HelmpyError; objects that other owners hold are left alone and named in the result."""
    if options.dry_run:
        return _pretend(configuration, name, options)
    names.check(name, f"uninstall: Release name is invalid: {name}")
    try:
        history = configuration.releases.history(name)
    except HelmpyError as error:
        if options.ignore_not_found:
            return Uninstalled(None)
        raise type(error)(f"uninstall: Release not loaded: {name}: {error}") from error
    release = history[-1]
    if release.info.status == model.UNINSTALLED:
        if options.keep_history:
            raise ReleaseError(f'the release named "{name}" is already deleted')
        _purge(configuration, history)
        return Uninstalled(release)
    return _remove(configuration, release, history, options)


def _pretend(configuration: Configuration, name: str, options: UninstallOptions) -> Uninstalled:
    try:
        release = configuration.releases.last(name)
    except ReleaseNotFoundError:
        if options.ignore_not_found:
            return Uninstalled(None)
        raise
    kept, _ = _by_policy(release)
    return Uninstalled(release, _kept_text(kept))


def _remove(
    configuration: Configuration, release: Release, history: list[Release], options: UninstallOptions
) -> Uninstalled:
    waiter = Waiter(configuration.connection, options.wait)
    runner = HookRunner(configuration, waiter, options.timeout)
    release.info.deleted = configuration.stamp()
    release.set_status(model.UNINSTALLING, "Deletion in progress (or silently failed)")
    if not options.no_hooks:
        runner.run(release, "pre-delete")
    configuration.record(release)
    deleted, info = _delete_objects(configuration, release, CASCADES[options.cascade])
    problems = _finish(runner, release, deleted, options)
    release.set_status(model.UNINSTALLED, options.description or "Uninstallation complete")
    if options.keep_history:
        configuration.record(release)
        _supersede_deployed(configuration, release)
    else:
        problems += _purge_problems(configuration, history)
    if problems:
        raise KubeError(f"uninstallation completed with {len(problems)} error(s): {'; '.join(problems)}")
    return Uninstalled(release, info)


def _finish(runner: HookRunner, release: Release, deleted: list[Resource], options: UninstallOptions) -> list[str]:
    """Wait until the objects are gone and run the last hooks; the texts of what went wrong."""
    problems = []
    try:
        runner.waiter.until_gone(deleted, options.timeout)
    except HelmpyError as error:
        problems.append(str(error))
    if not options.no_hooks:
        try:
            runner.run(release, "post-delete")
        except HelmpyError as error:
            problems.append(str(error))
    return problems


def _by_policy(release: Release) -> tuple[list[Manifest], list[Manifest]]:
    """The release's documents: those to keep and those to delete, in order of deletion."""
    _, documents = manifest.sort({"release": release.manifest}, manifest.UNINSTALL_ORDER)
    kept = [d for d in documents if d.annotations.get(apply.KEEP_ANNOTATION, "").strip().lower() == "keep"]
    return kept, [d for d in documents if d not in kept]


def _kept_text(kept: list[Manifest]) -> str:
    if not kept:
        return ""
    lines = "".join(f"[{item.kind}] {item.name}\n" for item in kept)
    return f"These resources were kept due to the resource policy:\n{lines}"


def _delete_objects(configuration: Configuration, release: Release, propagation: str) -> tuple[list[Resource], str]:
    client = configuration.connection.client
    try:
        kept, doomed = _by_policy(release)
        built = resources.build(client, "".join(f"\n---\n{d.content}" for d in doomed), release.namespace)
    except HelmpyError as error:
        failure = KubeError(f"failed to delete release: {release.name}")
        failure.add_note(f"  unable to build kubernetes objects for delete: {error}")
        raise failure from error
    owned: list[Resource] = []
    sections = [_kept_text(kept)]
    strangers: list[str] = []
    unreadable: list[str] = []
    for resource in built:
        _sort_out(configuration, release, resource, owned, strangers, unreadable)
    if strangers:
        lines = "".join(strangers)
        sections.append(
            f"{len(strangers)} resource(s) were not deleted because they are not owned by this release:\n{lines}"
        )
    if unreadable:
        lines = "".join(unreadable)
        sections.append(
            f"{len(unreadable)} resource(s) were not deleted because their ownership could not be verified:\n{lines}"
        )
    problems = apply.delete(client, owned, propagation)
    if problems:
        failure = KubeError(f"failed to delete release: {release.name}")
        for problem in problems:
            failure.add_note(f"  {problem}")
        raise failure
    return owned, "\n".join(section for section in sections if section)


def _sort_out(
    configuration: Configuration,
    release: Release,
    resource: Resource,
    owned: list[Resource],
    strangers: list[str],
    unreadable: list[str],
) -> None:
    """Put a resource where it belongs: ours, somebody else's, or of unknown owner; missing ones nowhere."""
    try:
        live = ownership.live(configuration.connection.client, resource)
    except KubeError as error:
        log.warn(
            "skipping delete of resource because ownership could not be verified",
            kind=resource.gvk.kind,
            name=resource.name,
            namespace=resource.namespace,
            release=release.name,
            error=error,
        )
        unreadable.append(f"[{resource.gvk.kind}] {resource.name}: {error}\n")
        return
    if live is None:
        return
    if ownership.problems_of(live, release.name, release.namespace):
        log.warn(
            "skipping delete of resource not owned by this release",
            kind=resource.gvk.kind,
            name=resource.name,
            namespace=resource.namespace,
            release=release.name,
        )
        strangers.append(f"[{resource.gvk.kind}] {resource.name}\n")
        return
    owned.append(resource)


def _supersede_deployed(configuration: Configuration, release: Release) -> None:
    for other in configuration.releases.deployed_all(release.name):
        other.info.status = model.SUPERSEDED
        configuration.record(other)


def _purge(configuration: Configuration, history: list[Release]) -> None:
    problems = _purge_problems(configuration, history)
    if problems:
        raise KubeError(problems[0])


def _purge_problems(configuration: Configuration, history: list[Release]) -> list[str]:
    """Forget every revision; the text of the first failure, if any."""
    for release in history:
        try:
            configuration.releases.delete(release.name, release.version)
        except HelmpyError as error:
            return [f"uninstall: Failed to purge the release: {error}"]
    return []
