"""The stored form of a release: JSON with Go's field order, gzip, base64; what the real helm writes and reads.

Reading also takes records that were stored before compression. Labels are not part of it: drivers keep them on the object.
"""

import base64
import gzip
from typing import Any

import orjson

from helmpy.errors import ReleaseError
from helmpy.records import fields
from helmpy.release.model import Hook, HookExecution, Info, Release

_GZIP = b"\x1f\x8b\x08"


def encode(release: Release) -> str:
    """The text under `data.release` (before a Secret's own base64)."""
    return base64.b64encode(gzip.compress(_json(to_dict(release)), compresslevel=9, mtime=0)).decode()


def _json(data: dict[str, Any]) -> bytes:
    """JSON in the order given; bytes that are not UTF-8 become U+FFFD, as Go's encoder writes them."""
    try:
        return orjson.dumps(data)
    except TypeError:
        return orjson.dumps(_valid_text(data))


def _valid_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {_valid_text(key): _valid_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_valid_text(item) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return value


def decode(text: str | bytes) -> Release:
    """A release from its stored text. Raises ReleaseError when the record is damaged."""
    try:
        data = base64.b64decode(text, validate=True)
        if data[:3] == _GZIP:
            data = gzip.decompress(data)
        return from_dict(orjson.loads(data))
    except (ValueError, EOFError, OSError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(f"failed to decode release: {error}") from error


def _without_empty(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in ("", None, 0, [], {})}


def to_dict(release: Release) -> dict[str, Any]:
    """The release in Helm's JSON layout, fields in Helm's order, empty ones left out."""
    return _without_empty(
        name=release.name,
        info=info_dict(release.info),
        chart=release.chart,
        config=release.config,
        manifest=release.manifest,
        hooks=[hook_dict(hook) for hook in release.hooks],
        version=release.version,
        namespace=release.namespace,
        apply_method=release.apply_method,
    )


def info_dict(info: Info) -> dict[str, Any]:
    """`info` in Helm's JSON layout."""
    return _without_empty(
        first_deployed=info.first_deployed,
        last_deployed=info.last_deployed,
        deleted=info.deleted,
        description=info.description,
        status=info.status,
        rollback_revision=info.rollback_revision,
        notes=info.notes,
    )


def hook_dict(hook: Hook) -> dict[str, Any]:
    """A hook in Helm's JSON layout."""
    run = _without_empty(started_at=hook.last_run.started_at, completed_at=hook.last_run.completed_at)
    run["phase"] = hook.last_run.phase
    fields = _without_empty(
        name=hook.name, kind=hook.kind, path=hook.path, manifest=hook.manifest, events=hook.events, last_run=run
    )
    fields.update(
        _without_empty(
            weight=hook.weight, delete_policies=hook.delete_policies, output_log_policies=hook.output_log_policies
        )
    )
    return fields


def from_dict(data: dict[str, Any]) -> Release:
    """A release from Helm's JSON layout; missing fields are empty."""
    info = data.get("info") or {}
    return Release(
        name=data.get("name", ""),
        namespace=data.get("namespace", ""),
        version=data.get("version", 0),
        info=Info(**{name: info[name] for name in fields(Info) if info.get(name) is not None}),
        chart=data.get("chart"),
        config=_floats(data.get("config")),
        manifest=data.get("manifest", ""),
        hooks=[_hook(item) for item in data.get("hooks") or []],
        apply_method=data.get("apply_method", ""),
    )


def _hook(data: dict[str, Any]) -> Hook:
    run = data.get("last_run") or {}
    return Hook(
        name=data.get("name", ""),
        kind=data.get("kind", ""),
        path=data.get("path", ""),
        manifest=data.get("manifest", ""),
        events=list(data.get("events") or []),
        weight=data.get("weight", 0),
        delete_policies=list(data.get("delete_policies") or []),
        output_log_policies=list(data.get("output_log_policies") or []),
        last_run=HookExecution(run.get("started_at") or "", run.get("completed_at") or "", run.get("phase", "")),
    )


def _floats(value: Any) -> Any:
    """Numbers as Go's decoder leaves them in interface{}: every one a float64."""
    if isinstance(value, dict):
        return {key: _floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_floats(item) for item in value]
    return float(value) if type(value) is int else value
