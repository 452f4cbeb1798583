"""The table of resources and the files behind it."""

import json
from pathlib import Path
from typing import Any

import pytest

from cluster_core.api import scheme
from cluster_core.apimachinery.gvk import GVK

GOLDEN = Path(__file__).parents[2] / "golden" / "api"
ROWS = scheme.all_resources()


@pytest.mark.parametrize("resource", ROWS, ids=lambda r: f"{r.plural}.{r.version}.{r.group}")
def test_resource_is_found_by_its_names(resource: Any) -> None:
    assert scheme.lookup(resource.group, resource.version, resource.plural) is resource
    assert resource.kind
    if resource.columns:
        assert resource.columns[0].name in ("Name", "Last Seen", "NAME")


def test_kind_is_found() -> None:
    found = scheme.lookup_kind(GVK("apps", "v1", "Deployment"))
    assert found is not None
    assert found.plural == "deployments"
    assert scheme.lookup_kind(GVK("apps", "v1beta1", "Deployment")) is None


def test_served_resources_are_those_recorded() -> None:
    recorded = set(_recorded(json.loads((GOLDEN / "discovery.json").read_text(encoding="utf-8"))))
    ours = {(r.group, r.version, r.plural, r.kind, r.namespaced) for r in ROWS}
    assert ours <= recorded | {("", "v1", "bindings", "Binding", True)}


def _recorded(document: Any) -> Any:
    if isinstance(document, dict):
        if document.get("kind") == "APIResourceList":
            group, _, version = document["groupVersion"].rpartition("/")
            for resource in document["resources"]:
                if "/" not in resource["name"]:
                    yield group, version, resource["name"], resource["kind"], resource["namespaced"]
        for value in document.values():
            yield from _recorded(value)
    elif isinstance(document, list):
        for value in document:
            yield from _recorded(value)
