"""Endpoints into slices, with as few writes as can be.

What is in a slice stays there; new endpoints fill the slices that are written anyway, then the one that ends up fullest,
then new slices.
"""

from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

LIMIT = 100
"""Endpoints per slice."""


@dataclass(slots=True)
class Plan:
    """Endpoint lists of slices to create; slices to update (already changed) and to delete; slices left alone."""

    create: list[list[Object]] = field(default_factory=list)
    update: list[Object] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)
    keep: list[Object] = field(default_factory=list)


def identity(endpoint: Object) -> tuple[Any, ...]:
    """What makes an endpoint the same endpoint: its addresses, host name and target."""
    target = endpoint.get("targetRef") or {}
    addresses = tuple(sorted(endpoint["addresses"]))
    return addresses, endpoint.get("hostname", ""), target.get("namespace"), target.get("name"), target.get("uid")


def pack(slices: list[Object], wanted: list[Object], labels: Object) -> Plan:
    """How slices of one port group come to hold exactly the wanted endpoints."""
    missing = {identity(endpoint): endpoint for endpoint in wanted}
    plan = Plan()
    for one in slices:
        _match(plan, one, missing, labels)
    rest = list(missing.values())
    rest = _fill(plan.update, rest)
    while rest:
        target = _fullest(plan.keep, len(rest)) if len(rest) < LIMIT else None
        if target is None:
            plan.create.append(rest[:LIMIT])
            rest = rest[LIMIT:]
        else:
            plan.keep.remove(target)
            plan.update.append({**target, "endpoints": [*(target.get("endpoints") or ()), *rest]})
            rest = []
    return plan


def _match(plan: Plan, one: Object, missing: dict[tuple[Any, ...], Object], labels: Object) -> None:
    """Keep of a slice what is wanted, and strike it from the missing ones."""
    present = one.get("endpoints") or []
    kept = []
    changed = False
    for endpoint in present:
        wanted = missing.pop(identity(endpoint), None)
        if wanted is not None:
            wanted = _with_hints_of(wanted, endpoint)
            kept.append(wanted)
            changed |= wanted != endpoint
    if changed or len(kept) != len(present):
        if kept:
            plan.update.append({**one, "endpoints": kept})
        else:
            plan.delete.append(one)
    elif one["metadata"].get("labels") != labels:
        plan.update.append(dict(one))
    else:
        plan.keep.append(one)


def _with_hints_of(wanted: Object, present: Object) -> Object:
    """Hints are decided later; until then those of the present endpoint stay."""
    return {**wanted, "hints": present["hints"]} if "hints" in present else wanted


def _fill(slices: list[Object], rest: list[Object]) -> list[Object]:
    """Fill the slices, fullest first; what found no room is returned."""
    for index in sorted(range(len(slices)), key=lambda i: -len(slices[i].get("endpoints") or ())):
        if not rest:
            break
        present = slices[index].get("endpoints") or []
        room = LIMIT - len(present)
        if room > 0:
            slices[index] = {**slices[index], "endpoints": [*present, *rest[:room]]}
            rest = rest[room:]
    return rest


def _fullest(slices: list[Object], count: int) -> Object | None:
    """The slice that has room for `count` more and is the fullest then."""
    fitting = [one for one in slices if len(one.get("endpoints") or ()) + count <= LIMIT]
    return max(fitting, key=lambda one: len(one.get("endpoints") or ()), default=None)
