"""What the server does for single kinds between admission and the store: give out addresses, stamp who asked.

The registry looks hooks up by bucket; `service_allocation` is the big one.
"""

from collections.abc import Callable
from typing import Any, Protocol

from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.request import UserInfo

Object = dict[str, Any]
Undo = Callable[[], None]


class Hook(Protocol):
    """A kind's special treatment."""

    def normalize(self, new: Object, old: Object | None, user: UserInfo) -> None:
        """Complete an object (the request's own) before it is validated."""
        ...

    def allocate(self, new: Object, old: Object | None) -> tuple[list[FieldError], Undo, Undo]:
        """Take what the object needs: (problems, undo, finish once stored)."""
        ...

    def release(self, gone: Object) -> None:
        """Give back what a deleted object held."""
        ...


def nothing() -> None:
    """Undo nothing."""


class RequesterStamp:
    """CertificateSigningRequests say who asked, whatever the body says."""

    def normalize(self, new: Object, old: Object | None, user: UserInfo) -> None:
        """Write the requester into a new spec."""
        if old is not None:
            return
        spec = new["spec"]
        for name in ("username", "uid", "groups", "extra"):
            spec.pop(name, None)
        spec["username"] = user.name
        if user.uid:
            spec["uid"] = user.uid
        if user.groups:
            spec["groups"] = list(user.groups)
        if user.extra:
            spec["extra"] = {key: list(values) for key, values in user.extra.items()}

    def allocate(self, new: Object, old: Object | None) -> tuple[list[FieldError], Undo, Undo]:
        """Nothing to take."""
        return [], nothing, nothing

    def release(self, gone: Object) -> None:
        """Nothing to give back."""
