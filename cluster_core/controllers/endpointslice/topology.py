"""Topology aware hints: endpoints shared out over the zones in proportion to the CPUs of their nodes.

For services with the annotation `service.kubernetes.io/topology-mode: Auto`. Every endpoint first serves its own zone;
zones that have more than their share then give some to those that have less.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from cluster_core.apimachinery import conditions, quantity
from cluster_core.controllers.endpointslice.packing import Plan

Object = dict[str, Any]

MODE, OLD_MODE = "service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints"
ZONE = "topology.kubernetes.io/zone"
CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
OVERLOAD = 0.2
"""How much more than its share a zone's endpoints may have to bear."""

ENABLED_REASON, DISABLED_REASON = "TopologyAwareHintsEnabled", "TopologyAwareHintsDisabled"
ENABLED, DISABLED = "Topology Aware Hints has been enabled", "Topology Aware Hints has been disabled"
NO_ZONE = "One or more endpoints do not have a zone specified"
NO_NODE_INFO = "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes"
TOO_FEW = "Insufficient number of endpoints ({} endpoints, {} zones)"
OVERLOADED = (
    "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold "
    "({} endpoints, {} zones)"
)


class Share(NamedTuple):
    """How many endpoints a zone should have."""

    maximum: int
    desired: float


class RefusedError(Exception):
    """Why no hints can be given."""


def is_wanted(service: Object) -> bool:
    """Whether the service asks for topology aware hints."""
    annotations = service["metadata"].get("annotations") or {}
    return annotations.get(OLD_MODE, annotations.get(MODE)) in ("Auto", "auto")


def zone_ratios(nodes: list[Object]) -> dict[str, float]:
    """Each zone's part of the CPUs of all ready nodes; {} if a node does not tell or there is one zone only."""
    cpus: Counter[str] = Counter()
    for node in nodes:
        labels, status = node["metadata"].get("labels") or {}, node.get("status") or {}
        if any(label in labels for label in CONTROL_PLANE) or not _is_ready(status):
            continue
        cpu = quantity.milli(str((status.get("allocatable") or {}).get("cpu", "0")))
        if not labels.get(ZONE) or not cpu:
            return {}
        cpus[labels[ZONE]] += cpu
    total = cpus.total()
    return {zone: cpu / total for zone, cpu in sorted(cpus.items())} if len(cpus) > 1 else {}


def _is_ready(status: Object) -> bool:
    ready = conditions.get(status.get("conditions"), "Ready")
    return ready is not None and ready["status"] == "True"


@dataclass(slots=True)
class Topology:
    """What a controller remembers of the services that have hints: endpoints per zone by service and address family."""

    hinted: dict[str, dict[str, Counter[str]]]

    def distribute(
        self, key: str, family: str, ratios: dict[str, float], created: list[Object], plan: Plan
    ) -> tuple[str, str, str] | None:
        """Give hints to the endpoints of slices to write, moving slices in `plan` that must be written too.

        Returns the event to tell: type, reason and message; None if there is nothing to tell.
        """
        try:
            zones = _give_hints(ratios, created, plan)
        except RefusedError as refusal:
            self.forget(key, family)
            _take_hints(created, plan)
            return "Warning", DISABLED_REASON, f"{refusal}, addressType: {family}"
        known = key in self.hinted
        self.hinted.setdefault(key, {})[family] = zones
        return None if known else ("Normal", ENABLED_REASON, f"{ENABLED}, addressType: {family}")

    def stop(self, key: str, family: str) -> tuple[str, str, str] | None:
        """The service does not ask for hints (any more); the event to tell if it had some."""
        if key not in self.hinted:
            return None
        self.forget(key, family)
        return "Warning", DISABLED_REASON, f"{DISABLED}, addressType: {family}"

    def forget(self, key: str, family: str) -> None:
        """The service has no hints for a family any more."""
        families = self.hinted.get(key)
        if families is not None:
            families.pop(family, None)
            if not families:
                del self.hinted[key]

    def overloaded(self, ratios: dict[str, float]) -> list[str]:
        """Keys of services whose zones bear too much by now."""
        return [key for key, families in self.hinted.items() if any(_bears(z, ratios) for z in families.values())]


def _bears(zones: Counter[str], ratios: dict[str, float]) -> bool:
    if not zones:
        return False
    total = zones.total()
    return not ratios or any(
        zone not in zones or zones[zone] < math.ceil(total * ratio / (1 + OVERLOAD)) for zone, ratio in ratios.items()
    )


def _give_hints(ratios: dict[str, float], created: list[Object], plan: Plan) -> Counter[str]:
    shares = _shares(ratios, sum(_ready(one) for one in [*created, *plan.update, *plan.keep]))
    zones = _settled(shares, plan)
    for slices in (created, plan.update):
        slices[:] = [{**one, "endpoints": [_own_zone(e, zones) for e in one.get("endpoints") or ()]} for one in slices]
    giving, receiving = _moves(shares, zones)
    for slices in (created, plan.update):
        slices[:] = [
            {**one, "endpoints": [_moved(e, giving, receiving, zones) for e in one["endpoints"]]} for one in slices
        ]
    return zones


def _shares(ratios: dict[str, float], endpoints: int) -> dict[str, Share]:
    if not ratios:
        raise RefusedError(NO_NODE_INFO)
    if len(ratios) > endpoints:
        raise RefusedError(TOO_FEW.format(endpoints, len(ratios)))
    desired = {zone: ratio * endpoints for zone, ratio in ratios.items()}
    minimum = {zone: math.ceil(wanted * (1 / (1 + OVERLOAD))) for zone, wanted in desired.items()}
    spare = endpoints - sum(minimum.values())
    if spare < 0:
        raise RefusedError(OVERLOADED.format(endpoints, len(ratios)))
    return {zone: Share(least + spare, max(desired[zone], float(least))) for zone, least in minimum.items()}


def _settled(shares: dict[str, Share], plan: Plan) -> Counter[str]:
    """Endpoints per zone of the slices that may stay as they are; the others are to be written."""
    zones: Counter[str] = Counter()
    kept = []
    for one in plan.keep:
        found = _present(one, zones, shares)
        if found is None:
            plan.update.append(one)
        else:
            kept.append(one)
            zones += found
    plan.keep[:] = kept
    return zones


def _present(one: Object, zones: Counter[str], shares: dict[str, Share]) -> Counter[str] | None:
    """Hints per zone of a slice; None if one is missing, or a zone would get too many."""
    found: Counter[str] = Counter()
    for endpoint in one.get("endpoints") or ():
        if not endpoint["conditions"].get("ready"):
            continue
        hints = (endpoint.get("hints") or {}).get("forZones") or ()
        if not hints or any(hint["name"] not in shares for hint in hints):
            return None
        found.update(hint["name"] for hint in hints)
    too_many = any(count + zones[zone] > shares[zone].maximum for zone, count in found.items())
    return None if too_many else found


def _own_zone(endpoint: Object, zones: Counter[str]) -> Object:
    if not endpoint["conditions"].get("ready"):
        return endpoint
    zone = endpoint.get("zone")
    if not zone:
        raise RefusedError(NO_ZONE)
    zones[zone] += 1
    return _for_zone(endpoint, zone)


def _for_zone(endpoint: Object, zone: str) -> Object:
    return {**endpoint, "hints": {"forZones": [{"name": zone}]}}


def _moves(shares: dict[str, Share], zones: Counter[str]) -> tuple[Counter[str], Counter[str]]:
    """How many endpoints each zone should give away, and get."""
    surplus = {zone: zones[zone] - share.desired for zone, share in shares.items() if zones[zone] > share.desired}
    lack = {zone: share.desired - zones[zone] for zone, share in shares.items() if zones[zone] < share.desired}
    giving: Counter[str] = Counter()
    receiving: Counter[str] = Counter()
    while surplus and lack:
        giver, taker = max(surplus, key=surplus.__getitem__), max(lack, key=lack.__getitem__)
        most, least = max(surplus[giver], lack[taker]), min(surplus[giver], lack[taker])
        if most < 1 or least < 0.5:
            break
        giving[giver] += 1
        receiving[taker] += 1
        surplus[giver] -= 1
        lack[taker] -= 1
    return giving, receiving


def _moved(endpoint: Object, giving: Counter[str], receiving: Counter[str], zones: Counter[str]) -> Object:
    zone = endpoint.get("zone", "")
    if not endpoint["conditions"].get("ready") or not giving[zone]:
        return endpoint
    taker = next((zone for zone in sorted(receiving) if receiving[zone]), None)
    if taker is None:
        return endpoint
    giving[zone] -= 1
    receiving[taker] -= 1
    zones[zone] -= 1
    zones[taker] += 1
    return _for_zone(endpoint, taker)


def _ready(one: Object) -> int:
    return sum(bool(endpoint["conditions"].get("ready")) for endpoint in one.get("endpoints") or ())


def _take_hints(created: list[Object], plan: Plan) -> None:
    """No endpoint keeps hints; slices that had some are to be written."""
    plan.update += [one for one in plan.keep if any("hints" in e for e in one.get("endpoints") or ())]
    plan.keep[:] = [one for one in plan.keep if one not in plan.update]
    for slices in (created, plan.update):
        slices[:] = [{**one, "endpoints": [_bare(e) for e in one.get("endpoints") or ()]} for one in slices]


def _bare(endpoint: Object) -> Object:
    return {name: value for name, value in endpoint.items() if name != "hints"}
