"""What the API server must know of one kind: its names, defaulting, validation, update rules, and columns.

One kind, one file, exporting one or more `Resource`s (one per served version); `scheme.RESOURCES` lists them all.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.gvk import GVK, GVR

Object = dict[str, Any]


_NO_FIELDS: Mapping[str, Callable[[Object], str]] = MappingProxyType({})


def _nothing(_: Object) -> None:
    return None


def _no_errors(_: Object) -> list[FieldError]:
    return []


def _no_update_errors(_new: Object, _old: Object) -> list[FieldError]:
    return []


def _no_warnings(_new: Object, _old: Object | None) -> list[str]:
    return []


def _no_conditions(_: Object) -> list[Object]:
    return []


def _no_strategy(_new: Object, _old: Object | None) -> None:
    return None


class Column(NamedTuple):
    """One column of a Table: `cell(obj, now)` gives its value; priority 1 shows with `-o wide` only.

    A column without a name has cells but no definition, as some kinds have upstream."""

    name: str
    cell: Callable[[Object, float], Any]
    type: str = "string"
    format: str = ""
    priority: int = 0


class Resource(NamedTuple):
    """One served version of a kind.

    `default` fills in defaults in place (the object is the request's own copy). `prepare(new, old)` runs before
    admission's validating half: on create (old is None) it drops status and sets initial fields, on update it keeps what a client
    may not change (status, for the main resource) and bumps nothing: generation is the registry's work, by comparing
    `generation_fields`. `validate` and `validate_update` return every error at once.
    """

    group: str
    version: str
    kind: str
    plural: str
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    namespaced: bool = True
    subresources: tuple[str, ...] = ()
    storage_version: str = ""
    default: Callable[[Object], None] = _nothing
    prepare: Callable[[Object, Object | None], None] = _no_strategy
    validate: Callable[[Object], list[FieldError]] = _no_errors
    validate_update: Callable[[Object, Object], list[FieldError]] = _no_update_errors
    validate_status: Callable[[Object, Object], list[FieldError]] = _no_update_errors
    warnings: Callable[[Object, Object | None], list[str]] = _no_warnings
    """Texts of Warning headers for a create (old is None) or an update; called after validation."""
    deprecation: str = ""
    """A warning that goes with every answer."""
    columns: tuple[Column, ...] = ()
    row_conditions: Callable[[Object], list[Object]] = _no_conditions
    """Conditions of an object's row in a Table (pods that have ended)."""
    generation: bool = True
    """Whether metadata.generation counts changes outside metadata and status (some core kinds have none)."""
    generation_counts: bool = True
    """Whether the generation moves on from 1 at all (that of PriorityClasses does not)."""
    generation_metadata: tuple[str, ...] = ()
    """Fields of metadata whose changes count too: Deployments count annotations."""
    unconditional_update: bool = True
    """Whether an update may leave out metadata.resourceVersion."""
    selectable_fields: Mapping[str, Callable[[Object], str]] = _NO_FIELDS
    """Field selectors beyond metadata.name and metadata.namespace, as dotted path -> value."""
    name_rule: Callable[[str, bool], list[str]] | None = None
    """Validates metadata.name (second argument: it is a generateName prefix); None means DNS subdomain."""
    storage: GVR | None = None
    """Where objects are kept when not under their own GVR: HPA v1 shares autoscaling/v2's, events.k8s.io shares core/v1's.

    Functions of such a resource take objects in either form.
    """
    to_storage: Callable[[Object], Object] | None = None
    """Converts a decoded object of this version to the stored version (a new object; the argument is not changed)."""
    from_storage: Callable[[Object], Object] | None = None
    """Converts a stored object to this version (a new object; the argument is shared and not changed)."""
    verbs: tuple[str, ...] = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")

    @property
    def gvk(self) -> GVK:
        """Group, version, kind."""
        return GVK(self.group, self.version, self.kind)

    @property
    def gvr(self) -> GVR:
        """Group, version, resource."""
        return GVR(self.group, self.version, self.plural)
