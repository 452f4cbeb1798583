"""From manifest text to objects with a known resource, as kubectl's resource builder does.

A `Resource` is one object of a manifest, its REST mapping, and the namespace that it goes to.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVK, GVR, gvk_of
from cluster_core.client.client import Client
from helmpy.errors import KubeError, ManifestError
from helmpy.golang.types import GoError
from helmpy.kube import object_meta

PODS = GVR("", "v1", "pods")


class Resource(NamedTuple):
    """One object of a manifest. `namespace` is "" for cluster-scoped kinds; `obj` is the manifest's own dict."""

    gvk: GVK
    gvr: GVR
    namespace: str
    name: str
    obj: dict[str, Any]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes two resources of two manifests the same object: group, kind, namespace, name."""
        return (self.gvk.group, self.gvk.kind, self.namespace, self.name)

    def __str__(self) -> str:
        return f'{self.gvk.kind} "{self.name}" in namespace "{self.namespace}"'


def build(client: Client, text: str, namespace: str) -> list[Resource]:
    """The objects of a manifest in order, lists flattened.

    Raises ManifestError for a document that is no object, KubeError for kinds that the server does not know (all of them
    at once).
    """
    from helmpy.yaml import loader

    try:
        documents = [loader.load(part, integers=True) for part in loader.split(text)]
    except GoError as error:
        raise ManifestError(f"error parsing manifest: {error}") from error
    found, problems = [], []
    for document in _flat(documents):
        try:
            found.append(_resource(client, document, namespace))
        except (ApiError, ManifestError) as error:
            problems.append(error)
    if problems:
        raise _aggregate(problems)
    return found


def _flat(documents: Iterable[Any]) -> Iterable[dict[str, Any]]:
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict):
            raise ManifestError('error validating "": error validating data: invalid object to validate')
        if str(document.get("kind", "")).endswith("List") and "items" in document:
            items = document["items"]
            yield from _flat(items if isinstance(items, list) else [items])
        else:
            yield document


def _resource(client: Client, obj: dict[str, Any], namespace: str) -> Resource:
    problem = object_meta.problem_of(obj)
    if problem:
        raise ManifestError(f'unable to decode "": {problem}')
    wrong = [text for name in ("apiVersion", "kind") if (text := _type_problem(obj, name))]
    if wrong:
        listed = wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]"
        raise ManifestError(f'error validating "": error validating data: {listed}')
    gvk = gvk_of(obj)
    try:
        mapping = client.mapper.resource_for(gvk)
    except ApiError as error:
        raise _no_match(obj, error) from error
    metadata = obj.get("metadata") or {}
    name = metadata.get("name") or ""
    if not mapping.namespaced:
        return Resource(gvk, mapping.gvr, "", name, obj)
    own = metadata.get("namespace") or namespace
    return Resource(gvk, mapping.gvr, own, name, {**obj, "metadata": {**metadata, "namespace": own}})


def _type_problem(obj: dict[str, Any], field: str) -> str:
    value = obj.get(field)
    if value is None or value == "":
        return f"{field} not set"
    return "" if isinstance(value, str) else f"{field} isn't string type"


def _no_match(obj: dict[str, Any], error: ApiError) -> ApiError:
    if not error.message.startswith("no matches for kind"):
        return error
    metadata = obj.get("metadata") or {}
    text = (
        f'resource mapping not found for name: "{metadata.get("name", "")}" namespace: '
        f'"{metadata.get("namespace", "")}" from "": {error.message}\nensure CRDs are installed first'
    )
    return ApiError(404, "NotFound", text)


def _aggregate(problems: list[ApiError | ManifestError]) -> KubeError | ManifestError:
    """One error for several, worded as apimachinery's aggregate does."""
    texts = list(dict.fromkeys(str(problem) for problem in problems))
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    return KubeError(text)
