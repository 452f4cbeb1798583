"""Which cluster is meant and who asks: what the flags say. Read by every kind of connection."""

from dataclasses import dataclass

from cluster_core.apimachinery.request import UserInfo
from helmpy.errors import KubeError

FIELD_MANAGER = "helm"
"""The field manager of the real helm, so that both own the same fields."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which cluster and who asks. Without `kubeconfig`, `context` and `server` it is the embedded one, kept in `path`
    (None: in memory, gone afterwards)."""

    namespace: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    path: str | None = None
    kubeconfig: str = ""
    context: str = ""
    server: str = ""
    token: str = ""
    ca_file: str = ""
    tls_server_name: str = ""
    insecure: bool = False

    @property
    def embedded(self) -> bool:
        """Whether nothing points at a real cluster."""
        return not (self.kubeconfig or self.context or self.server)


def impersonation(target: Target) -> UserInfo | None:
    """The user that `--as` and `--as-group` name. Raises KubeError for groups without a user."""
    if not target.as_user:
        if target.as_groups:
            raise KubeError(
                "kubernetes cluster unreachable: invalid configuration: requesting uid, groups or user-extra for  "
                "without impersonating a user"
            )
        return None
    return UserInfo(target.as_user, groups=target.as_groups)
