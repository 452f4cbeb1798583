"""The registry config file (`config.json`): who is known to which registry, as `docker login` and `helm registry login` write it."""

import base64
import json
from pathlib import Path
from typing import Any

from helmpy.chart.archive import write_atomically
from helmpy.errors import RepositoryError


def basic(config: Path, registry: str) -> str:
    """The stored `user:password` of a registry in base64, or nothing."""
    auth = _entries(_read(config)).get(registry, {}).get("auth", "")
    return auth if isinstance(auth, str) else ""


def identity_token(config: Path, registry: str) -> str:
    """The stored refresh token of a registry, or nothing."""
    token = _entries(_read(config)).get(registry, {}).get("identitytoken", "")
    return token if isinstance(token, str) else ""


def store(config: Path, registry: str, username: str, password: str) -> None:
    """Remember credentials; a password without a user is an identity token. Raises RepositoryError."""
    data = _read(config)
    auths = data["auths"] if isinstance(data.get("auths"), dict) else {}
    pair = base64.b64encode(f"{username}:{password}".encode()).decode()
    auths[registry] = {"auth": pair} if username else {"auth": "", "identitytoken": password}
    _write(config, {**data, "auths": auths})


def remove(config: Path, registry: str) -> None:
    """Forget the credentials of a registry, if there are any. Raises RepositoryError."""
    data = _read(config)
    auths = data.get("auths")
    if not isinstance(auths, dict):
        return
    kept = {name: entry for name, entry in auths.items() if _bare(name) != registry}
    if len(kept) != len(auths):
        _write(config, {**data, "auths": kept})


def _read(config: Path) -> dict[str, Any]:
    try:
        data = json.loads(config.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(config: Path, data: dict[str, Any]) -> None:
    try:
        config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(config, json.dumps(data, indent="\t").encode(), 0o600)
    except OSError as error:
        raise RepositoryError(f"cannot write {config}: {error.strerror}") from error


def _entries(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    auths = data.get("auths")
    entries = auths.items() if isinstance(auths, dict) else ()
    return {_bare(name): entry for name, entry in entries if isinstance(entry, dict)}


def _bare(name: str) -> str:
    return name.removeprefix("https://").removesuffix("/v1/").removesuffix("/")
