"""One JSON line per request for who wants to know: who asked what, and how it ended. Never bodies, headers or tokens."""

import json
from typing import Any, TextIO

from cluster_core.apimachinery.request import Request, UserInfo
from cluster_core.apimachinery.timestamps import rfc3339
from cluster_core.clock import Loop


class Audit:
    """Writes audit.k8s.io events of level Metadata to `file`; None writes nothing."""

    def __init__(self, loop: Loop, file: TextIO | None) -> None:
        self._loop, self._file = loop, file

    def started(self, request: Request) -> None:
        """A stream begins."""
        if self._file is not None and request.user is not None:
            self._write("ResponseStarted", request, request.verb, request.path, request.user, 0)

    def done(
        self, request: Request | None, method: str, path: str, user: UserInfo, code: int, audit_id: str = ""
    ) -> None:
        """A request has its answer; `audit_id` stands in the answer's headers, too."""
        if self._file is not None:
            verb = request.verb if request else method.lower()
            self._write("ResponseComplete", request, verb, path, user, code, audit_id)

    def _write(
        self, stage: str, request: Request | None, verb: str, path: str, user: UserInfo, code: int, audit_id: str = ""
    ) -> None:
        event: dict[str, Any] = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "stage": stage,
            **({"auditID": audit_id} if audit_id else {}),
            "requestURI": path,
            "verb": verb,
            "user": {"username": user.name, "groups": list(user.groups)},
            "stageTimestamp": rfc3339(self._loop.now()),
        }
        if request is not None:
            event["userAgent"] = request.user_agent
            if request.impersonate is not None:
                event["impersonatedUser"] = {"username": request.impersonate.name}
            if request.gvr is not None:
                event["objectRef"] = _reference(request)
        if code:
            event["responseStatus"] = {"code": code}
        assert self._file is not None
        self._file.write(json.dumps(event, separators=(",", ":")) + "\n")
        self._file.flush()


def _reference(request: Request) -> dict[str, str]:
    assert request.gvr is not None
    found = {
        "resource": request.gvr.resource,
        "namespace": request.namespace,
        "name": request.name,
        "subresource": request.subresource,
        "apiGroup": request.gvr.group,
        "apiVersion": request.gvr.version,
    }
    return {key: value for key, value in found.items() if value}
