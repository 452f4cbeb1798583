"""Checks that many kinds share. Each appends what it finds to `errors`, in upstream's order and words.

Paths are texts such as `spec.ports[0].name`. Used by kinds' files and by the API server's metadata checks.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cluster_core.apimachinery import field, names, quantity
from cluster_core.apimachinery.field import FieldError

Object = dict[str, Any]
Errors = list[FieldError]

NOT_NEGATIVE = "must be greater than or equal to 0"
POSITIVE = "must be greater than 0"
IMMUTABLE = "field is immutable"
NOT_INTEGER = "must be an integer"
PORT_RANGE = "must be between 1 and 65535, inclusive"
ID_RANGE = "must be between 0 and 2147483647, inclusive"
MODE_RANGE = "must be a number between 0 and 0777 (octal), both inclusive"
_PORT_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_HEADER = frozenset("-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_DNS_UNDERSCORE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start "
    "and end with an alphanumeric character"
)
_UNDERSCORE_LABEL = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_WILDCARD = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower "
    "case alphanumeric characters, '-' or '.' and end with an alphanumeric character"
)
_SUBDOMAIN_REGEX = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
PERCENT = "a valid percent string must be a numeric string followed by an ending '%'"


class Verbatim:
    """A value that errors show as given: Go structs, whose JSON is not that of the API."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


def struct(value: Any) -> Verbatim:
    """A value as JSON, fields in the order given."""
    import orjson

    return Verbatim(orjson.dumps(value).decode())


def unsupported(path: str, value: Any, supported: Iterable[str]) -> FieldError:
    """As `field.not_supported`, with the supported values in the order given."""
    listed = ", ".join(f'"{item}"' for item in supported)
    message = f"Unsupported value: {field.value_text(value)}: supported values: {listed}"
    return FieldError(path, field.NOT_SUPPORTED, message)


def one_of(errors: Errors, path: str, value: Any, supported: Sequence[str], *, required: bool = False) -> None:
    """The value is one of `supported` (shown in that order); an empty one is required if `required`, else unsupported."""
    if value in supported:
        return
    if required and not value:
        errors.append(field.required(path))
    else:
        errors.append(unsupported(path, value, supported))


def name(errors: Errors, path: str, value: str, rule: Callable[[str], list[str]]) -> None:
    """The value obeys a rule of `names`."""
    for problem in rule(value):
        errors.append(field.invalid(path, value, problem))


def non_negative(errors: Errors, path: str, value: int) -> None:
    """Zero or more."""
    if value < 0:
        errors.append(field.invalid(path, value, NOT_NEGATIVE))


def optional_non_negative(errors: Errors, obj: Object, path: str, *fields: str) -> None:
    """Fields of `obj` are zero or more where given."""
    for each in fields:
        value = obj.get(each)
        if value is not None and value < 0:
            errors.append(field.invalid(f"{path}.{each}", value, NOT_NEGATIVE))


def immutable(errors: Errors, path: str, new: Any, old: Any, shown: Any = None) -> None:
    """The field has not changed."""
    if new != old:
        errors.append(field.invalid(path, new if shown is None else shown, IMMUTABLE))


def label_name(errors: Errors, path: str, value: str) -> None:
    """A label's key."""
    for problem in names.qualified_name(value):
        errors.append(field.invalid(path, value, problem))


def labels(errors: Errors, path: str, pairs: Mapping[str, str] | None) -> None:
    """Keys and values of labels."""
    if not pairs:
        return
    for key, value in pairs.items():
        for problem in names.qualified_name(key):
            errors.append(field.invalid(path, key, problem))
        for problem in names.label_value(value):
            errors.append(field.invalid(path, value, problem))


def annotations(errors: Errors, path: str, pairs: Mapping[str, str] | None) -> None:
    """Keys of annotations, and their size in all."""
    if not pairs:
        return
    size = 0
    for key, value in pairs.items():
        for problem in names.qualified_name(key.lower()):
            errors.append(field.invalid(path, key, problem))
        size += len(key) + len(value.encode(errors="surrogateescape"))
    if size > 262144:
        errors.append(field.too_long(path, 262144))


def label_selector(errors: Errors, path: str, selector: Object | None) -> None:
    """A metav1.LabelSelector."""
    if not selector:
        return
    labels(errors, f"{path}.matchLabels", selector.get("matchLabels"))
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        _selector_requirement(errors, f"{path}.matchExpressions[{index}]", expression)


def _selector_requirement(errors: Errors, path: str, expression: Object) -> None:
    operator, values = expression.get("operator"), expression.get("values") or ()
    selector_operator(errors, path, operator, values)
    label_name(errors, f"{path}.key", expression["key"])
    for index, value in enumerate(values):
        name(errors, f"{path}.values[{index}]", value, names.label_value)


def selector_operator(errors: Errors, path: str, operator: Any, values: Sequence[str]) -> None:
    """Whether values are there as the operator of a selector wants them."""
    if operator in ("In", "NotIn"):
        if not values:
            errors.append(field.required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            problem = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            errors.append(field.forbidden(f"{path}.values", problem))
    else:
        errors.append(field.invalid(f"{path}.operator", operator or "", "not a valid selector operator"))


def selector_text(selector: Object | None) -> Any:
    """A label selector as errors show it."""
    if selector is None:
        return None
    found: Object = {}
    if selector.get("matchLabels"):
        found["matchLabels"] = dict(sorted(selector["matchLabels"].items()))
    if selector.get("matchExpressions"):
        order = ("key", "operator", "values")
        found["matchExpressions"] = [{n: e[n] for n in order if n in e} for e in selector["matchExpressions"]]
    return struct(found)


def port_number(errors: Errors, path: str, port: int) -> None:
    """1 to 65535."""
    if not 0 < port < 65536:
        errors.append(field.invalid(path, port, PORT_RANGE))


def port_name_problems(text: str) -> list[str]:
    """What is wrong with the name of a port."""
    problems = []
    if len(text) > 15:
        problems.append("must be no more than 15 characters")
    if not text or not _PORT_NAME.issuperset(text):
        problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if _LETTERS.isdisjoint(text):
        problems.append("must contain at least one letter (a-z)")
    if "--" in text:
        problems.append("must not contain consecutive hyphens")
    if text[:1] == "-" or text[-1:] == "-":
        problems.append("must not begin or end with a hyphen")
    return problems


def port_number_or_name(errors: Errors, path: str, port: int | str) -> None:
    """An IntOrString that is a port."""
    if isinstance(port, str):
        name(errors, path, port, port_name_problems)
    else:
        port_number(errors, path, port)


def header_name_problems(text: str) -> list[str]:
    """What is wrong with the name of an HTTP header."""
    if text and _HEADER.issuperset(text):
        return []
    rule = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return [names.regex_message(rule, "[-A-Za-z0-9]+", "X-Header-Name")]


def is_percent(text: str) -> bool:
    """Whether the text is digits and a percent sign."""
    return text.endswith("%") and text[:-1].isascii() and text[:-1].isdigit()


def int_or_percent(errors: Errors, path: str, value: int | str) -> None:
    """A non-negative number or a percentage."""
    if isinstance(value, str):
        if not is_percent(value):
            problem = names.regex_message(PERCENT, "[0-9]+%", "1%", "93%")
            errors.append(field.invalid(path, value, problem))
    elif value < 0:
        errors.append(field.invalid(path, value, NOT_NEGATIVE))


def not_more_than_all(errors: Errors, path: str, value: int | str) -> None:
    """A percentage is at most 100 %."""
    if isinstance(value, str) and is_percent(value) and int(value[:-1]) > 100:
        errors.append(field.invalid(path, value, "must not be greater than 100%"))


def int_or_percent_value(value: int | str) -> int:
    """The number or the number of per cent; 0 for other text."""
    if isinstance(value, int):
        return value
    return int(value[:-1]) if is_percent(value) else 0


def relaxed_env_name(text: str) -> list[str]:
    """What is wrong with the name of an environment variable."""
    if not text:
        return ["environment variable name must be non-empty"]
    if text.isascii() and text.isprintable() and "=" not in text:
        return []
    return [names.ENV_VAR_NAME]


def subdomain_with_underscore(text: str) -> list[str]:
    """A DNS subdomain whose labels may hold underscores."""
    import re

    problems = ["must be no more than 253 characters"] if len(text) > 253 else []
    pattern = _UNDERSCORE_LABEL + "(\\." + _UNDERSCORE_LABEL + ")*"
    if not re.fullmatch(pattern, text):
        problems.append(names.regex_message(_DNS_UNDERSCORE, pattern, "example.com"))
    return problems


def wildcard_subdomain(text: str) -> list[str]:
    """A DNS subdomain under `*.`."""
    problems = ["must be no more than 253 characters"] if len(text) > 253 else []
    if not text.startswith("*.") or names.dns1123_subdomain(text[2:]):
        problems.append(names.regex_message(_WILDCARD, "\\*\\." + _SUBDOMAIN_REGEX, "*.example.com"))
    return problems


def fully_qualified_name(errors: Errors, path: str, text: str) -> None:
    """A domain of three segments at least."""
    if not text:
        errors.append(field.required(path))
        return
    problems = names.dns1123_subdomain(text)
    if problems:
        errors.append(field.invalid(path, text, ",".join(problems)))
    elif text.count(".") < 2:
        errors.append(field.invalid(path, text, "should be a domain with at least three segments separated by dots"))


def domain_prefixed_path(errors: Errors, path: str, text: str) -> None:
    """`acme.io/foo`."""
    if not text:
        errors.append(field.required(path))
        return
    host, slash, rest = text.partition("/")
    if not slash or not host or not rest:
        errors.append(field.invalid(path, text, 'must be a domain-prefixed path (such as "acme.io/foo")'))
        return
    name(errors, path, host, names.dns1123_subdomain)
    import re

    pattern = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
    if not re.fullmatch(pattern, rest):
        errors.append(field.invalid(path, rest, names.regex_message("Invalid path", pattern)))


def name_is_no_label(text: str) -> list[str]:
    """A warning if names made from this one are no good as host names."""
    problems = names.dns1123_label(text) if text else []
    if not problems:
        return []
    advice = (
        "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended"
    )
    return [f"metadata.name: {advice}: [{' '.join(problems)}]"]


def required_segment(errors: Errors, path: str, text: str | None) -> None:
    """There, and good as one part of a URL's path."""
    if not text:
        errors.append(field.required(path))
    else:
        name(errors, path, text, names.path_segment)


def reference(errors: Errors, path: str, target: Object) -> None:
    """A reference to an object by group, kind and name."""
    if target.get("apiGroup") is not None:
        name(errors, f"{path}.apiGroup", target["apiGroup"], names.dns1123_subdomain)
    required_segment(errors, f"{path}.kind", target.get("kind"))
    required_segment(errors, f"{path}.name", target.get("name"))


def ip_problems(text: str) -> list[str]:
    """What is wrong with an IP address."""
    from ipaddress import ip_address

    parts = text.split(".")
    dotted = len(parts) == 4 and all(part.isdigit() and part.isascii() for part in parts)
    if dotted and any(len(part) > 1 and part[0] == "0" for part in parts):
        return ["must not have leading 0s"]
    try:
        address = ip_address(text)
    except ValueError:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    if "%" in text:
        return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    if getattr(address, "ipv4_mapped", None) is not None:
        return ["must not be an IPv4-mapped IPv6 address"]
    return []


def ip(errors: Errors, path: str, text: str) -> None:
    """An IP address."""
    for problem in ip_problems(text):
        errors.append(field.invalid(path, text, problem))


def endpoint_ip(errors: Errors, path: str, text: str) -> None:
    """An address that traffic can be sent to."""
    from ipaddress import ip_address

    try:
        address = ip_address(text)
    except ValueError:
        errors.append(field.invalid(path, text, "must be a valid IP address"))
        return
    if address.is_unspecified:
        errors.append(field.invalid(path, text, f"may not be unspecified ({text})"))
    if address.is_loopback:
        errors.append(field.invalid(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"))
    if address.is_link_local:
        errors.append(field.invalid(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"))
    if text.startswith("224.0.0.") or (address.version == 6 and text.lower().startswith("ff02:")):
        problem = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
        errors.append(field.invalid(path, text, problem))


def ip_warnings(path: str, text: str) -> list[str]:
    """IPv6 addresses have one canonical form."""
    from ipaddress import IPv6Address, ip_address

    try:
        address = ip_address(text)
    except ValueError:
        return []
    if not isinstance(address, IPv6Address):
        return []
    if address.ipv4_mapped is not None:
        return [f'{path}: non-standard IP address "{text}" is invalid: use "{address.ipv4_mapped}"']
    canonical = str(address)
    return (
        []
        if canonical == text
        else [f'{path}: IPv6 address "{text}" should be in RFC 5952 canonical format ("{canonical}")']
    )


def fraction_warnings(path: str, resources: Mapping[str, str] | None, *names: str) -> list[str]:
    """Bytes come whole."""
    return [
        f'{path}[{each}]: fractional byte value "{amount}" is invalid, must be an integer'
        for each in names
        if (amount := (resources or {}).get(each)) is not None and quantity.milli(amount) % 1000
    ]


def cidr_problems(text: str) -> list[str]:
    """What is wrong with a CIDR."""
    from ipaddress import ip_interface

    bad = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
    address, slash, length = text.partition("/")
    if not slash or not length.isdigit():
        return [bad]
    parts = address.split(".")
    if len(parts) == 4 and any(len(part) > 1 and part[0] == "0" for part in parts):
        return ["must not have leading 0s in IP"]
    if len(length) > 1 and length[0] == "0":
        return ["must not have leading 0s in prefix length"]
    try:
        found = ip_interface(text)
    except ValueError:
        return [bad]
    if found.ip != found.network.network_address:
        return ["must not have bits set beyond the prefix length"]
    return []


def cidr(errors: Errors, path: str, text: str) -> None:
    """A CIDR."""
    for problem in cidr_problems(text):
        errors.append(field.invalid(path, text, problem))


def non_negative_quantity(errors: Errors, path: str, amount: str) -> None:
    """Zero or more."""
    if amount[0] == "-":
        errors.append(field.invalid(path, amount, NOT_NEGATIVE))


def positive_quantity(errors: Errors, path: str, amount: str) -> None:
    """More than zero."""
    if quantity.parse(amount).nanos <= 0:
        errors.append(field.invalid(path, amount, "must be greater than zero"))


def whole_quantity(errors: Errors, path: str, amount: str) -> None:
    """No fractions."""
    if quantity.milli(amount) % 1000:
        errors.append(field.invalid(path, amount, NOT_INTEGER))


def no_backsteps(errors: Errors, path: str, target: str) -> None:
    """No `..` among the path's parts."""
    if ".." in target and ".." in target.split("/"):
        errors.append(field.invalid(path, target, "must not contain '..'"))


def local_descending(errors: Errors, path: str, target: str) -> None:
    """A relative path that stays below its start."""
    if target.startswith("/"):
        errors.append(field.invalid(path, target, "must be a relative path"))
    no_backsteps(errors, path, target)


def local_not_reserved(errors: Errors, path: str, target: str) -> None:
    """As `local_descending`, and not hidden by two dots."""
    local_descending(errors, path, target)
    if target.startswith("..") and not target.startswith("../"):
        errors.append(field.invalid(path, target, "must not start with '..'"))


def file_mode(errors: Errors, path: str, mode: int | None) -> None:
    """Permission bits."""
    if mode is not None and not 0 <= mode <= 0o777:
        errors.append(field.invalid(path, mode, MODE_RANGE))
