"""The names that Kubernetes allows, by kind."""

from collections.abc import Callable

from helmpy.golang import strconv
from helmpy.lint.manifests import KubeObject

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_DNS1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_ALPHANUMERIC = "must start and end with an alphanumeric character"


def fault(found: KubeObject) -> str:
    """What is wrong with the name of an object, or nothing."""
    faults = _RULES.get(found.kind.lower(), _subdomain)(found.name)
    if not faults:
        return ""
    name = strconv.quote(found.name)
    shown = [f"metadata.name: Invalid value: {name}: {text}" for text in faults]
    listed = shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"
    return f"object name does not conform to Kubernetes naming requirements: {name}: {listed}"


def _is_label(text: str) -> bool:
    """Whether the pattern for a label matches; the pattern itself would take long for a long text."""
    letters = set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    return letters and bool(text) and text[0] != "-" and text[-1] != "-"


def _checked(name: str, longest: int, pattern: str, wanted: str, examples: str) -> list[str]:
    labels = name.split(".") if pattern == _SUBDOMAIN else [name]
    matches = all(map(_is_label, labels)) and (pattern != _DNS1035 or name[0].isalpha())
    faults = []
    if len(name.encode("utf-8", "surrogateescape")) > longest:
        faults.append(f"must be no more than {longest} characters")
    if not matches:
        faults.append(f"{wanted} (e.g. {examples}, regex used for validation is '{pattern}')")
    return faults


def _subdomain(name: str) -> list[str]:
    wanted = f"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and {_ALPHANUMERIC}"
    return _checked(name, 253, _SUBDOMAIN, wanted, "'example.com'")


def _label(name: str) -> list[str]:
    wanted = (
        f"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and {_ALPHANUMERIC}"
    )
    return _checked(name, 63, _LABEL, wanted, "'my-name',  or '123-abc'")


def _dns1035_label(name: str) -> list[str]:
    wanted = (
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
        "and end with an alphanumeric character"
    )
    return _checked(name, 63, _DNS1035, wanted, "'my-name',  or 'abc-123'")


def _path_segment(name: str) -> list[str]:
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{sign}'" for sign in "/%" if sign in name]


def _anything(_name: str) -> list[str]:
    return []


_RULES: dict[str, Callable[[str], list[str]]] = {
    "service": _dns1035_label,
    "namespace": _label,
    "certificatesigningrequest": _anything,
    "role": _path_segment,
    "clusterrole": _path_segment,
    "rolebinding": _path_segment,
    "clusterrolebinding": _path_segment,
}
