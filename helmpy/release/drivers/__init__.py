"""Where release records live: Secrets (the default), ConfigMaps, or memory. One file each, all with the same methods."""

from collections.abc import Mapping
from typing import Protocol

from helmpy.errors import ReleaseError
from helmpy.release.model import Release


class Driver(Protocol):
    """Keeps records by key ("sh.helm.release.v1.NAME.vREVISION") in one namespace.

    `get` and `delete` raise ReleaseNotFoundError; `create` raises ReleaseError when the key exists. `query` finds records
    by labels and returns an empty list when there are none. A namespace of "" means all of them (for `query`).
    """

    name: str

    def get(self, key: str) -> Release: ...
    def query(self, labels: Mapping[str, str], selector: str = "") -> list[Release]: ...
    def create(self, key: str, release: Release) -> None: ...
    def update(self, key: str, release: Release) -> None: ...
    def delete(self, key: str) -> None: ...


DRIVERS = ("secret", "secrets", "configmap", "configmaps", "memory")
"""Accepted values of HELM_DRIVER; "" means secrets."""


def unknown_driver(name: str) -> ReleaseError:
    """HELM_DRIVER names no driver."""
    return ReleaseError(f"Unknown driver {name!r} in HELM_DRIVER: use one of {', '.join(DRIVERS)}")


def release_exists() -> ReleaseError:
    """Somebody else created the revision first."""
    return ReleaseError("release: already exists")
