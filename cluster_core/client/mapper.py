"""From kinds to resources, by asking the server's discovery one group version at a time."""

from typing import TYPE_CHECKING, NamedTuple

from cluster_core.apimachinery.errors import ApiError, is_not_found
from cluster_core.apimachinery.gvk import GVK, GVR

if TYPE_CHECKING:
    from cluster_core.client.client import Client


class NoMatchError(ApiError):
    """The server knows no such kind."""

    def __init__(self, gvk: GVK) -> None:
        super().__init__(404, "NotFound", f'no matches for kind "{gvk.kind}" in version "{gvk.api_version}"')
        self.gvk = gvk


class Mapping(NamedTuple):
    """A kind's resource and whether its objects live in namespaces."""

    gvr: GVR
    namespaced: bool


class RESTMapper:
    """Caches each group version's kinds; a miss asks once more, since a CRD may just have appeared."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._kinds: dict[str, dict[str, Mapping]] = {}

    def resource_for(self, gvk: GVK) -> Mapping:
        """(GVR, namespaced) of a kind; raises NoMatchError."""
        api_version = gvk.api_version
        found = self._kinds.get(api_version, {}).get(gvk.kind)
        if found is None:
            self._kinds[api_version] = self._discover(gvk.group, gvk.version)
            found = self._kinds[api_version].get(gvk.kind)
        if found is None:
            raise NoMatchError(gvk)
        return found

    def reset(self) -> None:
        """Forget everything learned."""
        self._kinds.clear()

    def _discover(self, group: str, version: str) -> dict[str, Mapping]:
        known = getattr(self._client.transport, "kinds_of", None)
        if known is not None:
            return {
                kind: Mapping(GVR(group, version, plural), namespaced)
                for kind, plural, namespaced in known(group, version)
            }
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        try:
            document = self._client.raw("GET", path)
        except ApiError as error:
            if is_not_found(error):
                return {}
            raise
        return {
            r["kind"]: Mapping(GVR(group, version, r["name"]), bool(r["namespaced"]))
            for r in document.get("resources", ())
            if "/" not in r["name"]
        }


NoMatch = NoMatchError
