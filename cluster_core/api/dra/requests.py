"""Device requests of claims and claim templates: their defaults."""

from typing import Any

Object = dict[str, Any]


def default_claim_spec(spec: Object) -> None:
    """One device per request."""
    for request in (spec.get("devices") or {}).get("requests") or ():
        if "exactly" in request:
            _default_count(request["exactly"])
        for alternative in request.get("firstAvailable") or ():
            _default_count(alternative)


def _default_count(request: Object) -> None:
    if not request.get("allocationMode"):
        request["allocationMode"] = "ExactCount"
    if request["allocationMode"] == "ExactCount" and not request.get("count"):
        request["count"] = 1
