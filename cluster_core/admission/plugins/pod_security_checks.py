"""The Pod Security Standards as checks on a pod: each gives a reason and what exactly breaks it.

A table of checks by id; a restricted check may replace a baseline one. Knows nothing of namespaces or levels' labels.
"""

from collections.abc import Callable, Iterable
from typing import Any

Object = dict[str, Any]
Finding = tuple[str, str] | None
Check = Callable[[Object, Object], Finding]

BASELINE_CAPABILITIES = frozenset(
    "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split()
)
SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
SAFE_SYSCTLS = frozenset(
    (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_wmem",
    )
)
RESTRICTED_VOLUMES = frozenset(
    (
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    )
)
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"


def evaluate(level: str, metadata: Object, spec: Object, *, specifics: bool = True) -> str:
    """What a pod breaks of a level, as messages list it; "" if nothing."""
    if level == "privileged":
        return ""
    checks = dict(_BASELINE)
    if level == "restricted":
        for name, (check, replaces) in _RESTRICTED.items():
            checks.pop(replaces, None)
            checks[name] = check
    order = sorted(n for n in checks if n in _BASELINE) + sorted(n for n in checks if n not in _BASELINE)
    found = (checks[name](metadata, spec) for name in order)
    return ", ".join(f"{f[0]} ({f[1]})" if specifics and f[1] else f[0] for f in found if f is not None)


def _containers(spec: Object) -> list[Object]:
    parts = ("initContainers", "containers", "ephemeralContainers")
    return [c for part in parts for c in spec.get(part) or ()]


def _context(container: Object) -> Object:
    return container.get("securityContext") or {}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{n}"' for n in names)


def _named(noun: str, names: list[str]) -> str:
    return f"{noun}{'s' if len(names) > 1 else ''} {_listed(names)}"


def _setters(pod_sets: bool, names: list[str], joiner: str = " and ") -> str:
    parts = ["pod"] if pod_sets else []
    if names:
        parts.append(_named("container", names))
    return joiner.join(parts)


def _host_namespaces(_: Object, spec: Object) -> Finding:
    found = [f"{n}=true" for n in ("hostNetwork", "hostPID", "hostIPC") if spec.get(n)]
    return ("host namespaces", ", ".join(found)) if found else None


def _host_path(_: Object, spec: Object) -> Finding:
    names = [v["name"] for v in spec.get("volumes") or () if v.get("hostPath") is not None]
    return ("hostPath volumes", _named("volume", names)) if names else None


def _host_ports(_: Object, spec: Object) -> Finding:
    names, ports = [], []
    for container in _containers(spec):
        found = [p["hostPort"] for p in container.get("ports") or () if p.get("hostPort")]
        if found:
            names.append(container["name"])
            ports += found
    if not names:
        return None
    numbers = [str(p) for p in sorted(set(ports), key=str)]
    return (
        "hostPort",
        f"{_named('container', names)} uses hostPort{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}".replace(
            '" uses hostPort', '" use hostPort' if len(names) > 1 else '" uses hostPort'
        ),
    )


def _privileged(_: Object, spec: Object) -> Finding:
    names = [c["name"] for c in _containers(spec) if _context(c).get("privileged")]
    return (
        ("privileged", f"{_named('container', names)} must not set securityContext.privileged=true") if names else None
    )


def _capabilities_baseline(_: Object, spec: Object) -> Finding:
    names, added = _adding(spec, BASELINE_CAPABILITIES)
    if not names:
        return None
    text = f"{_named('container', names)} must not include {_listed(sorted(added))} in securityContext.capabilities.add"
    return "non-default capabilities", text


def _adding(spec: Object, allowed: frozenset[str]) -> tuple[list[str], set[str]]:
    names, added = [], set()
    for container in _containers(spec):
        extra = set((_context(container).get("capabilities") or {}).get("add") or ()) - allowed
        if extra:
            names.append(container["name"])
            added |= extra
    return names, added


def _proc_mount(_: Object, spec: Object) -> Finding:
    return None if spec.get("hostUsers") is False else _proc_mount_restricted(_, spec)


def _proc_mount_restricted(_: Object, spec: Object) -> Finding:
    found = {
        c["name"]: _context(c)["procMount"]
        for c in _containers(spec)
        if _context(c).get("procMount", "Default") != "Default"
    }
    if not found:
        return None
    values = _listed(sorted(set(found.values())))
    return "procMount", f"{_named('container', list(found))} must not set securityContext.procMount to {values}"


def _selinux(_: Object, spec: Object) -> Finding:
    bad: set[str] = set()
    pod_sets = _selinux_bad(spec.get("securityContext") or {}, bad)
    names = [c["name"] for c in _containers(spec) if _selinux_bad(_context(c), bad)]
    if not pod_sets and not names:
        return None
    parts = [
        f"type{'s' if len(t) > 1 else ''} {_listed(t)}"
        for t in [sorted(b[5:] for b in bad if b.startswith("type:"))]
        if t
    ]
    parts += [f"{n} may not be set" for n in ("user", "role") if n in bad]
    return (
        "seLinuxOptions",
        f"{_setters(pod_sets, names)} set forbidden securityContext.seLinuxOptions: {'; '.join(parts)}",
    )


def _selinux_bad(context: Object, bad: set[str]) -> bool:
    options = context.get("seLinuxOptions")
    if options is None:
        return False
    found = {f"type:{options['type']}"} if options.get("type", "") not in SELINUX_TYPES else set()
    found |= {n for n in ("user", "role") if options.get(n)}
    bad |= found
    return bool(found)


def _seccomp_baseline(metadata: Object, spec: Object) -> Finding:
    def bad(context: Object) -> bool:
        return (context.get("seccompProfile") or {}).get("type") == "Unconfined"

    pod_sets = bad(spec.get("securityContext") or {})
    names = [c["name"] for c in _containers(spec) if bad(_context(c))]
    if not pod_sets and not names:
        return None
    return (
        "seccompProfile",
        f'{_setters(pod_sets, names)} must not set securityContext.seccompProfile.type to "Unconfined"',
    )


def _apparmor(metadata: Object, spec: Object) -> Finding:
    bad: set[str] = set()

    def check(context: Object) -> bool:
        kind = (context.get("appArmorProfile") or {}).get("type")
        if kind == "Unconfined":
            bad.add(kind)
        return kind == "Unconfined"

    pod_sets = check(spec.get("securityContext") or {})
    names = [c["name"] for c in _containers(spec) if check(_context(c))]
    annotations = {
        k: v
        for k, v in sorted((metadata.get("annotations") or {}).items())
        if k.startswith(_APPARMOR) and v not in ("", "runtime/default") and not v.startswith("localhost/")
    }
    if not bad and not annotations:
        return None
    details = []
    if bad:
        noun = "types" if len(bad) > 1 else "type"
        details.append(f"{_setters(pod_sets, names)} must not set AppArmor profile {noun} to {_listed(sorted(bad))}")
    if annotations:
        shown = ", ".join(f'{k}="{v}"' for k, v in annotations.items())
        details.append(f"annotation{'s' if len(annotations) > 1 else ''} {shown}")
    plural = "s" if len(bad) + len(annotations) > 1 else ""
    return f"forbidden AppArmor profile{plural}", "; ".join(details)


def _sysctls(_: Object, spec: Object) -> Finding:
    context = spec.get("securityContext") or {}
    names = [s["name"] for s in context.get("sysctls") or () if s["name"] not in SAFE_SYSCTLS]
    return ("forbidden sysctls", ", ".join(names)) if names else None


def _host_process(_: Object, spec: Object) -> Finding:
    def bad(context: Object) -> bool:
        return bool((context.get("windowsOptions") or {}).get("hostProcess"))

    pod_sets = bad(spec.get("securityContext") or {})
    names = [c["name"] for c in _containers(spec) if bad(_context(c))]
    if not pod_sets and not names:
        return None
    return "hostProcess", f"{_setters(pod_sets, names)} must not set securityContext.windowsOptions.hostProcess=true"


def _probe_hosts(_: Object, spec: Object) -> Finding:
    names, hosts = [], set()
    for container in _containers(spec):
        found = {h for h in _hosts(container) if h}
        if found:
            names.append(container["name"])
            hosts |= found
    if not names:
        return None
    plural = "s" if len(hosts) > 1 else ""
    verb = "use" if len(names) > 1 else "uses"
    return (
        "probe or lifecycle host",
        f"{_named('container', names)} {verb} probe or lifecycle host{plural} {_listed(sorted(hosts))}",
    )


def _hosts(container: Object) -> Iterable[str]:
    handlers = [container.get(p) or {} for p in ("livenessProbe", "readinessProbe", "startupProbe")]
    handlers += [(container.get("lifecycle") or {}).get(h) or {} for h in ("postStart", "preStop")]
    for handler in handlers:
        for kind in ("httpGet", "tcpSocket"):
            yield (handler.get(kind) or {}).get("host", "")


def _privilege_escalation(_: Object, spec: Object) -> Finding:
    if (spec.get("os") or {}).get("name") == "windows":
        return None
    names = [c["name"] for c in _containers(spec) if _context(c).get("allowPrivilegeEscalation") is not False]
    if not names:
        return None
    text = f"{_named('container', names)} must set securityContext.allowPrivilegeEscalation=false"
    return "allowPrivilegeEscalation != false", text


def _capabilities_restricted(_: Object, spec: Object) -> Finding:
    if (spec.get("os") or {}).get("name") == "windows":
        return None
    keeping = [
        c["name"] for c in _containers(spec) if "ALL" not in ((_context(c).get("capabilities") or {}).get("drop") or ())
    ]
    names, added = _adding(spec, frozenset(("NET_BIND_SERVICE",)))
    details = []
    if keeping:
        details.append(f'{_named("container", keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if names:
        text = f"must not include {_listed(sorted(added))} in securityContext.capabilities.add"
        details.append(f"{_named('container', names)} {text}")
    return ("unrestricted capabilities", "; ".join(details)) if details else None


def _volumes_restricted(_: Object, spec: Object) -> Finding:
    names, kinds = [], set()
    for volume in spec.get("volumes") or ():
        bad = [k for k in volume if k != "name" and k not in RESTRICTED_VOLUMES]
        if bad:
            names.append(volume["name"])
            kinds |= set(bad)
    if not names:
        return None
    verb = "use" if len(names) > 1 else "uses"
    plural = "s" if len(kinds) > 1 else ""
    return (
        "restricted volume types",
        f"{_named('volume', names)} {verb} restricted volume type{plural} {_listed(sorted(kinds))}",
    )


def _run_as_non_root(_: Object, spec: Object) -> Finding:
    pod = (spec.get("securityContext") or {}).get("runAsNonRoot")
    explicit = [c["name"] for c in _containers(spec) if _context(c).get("runAsNonRoot") is False]
    if pod is False or explicit:
        return (
            "runAsNonRoot != true",
            f"{_setters(pod is False, explicit)} must not set securityContext.runAsNonRoot=false",
        )
    if pod:
        return None
    missing = [c["name"] for c in _containers(spec) if _context(c).get("runAsNonRoot") is None]
    if not missing:
        return None
    return "runAsNonRoot != true", f"pod or {_named('container', missing)} must set securityContext.runAsNonRoot=true"


def _run_as_user(_: Object, spec: Object) -> Finding:
    pod_sets = (spec.get("securityContext") or {}).get("runAsUser") == 0
    names = [c["name"] for c in _containers(spec) if _context(c).get("runAsUser") == 0]
    return ("runAsUser=0", f"{_setters(pod_sets, names)} must not set runAsUser=0") if pod_sets or names else None


def _seccomp_restricted(_: Object, spec: Object) -> Finding:
    if (spec.get("os") or {}).get("name") == "windows":
        return None
    good = ("RuntimeDefault", "Localhost")

    def kind(context: Object) -> Any:
        return (context.get("seccompProfile") or {}).get("type")

    pod = kind(spec.get("securityContext") or {})
    bad = [c["name"] for c in _containers(spec) if kind(_context(c)) is not None and kind(_context(c)) not in good]
    pod_bad = pod is not None and pod not in good
    if bad or pod_bad:
        values = {kind(_context(c)) for c in _containers(spec) if c["name"] in bad} | ({pod} if pod_bad else set())
        text = f"must not set securityContext.seccompProfile.type to {_listed(sorted(values))}"
        return "seccompProfile", f"{_setters(pod_bad, bad)} {text}"
    if pod in good:
        return None
    missing = [c["name"] for c in _containers(spec) if kind(_context(c)) is None]
    if not missing:
        return None
    text = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return "seccompProfile", f"pod or {_named('container', missing)} {text}"


_BASELINE: dict[str, Check] = {
    "appArmorProfile": _apparmor,
    "capabilities_baseline": _capabilities_baseline,
    "hostNamespaces": _host_namespaces,
    "hostPathVolumes": _host_path,
    "hostPorts": _host_ports,
    "hostProbesAndHostLifecycle": _probe_hosts,
    "privileged": _privileged,
    "procMount": _proc_mount,
    "seLinuxOptions": _selinux,
    "seccompProfile_baseline": _seccomp_baseline,
    "sysctls": _sysctls,
    "windowsHostProcess": _host_process,
}
_RESTRICTED: dict[str, tuple[Check, str]] = {
    "allowPrivilegeEscalation": (_privilege_escalation, ""),
    "capabilities_restricted": (_capabilities_restricted, "capabilities_baseline"),
    "procMount_restricted": (_proc_mount_restricted, "procMount"),
    "restrictedVolumes": (_volumes_restricted, "hostPathVolumes"),
    "runAsNonRoot": (_run_as_non_root, ""),
    "runAsUser": (_run_as_user, ""),
    "seccompProfile_restricted": (_seccomp_restricted, "seccompProfile_baseline"),
}
