"""From rendered files to ordered documents: split, read the head, take hooks out, sort by kind.

The rules and error texts are Helm's (docs: "chart_hooks", KindSortOrder). Called by the actions; knows no cluster.
"""

import os
from collections.abc import Mapping, Sequence

from helmpy import disk_cache, log
from helmpy.chart import decode
from helmpy.errors import ManifestError
from helmpy.golang.types import SPACES, GoError, go_bytes
from helmpy.records import FrozenRecord
from helmpy.release.model import Hook

_BEFORE_HOOKS = """PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodSecurityPolicy PodDisruptionBudget
ServiceAccount Secret SecretList ConfigMap StorageClass PersistentVolume PersistentVolumeClaim CustomResourceDefinition
ClusterRole ClusterRoleList ClusterRoleBinding ClusterRoleBindingList Role RoleList RoleBinding RoleBindingList"""

INSTALL_ORDER: tuple[str, ...] = (
    *_BEFORE_HOOKS.split(),
    *"""Service DaemonSet Pod ReplicationController ReplicaSet Deployment HorizontalPodAutoscaler StatefulSet Job CronJob
    IngressClass Ingress APIService MutatingWebhookConfiguration ValidatingWebhookConfiguration""".split(),
)
"""Kinds in the order they are created; unknown kinds come last, by name."""

UNINSTALL_ORDER: tuple[str, ...] = (
    *"""ValidatingWebhookConfiguration MutatingWebhookConfiguration APIService Ingress IngressClass Service CronJob Job
    StatefulSet HorizontalPodAutoscaler Deployment ReplicaSet ReplicationController Pod DaemonSet""".split(),
    *reversed(_BEFORE_HOOKS.split()),
)
"""Kinds in the order they are deleted."""

HOOK_EVENTS = frozenset(
    f"{when}-{what}" for when in ("pre", "post") for what in ("install", "delete", "upgrade", "rollback")
) | {"test"}
HOOK_ANNOTATION = "helm.sh/hook"


_METADATA = decode.GoStruct(
    'struct { Name string "json:\\"name\\""; Annotations map[string]string "json:\\"annotations\\"" }',
    {"name": decode.STRING, "annotations": decode.STRING_MAP},
)
_HEAD = decode.GoStruct("util.SimpleHead", {"apiVersion": decode.STRING, "kind": decode.STRING, "metadata": _METADATA})


class Manifest(FrozenRecord):
    """One rendered document: the template's path, its text, and what its head says."""

    path: str
    content: str
    kind: str
    name: str
    api_version: str
    annotations: Mapping[str, str]


def split(text: str) -> list[str]:
    """The documents of a rendered file, left side trimmed, empty ones dropped."""
    *parts, last = f"\n{text.lstrip(SPACES)}".split("\n---")
    trimmed = [*(f"{part}\n".lstrip(SPACES) for part in parts), last.lstrip(SPACES)]
    return [part for part in trimmed if part]


def sort(files: Mapping[str, str], order: Sequence[str] = INSTALL_ORDER) -> tuple[list[Hook], list[Manifest]]:
    """Hooks and manifests of rendered files {template path: text}, each sorted by kind, then file order.

    Raises ManifestError naming the file when a document is no YAML mapping.
    """
    hooks: list[Hook] = []
    manifests: list[Manifest] = []
    for path in sorted(files, key=os.fsencode):
        if path.rpartition("/")[2].startswith("_"):
            continue
        for document in split(files[path]):
            manifest = _read(path, document)
            if HOOK_ANNOTATION in manifest.annotations:
                hook = _hook(manifest)
                if hook is not None:
                    hooks.append(hook)
            else:
                manifests.append(manifest)
    rank = {kind: place for place, kind in enumerate(order)}
    hooks.sort(key=lambda hook: _rank(rank, hook.kind))
    manifests.sort(key=lambda manifest: _rank(rank, manifest.kind))
    return hooks, manifests


def _rank(rank: Mapping[str, int], kind: str) -> tuple[int, str]:
    place = rank.get(kind)
    return (len(rank), kind) if place is None else (place, "")


def _read(path: str, document: str) -> Manifest:
    data = go_bytes(document)
    try:
        return Manifest(path, document, *disk_cache.remembered("manifest", data, lambda: _head(data)))
    except GoError as error:
        raise ManifestError(f"YAML parse error on {path}: {error}") from error


def _head(document: bytes) -> tuple[str, str, str, dict[str, str]]:
    """Kind, name, apiVersion and annotations. Raises GoError."""
    head = decode.load(document, _HEAD)
    metadata = head.get("metadata", {})
    annotations = {key: text or "" for key, text in metadata.get("annotations", {}).items()}
    return head.get("kind", ""), metadata.get("name", ""), head.get("apiVersion", ""), annotations


def _hook(manifest: Manifest) -> Hook | None:
    wanted = manifest.annotations[HOOK_ANNOTATION]
    events = [_event(name) for name in wanted.split(",")]
    if None in events:
        log.info("skipping unknown hooks", hookTypes=wanted)
        return None
    return Hook(
        name=manifest.name,
        kind=manifest.kind,
        path=manifest.path,
        manifest=manifest.content,
        events=[event for event in events if event],
        weight=_weight(manifest.annotations.get("helm.sh/hook-weight", "")),
        delete_policies=_words(manifest.annotations, "helm.sh/hook-delete-policy"),
        output_log_policies=_words(manifest.annotations, "helm.sh/hook-output-log-policy"),
    )


def _event(name: str) -> str | None:
    name = name.strip().lower()
    if name == "test-success":
        return "test"
    return name if name in HOOK_EVENTS else None


def _weight(text: str) -> int:
    sign, digits = (text[:1], text[1:]) if text[:1] in ("+", "-") else ("", text)
    return int(sign + digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0


def _words(annotations: Mapping[str, str], name: str) -> list[str]:
    return [word.strip().lower() for word in annotations[name].split(",")] if name in annotations else []


def text_of(manifests: Sequence[Manifest], hide_secrets: bool = False) -> str:
    """The release manifest: each document behind its `# Source:` line."""
    return "".join(
        f"---\n# Source: {m.path}\n# HIDDEN: The Secret output has been suppressed\n"
        if hide_secrets and m.kind == "Secret" and m.api_version == "v1"
        else f"---\n# Source: {m.path}\n{m.content}\n"
        for m in manifests
    )
