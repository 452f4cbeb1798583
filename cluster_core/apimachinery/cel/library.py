"""What functions exist and which types they take: tables in a small notation, read when first needed.

One line per name: `name = argument types -> result | …`; a first argument followed by a dot is the target of a method. Single capital letters
are parameters. What the functions do is in `standard`, `strings` and `kubernetes`.
"""

from functools import cache
from typing import NamedTuple

from cluster_core.apimachinery.cel.types import DYN, ERROR, Type, list_of, map_of, opaque, param, type_of

_STANDARD = """
_+_ = int int -> int | uint uint -> uint | double double -> double | string string -> string | bytes bytes -> bytes | list(A) list(A) -> list(A) | timestamp duration -> timestamp | duration timestamp -> timestamp | duration duration -> duration
_-_ = int int -> int | uint uint -> uint | double double -> double | timestamp timestamp -> duration | timestamp duration -> timestamp | duration duration -> duration
_*_ = int int -> int | uint uint -> uint | double double -> double
_/_ = int int -> int | uint uint -> uint | double double -> double
_%_ = int int -> int | uint uint -> uint
-_ = int -> int | double -> double
!_ = bool -> bool
_==_ = A A -> bool
_!=_ = A A -> bool
_?_:_ = bool A A -> A
@in = A list(A) -> bool | A map(A,B) -> bool
_[_] = list(A) int -> A | map(A,B) A -> B | optional_type(list(A)) int -> optional_type(A) | optional_type(map(A,B)) A -> optional_type(B)
_[?_] = list(A) int -> optional_type(A) | map(A,B) A -> optional_type(B) | optional_type(list(A)) int -> optional_type(A) | optional_type(map(A,B)) A -> optional_type(B)
size = string -> int | bytes -> int | list(A) -> int | map(A,B) -> int | string. -> int | bytes. -> int | list(A). -> int | map(A,B). -> int
int = int -> int | uint -> int | double -> int | string -> int | timestamp -> int
uint = uint -> uint | int -> uint | double -> uint | string -> uint
double = double -> double | int -> double | uint -> double | string -> double
string = string -> string | bool -> string | bytes -> string | double -> string | int -> string | uint -> string | timestamp -> string | duration -> string
bytes = bytes -> bytes | string -> bytes
bool = bool -> bool | string -> bool
timestamp = timestamp -> timestamp | string -> timestamp | int -> timestamp
duration = duration -> duration | string -> duration | int -> duration
dyn = A -> dyn
type = A -> type(A)
contains = string. string -> bool
startsWith = string. string -> bool
endsWith = string. string -> bool
matches = string. string -> bool | string string -> bool
getFullYear = timestamp. -> int | timestamp. string -> int
getMonth = timestamp. -> int | timestamp. string -> int
getDate = timestamp. -> int | timestamp. string -> int
getDayOfMonth = timestamp. -> int | timestamp. string -> int
getDayOfWeek = timestamp. -> int | timestamp. string -> int
getDayOfYear = timestamp. -> int | timestamp. string -> int
getHours = timestamp. -> int | timestamp. string -> int | duration. -> int
getMinutes = timestamp. -> int | timestamp. string -> int | duration. -> int
getSeconds = timestamp. -> int | timestamp. string -> int | duration. -> int
getMilliseconds = timestamp. -> int | timestamp. string -> int | duration. -> int
"""
_EXTENSIONS = """
charAt = string. int -> string
indexOf = string. string -> int | string. string int -> int | list(A). A -> int
lastIndexOf = string. string -> int | string. string int -> int | list(A). A -> int
join = list(string). -> string | list(string). string -> string
lowerAscii = string. -> string
upperAscii = string. -> string
replace = string. string string -> string | string. string string int -> string
split = string. string -> list(string) | string. string int -> list(string)
substring = string. int -> string | string. int int -> string
trim = string. -> string
format = string. list(dyn) -> string
strings.quote = string -> string
sets.contains = list(A) list(A) -> bool
sets.equivalent = list(A) list(A) -> bool
sets.intersects = list(A) list(A) -> bool
slice = list(A). int int -> list(A)
flatten = list(list(A)). -> list(A) | list(dyn). int -> list(dyn)
sort = list(int). -> list(int) | list(uint). -> list(uint) | list(double). -> list(double) | list(bool). -> list(bool) | list(duration). -> list(duration) | list(timestamp). -> list(timestamp) | list(string). -> list(string) | list(bytes). -> list(bytes)
distinct = list(A). -> list(A)
reverse = list(A). -> list(A)
lists.range = int -> list(int)
optional.of = A -> optional_type(A)
optional.ofNonZeroValue = A -> optional_type(A)
optional.none = -> optional_type(A)
hasValue = optional_type(A). -> bool
value = optional_type(A). -> A | kubernetes.NamedFormat. -> string
or = optional_type(A). optional_type(A) -> optional_type(A)
orValue = optional_type(A). A -> A
isSorted = ORDERED
min = AGGREGATED
max = AGGREGATED
sum = list(int). -> int | list(uint). -> uint | list(double). -> double | list(duration). -> duration
find = string. string -> string
findAll = string. string -> list(string) | string. string int -> list(string)
isURL = string -> bool
url = string -> kubernetes.URL
getScheme = kubernetes.URL. -> string
getHost = kubernetes.URL. -> string
getHostname = kubernetes.URL. -> string
getPort = kubernetes.URL. -> string
getEscapedPath = kubernetes.URL. -> string
getQuery = kubernetes.URL. -> map(string,list(string))
isQuantity = string -> bool
quantity = string -> kubernetes.Quantity
sign = kubernetes.Quantity -> int
isInteger = kubernetes.Quantity. -> bool
asInteger = kubernetes.Quantity. -> int
asApproximateFloat = kubernetes.Quantity. -> double
add = kubernetes.Quantity. kubernetes.Quantity -> kubernetes.Quantity | kubernetes.Quantity. int -> kubernetes.Quantity
sub = kubernetes.Quantity. kubernetes.Quantity -> kubernetes.Quantity | kubernetes.Quantity. int -> kubernetes.Quantity
isGreaterThan = kubernetes.Quantity. kubernetes.Quantity -> bool | kubernetes.Semver. kubernetes.Semver -> bool
isLessThan = kubernetes.Quantity. kubernetes.Quantity -> bool | kubernetes.Semver. kubernetes.Semver -> bool
compareTo = kubernetes.Quantity. kubernetes.Quantity -> int | kubernetes.Semver. kubernetes.Semver -> int
isIP = string -> bool
ip = string -> net.IP | net.CIDR. -> net.IP
ip.isCanonical = string -> bool
family = net.IP. -> int
isUnspecified = net.IP. -> bool
isLoopback = net.IP. -> bool
isLinkLocalMulticast = net.IP. -> bool
isLinkLocalUnicast = net.IP. -> bool
isGlobalUnicast = net.IP. -> bool
isCIDR = string -> bool
cidr = string -> net.CIDR
containsIP = net.CIDR. net.IP -> bool | net.CIDR. string -> bool
containsCIDR = net.CIDR. net.CIDR -> bool | net.CIDR. string -> bool
masked = net.CIDR. -> net.CIDR
prefixLength = net.CIDR. -> int
isSemver = string -> bool | string bool -> bool
semver = string -> kubernetes.Semver | string bool -> kubernetes.Semver
major = kubernetes.Semver. -> int
minor = kubernetes.Semver. -> int
patch = kubernetes.Semver. -> int
format.named = string -> optional_type(kubernetes.NamedFormat)
path = kubernetes.authorization.Authorizer. string -> kubernetes.authorization.PathCheck
group = kubernetes.authorization.Authorizer. string -> kubernetes.authorization.GroupCheck
serviceAccount = kubernetes.authorization.Authorizer. string string -> kubernetes.authorization.Authorizer
resource = kubernetes.authorization.GroupCheck. string -> kubernetes.authorization.ResourceCheck
subresource = kubernetes.authorization.ResourceCheck. string -> kubernetes.authorization.ResourceCheck
namespace = kubernetes.authorization.ResourceCheck. string -> kubernetes.authorization.ResourceCheck
name = kubernetes.authorization.ResourceCheck. string -> kubernetes.authorization.ResourceCheck
fieldSelector = kubernetes.authorization.ResourceCheck. string -> kubernetes.authorization.ResourceCheck
labelSelector = kubernetes.authorization.ResourceCheck. string -> kubernetes.authorization.ResourceCheck
check = kubernetes.authorization.PathCheck. string -> kubernetes.authorization.Decision | kubernetes.authorization.ResourceCheck. string -> kubernetes.authorization.Decision
allowed = kubernetes.authorization.Decision. -> bool
reason = kubernetes.authorization.Decision. -> string
errored = kubernetes.authorization.Decision. -> bool
error = kubernetes.authorization.Decision. -> string
validate = kubernetes.NamedFormat. string -> optional_type(list(string))
"""
FORMATS = (
    "dns1123Label", "dns1123Subdomain", "dns1035Label", "qualifiedName", "dns1123LabelPrefix",
    "dns1123SubdomainPrefix", "dns1035LabelPrefix", "labelValue", "uri", "uuid", "byte", "date", "datetime",
)  # fmt: skip
_ORDERED = ("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes")
_COMPARED = ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration")
_NUMBERS = ("int", "uint", "double")
TYPES = ("int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type", "optional_type")


class Overload(NamedTuple):
    """One way to call a function."""

    method: bool
    args: tuple[Type, ...]
    result: Type


@cache
def overloads() -> dict[str, tuple[Overload, ...]]:
    """Every function's overloads."""
    found: dict[str, tuple[Overload, ...]] = {}
    for line in f"{_STANDARD}{_EXTENSIONS}".strip().splitlines():
        name, _, text = line.partition(" = ")
        found[name] = tuple(_overload(part) for part in _expanded(text).split(" | "))
    compared = [f"{a} {a} -> bool" for a in _COMPARED]
    compared += [f"{a} {b} -> bool" for a in _NUMBERS for b in _NUMBERS if a != b]
    for operator in ("<", "<=", ">", ">="):
        found[f"_{operator}_"] = tuple(map(_overload, compared))
    for each in FORMATS:
        found[f"format.{each}"] = (_overload("-> kubernetes.NamedFormat"),)
    return found


def _expanded(text: str) -> str:
    if text == "ORDERED":
        return " | ".join(f"list({each}). -> bool" for each in _ORDERED)
    if text == "AGGREGATED":
        return " | ".join(f"list({each}). -> {each}" for each in _ORDERED)
    return text


def _overload(text: str) -> Overload:
    args, _, result = text.rpartition("-> ")
    words = args.split()
    method = bool(words) and words[0].endswith(".")
    return Overload(method, tuple(_read(word.removesuffix(".")) for word in words), _read(result))


def _read(text: str) -> Type:
    """A type in the notation of the tables."""
    head, opened, rest = text.partition("(")
    if not opened:
        if len(text) == 1:
            return param(text)
        return opaque(text) if "." in text else Type(text)
    params = tuple(map(_read, _split(rest[:-1])))
    if head == "list":
        return list_of(params[0])
    if head == "map":
        return map_of(params[0], params[1])
    return type_of(params[0]) if head == "type" else opaque(head, *params)


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def type_named(name: str) -> Type | None:
    """The type that a name stands for in an expression, None if it stands for none."""
    if name in ("list", "map", "optional_type"):
        made = {"list": list_of(DYN), "map": map_of(DYN, DYN), "optional_type": opaque("optional_type", DYN)}
        return made[name]
    if name == "null_type":
        return Type("null")
    if name == "type":
        return type_of(ERROR)
    plain = {"google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration"}
    if name in plain:
        return Type(plain[name])
    known = (*_NUMBERS, "bool", "string", "bytes")
    return Type(name) if name in known else _OPAQUE.get(name)


_OPAQUE = {
    name: opaque(name) for name in ("kubernetes.Quantity", "kubernetes.URL", "kubernetes.Semver", "net.IP", "net.CIDR")
}
