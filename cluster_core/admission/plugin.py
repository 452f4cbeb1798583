"""The base of admission plugins: says nothing, looks at nothing."""

from cluster_core.admission.chain import Attributes
from cluster_core.admission.context import AdmissionContext


class AdmissionPlugin:
    """One rule of admission; `interests` names what it looks at as (resource, subresource, operation), group left out for core."""

    name = ""
    interests: frozenset[tuple[str, str, str]] = frozenset()

    def __init__(self, context: AdmissionContext) -> None:
        self.context = context

    def handles(self, group: str, resource: str, subresource: str, operation: str) -> bool:
        """Whether such requests matter to this plugin."""
        group_resource = f"{resource}.{group}" if group else resource
        return (group_resource, subresource, operation) in self.interests

    def admit(self, attributes: Attributes) -> None:
        """Change the object by path copies, or refuse."""

    def validate(self, attributes: Attributes) -> None:
        """Refuse."""
