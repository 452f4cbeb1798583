"""Hints of endpoints: the zones, and the nodes, whose clients should use them (spec.trafficDistribution)."""

from typing import Any

Object = dict[str, Any]

SAME_ZONE = ("PreferClose", "PreferSameZone")
SAME_NODE = "PreferSameNode"


def apply(service: Object, endpoints: list[Object]) -> list[Object]:
    """The endpoints with hints as the service wants them; the same list if nothing changes."""
    wish = service["spec"].get("trafficDistribution")
    hinted = [_with(endpoint, _hints(wish, endpoint)) for endpoint in endpoints]
    return hinted if hinted != endpoints else endpoints


def _hints(wish: str | None, endpoint: Object) -> Object | None:
    if wish not in SAME_ZONE and wish != SAME_NODE:
        return None
    if not endpoint["conditions"].get("ready"):
        return endpoint.get("hints")
    hints: Object = {}
    if endpoint.get("zone"):
        hints["forZones"] = [{"name": endpoint["zone"]}]
    if wish == SAME_NODE and endpoint.get("nodeName"):
        hints["forNodes"] = [{"name": endpoint["nodeName"]}]
    return hints or None


def _with(endpoint: Object, hints: Object | None) -> Object:
    if endpoint.get("hints") == hints:
        return endpoint
    bare = {name: value for name, value in endpoint.items() if name != "hints"}
    return {**bare, "hints": hints} if hints else bare
