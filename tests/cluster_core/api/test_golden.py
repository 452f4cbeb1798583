"""Recorded requests to a real API server: what it stores, what it refuses and why, and what its tables show."""

from typing import Any

import pytest
from recorded import differences, rows

ELSEWHERE = {
    "default/csr/minimal": "the recorder's client certificate",
    "default/csr/user-fields-overwritten": "the recorder's client certificate",
    "tables/event-core": "the recorder's clock",
    "tables/event-new": "the recorder's clock",
    "tables/ipaddress-minimal": "fewer columns than cells",
    "tables/pod-completed": "conditions of rows",
    "tables/pod-error": "conditions of rows",
    "tables/pod-evicted": "conditions of rows",
    "tables/pod-exitcode": "conditions of rows",
    "tables/pod-signal": "conditions of rows",
    "tables/include-Bogus": "the server's options",
    "tables/include-Object": "the server's options",
    "tables/accept-1": "the server's media types",
    "tables/accept-2": "the server's media types",
    "tables/accept-3": "the server's media types",
    "tables/accept-4": "the server's media types",
    "tables/custom-columns": "custom resources",
    "tables/csr-minimal": "the requester's name is written by the server",
    "tables/csr-user-fields-overwritten": "the requester's name is written by the server",
    "validation/labels/two-bad": "the order of a Go map",
    "validation/quantity/dot": "quantities",
    "validation/quantity/plus-ok": "quantities",
    "validation/service/nodeport-dup": "the allocator of node ports",
    "validation/crd/cel-nonbool": "CEL is not compiled",
    "validation/vap/nonbool": "CEL is not compiled",
    "validation/vap/syntax": "CEL is not compiled",
    "validation/conflict/stale-rv": "the server's conflicts",
    "validation/fieldvalidation/apply-dup": "the server's YAML",
    "validation/fieldvalidation/jsonpatch-Strict": "the server's patches",
    "validation/fieldvalidation/patch-jmp-Strict": "the server's patches",
}


def _cases(table: str) -> list[Any]:
    return [pytest.param(row, id=row["id"]) for row in rows(table) if row["id"] not in ELSEWHERE]


@pytest.mark.parametrize("row", _cases("defaulting"))
def test_stored_object(row: dict[str, Any]) -> None:
    assert differences(row) == []


@pytest.mark.parametrize("row", _cases("validation"))
def test_refusal(row: dict[str, Any]) -> None:
    assert differences(row) == []


@pytest.mark.parametrize("row", _cases("tables"))
def test_table(row: dict[str, Any]) -> None:
    assert differences(row) == []
