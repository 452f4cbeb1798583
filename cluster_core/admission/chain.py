"""Runs admission plugins over one write, first those that change the object, later those that refuse it.

The API server calls `mutate` before and `validate` after the kind's own preparation. A plugin must not write objects except through
what its context offers.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from cluster_core.api.resource import Resource
from cluster_core.apimachinery.request import UserInfo

Object = dict[str, Any]
CREATE, UPDATE, DELETE, CONNECT = "CREATE", "UPDATE", "DELETE", "CONNECT"


class Attributes:
    """One write as plugins see it; a mutating plugin may change `object` in place or replace it."""

    __slots__ = (
        "dry_run",
        "name",
        "namespace",
        "object",
        "old_object",
        "operation",
        "resource",
        "subresource",
        "user",
        "warnings",
    )

    def __init__(
        self,
        *,
        operation: str,
        resource: Resource,
        subresource: str,
        namespace: str,
        name: str,
        object: Any,
        old_object: Object | None,
        user: UserInfo,
        dry_run: bool,
        warnings: list[str],
    ) -> None:
        self.operation, self.resource, self.subresource = operation, resource, subresource
        self.namespace, self.name = namespace, name
        self.object, self.old_object = object, old_object
        self.user, self.dry_run, self.warnings = user, dry_run, warnings

    @property
    def group_resource(self) -> str:
        """As in messages: "deployments.apps"."""
        group = self.resource.group
        return f"{self.resource.plural}.{group}" if group else self.resource.plural


Step = Callable[[Attributes], None]


class Plugin(Protocol):
    """One rule. `name` is Kubernetes' own; `handles` is asked once per (resource, subresource, operation)."""

    name: str

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """Whether this plugin has anything to say about such requests."""
        ...

    def admit(self, attributes: Attributes) -> None:
        """Change the object, or refuse by raising ApiError."""
        ...

    def validate(self, attributes: Attributes) -> None:
        """Refuse by raising ApiError; must not change anything."""
        ...


class Source(Protocol):
    """Gives a plugin when first needed."""

    @property
    def real(self) -> Plugin:
        """The plugin."""
        ...


class Chain:
    """An ordered list of plugins, with the few that matter remembered per kind of request."""

    def __init__(self, plugins: Sequence[Source], looked_at: set[str]) -> None:
        self._plugins = plugins
        self.looked_at = looked_at
        """The buckets that plugins have read since somebody emptied it."""
        self._mattering: dict[tuple[str, str, str, str], tuple[list[Step], list[Step]]] = {}

    def _for(self, attributes: Attributes) -> tuple[list[Step], list[Step]]:
        """What changes and what refuses such requests; plugins that do nothing in a half are left out of it."""
        resource = attributes.resource
        key = (resource.group, resource.plural, attributes.subresource, attributes.operation)
        found = self._mattering.get(key)
        if found is not None:
            return found
        plugins = [p for source in self._plugins if (p := source.real).handles(*key)]
        changing: list[Step] = [p.admit for p in plugins if "admit" in type(p).__dict__]
        refusing: list[Step] = [p.validate for p in plugins if "validate" in type(p).__dict__]
        self._mattering[key] = (changing, refusing)
        return changing, refusing

    def mutate(self, attributes: Attributes) -> None:
        """Let every plugin change the object."""
        for admit in self._for(attributes)[0]:
            admit(attributes)

    def validate(self, attributes: Attributes) -> None:
        """Let every plugin refuse the object."""
        for validate in self._for(attributes)[1]:
            validate(attributes)
