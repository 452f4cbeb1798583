"""Running a release's hooks: by weight, one after the other, with their delete and log policies.

The order, texts and what is recorded are Helm's (docs: "chart_hooks").
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from helmpy import log
from helmpy.actions.configuration import Configuration
from helmpy.errors import HelmpyError, KubeError
from helmpy.kube import apply, logs, resources
from helmpy.kube.apply import ApplyOptions
from helmpy.kube.wait import Waiter
from helmpy.release.model import Hook, HookExecution, Release

BEFORE_CREATION, SUCCEEDED, FAILED = "before-hook-creation", "hook-succeeded", "hook-failed"


@dataclass(frozen=True, slots=True)
class HookRunner:
    """Runs hooks of one operation. `timeout` is per hook, in seconds."""

    configuration: Configuration
    waiter: Waiter
    timeout: float
    server_side: bool = True

    def run(self, release: Release, event: str, before_cleanup: Callable[[], None] | None = None) -> None:
        """Run the hooks of an event. Raises KubeError for the first that fails; later ones do not run.

        `before_cleanup` is called when all have run or one has failed, while their objects still exist.
        """
        hooks = sorted((h for h in release.hooks if event in h.events), key=lambda h: (h.weight, h.name))
        for position, hook in enumerate(hooks):
            hook.delete_policies = hook.delete_policies or [BEFORE_CREATION]
            self._delete(hook, BEFORE_CREATION)
            self._start(release, hook, event)
            try:
                self.waiter.until_hook_done(self._build(hook, event), self.timeout)
            except KubeError:
                self._end(hook, "Failed")
                if before_cleanup is not None:
                    before_cleanup()
                self._after_failure(release, hook, hooks[:position])
                raise
            self._end(hook, "Succeeded")
        if before_cleanup is not None:
            before_cleanup()
        for hook in reversed(hooks):
            self._print_logs(release, hook, SUCCEEDED)
            self._delete(hook, SUCCEEDED)

    def _build(self, hook: Hook, event: str) -> list[resources.Resource]:
        try:
            return resources.build(self.configuration.connection.client, hook.manifest, self.configuration.namespace)
        except HelmpyError as error:
            raise KubeError(f"unable to build kubernetes object for {event} hook {hook.path}: {error}") from error

    def _start(self, release: Release, hook: Hook, event: str) -> None:
        built = self._build(hook, event)
        hook.last_run = HookExecution(started_at=self.configuration.stamp(), phase="Running")
        self.configuration.record(release)
        hook.last_run.phase = "Unknown"
        try:
            apply.create(self.configuration.connection.client, built, ApplyOptions(server_side=self.server_side))
        except KubeError as error:
            self._end(hook, "Failed")
            raise KubeError(f"warning: Hook {event} {hook.path} failed: {error}") from error

    def _end(self, hook: Hook, phase: str) -> None:
        hook.last_run.completed_at, hook.last_run.phase = self.configuration.stamp(), phase

    def _after_failure(self, release: Release, hook: Hook, earlier: Sequence[Hook]) -> None:
        self._print_logs(release, hook, FAILED)
        try:
            self._delete(hook, FAILED)
        except KubeError as error:
            log.warn("error deleting the hook resource on hook failure", error=error)
        for done in earlier:
            self._delete(done, SUCCEEDED)

    def _delete(self, hook: Hook, policy: str) -> None:
        """Delete a hook's objects if its policy says so, and wait until they are gone. CRDs are never deleted."""
        if hook.kind == "CustomResourceDefinition" or policy not in hook.delete_policies:
            return
        client = self.configuration.connection.client
        try:
            built = resources.build(client, hook.manifest, self.configuration.namespace)
        except HelmpyError as error:
            raise KubeError(f"unable to build kubernetes object for deleting hook {hook.path}: {error}") from error
        problems = apply.delete(client, built)
        if problems:
            raise KubeError("; ".join(problems))
        Waiter(self.configuration.connection, "watcher").until_gone(built, self.timeout)

    def _print_logs(self, release: Release, hook: Hook, policy: str) -> None:
        if policy not in hook.output_log_policies:
            return
        selectors = {
            "Job": {"label_selector": f"job-name={hook.name}"},
            "Pod": {"field_selector": f"metadata.name={hook.name}"},
        }
        if hook.kind not in selectors:
            return
        client = self.configuration.connection.client
        built = resources.build(client, hook.manifest, release.namespace)
        for text in logs.of_pods(client, built[0].namespace, **selectors[hook.kind]):
            self.configuration.hook_output(text)
