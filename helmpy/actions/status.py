"""The status of a release, and a table of its objects and their pods."""

from helmpy.actions import get
from helmpy.actions.configuration import Configuration
from helmpy.errors import HelmpyError
from helmpy.kube import resources, tables
from helmpy.kube.resources import Resource
from helmpy.release.model import Release

POD_OWNERS = frozenset({"ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicationController"})


def status(configuration: Configuration, name: str, revision: int = 0) -> Release:
    """One revision of a release. Raises ReleaseError."""
    return get.release(configuration, name, revision)


def resource_table(configuration: Configuration, release: Release) -> str:
    """The release's objects as kubectl shows them, one section per kind, pods that belong to them included.

    Raises HelmpyError when the cluster refuses.
    """
    client = configuration.connection.client
    built = resources.build(client, release.manifest, release.namespace)
    wanted = [(f"{item.gvk.version}/{item.gvk.kind}", item.gvr, item.namespace, item.name) for item in built]
    found = tables.sections(client, wanted)
    pods = _related_pods(configuration, built)
    if pods:
        found["v1/Pod(related)"] = pods
    return "".join(f"==> {title}\n{_section(parts)}\n" for title, parts in found.items())


def _section(parts: list[dict[str, object]]) -> str:
    headings: list[str] = []
    rows: list[list[str]] = []
    for part in parts:
        headings, more = tables.header_and_rows(part)
        rows += more
    return tables.align(headings, rows)


def _related_pods(configuration: Configuration, built: list[Resource]) -> list[dict[str, object]]:
    client, found, seen = configuration.connection.client, [], set()
    pods = resources.PODS
    for item in built:
        selector = _selector(item)
        if not selector or (item.namespace, selector) in seen:
            continue
        seen.add((item.namespace, selector))
        try:
            table = tables.fetch(client, pods, item.namespace, label_selector=selector)
        except HelmpyError:
            continue
        if table.get("rows"):
            found.append(table)
    return found


def _selector(item: Resource) -> str:
    if item.gvk.kind not in POD_OWNERS:
        return ""
    selector = (item.obj.get("spec") or {}).get("selector") or {}
    labels = selector if item.gvk.kind == "ReplicationController" else selector.get("matchLabels") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
