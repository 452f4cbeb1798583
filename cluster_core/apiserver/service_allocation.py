"""Services get their addresses and node ports here, between validation and the store.

The pools are injected (`Addresses`, `Ports`): the API server does not know the network. What was taken for a write that fails is given back.
"""

from collections.abc import Callable
from typing import Any, Protocol

from cluster_core.apimachinery import field
from cluster_core.apimachinery.field import FieldError
from cluster_core.apimachinery.request import UserInfo
from cluster_core.store.store import Store

Object = dict[str, Any]
NONE = "None"


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
        elif old is None and spec.get("clusterIPs") and not spec.get("clusterIP"):
            spec["clusterIP"] = spec["clusterIPs"][0]
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
        problems = self._take_address(spec, before, taken) or self._take_ports(spec, before, taken)

        def undo() -> None:
            for pool, value in taken:
                pool.release(value)

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

    def _take_address(self, spec: Object, before: Object, taken: list[tuple[Any, Any]]) -> list[FieldError]:
        if spec.get("type") == "ExternalName":
            return []
        _default_families(spec)
        if spec.get("clusterIP") == NONE or (
            before and spec.get("clusterIP") and spec["clusterIP"] == before.get("clusterIP")
        ):
            return []
        wanted = spec.get("clusterIP")
        if wanted and not _is_sound(spec):
            return []
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
            problems += self._take_health_port(spec, held, taken)
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

    def _take_health_port(self, spec: Object, held: set[int], taken: list[tuple[Any, Any]]) -> list[FieldError]:
        wanted = spec.get("healthCheckNodePort")
        if wanted in held:
            return []
        try:
            if wanted:
                self._ports.claim(wanted)
            else:
                wanted = self._ports.allocate()
        except ValueError as error:
            text = f"failed to allocate requested HealthCheck NodePort {wanted}: {error}"
            return [field.invalid("spec.healthCheckNodePort", wanted, text)]
        taken.append((self._ports, wanted))
        spec["healthCheckNodePort"] = wanted
        return []


def _is_sound(spec: Object) -> bool:
    """Whether the stated address can be claimed at all; validation has words for what cannot."""
    from ipaddress import ip_address

    try:
        ip_address(spec["clusterIP"])
    except ValueError:
        return False
    return bool(spec["clusterIP"] == (spec.get("clusterIPs") or [spec["clusterIP"]])[0])


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


def _default_families(spec: Object) -> None:
    """This cluster is IPv4 only; a headless service without a selector still asks for both families."""
    if spec.get("clusterIP") == NONE and not spec.get("selector") and not spec.get("ipFamilyPolicy"):
        spec["ipFamilyPolicy"] = "RequireDualStack"
        spec.setdefault("ipFamilies", ["IPv4", "IPv6"])
        return
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")


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
