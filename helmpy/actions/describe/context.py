"""What describers look up beside the object: events, other objects, and ages."""

from typing import Any

from cluster_core.apimachinery import timestamps
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.gvk import GVR
from helmpy.kube.connection import Connection

EVENTS = GVR("", "v1", "events")


class Context:
    """A connection, read for one description."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, gvr: GVR, namespace: str = "", **selectors: str) -> list[dict[str, Any]]:
        """Objects, none if the cluster does not say."""
        try:
            return list(self._connection.client.list(gvr, namespace, **selectors)["items"])  # type: ignore[arg-type]
        except ApiError:
            return []

    def get(self, gvr: GVR, name: str, namespace: str = "") -> "dict[str, Any] | str":
        """An object, or the text of the refusal."""
        try:
            return self._connection.client.get(gvr, name, namespace)
        except ApiError as error:
            return str(error)

    def events_of(self, obj: dict[str, Any]) -> list[dict[str, Any]]:
        """The events about an object, oldest first."""
        metadata = obj["metadata"]
        found = self.all(EVENTS, metadata.get("namespace", ""))
        own = [e for e in found if (e.get("involvedObject") or {}).get("uid") == metadata.get("uid")]
        return sorted(own, key=lambda e: e.get("lastTimestamp") or e.get("eventTime") or "")

    def event_row(self, event: dict[str, Any]) -> list[str]:
        """Type, reason, age, source and message of an event."""
        first = event.get("firstTimestamp") or event.get("eventTime") or ""
        last = event.get("lastTimestamp") or first
        age, count = self.age(last), event.get("count") or 1
        if count > 1:
            age = f"{age} (x{count} over {self.age(first)})"
        source = (event.get("source") or {}).get("component") or event.get("reportingComponent") or "<unknown>"
        message = str(event.get("message", "")).strip()
        return [event.get("type", ""), event.get("reason", ""), age, source, message]

    def age(self, stamp: str) -> str:
        """How long ago, in kubectl's words ("5m12s")."""
        if not stamp:
            return "<unknown>"
        return human_duration(self._connection.now() - timestamps.parse(stamp))


def human_duration(seconds: float) -> str:
    """k8s.io/apimachinery duration.HumanDuration: two units at most, fewer the longer it is."""
    whole = int(seconds)
    if whole < 0:
        return "0s" if whole > -2 else "<invalid>"
    if whole < 120:
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    years, rest = divmod(days, 365)
    return f"{years}y{rest}d" if years < 8 and rest else f"{years}y"


def date(stamp: str | None) -> str:
    """A time as describers print it: "Mon, 02 Jan 2006 15:04:05 -0700", "<unset>" without one."""
    if not stamp:
        return "<unset>"
    from datetime import UTC, datetime

    return datetime.fromtimestamp(timestamps.parse(stamp), UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
