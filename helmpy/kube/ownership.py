"""The marks that tell which release owns an object, set on every object that is applied and checked before one is touched.

Labels, annotations and texts are Helm's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cluster_core.apimachinery.errors import ApiError
from cluster_core.client.client import Client
from helmpy.errors import KubeError
from helmpy.kube.resources import Resource

MANAGED_BY = "app.kubernetes.io/managed-by"
RELEASE_NAME = "meta.helm.sh/release-name"
RELEASE_NAMESPACE = "meta.helm.sh/release-namespace"


def mark(resources: Iterable[Resource], name: str, namespace: str) -> list[Resource]:
    """The resources with the release's label and annotations."""
    return [resource._replace(obj=_marked(resource.obj, name, namespace)) for resource in resources]


def _marked(obj: dict[str, Any], name: str, namespace: str) -> dict[str, Any]:
    metadata = dict(obj.get("metadata") or {})
    metadata["labels"] = {**(metadata.get("labels") or {}), MANAGED_BY: "Helm"}
    annotations = {**(metadata.get("annotations") or {}), RELEASE_NAME: name, RELEASE_NAMESPACE: namespace}
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def problems_of(obj: Mapping[str, Any], name: str, namespace: str) -> str:
    """Why an object does not belong to the release; "" if it does."""
    metadata = obj.get("metadata") or {}
    found = [
        _differs("label", metadata.get("labels") or {}, MANAGED_BY, "Helm"),
        _differs("annotation", metadata.get("annotations") or {}, RELEASE_NAME, name),
        _differs("annotation", metadata.get("annotations") or {}, RELEASE_NAMESPACE, namespace),
    ]
    wrong = [text for text in found if text]
    return f"invalid ownership metadata; {'; '.join(wrong)}" if wrong else ""


def _differs(what: str, have: Mapping[str, str], key: str, want: str) -> str:
    if key not in have:
        return f'{what} validation error: missing key "{key}": must be set to "{want}"'
    if have[key] != want:
        return f'{what} validation error: key "{key}" must equal "{want}": current value is "{have[key]}"'
    return ""


def adoptable(client: Client, resources: Iterable[Resource], name: str, namespace: str, take: bool) -> list[Resource]:
    """Those resources that exist already and may be updated, as they are in the cluster's manifest terms.

    Raises KubeError for one that another owner holds, unless `take` is true.
    """
    existing = []
    for resource in resources:
        if _generates_name(resource):
            continue
        try:
            obj = live(client, resource)
        except KubeError as error:
            raise KubeError(f"could not get information about the resource {resource}: {error}") from error
        if obj is None:
            continue
        wrong = "" if take else problems_of(obj, name, namespace)
        if wrong:
            raise KubeError(f"{resource} exists and cannot be imported into the current release: {wrong}")
        existing.append(resource)
    return existing


def _generates_name(resource: Resource) -> bool:
    generates = bool((resource.obj.get("metadata") or {}).get("generateName"))
    if generates and resource.name:
        raise KubeError("metadata.name and metadata.generateName cannot both be set")
    return generates


def live(client: Client, resource: Resource) -> dict[str, Any] | None:
    """The object as the cluster has it, None if it does not exist; raises KubeError when it cannot be read."""
    if not resource.name:
        raise KubeError("resource name may not be empty")
    try:
        return client.get(resource.gvr, resource.name, resource.namespace)
    except ApiError as error:
        if error.code == 404:
            return None
        raise KubeError(str(error)) from error
