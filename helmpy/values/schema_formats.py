"""The `format` keyword of JSON Schema as Helm's validator (santhosh-tekuri/jsonschema) checks it.

Called by `schema` (is it valid?) and `schema_texts` (why not?). Each function takes the text and returns what is wrong
with it, "" if nothing is; unknown formats are not checked. Must not read anything.
"""

from collections.abc import Callable
from string import ascii_letters, digits

from helmpy.golang import regexp, strconv, url
from helmpy.golang.time import parsing
from helmpy.golang.time.zones import UTC_LOCATION
from helmpy.golang.types import GoError

_HEX = digits + "abcdefABCDEF"
_LOCAL = ascii_letters + digits + ".!#$%&'*+-/=?^_`{|}~"
_IDENTIFIER = ascii_letters + digits + "-"
_UUID = (8, 4, 4, 4, 12)
_ESCAPE = "~ must be followed by 0 or 1"


def _rune(sign: str) -> str:
    return strconv.quote_rune(sign)


def _stranger(text: str, allowed: str) -> str:
    return next((sign for sign in text if sign not in allowed), "")


def _leading_digits(text: str) -> int:
    return len(text) - len(text.lstrip(digits))


def json_pointer(text: str) -> str:
    if not text:
        return ""
    if not text.startswith("/"):
        return "not starting with /"
    for token in text.split("/")[1:]:
        for part in token.split("~")[1:]:
            if part[:1] not in ("0", "1"):
                return _ESCAPE
    return ""


def relative_json_pointer(text: str) -> str:
    count = _leading_digits(text)
    if not count:
        return "must start with non-negative integer"
    if count > 1 and text.startswith("0"):
        return "starts with zero"
    return "" if text[count:] == "#" else json_pointer(text[count:])


def uuid(text: str) -> str:
    groups = text.split("-")
    if len(groups) != len(_UUID):
        return f"must have {len(_UUID)} elements"
    for number, (group, length) in enumerate(zip(groups, _UUID, strict=True), 1):
        if len(group.encode()) != length:
            return f"element {number} must be {length} characters long"
        stranger = _stranger(group, _HEX)
        if stranger:
            return f"non-hex character {_rune(stranger)}"
    return ""


def duration(text: str) -> str:
    if not text.startswith("P"):
        return "must start with P"
    text = text[1:]
    if not text:
        return "nothing after P"
    if text.endswith("W"):
        weeks = text[:-1]
        if not weeks:
            return "no number in week"
        return "invalid week" if _stranger(weeks, digits) else ""
    units = ("YMD", "HMS")
    for index, part in enumerate(text.split("T")):
        if index and not part:
            return "no time elements"
        if index >= len(units):
            return "more than one T"
        fault = _elements(part, units[index])
        if fault:
            return fault
    return ""


def _elements(text: str, every: str) -> str:
    units = every
    while text:
        count = _leading_digits(text)
        if not count:
            return "missing number"
        text = text[count:]
        if not text:
            return "missing unit"
        unit, at = text[0], units.find(text[0])
        if at < 0:
            return f"unit {_rune(unit)} out of order" if unit in every else f"invalid unit {_rune(unit)}"
        units, text = units[at + 1 :], text[1:]
    return ""


def ipv4(text: str) -> str:
    groups = text.split(".")
    if len(groups) != 4:
        return "expected four decimals"
    for group in groups:
        if len(group) > 1 and group.startswith("0"):
            return "leading zeros"
        try:
            number = strconv.atoi(group)
        except GoError as error:
            return str(error)
        if not 0 <= number <= 255:
            return "decimal must be between 0 and 255"
    return ""


def ipv6(text: str) -> str:
    import ipaddress

    if ":" not in text:
        return "missing colon"
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return f"ParseAddr({strconv.quote(text)}): unable to parse IP"
    return "zone id is not a part of ipv6 address" if address.scope_id else ""


def hostname(text: str) -> str:
    text = text.removesuffix(".")
    if len(text.encode()) > 253:
        return "more than 253 characters long"
    for label in text.split("."):
        if not 1 <= len(label.encode()) <= 63:
            return "label must be 1 to 63 characters long"
        if label.startswith("-"):
            return "label starts with hyphen"
        if label.endswith("-"):
            return "label ends with hyphen"
        stranger = _stranger(label, _IDENTIFIER)
        if stranger:
            return f"invalid character {_rune(stranger)}"
    return ""


def email(text: str) -> str:
    if len(text.encode()) > 254:
        return "more than 255 characters long"
    local, at, domain = text.rpartition("@")
    if not at:
        return "missing @"
    return _local(local) or _domain(domain)


def _local(local: str) -> str:
    if len(local.encode()) > 64:
        return "local part more than 64 characters long"
    if len(local) > 1 and local.startswith('"') and local.endswith('"'):
        inner = local[1:-1]
        return "backslash and quote are not allowed within quoted local part" if "\\" in inner or '"' in inner else ""
    if local.startswith("."):
        return "starts with dot"
    if local.endswith("."):
        return "ends with dot"
    if ".." in local:
        return "consecutive dots"
    stranger = _stranger(local, _LOCAL)
    return f"invalid character {_rune(stranger)}" if stranger else ""


def _domain(domain: str) -> str:
    if domain.startswith("[") and domain.endswith("]"):
        inner = domain[1:-1]
        if inner.startswith("IPv6:"):
            fault = ipv6(inner.removeprefix("IPv6:"))
            return fault and f"invalid ipv6 address: {fault}"
        fault = ipv4(inner)
        return fault and f"invalid ipv4 address: {fault}"
    fault = hostname(domain)
    return fault and f"invalid domain: {fault}"


def date(text: str) -> str:
    return _fault(lambda given: parsing.parse("2006-01-02", given, UTC_LOCATION), text)


def time(text: str) -> str:
    if len(text.encode()) < 9:
        return "less than 9 characters long"
    if text[2] != ":" or text[5] != ":":
        return "missing colon in correct place"
    numbers = []
    for token in text[:8].split(":", 2):
        number = _number(token)
        if number is None:
            return "invalid hour/min/sec"
        if number < 0:
            return "non-positive hour/min/sec"
        numbers.append(number)
    hour, minute, second = numbers
    if hour > 23 or minute > 59 or second > 60:
        return "hour/min/sec out of range"
    rest = text[8:]
    if rest.startswith("."):
        count = _leading_digits(rest[1:])
        if not count:
            return "no digits in second fraction"
        rest = rest[1 + count :]
    offset, fault = _offset(rest)
    if fault:
        return fault
    leap = divmod((hour * 60 + minute + offset) % (24 * 60), 60) == (23, 59)
    return "invalid leap second" if second >= 60 and not leap else ""


def _offset(text: str) -> tuple[int, str]:
    """Minutes to add for UTC, and what is wrong with the offset."""
    if text in ("z", "Z"):
        return 0, ""
    if len(text.encode()) != 6:
        return 0, "offset must be 6 characters long"
    if text[0] not in "+-":
        return 0, "offset must begin with plus/minus"
    if text[3] != ":":
        return 0, "missing colon in offset in correct place"
    parts = [_number(text[1:3]), _number(text[4:6])]
    if None in parts:
        return 0, "invalid hour/min in offset"
    hours, minutes = (part or 0 for part in parts)
    if hours < 0 or minutes < 0:
        return 0, "non-positive hour/min in offset"
    if hours > 23 or minutes > 59:
        return 0, "hour/min in offset out of range"
    return (hours * 60 + minutes) * (-1 if text[0] == "+" else 1), ""


def _number(text: str) -> int | None:
    try:
        return strconv.atoi(text)
    except GoError:
        return None


def date_time(text: str) -> str:
    if len(text.encode()) < 20:
        return "less than 20 characters long"
    if text[10] not in "tT":
        return "11th character must be t or T"
    fault = date(text[:10])
    if fault:
        return f"invalid date element: {fault}"
    fault = time(text[11:])
    return fault and f"invalid time element: {fault}"


def regex(text: str) -> str:
    return _fault(regexp.translate, text)


def uri(text: str) -> str:
    return _url_fault(text) or ("" if url.parse(text).scheme else "relative url")


def uri_reference(text: str) -> str:
    return "contains \\" if "\\" in text else _url_fault(text)


def uri_template(text: str) -> str:
    return _url_fault(text)


def _url_fault(text: str) -> str:
    fault = _fault(url.parse, text)
    if fault:
        return fault
    parsed = url.parse(text)
    name = parsed.hostname()
    if ":" not in name:
        return ""
    if "[" not in parsed.host or "]" not in parsed.host:
        return "ipv6 address not enclosed in brackets"
    fault = ipv6(name)
    return fault and f"invalid ipv6 address: {fault}"


def period(text: str) -> str:
    start, slash, end = text.partition("/")
    if not slash:
        return "missing slash"
    from_duration, to_duration = start.startswith("P"), end.startswith("P") and not start.startswith("P")
    fault = duration(start) if from_duration else date_time(start)
    if fault:
        return f"invalid start {'duration' if from_duration else 'date-time'}: {fault}"
    fault = duration(end) if to_duration else date_time(end)
    return fault and f"invalid end {'duration' if to_duration else 'date-time'}: {fault}"


def semver(text: str) -> str:
    rest, plus, build = text.partition("+")
    core, dash, prerelease = rest.partition("-")
    return (plus and _build(build)) or (dash and _prerelease(prerelease)) or _core(core)


def _build(build: str) -> str:
    if not build:
        return "build is empty"
    for identifier in build.split("."):
        if not identifier:
            return "build identifier is empty"
        stranger = _stranger(identifier, _IDENTIFIER)
        if stranger:
            return f"invalid character {_rune(stranger)} in build identifier"
    return ""


def _prerelease(prerelease: str) -> str:
    for identifier in prerelease.split("."):
        if not identifier:
            return "pre-release identifier is empty"
        stranger = _stranger(identifier, _IDENTIFIER)
        if stranger:
            return f"invalid character {_rune(stranger)} in pre-release identifier"
        if len(identifier) > 1 and identifier[0] == "0" and not _stranger(identifier, digits):
            return "pre-release numeric identifier starts with zero"
    return ""


def _core(core: str) -> str:
    numbers = core.split(".")
    if len(numbers) != 3:
        return "versionCore must have 3 numbers separated by dot"
    for name, number in zip(("major", "minor", "patch"), numbers, strict=True):
        if not number:
            return f"{name} is empty"
        if len(number) > 1 and number.startswith("0"):
            return f"{name} starts with zero"
        if _stranger(number, digits):
            return f"{name} contains non-digit"
    return ""


def _fault(read: Callable[[str], object], text: str) -> str:
    try:
        read(text)
    except GoError as error:
        return str(error)
    return ""


FORMATS: dict[str, Callable[[str], str]] = {
    "date": date,
    "date-time": date_time,
    "duration": duration,
    "email": email,
    "hostname": hostname,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "iri": uri,
    "iri-reference": uri_reference,
    "json-pointer": json_pointer,
    "period": period,
    "regex": regex,
    "relative-json-pointer": relative_json_pointer,
    "semver": semver,
    "time": time,
    "uri": uri,
    "uri-reference": uri_reference,
    "uri-template": uri_template,
    "uuid": uuid,
}
_UNKNOWN = ("idn-email", "idn-hostname")  # jsonschema-rs would check them


def fault(name: str, text: str) -> str:
    """What is wrong with a text of that format."""
    return FORMATS[name](text) if name in FORMATS else ""


def checks() -> dict[str, Callable[[str], bool]]:
    """The formats as jsonschema-rs takes them."""
    known = {name: lambda text, explain=explain: not explain(text) for name, explain in FORMATS.items()}
    return known | {name: lambda _text: True for name in _UNKNOWN}
