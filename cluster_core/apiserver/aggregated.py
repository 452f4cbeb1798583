"""Groups that another server would answer for, behind the aggregation layer: one interface, plugged into `ServedResources`.

What is served this way is not stored; lists are made when asked for.
"""

from typing import TYPE_CHECKING, Any, Protocol

from cluster_core.api.resource import Resource

if TYPE_CHECKING:
    from cluster_core.apiserver.call import Call

Object = dict[str, Any]


class Aggregated(Protocol):
    """The server of one group version."""

    group: str
    version: str

    def resources(self) -> tuple[Resource, ...]:
        """Its resources."""
        ...

    def serve(self, call: "Call") -> Object:
        """Answer a get or list; raises ApiError."""
        ...

    def schemas(self, prefix: str) -> Object:
        """OpenAPI schemas of its kinds by name; `prefix` begins references."""
        ...
