"""What actions work with: a connection to a cluster and the releases stored in it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helmpy.kube.connection import Connection
from helmpy.release import times
from helmpy.release.drivers import Driver, unknown_driver
from helmpy.release.model import Release
from helmpy.release.storage import Storage

if TYPE_CHECKING:
    from helmpy.engine.capabilities import Capabilities


def _discard(_text: str) -> None:
    return None


@dataclass(slots=True)
class Configuration:
    """A cluster, its releases, and where hook output goes."""

    connection: Connection
    releases: Storage
    hook_output: Callable[[str], None] = _discard
    _capabilities: "Capabilities | None" = field(default=None)

    @property
    def namespace(self) -> str:
        """The namespace of releases and of objects that name none."""
        return self.connection.namespace

    def stamp(self) -> str:
        """Now, as release records write it."""
        return times.stamp(self.connection.now())

    def capabilities(self) -> "Capabilities":
        """What the cluster can do, asked once. Raises KubeError."""
        if self._capabilities is None:
            from helmpy.engine import capabilities
            from helmpy.kube import connection as kube

            client = self.connection.client
            version = kube.server_version(client)["gitVersion"]
            self._capabilities = capabilities.of_server(version, lambda: kube.api_versions(client))
        return self._capabilities

    def forget_capabilities(self) -> None:
        """Ask anew, since kinds may have appeared."""
        self._capabilities = None
        self.connection.client.mapper.reset()

    def record(self, release: Release) -> None:
        """Store a revision, and only log if that fails: another error is on its way already."""
        from helmpy import log
        from helmpy.errors import HelmpyError

        try:
            self.releases.update(release)
        except HelmpyError as error:
            log.warn("failed to update release", name=release.name, revision=release.version, error=error)

    def lookup(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        """The template function `lookup`: an object, a list object for an empty name, {} for what does not exist."""
        from cluster_core.apimachinery.errors import ApiError
        from cluster_core.apimachinery.gvk import GVK, parse_api_version
        from helmpy.golang.types import GoError

        client = self.connection.client
        try:
            mapping = client.mapper.resource_for(GVK(*parse_api_version(api_version), kind))
            where = namespace if mapping.namespaced else ""
            return client.get(mapping.gvr, name, where) if name else client.list(mapping.gvr, where)
        except ApiError as error:
            if error.code == 404:
                return {}
            raise GoError(str(error)) from error


def driver_for(name: str, connection: Connection, namespace: str) -> Driver:
    """The driver that HELM_DRIVER names, for records in `namespace` ("" for all, to list)."""
    if name in ("memory",):
        from helmpy.release.drivers.memory import Memory

        return Memory()
    from helmpy.release.drivers.objects import ConfigMaps, Secrets

    if name in ("", "secret", "secrets"):
        return Secrets(connection.client, namespace, connection.now)
    if name in ("configmap", "configmaps"):
        return ConfigMaps(connection.client, namespace, connection.now)
    raise unknown_driver(name)


def configure(connection: Connection, driver: str = "", namespace: str | None = None) -> Configuration:
    """A configuration whose records are in `namespace` (None: the connection's own)."""
    where = connection.namespace if namespace is None else namespace
    return Configuration(connection, Storage(driver_for(driver, connection, where)))
