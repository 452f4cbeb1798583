"""Running a release's tests: its hooks of the event `test`."""

from dataclasses import dataclass

from helmpy.actions import names
from helmpy.actions.configuration import Configuration
from helmpy.actions.hooks import HookRunner
from helmpy.errors import HelmpyError, KubeError
from helmpy.kube import logs, resources
from helmpy.kube.wait import Waiter
from helmpy.release.model import Hook, Release


@dataclass(frozen=True, slots=True)
class TestOptions:
    """Helm's flags of `test`. `include` and `exclude` are hook names; `timeout` in seconds, per test."""

    __test__ = False

    timeout: float = 300.0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    logs: bool = False


@dataclass(frozen=True, slots=True)
class TestResult:
    """The release with its tests' outcomes, the logs asked for, and the error of the test that failed, if any."""

    __test__ = False

    release: Release
    logs: str
    failure: HelmpyError | None


def run_tests(configuration: Configuration, name: str, options: TestOptions) -> TestResult:
    """Run the tests one after the other until one fails. Raises ReleaseError when there is no such release."""
    names.check(name, f"releaseTest: Release name is invalid: {name}")
    release = configuration.releases.last(name)
    every = release.hooks
    chosen = [hook for hook in every if _wanted(hook, options)]
    release.hooks = chosen
    runner = HookRunner(
        configuration, Waiter(configuration.connection, "watcher"), options.timeout, release.apply_method == "ssa"
    )
    failure: HelmpyError | None = None
    text: list[str] = []
    collect = (lambda: text.append(_logs(configuration, release))) if options.logs else None
    try:
        runner.run(release, "test", before_cleanup=collect)
    except HelmpyError as error:
        failure = error
    release.hooks = [hook for hook in every if hook not in chosen] + chosen
    configuration.releases.update(release)
    return TestResult(release, "".join(text), failure)


def _wanted(hook: Hook, options: TestOptions) -> bool:
    return hook.name not in options.exclude and (not options.include or hook.name in options.include)


def _logs(configuration: Configuration, release: Release) -> str:
    tests = [hook for hook in release.hooks if "test" in hook.events and hook.kind == "Pod"]
    return "".join(
        _pod_logs(configuration, hook, release.namespace) for hook in sorted(tests, key=lambda h: (h.weight, h.name))
    )


def _pod_logs(configuration: Configuration, hook: Hook, namespace: str) -> str:
    client = configuration.connection.client
    where = resources.build(client, hook.manifest, namespace)[0]
    spec = where.obj.get("spec") or {}
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    text = ""
    for container in containers:
        try:
            body = logs.of_container(client, where.namespace, hook.name, container["name"])
        except KubeError as error:
            body = f"{error}\n"
        text += f"POD LOGS: {hook.name} ({container['name']})\n{body}\n"
    return text
