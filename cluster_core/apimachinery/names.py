"""What may be a name: DNS labels and subdomains, qualified names, label values, with Kubernetes' wording.

Each check returns a list of messages, empty for a good value. Plain string methods: these run for every object.
"""

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_ALNUM_LOWER = _LOWER + "0123456789"
_LABEL = _ALNUM_LOWER + "-"
_SUBDOMAIN = _LABEL + "."
_ALNUM = _ALNUM_LOWER + _LOWER.upper()
_QUALIFIED = _ALNUM + "-_."
_CONFIG_KEY = _QUALIFIED
# text.strip(allowed) is empty if nothing but allowed characters is in it: the fastest such check there is.

DNS1123_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character"
)
DNS1123_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character"
)
DNS1035_LABEL = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and "
    "end with an alphanumeric character"
)
QUALIFIED_NAME = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)
LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character"
)
CONFIG_MAP_KEY = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
ENV_VAR_NAME = "a valid environment variable name must consist only of printable ASCII characters other than '='"
_DNS1123_LABEL_REGEX = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS1123_SUBDOMAIN_REGEX = _DNS1123_LABEL_REGEX + "(\\." + _DNS1123_LABEL_REGEX + ")*"
_DNS1035_LABEL_REGEX = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED_REGEX = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"


def max_length(length: int, unit: str = "bytes") -> str:
    """`must be no more than N bytes`, or characters."""
    return f"must be no more than {length} {unit}"


def regex_message(text: str, pattern: str, *examples: str) -> str:
    """A rule's text with its examples and regular expression, as upstream appends them."""
    if not examples:
        return f"{text} (regex used for validation is '{pattern}')"
    listed = " or ".join(f"'{e}', " for e in examples)
    return f"{text} (e.g. {listed}regex used for validation is '{pattern}')"


def _is_label(text: str) -> bool:
    return bool(text) and text[0] != "-" and text[-1] != "-" and not text.strip(_LABEL)


def dns1123_label(value: str) -> list[str]:
    """A lowercase RFC 1123 label, at most 63 bytes: namespaces, container names."""
    problems = []
    if len(value.encode(errors="surrogateescape")) > 63:
        problems.append(max_length(63, "characters"))
    if not _is_label(value):
        if _is_subdomain(value):
            problems.append("must not contain dots")
        else:
            problems.append(regex_message(DNS1123_LABEL, _DNS1123_LABEL_REGEX, "my-name", "123-abc"))
    return problems


def _is_subdomain(value: str) -> bool:
    if not value or value.strip(_SUBDOMAIN) or value[0] in ".-" or value[-1] in ".-":
        return False
    return "." not in value or not (".." in value or ".-" in value or "-." in value)


def dns1123_subdomain(value: str, unit: str = "characters") -> list[str]:
    """A lowercase RFC 1123 subdomain, at most 253 bytes: most object names; `unit` is how its length is told."""
    if len(value) <= 253 and _is_subdomain(value):
        return []
    problems = []
    if len(value.encode(errors="surrogateescape")) > 253:
        problems.append(max_length(253, unit))
    if not _is_subdomain(value):
        problems.append(regex_message(DNS1123_SUBDOMAIN, _DNS1123_SUBDOMAIN_REGEX, "example.com"))
    return problems


def dns1035_label(value: str) -> list[str]:
    """A DNS-1035 label, at most 63 bytes: service names."""
    problems = []
    if len(value.encode(errors="surrogateescape")) > 63:
        problems.append(max_length(63, "characters"))
    if not _is_label(value) or value[0] not in _LOWER:
        problems.append(regex_message(DNS1035_LABEL, _DNS1035_LABEL_REGEX, "my-name", "abc-123"))
    return problems


def _is_qualified_part(value: str) -> bool:
    return bool(value) and value[0] in _ALNUM and value[-1] in _ALNUM and not value.strip(_QUALIFIED)


def qualified_name(value: str) -> list[str]:
    """A label or annotation key: an optional DNS subdomain prefix and "/", then a name of at most 63 bytes."""
    problems: list[str] = []
    parts = value.split("/")
    if len(parts) > 2:
        text = regex_message(QUALIFIED_NAME, _QUALIFIED_REGEX, "MyName", "my.name", "123-abc")
        return [f"a valid label key {text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    name = parts[-1]
    if len(parts) == 2:
        if not parts[0]:
            problems.append("prefix part must be non-empty")
        else:
            problems += [f"prefix part {p}" for p in dns1123_subdomain(parts[0], "bytes")]
    if not name:
        problems.append("name part must be non-empty")
    elif len(name.encode(errors="surrogateescape")) > 63:
        problems.append(f"name part {max_length(63)}")
    if not _is_qualified_part(name):
        problems.append("name part " + regex_message(QUALIFIED_NAME, _QUALIFIED_REGEX, "MyName", "my.name", "123-abc"))
    return problems


def label_value(value: str) -> list[str]:
    """A label's value: empty, or at most 63 bytes of a qualified name's characters."""
    if not value:
        return []
    problems = []
    if len(value.encode(errors="surrogateescape")) > 63:
        problems.append(max_length(63))
    if not _is_qualified_part(value):
        problems.append(regex_message(LABEL_VALUE, f"({_QUALIFIED_REGEX})?", "MyValue", "my_value", "12345"))
    return problems


def config_map_key(value: str) -> list[str]:
    """A key of a ConfigMap or Secret."""
    problems = []
    if len(value.encode(errors="surrogateescape")) > 253:
        problems.append(max_length(253, "characters"))
    if not value or value.strip(_CONFIG_KEY):
        problems.append(regex_message(CONFIG_MAP_KEY, "[-._a-zA-Z0-9]+", "key.name", "KEY_NAME", "key-name"))
    problems += _dot_problems(value)
    return problems


def _dot_problems(value: str) -> list[str]:
    if value in (".", ".."):
        return [f"must not be '{value}'"]
    return ["must not start with '..'"] if value.startswith("..") else []


def path_segment(value: str, prefix: bool = False) -> list[str]:
    """A name that may stand in a URL path, such as a Role's; a generateName `prefix` may be "." or ".."."""
    if not prefix and value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{c}'" for c in "/%" if c in value]


def name_is_dns_subdomain(name: str, prefix: bool) -> list[str]:
    """The default rule of metadata.name; a generateName prefix may end with a dash."""
    return dns1123_subdomain(mask_trailing_dash(name) if prefix else name)


def name_is_dns_label(name: str, prefix: bool) -> list[str]:
    """Names of namespaces and the like."""
    return dns1123_label(mask_trailing_dash(name) if prefix else name)


def name_is_dns1035_label(name: str, prefix: bool) -> list[str]:
    """Names of services."""
    return dns1035_label(mask_trailing_dash(name) if prefix else name)


def mask_trailing_dash(name: str) -> str:
    """A prefix ending in "-" is judged as if it ended in a letter."""
    return name[:-2] + "a" if len(name) > 1 and name.endswith("-") else name
