"""Objects as the server's tables (meta.k8s.io Table) and as kubectl prints them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cluster_core.apimachinery.gvk import GVR
from cluster_core.apimachinery.request import Request
from cluster_core.client.client import Client

ACCEPT = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def fetch(
    client: Client,
    gvr: GVR,
    namespace: str = "",
    name: str = "",
    label_selector: str = "",
    field_selector: str = "",
    chunk: str = "Object",
) -> dict[str, Any]:
    """One object, or those that match, as a Table whose rows carry their objects. Raises ApiError."""
    query = {"includeObject": chunk, "labelSelector": label_selector, "fieldSelector": field_selector}
    return client.transport.request(
        Request(
            "get" if name else "list",
            gvr,
            namespace,
            name,
            query={key: value for key, value in query.items() if value},
            user=client.user,
            impersonate=client.impersonate,
            accept=ACCEPT,
        )
    )


def header_and_rows(
    table: Mapping[str, Any], wide: bool = False, with_namespace: bool = False
) -> tuple[list[str], list[list[str]]]:
    """Upper-case headings and cells of the columns that kubectl would show."""
    columns = [(i, c) for i, c in enumerate(table["columnDefinitions"]) if wide or not c.get("priority")]
    headings = [column["name"].upper() for _, column in columns]
    rows = [[cell_text(row["cells"][i]) for i, _ in columns] for row in table.get("rows") or []]
    if with_namespace:
        headings.insert(0, "NAMESPACE")
        for row, source in zip(rows, table.get("rows") or [], strict=True):
            row.insert(0, ((source.get("object") or {}).get("metadata") or {}).get("namespace", ""))
    return headings, rows


def cell_text(value: Any) -> str:
    """A cell as kubectl writes it; line breaks never break a row."""
    if value is None:
        return "<none>"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text.replace("\r", "\\r").replace("\n", "\\n") if "\n" in text or "\r" in text else text


def align(headings: Sequence[str], rows: Iterable[Sequence[str]], show_headings: bool = True) -> str:
    """Columns as kubectl's tab writer aligns them: three blanks between, none after the last."""
    lines = [list(headings)] if show_headings and headings else []
    lines += [list(row) for row in rows]
    if not lines:
        return ""
    widths = [max(len(line[i]) for line in lines) + 3 for i in range(len(lines[0]) - 1)]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(line, [*widths, 0], strict=True)) + "\n" for line in lines
    )
