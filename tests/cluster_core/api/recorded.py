"""Recorded requests and answers of a real API server, asked again of ours.

Recorded answers have placeholders where chance or time decides: `<uid1>`, `<rv1>`, `<time>`, `<age>`, `<rand>` …
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from cluster_core.apimachinery.request import UserInfo
from cluster_core.apiserver import http
from cluster_core.cluster import Cluster

Object = dict[str, Any]

GOLDEN = Path(__file__).parents[2] / "golden" / "api"
ADMIN = UserInfo("admin", ("system:masters", "system:authenticated"))
BY_ADMISSION = frozenset(("automountServiceAccountToken", "preemptionPolicy", "priority"))
_PLACEHOLDERS = {
    "<age>": r"(\d+[smhdy])+",
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z",
    "<rand>": r"[a-z0-9]{5}",
    "<clusterIP>": r"\d+\.\d+\.\d+\.\d+",
}
_PLACEHOLDER = re.compile(r"<(?:age|time|rand|clusterIP|uid\d*|rv\d*|nodePort|healthCheckNodePort)>")


def rows(table: str) -> Iterator[Object]:
    """The rows of a recorded table."""
    for line in (GOLDEN / f"{table}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "id" in row:
            yield row


def differences(row: Object) -> list[str]:
    """Where our answers to the row's requests are not the recorded ones."""
    server = Cluster(controllers=False, nodes=[]).server
    found: list[str] = []
    _ask(server, {"method": "POST", "path": "/api/v1/namespaces", "body": {"metadata": {"name": "gold"}}})
    _ask(server, {"method": "DELETE", "path": "/apis/storage.k8s.io/v1/storageclasses/standard"})
    account = {"metadata": {"name": "default"}}
    _ask(server, {"method": "POST", "path": "/api/v1/namespaces/gold/serviceaccounts", "body": account})
    for number, step in enumerate(_steps(row)):
        got = _ask(server, step)
        expected = step["expect"]
        if set(expected) == {"code"}:
            got = {"code": got["code"]}
        found += [f"{number + 1}: {problem}" for problem in _compare(expected, got, "")]
    return found


def _steps(row: Object) -> list[Object]:
    if "steps" in row:
        steps: list[Object] = row["steps"]
        return steps
    expected = {"code": row["code"], "text" if isinstance(row["stored"], str) else "body": row["stored"]}
    if row.get("warnings"):
        expected["warnings"] = row["warnings"]
    setup = [{"method": "POST", **step, "expect": {"code": 201}} for step in row.get("setup", [])]
    return [*setup, {"method": "POST", "path": row["path"], "body": row["request"], "expect": expected}]


def _ask(server: Any, step: Object) -> Object:
    body = step.get("body", "")
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    headers = {"user-agent": "golden/1", "accept": "application/json", "content-type": "application/json"}
    headers.update({name.lower(): value for name, value in step.get("headers", {}).items()})
    if "contentType" in step:
        headers["content-type"] = step["contentType"]
    answer = http.answer(server, step["method"], step["path"], headers, text.encode(), ADMIN)
    found: Object = {"code": answer.code}
    warnings = [value for name, value in answer.headers if name.lower() == "warning"]
    if warnings:
        found["warnings"] = [re.sub(r'\\(["\\])', r"\1", text[len('299 - "') : -1]) for text in warnings]
    try:
        found["body"] = json.loads(answer.body)
    except ValueError:
        found["text"] = answer.body.decode()
    return found


def _compare(expected: Any, got: Any, path: str) -> list[str]:
    if isinstance(expected, dict) and isinstance(got, dict):
        keys = sorted((expected.keys() | got.keys()) - {"managedFields", "description", "contentType"})
        return [p for key in keys for p in _compare(expected.get(key), got.get(key), f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        return [p for i, pair in enumerate(zip(expected, got, strict=True)) for p in _compare(*pair, f"{path}[{i}]")]
    if isinstance(expected, str) and "<" in expected and _pattern(expected).fullmatch(str(got)):
        return []
    if expected == got and isinstance(expected, bool) == isinstance(got, bool):
        return []
    return [f"{path}: expected {expected!r}, got {got!r}"]


@cache
def _pattern(text: str) -> re.Pattern[str]:
    parts, end = [], 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [re.escape(text[end : match.start()]), _PLACEHOLDERS.get(match[0], ".+")]
        end = match.end()
    return re.compile("".join([*parts, re.escape(text[end:])]), re.DOTALL)
