"""Runs admission plugins over one write, first those that change the object, later those that refuse it.

The API server calls `mutate` before and `validate` after the kind's own preparation. A plugin must not write objects except through
what its context offers.
"""

from collections.abc import Sequence
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


class Chain:
    """An ordered list of plugins, with the few that matter remembered per kind of request."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self._plugins = plugins
        self._mattering: dict[tuple[str, str, str, str], list[Plugin]] = {}

    def _for(self, attributes: Attributes) -> list[Plugin]:
        resource = attributes.resource
        key = (resource.group, resource.plural, attributes.subresource, attributes.operation)
        found = self._mattering.get(key)
        if found is None:
            found = self._mattering[key] = [p for p in self._plugins if p.handles(*key)]
        return found

    def mutate(self, attributes: Attributes) -> None:
        """Let every plugin change the object."""
        for plugin in self._for(attributes):
            plugin.admit(attributes)

    def validate(self, attributes: Attributes) -> None:
        """Let every plugin refuse the object."""
        for plugin in self._for(attributes):
            plugin.validate(attributes)
