"""Asks a cluster in process what was once asked of a real API server, and compares the answers.

Numbered placeholders stand for equal values: `<rv1>` twice in a case means one resourceVersion twice. Others (`<time>`, `<rand>` …) stand for
whatever chance or time gives. Messages compare like everything else.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from cluster_core.apimachinery.request import UserInfo
from cluster_core.apiserver import http
from cluster_core.clock import VirtualClock
from cluster_core.cluster import Cluster

Object = dict[str, Any]
GOLDEN = Path(__file__).parents[2] / "golden" / "api"
CREDENTIAL = "X509SHA256=5c5df0730b1d3000e28a01270a0854b93f1555217d8227ef9d81a9a1fc7dcefa"
ADMIN = UserInfo(
    "admin",
    ("system:masters", "system:authenticated"),
    extra={"authentication.kubernetes.io/credential-id": (CREDENTIAL,)},
)
"""Who the recorder was: the holder of a client certificate."""
RECORDED = 1795348800.0
"""When that was, 2026-11-22T12:00:00Z: some tables show how long ago a fixed moment is."""
HEADERS = {"user-agent": "golden/1", "accept": "application/json"}
_NUMBERED = re.compile(r"<(?:uid|rv)\d+>")
_FREE = {
    "<time>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "<age>": r"(?:\d+[smhdy])+",
    "<rand>": r"[a-z0-9]{5}",
    "<clusterIP>": r"\d+\.\d+\.\d+\.\d+",
    "<rv>": r"\d+",
    "<continue>": r".+",
    "<token>": r"ey.+",
    "<uid>": r"[0-9a-f-]{36}",
    "<generated>": r".+",
    "<address>": r"[\d.:]+",
}
_PLACEHOLDER = re.compile("|".join([*map(re.escape, _FREE), _NUMBERED.pattern]))
_NUMBER = {"<nodePort>", "<healthCheckNodePort>"}


def rows(table: str) -> list[Object]:
    """The rows of a recorded table."""
    return [json.loads(line) for line in (GOLDEN / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()]


class World:
    """A cluster as the recorder found it: the namespace `gold` with its account, nothing running."""

    def __init__(self) -> None:
        self.cluster = Cluster(controllers=False, nodes=0, clock=VirtualClock(RECORDED))
        self.namespace("gold")

    def namespace(self, name: str) -> None:
        """Make a namespace with its default account."""
        self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        self.ask("POST", f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Object | None = None,
        user: UserInfo | None = ADMIN,
    ) -> http.Answer:
        """One HTTP exchange."""
        lower = {**HEADERS, **{k.lower(): v for k, v in (headers or {}).items()}}
        data = b""
        if body is not None:
            lower.setdefault("content-type", "application/json")
            data = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()
        answer = http.exchange(self.cluster.server, method, path, lower, data, user)
        self.cluster.loop.run_ready()
        return answer


class Comparison:
    """Collects differences of one case; numbered placeholders keep their meaning throughout."""

    def __init__(self, keep_managed_fields: bool = False) -> None:
        self.found: list[str] = []
        self._keep = keep_managed_fields
        self._meaning: dict[str, str] = {}

    def compare(self, expected: Any, got: Any, path: str = "") -> None:
        """Note where `got` is not as expected."""
        if isinstance(expected, dict) and isinstance(got, dict):
            ignored = set() if self._keep else {"managedFields"}
            for key in sorted((expected.keys() | got.keys()) - ignored - {"description"}):
                if (key in expected) != (key in got):
                    self.found.append(f"{path}.{key}: {'missing' if key in expected else 'not expected'}")
                else:
                    self.compare(expected[key], got[key], f"{path}.{key}")
        elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
            for index, pair in enumerate(zip(expected, got, strict=True)):
                self.compare(*pair, f"{path}[{index}]")
        elif not self._same(expected, got):
            self.found.append(f"{path}: expected {expected!r}, got {got!r}")

    def _same(self, expected: Any, got: Any) -> bool:
        if expected in _NUMBER if isinstance(expected, str) else False:
            return isinstance(got, int)
        if isinstance(expected, str) and isinstance(got, str) and "<" in expected:
            return self._fits(expected, got)
        return bool(expected == got and isinstance(expected, bool) == isinstance(got, bool))

    def _fits(self, expected: str, got: str) -> bool:
        names, pattern = _pattern(expected)
        match = pattern.fullmatch(got)
        if match is None:
            return False
        pairs = zip(names, match.groups(), strict=True)
        return all(self._meaning.setdefault(name, value) == value for name, value in pairs)


@cache
def _pattern(text: str) -> tuple[list[str], re.Pattern[str]]:
    names, parts, end = [], [], 0
    for match in _PLACEHOLDER.finditer(text):
        parts.append(re.escape(text[end : match.start()]))
        if match[0] in _FREE:
            parts.append(_FREE[match[0]])
        else:
            names.append(match[0])
            parts.append(r"(\d+|[0-9a-f-]{36})")
        end = match.end()
    return names, re.compile("".join([*parts, re.escape(text[end:])]), re.DOTALL)


def differences(row: Object) -> list[str]:
    """Where our answers to the steps of a case are not the recorded ones."""
    world, comparison, saved = World(), Comparison(row["id"].startswith("patch/ssa/")), {}
    for number, step in enumerate(_steps(row)):
        text = json.dumps({k: v for k, v in step.items() if k != "expect"}, ensure_ascii=False)
        for name, value in saved.items():
            text = text.replace("{{" + name + "}}", value)
        asked = json.loads(text)
        headers = dict(asked.get("headers", {}))
        if "contentType" in asked and "body" in asked:
            headers["content-type"] = asked["contentType"]
        body = asked.get("body")
        answer = world.ask(asked["method"], asked["path"], body, headers)
        got, expected = _shape(step, answer), step["expect"]
        for name, path in step.get("save", {}).items():
            saved[name] = str(_dig(got.get("body"), path))
        if "resourceVersion=1" in step["path"] and '"code": 410' in json.dumps(expected):
            continue  # how much of the past a server remembers is its own affair
        if row.get("unstable") or set(expected) == {"code"}:
            got, expected = {"code": got["code"]}, {"code": expected["code"]}
        comparison.compare(expected, got, f"{number + 1}")
    return comparison.found


def _steps(row: Object) -> list[Object]:
    """A row's requests; a row of `defaulting` is one request, after its setup."""
    if "steps" in row:
        steps: list[Object] = row["steps"]
        return steps
    expected = {"code": row["code"], "text" if isinstance(row["stored"], str) else "body": row["stored"]}
    if row.get("warnings"):
        expected["warnings"] = row["warnings"]
    setup = [{"method": "POST", **step, "expect": {"code": 201}} for step in row.get("setup", [])]
    return [*setup, {"method": "POST", "path": row["path"], "body": row["request"], "expect": expected}]


def _shape(step: Object, answer: http.Answer) -> Object:
    """An answer in the form that the recorder kept."""
    got: Object = {"code": answer.code}
    warnings = [value for name, value in answer.headers if name == "Warning"]
    if warnings:
        got["warnings"] = [re.sub(r'\\(["\\])', r"\1", w[len('299 - "') : -1]) for w in warnings]
    retry = [value for name, value in answer.headers if name == "Retry-After"]
    if retry:
        got["retryAfter"] = retry[0]
    if step.get("stream") and answer.code == 200:
        events = [json.loads(line) for line in answer.body.splitlines()]
        got["events"] = [_reduced(e) if step.get("eventsReduced") else e for e in events]
    elif answer.body[:1] in (b"{", b"["):
        body = json.loads(answer.body)
        got["body"] = {k: _dig(body, k) for k in step["pick"]} if step.get("pick") else body
    else:
        got["text"] = answer.body.decode()
    return got


def _reduced(event: Object) -> Object:
    if "object" not in event:
        return event  # not a watch's event: a single object
    obj = event["object"]
    if obj.get("kind") == "Status":
        return event
    metadata = {
        k: v
        for k, v in obj.get("metadata", {}).items()
        if k in ("name", "resourceVersion", "labels", "annotations", "deletionTimestamp")
    }
    data = {"data": obj["data"]} if "data" in obj else {}
    return {"type": event["type"], "object": {"kind": obj.get("kind"), "metadata": metadata, **data}}


def _dig(value: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value
