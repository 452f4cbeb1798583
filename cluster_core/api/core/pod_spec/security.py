"""Security contexts of pods and containers: users, capabilities, seccomp, AppArmor, sysctls, Windows."""

from typing import Any

from cluster_core.api.go_structs import shown
from cluster_core.api.validation import ID_RANGE, Errors, local_descending, name, one_of, struct, unsupported
from cluster_core.apimachinery import field, names

Object = dict[str, Any]

_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_SYSCTL_FORMAT = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$"
_ID_LIMIT = 2147483647


def _identity(errors: Errors, path: str, number: int | None) -> None:
    if number is not None and not 0 <= number <= _ID_LIMIT:
        errors.append(field.invalid(path, number, ID_RANGE))


def container(errors: Errors, path: str, context: Object, host_users: bool) -> None:
    """A container's security context."""
    _identity(errors, f"{path}.runAsUser", context.get("runAsUser"))
    _identity(errors, f"{path}.runAsGroup", context.get("runAsGroup"))
    mount = context.get("procMount")
    if mount is not None:
        one_of(errors, f"{path}.procMount", mount, ("Default", "Unmasked"))
        if host_users and mount == "Unmasked":
            errors.append(field.invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    _seccomp(errors, f"{path}.seccompProfile", context.get("seccompProfile"))
    if context.get("allowPrivilegeEscalation") is False:
        _escalation(errors, path, context)
    _windows(errors, f"{path}.windowsOptions", context.get("windowsOptions"))
    app_armor(errors, f"{path}.appArmorProfile", context.get("appArmorProfile"))


def _escalation(errors: Errors, path: str, context: Object) -> None:
    problem = "cannot set `allowPrivilegeEscalation` to false and "
    if context.get("privileged"):
        errors.append(field.invalid(path, shown("SecurityContext", context), problem + "`privileged` to true"))
    for capability in (context.get("capabilities") or {}).get("add") or ():
        if capability == "CAP_SYS_ADMIN":
            value = shown("SecurityContext", context)
            errors.append(field.invalid(path, value, problem + "`capabilities.Add` CAP_SYS_ADMIN"))


def _seccomp(errors: Errors, path: str, profile: Object | None) -> None:
    if profile is None:
        return
    kind, local = profile.get("type"), profile.get("localhostProfile")
    if not kind:
        errors.append(field.required(f"{path}.type", "type is required when seccompProfile is set"))
    else:
        one_of(errors, f"{path}.type", kind, _PROFILES)
    if kind == "Localhost":
        if local is None:
            errors.append(field.required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost"))
        else:
            local_descending(errors, f"{path}.localhostProfile", local)
    elif local is not None:
        value = struct({"Type": kind or "", "LocalhostProfile": local})
        problem = "can only be set when seccomp type is Localhost"
        errors.append(field.invalid(f"{path}.localhostProfile", value, problem))


def app_armor(errors: Errors, path: str, profile: Object | None) -> None:
    """An AppArmor profile."""
    if profile is None:
        return
    kind, local = profile.get("type"), profile.get("localhostProfile")
    where = f"{path}.localhostProfile"
    if kind == "Localhost":
        if local is None:
            errors.append(field.required(where, "must be set when AppArmor type is Localhost"))
        elif local.strip() != local:
            errors.append(field.invalid(where, local, "must not be padded with whitespace"))
        elif not local:
            errors.append(field.required(where, "must be set when AppArmor type is Localhost"))
        if local is not None and len(local) > 4095:
            errors.append(field.too_long(where, 4095))
    elif kind in ("RuntimeDefault", "Unconfined"):
        if local is not None:
            errors.append(field.invalid(where, local, "can only be set when AppArmor type is Localhost"))
    elif not kind:
        errors.append(field.required(f"{path}.type", "type is required when appArmorProfile is set"))
    else:
        errors.append(unsupported(f"{path}.type", kind, _PROFILES))


def pod(errors: Errors, spec: Object, path: str) -> None:
    """A pod's security context and what upstream checks with it (`path` is the spec's)."""
    context = spec.get("securityContext") or {}
    where = f"{path}.securityContext"
    _identity(errors, f"{where}.fsGroup", context.get("fsGroup"))
    _identity(errors, f"{where}.runAsUser", context.get("runAsUser"))
    _identity(errors, f"{where}.runAsGroup", context.get("runAsGroup"))
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        _identity(errors, f"{where}.supplementalGroups[{index}]", group)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        problem = "ShareProcessNamespace and HostPID cannot both be enabled"
        errors.append(field.invalid(f"{where}.shareProcessNamespace", True, problem))
    if context.get("sysctls"):
        _sysctls(errors, f"{where}.sysctls", context["sysctls"], spec)
    if not context:
        return
    policy = context.get("fsGroupChangePolicy")
    if policy is not None:
        one_of(errors, f"{where}.fsGroupChangePolicy", policy, ("Always", "OnRootMismatch"))
    _seccomp(errors, f"{where}.seccompProfile", context.get("seccompProfile"))
    _windows(errors, f"{where}.windowsOptions", context.get("windowsOptions"))
    app_armor(errors, f"{where}.appArmorProfile", context.get("appArmorProfile"))
    groups = context.get("supplementalGroupsPolicy")
    if groups is not None:
        one_of(errors, f"{where}.supplementalGroupsPolicy", groups, ("Merge", "Strict"))
    change = context.get("seLinuxChangePolicy")
    if change is not None:
        one_of(errors, f"{where}.seLinuxChangePolicy", change, ("Recursive",))


def _sysctls(errors: Errors, path: str, sysctls: list[Object], spec: Object) -> None:
    seen: set[str] = set()
    for index, sysctl in enumerate(sysctls):
        where, sysctl_name = f"{path}[{index}].name", sysctl.get("name", "")
        if not sysctl_name:
            errors.append(field.required(where))
            continue
        if not _is_sysctl(sysctl_name):
            problem = f"must have at most 253 characters and match regex {_SYSCTL_FORMAT}"
            errors.append(field.invalid(where, sysctl_name, problem))
        elif sysctl_name in seen:
            errors.append(field.duplicate(where, sysctl_name))
        dotted = _dotted(sysctl_name)
        if spec.get("hostNetwork") and dotted.startswith("net."):
            errors.append(field.invalid(where, sysctl_name, "may not be specified when 'hostNetwork' is true"))
        if spec.get("hostIPC") and (dotted.startswith("fs.mqueue.") or _is_ipc(dotted)):
            errors.append(field.invalid(where, sysctl_name, "may not be specified when 'hostIPC' is true"))
        seen.add(sysctl_name)


def _is_ipc(sysctl: str) -> bool:
    return sysctl in ("kernel.sem",) or sysctl.startswith(("kernel.shm", "kernel.msg"))


def _dotted(sysctl: str) -> str:
    first = min((index for index in (sysctl.find("."), sysctl.find("/")) if index >= 0), default=-1)
    if first >= 0 and sysctl[first] == "/":
        return sysctl.translate(str.maketrans("./", "/."))
    return sysctl


def _is_sysctl(text: str) -> bool:
    import re

    return len(text) <= 253 and re.fullmatch(_SYSCTL_FORMAT[1:-1], text) is not None


def _windows(errors: Errors, path: str, options: Object | None) -> None:
    if options is None:
        return
    spec_name, credential, user = (
        options.get(n) for n in ("gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName")
    )
    if spec_name is not None:
        name(errors, f"{path}.gmsaCredentialSpecName", spec_name, names.dns1123_subdomain)
    if credential is not None:
        if not credential:
            problem = "gmsaCredentialSpec cannot be an empty string"
            errors.append(field.invalid(f"{path}.gmsaCredentialSpec", credential, problem))
        elif len(credential) > 65536:
            problem = "gmsaCredentialSpec size must be under 64 KiB"
            errors.append(field.invalid(f"{path}.gmsaCredentialSpec", credential, problem))
    if user is not None:
        for problem in _windows_user(user):
            errors.append(field.invalid(f"{path}.runAsUserName", user, problem))


def _windows_user(text: str) -> list[str]:
    if not text:
        return ["runAsUserName cannot be an empty string"]
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        return ["runAsUserName cannot contain control characters"]
    if text.count("\\") > 1:
        return ["runAsUserName cannot contain more than one backslash"]
    domain, slash, user = text.rpartition("\\")
    problems = []
    if len(domain) >= 256:
        problems.append("runAsUserName's Domain length must be under 256 characters")
    if slash and not _is_windows_domain(domain):
        problems.append("runAsUserName's Domain doesn't match the NetBios nor the DNS format")
    if not user:
        problems.append("runAsUserName's User cannot be empty")
    elif len(user) > 104:
        problems.append("runAsUserName's User length must not be longer than 104 characters")
    if user and not user.strip(". "):
        problems.append("runAsUserName's User cannot contain only periods or spaces")
    if not frozenset('"/\\:;|=,+*?<>@[]').isdisjoint(user):
        problems.append("runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]")
    return problems


def _is_windows_domain(domain: str) -> bool:
    import re

    label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    netbios = r"[^\\/:\*\?\"<>|\.][^\\/:\*\?\"<>|]{0,14}"
    return re.fullmatch(netbios, domain) is not None or re.fullmatch(rf"{label}(?:\.{label})*", domain) is not None
