"""Cells of tables (`kubectl get`): ages, label lists, and the columns that most kinds share. Used by kinds' files only."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cluster_core.api.resource import Column, Object
from cluster_core.apimachinery import timestamps

NONE = "<none>"
UNKNOWN = "<unknown>"
UNSET = "<unset>"


def human_duration(seconds: float) -> str:
    """A duration with two significant parts at most: `5s` `3m20s` `2d5h` `3y40d`."""
    total = int(seconds)
    if total < -1:
        return "<invalid>"
    if total < 0:
        return "0s"
    if total < 120:
        return f"{total}s"
    minutes = total // 60
    if minutes < 10:
        return _two(minutes, "m", total % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    hours = minutes // 60
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _two(hours // 24, "d", hours % 24, "h")
    days = hours // 24
    if days < 365 * 2:
        return f"{days}d"
    if days < 365 * 8:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(high: int, high_unit: str, low: int, low_unit: str) -> str:
    return f"{high}{high_unit}{low}{low_unit}" if low else f"{high}{high_unit}"


def since(time: str | None, now: float) -> str:
    """How long ago an API time was; `<unknown>` without one."""
    return human_duration(now - timestamps.parse(time)) if time else UNKNOWN


def age(obj: Object, now: float) -> str:
    """The Age column."""
    return since(obj["metadata"].get("creationTimestamp"), now)


def labels(pairs: Mapping[str, str] | None) -> str:
    """`a=b,c=d`, or `<none>`."""
    return ",".join(f"{key}={value}" for key, value in sorted(pairs.items())) if pairs else NONE


def selector(label_selector: Mapping[str, Any] | None) -> str:
    """A metav1.LabelSelector as text; empty for one that selects everything, `<invalid>` for a bad one."""
    if label_selector is None:
        return ""
    terms = [(key, f"{key}={value}") for key, value in (label_selector.get("matchLabels") or {}).items()]
    for expression in label_selector.get("matchExpressions") or ():
        text = _expression(expression)
        if text is None:
            return "<invalid>"
        terms.append((expression["key"], text))
    return ",".join(text for _, text in sorted(terms, key=lambda term: term[0]))


def _expression(expression: Mapping[str, Any]) -> str | None:
    key, values = expression["key"], ",".join(sorted(expression.get("values") or ()))
    forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": key, "DoesNotExist": f"!{key}"}
    return forms.get(expression["operator"])


def selector_or_none(label_selector: Mapping[str, Any] | None) -> str:
    """As `selector`, with `<none>` for one that selects everything and `<error>` for a bad one."""
    text = selector(label_selector)
    return "<error>" if text == "<invalid>" else text or NONE


def container_names(spec: Object) -> str:
    """`app,proxy`."""
    return ",".join(container["name"] for container in spec.get("containers") or ())


def container_images(spec: Object) -> str:
    """`nginx,envoy:1`."""
    return ",".join(container.get("image", "") for container in spec.get("containers") or ())


def at_most(items: Iterable[str], limit: int, empty: str = UNSET) -> str:
    """`a,b,c + 2 more...`."""
    found = list(items)
    text = ",".join(found[:limit])
    if len(found) > limit:
        return f"{text} + {len(found) - limit} more..."
    return text or empty


def get(*path: str, default: Any = "") -> Callable[[Object, float], Any]:
    """A cell that is a field of the object, `default` if it is absent."""

    def cell(obj: Object, _now: float) -> Any:
        value: Any = obj
        for part in path:
            value = value.get(part)
            if value is None:
                return default
        return value

    return cell


def count(field: str) -> Callable[[Object, float], int]:
    """A cell that counts the items of a top-level list or map."""
    return lambda obj, _now: len(obj.get(field) or ())


def workload_columns(template: Callable[[Object], Object], selects: Callable[[Object], str]) -> tuple[Column, ...]:
    """The wide columns of workloads: containers, images, selector of the pod template at `template(obj)`."""
    return (
        Column("Containers", lambda obj, _: container_names(template(obj)), priority=1),
        Column("Images", lambda obj, _: container_images(template(obj)), priority=1),
        Column("Selector", lambda obj, _: selects(obj), priority=1),
    )


NAME = Column("Name", lambda obj, _: obj["metadata"]["name"], format="name")
AGE = Column("Age", age)
