"""Services get their addresses and node ports here, between validation and the store.

The pools are injected (`Addresses`, `Ports`): the API server does not know the network. What was taken for a write that fails is given back.
"""

from collections.abc import Callable
from typing import Any, Protocol

from cluster_core.api.core.service import cluster_ip_problems
from cluster_core.apimachinery import errors, field
from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.request import UserInfo
from cluster_core.store.store import Store

Object = dict[str, Any]
NONE = "None"
SINGLE = "SingleStack"


class Addresses(Protocol):
    """A pool of cluster addresses; raises ValueError with Kubernetes' text."""

    def allocate(self) -> str: ...

    def claim(self, address: str) -> None: ...

    def release(self, address: str) -> None: ...


class Ports(Protocol):
    """A pool of node ports; raises ValueError with Kubernetes' text."""

    def allocate(self) -> int: ...

    def claim(self, port: int) -> None: ...

    def release(self, port: int) -> None: ...


class ServiceAllocator:
    """Allocates for services as they come, change and go."""

    def __init__(self, store: Store, addresses: Addresses, ports: Ports) -> None:
        self._store, self._addresses, self._ports = store, addresses, ports
        self._ready = False

    def _prepare(self) -> None:
        """Claim what stored services hold, once."""
        if self._ready:
            return
        self._ready = True
        for service in self._store.list("services"):
            for address in _addresses(service["spec"]):
                self._addresses.claim(address)
            for port in _ports(service["spec"]):
                self._ports.claim(port)

    def normalize(self, new: Object, old: Object | None, user: UserInfo) -> None:
        """Before validation: clusterIP and clusterIPs agree; on update unstated values are the old ones. Changes `new`'s own spec."""
        spec = new["spec"]
        if old is not None:
            _keep_allocated(spec, old["spec"])
        if spec.get("clusterIP") and not spec.get("clusterIPs"):
            spec["clusterIPs"] = [spec["clusterIP"]]
        elif old is not None:
            _follow_cluster_ip(spec, old["spec"])

    def allocate(
        self, new: Object, old: Object | None
    ) -> "tuple[list[FieldError], Callable[[], None], Callable[[], None]]":
        """Allocate for a service about to be stored: (problems, undo, finish).

        `undo` gives back what was taken now; `finish` gives back what the old service held and the new one does not.
        """
        self._prepare()
        taken: list[tuple[Any, Any]] = []
        spec, before = new["spec"], old["spec"] if old is not None else {}
        problems = self._settle_families(spec) or self._take_address(spec, before, taken)

        def undo() -> None:
            for pool, value in taken:
                pool.release(value)

        try:
            problems = problems or self._take_ports(spec, before, taken)
        except errors.ApiError:
            undo()
            raise

        def finish() -> None:
            self._release(before, spec)

        if problems:
            undo()
        return problems, undo, finish

    def release(self, service: Object) -> None:
        """A service is gone."""
        self._prepare()
        self._release(service["spec"], {})

    def _release(self, before: Object, after: Object) -> None:
        kept_addresses, kept_ports = _addresses(after) if after else [], _ports(after) if after else []
        for address in _addresses(before) if before else []:
            if address not in kept_addresses:
                self._addresses.release(address)
        for port in _ports(before) if before else []:
            if port not in kept_ports:
                self._ports.release(port)

    def _settle_families(self, spec: Object) -> list[FieldError]:
        """Address families of a service in a cluster that has IPv4 alone."""
        if spec.get("type") == "ExternalName":
            return []
        loose = spec.get("clusterIP") == NONE and not spec.get("selector")
        if not spec.get("ipFamilyPolicy"):
            spec["ipFamilyPolicy"] = "RequireDualStack" if loose else SINGLE
        problems = cluster_ip_problems(spec)
        if problems:
            return problems
        given, families = spec.get("clusterIPs") or [], list(spec.get("ipFamilies") or ())
        if spec["ipFamilyPolicy"] == SINGLE:
            for count, noun in ((len(given), "cluster IPs"), (len(families), "IP families")):
                if count == 2:
                    problem = f"must be 'RequireDualStack' or 'PreferDualStack' when multiple {noun} are specified"
                    problems.append(field.invalid("spec.ipFamilyPolicy", SINGLE, problem))
        for index, address in enumerate(given):
            if address != NONE and index >= len(families):
                if ":" in address:
                    problem = "IPv6 is not configured on this cluster"
                    problems.append(field.invalid(f"spec.clusterIPs[{index}]", given, problem))
                else:
                    families.append("IPv4")
        if problems:
            return problems
        return _loose_families(spec, families) if loose else _configured_families(spec, families)

    def _take_address(self, spec: Object, before: Object, taken: list[tuple[Any, Any]]) -> list[FieldError]:
        if spec.get("type") == "ExternalName":
            return []
        if spec.get("clusterIP") == NONE or (
            before and spec.get("clusterIP") and spec["clusterIP"] == before.get("clusterIP")
        ):
            return []
        wanted = spec.get("clusterIP")
        try:
            if wanted:
                self._addresses.claim(wanted)
            else:
                wanted = self._addresses.allocate()
        except ValueError as error:
            text = f"failed to allocate IP {wanted}: {error}"
            return [field.invalid("spec.clusterIPs", spec.get("clusterIPs") or [wanted], text)]
        taken.append((self._addresses, wanted))
        spec["clusterIP"], spec["clusterIPs"] = wanted, [wanted]
        return []

    def _take_ports(self, spec: Object, before: Object, taken: list[tuple[Any, Any]]) -> list[FieldError]:
        problems: list[FieldError] = []
        held = set(_ports(before)) if before else set()
        if _wants_ports(spec):
            shared: dict[tuple[int, str], int] = {}
            for index, port in enumerate(spec.get("ports") or ()):
                problems += self._take_port(port, f"spec.ports[{index}].nodePort", held, shared, taken)
        if spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local":
            self._take_health_port(spec, held, taken)
        return problems

    def _take_port(
        self, port: Object, path: str, held: set[int], shared: dict[tuple[int, str], int], taken: list[tuple[Any, Any]]
    ) -> list[FieldError]:
        wanted = port.get("nodePort")
        protocol = port.get("protocol", "TCP")
        other = next((n for (number, p), n in shared.items() if number == port["port"] and p != protocol), 0)
        try:
            if wanted and (wanted in held or any(n == wanted and p != protocol for (_, p), n in shared.items())):
                pass
            elif wanted:
                self._ports.claim(wanted)
                taken.append((self._ports, wanted))
            elif other:
                wanted = other
            else:
                wanted = self._ports.allocate()
                taken.append((self._ports, wanted))
        except ValueError as error:
            return [field.invalid(path, wanted, str(error))]
        port["nodePort"] = wanted
        shared[port["port"], protocol] = wanted
        return []

    def _take_health_port(self, spec: Object, held: set[int], taken: list[tuple[Any, Any]]) -> None:
        """Raises ApiError: upstream calls this an error of its own, not of the field."""
        wanted = spec.get("healthCheckNodePort")
        if wanted in held:
            return
        try:
            if wanted:
                self._ports.claim(wanted)
            else:
                wanted = self._ports.allocate()
        except ValueError as error:
            text = f"failed to allocate requested HealthCheck NodePort {wanted}: {error}"
            raise errors.internal(text) from None
        taken.append((self._ports, wanted))
        spec["healthCheckNodePort"] = wanted


def _wants_ports(spec: Object) -> bool:
    kind = spec.get("type")
    return kind == "NodePort" or (kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False)


def _addresses(spec: Object) -> list[str]:
    return [a for a in spec.get("clusterIPs") or [spec.get("clusterIP")] if a and a != NONE]


def _ports(spec: Object) -> list[int]:
    found = dict.fromkeys(p["nodePort"] for p in spec.get("ports") or () if p.get("nodePort"))
    if spec.get("healthCheckNodePort"):
        found[spec["healthCheckNodePort"]] = None
    return list(found)


def _loose_families(spec: Object, families: list[str]) -> list[FieldError]:
    """A headless service without a selector may name families that the cluster does not have."""
    families = families or ["IPv4"]
    if len(families) < 2 and spec["ipFamilyPolicy"] != SINGLE:
        families.append("IPv6" if families[0] == "IPv4" else "IPv4")
    spec["ipFamilies"] = families
    return []


def _configured_families(spec: Object, families: list[str]) -> list[FieldError]:
    problems = []
    if spec["ipFamilyPolicy"] == "RequireDualStack":
        problem = "this cluster is not configured for dual-stack services"
        problems.append(field.invalid("spec.ipFamilyPolicy", spec["ipFamilyPolicy"], problem))
    for index, family in enumerate(families):
        if family != "IPv4":
            problems.append(field.invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster"))
    spec["ipFamilies"] = families or ["IPv4"]
    return problems


def _keep_allocated(spec: Object, before: Object) -> None:
    """What was allocated stays when an update leaves it out."""
    if spec.get("type") != "ExternalName" and before.get("type") != "ExternalName":
        if not spec.get("clusterIP") and before.get("clusterIP"):
            spec["clusterIP"] = before["clusterIP"]
        if not spec.get("clusterIPs") and spec.get("clusterIP") == before.get("clusterIP") and before.get("clusterIPs"):
            spec["clusterIPs"] = before["clusterIPs"]
    if _wants_ports(spec) and _wants_ports(before):
        numbers = {(p.get("protocol"), p["port"]): p.get("nodePort") for p in before.get("ports") or ()}
        used = {p.get("nodePort") for p in spec.get("ports") or ()}
        for port in spec.get("ports") or ():
            old = numbers.get((port.get("protocol"), port["port"]))
            if old and not port.get("nodePort") and old not in used:
                port["nodePort"] = old
    if spec.get("externalTrafficPolicy") == "Local" and before.get("healthCheckNodePort"):
        spec.setdefault("healthCheckNodePort", before["healthCheckNodePort"])


def _follow_cluster_ip(spec: Object, before: Object) -> None:
    """Clients that know only one of the two fields change both by it."""
    same_ip = spec.get("clusterIP") == before.get("clusterIP")
    same_ips = spec.get("clusterIPs") == before.get("clusterIPs")
    if same_ip or not same_ips:
        return
    if not spec.get("clusterIP"):
        spec.pop("clusterIPs", None)
    else:
        spec["clusterIPs"] = [spec["clusterIP"], *(spec.get("clusterIPs") or [])[1:]]
