"""Volumes of pods and pod templates."""

from collections.abc import Callable
from typing import Any

from helmpy.actions.describe.writer import Writer


def volumes(w: Writer, level: int, found: list[dict[str, Any]]) -> None:
    """The volumes below "Volumes:"."""
    if not found:
        w.field(level, "Volumes", "<none>")
        return
    w.line(level, "Volumes:")
    for volume in found:
        w.line(0, f"{'  ' if level == 0 else '   '}{volume['name']}:")
        for name, value in _fields(volume):
            w.field(2, name, value)


def _fields(volume: dict[str, Any]) -> list[tuple[str, Any]]:
    for source, describe in SOURCES.items():
        if source in volume:
            return describe(volume[source] or {})
    kind = next((key for key in volume if key != "name"), "unknown")
    return [("Type", kind)]


def _optional(source: dict[str, Any]) -> str:
    return "true" if source.get("optional") else "false"


def _empty_dir(source: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("Type", "EmptyDir (a temporary directory that shares a pod's lifetime)"),
        ("Medium", source.get("medium", "")),
        ("SizeLimit", source.get("sizeLimit") or "<unset>"),
    ]


def _config_map(source: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("Type", "ConfigMap (a volume populated by a ConfigMap)"),
        ("Name", source.get("name", "")),
        ("Optional", _optional(source)),
    ]


def _secret(source: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("Type", "Secret (a volume populated by a Secret)"),
        ("SecretName", source.get("secretName", "")),
        ("Optional", _optional(source)),
    ]


def _claim(source: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"),
        ("ClaimName", source.get("claimName", "")),
        ("ReadOnly", "true" if source.get("readOnly") else "false"),
    ]


def _host_path(source: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        ("Type", "HostPath (bare host directory volume)"),
        ("Path", source.get("path", "")),
        ("HostPathType", source.get("type") or ""),
    ]


def _downward(source: dict[str, Any]) -> list[tuple[str, Any]]:
    items = [f"{(i.get('fieldRef') or {}).get('fieldPath', '')} -> {i['path']}" for i in source.get("items") or []]
    return [("Type", "DownwardAPI (a volume populated by information about the pod)"), ("Items", "\n".join(items))]


def _projected(source: dict[str, Any]) -> list[tuple[str, Any]]:
    fields: list[tuple[str, Any]] = [("Type", "Projected (a volume that contains injected data from multiple sources)")]
    for part in source.get("sources") or []:
        if "secret" in part:
            fields += [("SecretName", part["secret"].get("name", "")), ("Optional", _optional(part["secret"]))]
        if "downwardAPI" in part:
            fields.append(("DownwardAPI", "true"))
        if "configMap" in part:
            fields += [("ConfigMapName", part["configMap"].get("name", "")), ("Optional", _optional(part["configMap"]))]
        if "serviceAccountToken" in part:
            fields.append(("TokenExpirationSeconds", part["serviceAccountToken"].get("expirationSeconds", 3600)))
    return fields


SOURCES: dict[str, Callable[[dict[str, Any]], list[tuple[str, Any]]]] = {
    "configMap": _config_map,
    "downwardAPI": _downward,
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "persistentVolumeClaim": _claim,
    "projected": _projected,
    "secret": _secret,
}
