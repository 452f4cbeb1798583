"""One authorized request on a resource, as the verbs pass it around."""

from typing import NamedTuple

from cluster_core.apimachinery.request import Request, UserInfo
from cluster_core.apiserver.served import Served
from cluster_core.store.store import Key


class Call(NamedTuple):
    """What is asked, of which resource, by whom; `warnings` collects what the client is told besides the answer."""

    request: Request
    served: Served
    user: UserInfo
    warnings: list[str]
    dry_run: bool
    duplicates: tuple[str, ...] = ()
    """What the body says twice, as `duplicate field "data.a"`."""

    @property
    def key(self) -> Key:
        """Where the named object is stored."""
        return Key(self.served.bucket, self.request.namespace, self.request.name)

    @property
    def manager(self) -> str:
        """Who owns the fields that this request sets."""
        return self.request.query.get("fieldManager") or self.request.user_agent.partition("/")[0] or "unknown"
