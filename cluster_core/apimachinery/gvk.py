"""Names of API types: group, version, kind and resource."""

from typing import NamedTuple


class GVK(NamedTuple):
    """Group, version and kind, such as ("apps", "v1", "Deployment"); the core group is ""."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """As in an object's apiVersion: "apps/v1", "v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version


class GVR(NamedTuple):
    """Group, version and resource, such as ("apps", "v1", "deployments"); the core group is ""."""

    group: str
    version: str
    resource: str

    @property
    def api_version(self) -> str:
        """As in an object's apiVersion: "apps/v1", "v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def group_resource(self) -> str:
        """As in messages and RBAC: "deployments.apps", "pods"."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


def parse_api_version(api_version: str) -> tuple[str, str]:
    """Group and version of an apiVersion: "apps/v1" -> ("apps", "v1"), "v1" -> ("", "v1")."""
    group, _, version = api_version.rpartition("/")
    return group, version


def gvk_of(obj: dict[str, object]) -> GVK:
    """The GVK that an object states; missing parts are ""."""
    group, version = parse_api_version(str(obj.get("apiVersion") or ""))
    return GVK(group, version, str(obj.get("kind") or ""))
