"""Versions and version ranges as Helm reads them.

Called by the dependency resolver, chart validation, `kubeVersion` checks and the semver functions. The grammar is a
superset of Semantic Versioning: `v1`, `1.2` and leading zeroes are accepted, ranges know `= != > < >= <= ~ ^`, wildcards,
hyphens, AND (blank or comma) and OR (`||`). Must not import anything but `helmpy.golang`.
"""

from collections.abc import Callable
from functools import cache

from helmpy.golang.types import GoError
from helmpy.records import FrozenRecord

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

MAX_VERSION_BYTES = 256
MAX_CONSTRAINT_BYTES = 512
MAX_CONSTRAINT_GROUPS = 32
_MAX_UINT64 = (1 << 64) - 1


class VersionError(GoError):
    """Text that is no version or no range of versions."""


class Version(FrozenRecord):
    """One version. Comparison (`compare`, `<`) follows SemVer precedence; `==` compares the fields themselves."""

    major: int = 0
    minor: int = 0
    patch: int = 0
    prerelease: str = ""
    metadata: str = ""
    original: str = ""

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Reads `1`, `v1.2`, `01.2.3-rc.1+build`; raises VersionError."""
        if len(text.encode("utf-8", "surrogateescape")) > MAX_VERSION_BYTES:
            raise VersionError(f"version string is too long (max {MAX_VERSION_BYTES} bytes)")
        numbers = text.split(".")
        if len(numbers) == 3 and text.isascii() and all(map(str.isdigit, numbers)):
            return cls(_segment(numbers[0]), _segment(numbers[1]), _segment(numbers[2]), original=text)
        match = _loose_version().fullmatch(text)
        if match is None:
            raise VersionError("invalid semantic version")
        major, minor, patch, prerelease, metadata = match.groups(default="")
        version = cls(_segment(major), _segment(minor), _segment(patch), prerelease, metadata, text)
        _check_prerelease(prerelease)
        return version

    @classmethod
    def parse_strict(cls, text: str) -> "Version":
        """Reads only what SemVer 2 allows: three numbers without leading zeroes or a `v`; raises VersionError."""
        if not text:
            raise VersionError("version string empty")
        if len(text.encode("utf-8", "surrogateescape")) > MAX_VERSION_BYTES:
            raise VersionError(f"version string is too long (max {MAX_VERSION_BYTES} bytes)")
        parts = text.split(".", 2)
        if len(parts) != 3:
            raise VersionError("invalid semantic version")
        parts[2], plus, metadata = parts[2].partition("+")
        if plus:
            _check_identifiers(metadata, "invalid metadata string")
        parts[2], dash, prerelease = parts[2].partition("-")
        if dash:
            _check_identifiers(prerelease, "invalid prerelease string")
            _check_prerelease(prerelease)
        for part in parts:
            if not set(part) <= set("0123456789"):
                raise VersionError("invalid characters in version")
            if len(part) > 1 and part[0] == "0":
                raise VersionError("version segment starts with 0")
        major, minor, patch = (_parse_uint(part) for part in parts)
        return cls(major, minor, patch, prerelease, metadata, text)

    def __str__(self) -> str:
        pre = f"-{self.prerelease}" if self.prerelease else ""
        meta = f"+{self.metadata}" if self.metadata else ""
        return f"{self.major}.{self.minor}.{self.patch}{pre}{meta}"

    def compare(self, other: "Version") -> int:
        """-1, 0 or 1: SemVer precedence; build metadata does not count, a prerelease is lower than its release."""
        mine = (self.major, self.minor, self.patch)
        theirs = (other.major, other.minor, other.patch)
        if mine != theirs:
            return -1 if mine < theirs else 1
        return _compare_prereleases(self.prerelease, other.prerelease)

    def __lt__(self, other: "Version") -> bool:
        return self.compare(other) < 0

    def without_metadata(self) -> "Version":
        """The same place in the order of versions, with nothing else to tell it apart."""
        return Version(self.major, self.minor, self.patch, self.prerelease)

    def with_prerelease(self, text: str) -> "Version":
        """The same numbers with another prerelease; raises VersionError if that is no valid one."""
        if text:
            _check_identifiers(text, "invalid prerelease string")
            _check_prerelease(text)
        return self._rebuilt(text, self.metadata)

    def with_metadata(self, text: str) -> "Version":
        """The same version with other metadata; raises VersionError if that is no valid one."""
        if text:
            _check_identifiers(text, "invalid metadata string")
        return self._rebuilt(self.prerelease, text)

    def _rebuilt(self, prerelease: str, metadata: str) -> "Version":
        rebuilt = Version(self.major, self.minor, self.patch, prerelease, metadata)
        prefix = "v" if self.original.startswith("v") else ""
        return Version(self.major, self.minor, self.patch, prerelease, metadata, f"{prefix}{rebuilt}")

    def bump_major(self) -> "Version":
        """The next major version: `1.2.3` → `2.0.0`, a leading `v` of the original text is kept."""
        return self._bumped(self.major + 1, 0, 0)

    def bump_minor(self) -> "Version":
        """The next minor version."""
        return self._bumped(self.major, self.minor + 1, 0)

    def bump_patch(self) -> "Version":
        """The next patch version; of a prerelease, its release."""
        return self._bumped(self.major, self.minor, self.patch + (0 if self.prerelease else 1))

    def _bumped(self, major: int, minor: int, patch: int) -> "Version":
        prefix = "v" if self.original.startswith("v") else ""
        return Version(major, minor, patch, original=f"{prefix}{major}.{minor}.{patch}")


class Constraint(FrozenRecord):
    """A range of versions: `>=1.2 <2 || ~3.1`. `groups` are OR-ed lists of AND-ed comparisons."""

    text: str
    groups: tuple[tuple["Comparison", ...], ...]

    def __init__(self, text: str) -> None:
        """Reads a range; raises VersionError naming what is wrong."""
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "groups", _parse_groups(text))

    def check(self, version: Version) -> bool:
        """Whether the version is in the range. A prerelease is only where a comparison of its group names one."""
        return any(_satisfies(version, group) for group in self.groups)

    def validate(self, version: Version) -> list[str]:
        """Why the version is not in the range, one reason per comparison that failed; empty if it is."""
        reasons: list[str] = []
        told_prerelease = False
        for group in self.groups:
            allowed = _names_prerelease(group)
            failures: list[str] = []
            for comparison in group:
                if version.prerelease and not allowed:
                    failures += [] if told_prerelease else [_prerelease_refused(version)]
                    told_prerelease = True
                elif reason := comparison.failure(version, allowed):
                    failures.append(reason)
            if not failures and not (version.prerelease and not allowed):
                return []
            reasons += failures
        return reasons

    def __str__(self) -> str:
        return " || ".join(" ".join(c.operator + c.original for c in group) for group in self.groups)


class Comparison(FrozenRecord):
    """One operator and version of a range. `wild` is the first segment left open: 0 major, 1 minor, 2 patch, 3 none."""

    operator: str
    original: str
    version: Version
    wild: int

    def failure(self, version: Version, prerelease_allowed: bool) -> str:
        """Why the version does not satisfy this comparison; empty if it does."""
        if version.prerelease and not prerelease_allowed:
            return _prerelease_refused(version)
        reason = _OPERATORS[self.operator](version, self)
        return f'"{version}" {reason.format(quoted=_quoted(self.original))}' if reason else ""


def _satisfies(version: Version, group: tuple[Comparison, ...]) -> bool:
    allowed = _names_prerelease(group)
    return not any(comparison.failure(version, allowed) for comparison in group)


def _prerelease_refused(version: Version) -> str:
    return f'"{version}" is a prerelease version and the constraint is only looking for release versions'


def _names_prerelease(group: tuple[Comparison, ...]) -> bool:
    return any(comparison.version.prerelease for comparison in group)


# One function per operator: the reason why `v` fails, empty if it passes. `c.wild == 3` means a complete version.


def _not_equal(v: Version, c: Comparison) -> str:
    if c.wild in (0, 3):  # a bare wildcard stands for 0.0.0 here
        same = v.compare(c.version) == 0
    else:
        same = (v.major, v.minor)[: c.wild] == (c.version.major, c.version.minor)[: c.wild]
        same = same and (c.wild == 1 or v.prerelease == c.version.prerelease)
    return "is equal to {quoted}" if same else ""


def _greater(v: Version, c: Comparison) -> str:
    if c.wild in (1, 2):
        width = c.wild
        passes = (v.major, v.minor)[:width] > (c.version.major, c.version.minor)[:width]
    else:
        passes = v.compare(c.version) > 0
    return "" if passes else "is less than or equal to {quoted}"


def _less(v: Version, c: Comparison) -> str:
    return "" if v.compare(c.version) < 0 else "is greater than or equal to {quoted}"


def _at_least(v: Version, c: Comparison) -> str:
    return "" if v.compare(c.version) >= 0 else "is less than {quoted}"


def _at_most(v: Version, c: Comparison) -> str:
    if c.wild == 3:
        passes = v.compare(c.version) <= 0
    elif c.wild == 1:
        passes = v.major <= c.version.major
    else:
        passes = (v.major, v.minor) <= (c.version.major, c.version.minor)
    return "" if passes else "is greater than {quoted}"


def _tilde(v: Version, c: Comparison) -> str:
    if v.compare(c.version) < 0:
        return "is less than {quoted}"
    con = c.version
    if (con.major, con.minor, con.patch) == (0, 0, 0) and c.wild in (0, 3):
        return ""  # `~*` and `~0.0.0` accept everything
    if v.major != con.major:
        return "does not have same major version as {quoted}"
    if v.minor != con.minor and c.wild != 1:
        return "does not have same major and minor version as {quoted}"
    return ""


def _equal(v: Version, c: Comparison) -> str:
    if c.wild < 3:
        return _tilde(v, c)
    return "" if v.compare(c.version) == 0 else "is not equal to {quoted}"


def _caret(v: Version, c: Comparison) -> str:
    con = c.version
    if v.compare(con) < 0:
        return "is less than {quoted}"
    if con.major > 0 or c.wild == 1:
        return "" if v.major == con.major else "does not have same major version as {quoted}"
    if v.major > 0:
        return "does not have same major version as {quoted}"
    if con.minor > 0 or c.wild == 2:
        if v.minor == con.minor:
            return ""
        return (
            "does not have same minor version as {quoted}. "
            "Expected minor versions to match when constraint major version is 0"
        )
    if v.minor > 0:
        return "does not have same minor version as {quoted}"
    if v.patch == con.patch:
        return ""
    return "does not equal {quoted}. Expect version and constraint to equal when major and minor versions are 0"


_OPERATORS: dict[str, Callable[[Version, Comparison], str]] = {
    "": _equal,
    "=": _equal,
    "!=": _not_equal,
    ">": _greater,
    "<": _less,
    ">=": _at_least,
    "=>": _at_least,
    "<=": _at_most,
    "=<": _at_most,
    "~": _tilde,
    "~>": _tilde,
    "^": _caret,
}


# Parsing. The patterns are possessive where alternatives cannot overlap: hostile ranges stay linear.

_VERSION = (
    r"v?([0-9|xX*]++)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?"
    r"(-([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*))?"
)
_OPERATOR = r"(?:=>|=<|!=|>=|<=|~>|=|>|<|~|\^)?+"
_BLANK = r"[\t\n\f\r ]"


@cache
def _loose_version() -> "re.Pattern[str]":
    import re

    identifiers = r"([0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*)"
    return re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-{identifiers})?(?:\+{identifiers})?")


@cache
def _one_comparison() -> "re.Pattern[str]":
    import re

    return re.compile(rf"({_OPERATOR}){_BLANK}*+({_VERSION})")


@cache
def _whole_group() -> "re.Pattern[str]":
    import re

    one = rf"{_OPERATOR}{_BLANK}*+(?>{_VERSION})"
    gap = rf"(?:{_BLANK}*+,{_BLANK}*+|{_BLANK}++)"
    return re.compile(rf"{_BLANK}*+{one}(?:{gap}{one})*{_BLANK}*")


@cache
def _hyphen_range() -> "re.Pattern[str]":
    import re

    return re.compile(rf"{_BLANK}*({_VERSION}){_BLANK}++-{_BLANK}++({_VERSION}){_BLANK}*")


def _parse_groups(text: str) -> tuple[tuple[Comparison, ...], ...]:
    if len(text.encode("utf-8", "surrogateescape")) > MAX_CONSTRAINT_BYTES:
        raise VersionError(f"constraint string is too long (max {MAX_CONSTRAINT_BYTES} bytes)")
    parts = _rewrite_hyphen_ranges(text).split("||")
    if len(parts) > MAX_CONSTRAINT_GROUPS:
        raise VersionError(f"too many constraint groups (max {MAX_CONSTRAINT_GROUPS})")
    return tuple(_parse_group(part) for part in parts)


def _rewrite_hyphen_ranges(text: str) -> str:
    """`1.2 - 1.4` → `>= 1.2, <= 1.4 `."""
    result = text
    for match in _hyphen_range().finditer(text):
        low, high = match.group(1), match.group(9)
        result = result.replace(match.group(0), f">= {low}, <= {high} ", 1)
    return result


def _parse_group(part: str) -> tuple[Comparison, ...]:
    if not _whole_group().fullmatch(part):
        raise VersionError(f"improper constraint: {_quoted(part)}")
    return tuple(_parse_comparison(match) for match in _one_comparison().finditer(part))


def _parse_comparison(match: "re.Match[str]") -> Comparison:
    operator, original = match.group(1), match.group(2)
    major, minor, patch, prerelease = (match.group(i) or "" for i in (3, 4, 5, 6))
    minor, patch = minor.removeprefix("."), patch.removeprefix(".")
    if _open(major):
        wild, text = 0, f"0.0.0{prerelease}"
    elif _open(minor):
        wild, text = 1, f"{major}.0.0{prerelease}"
    elif _open(patch):
        wild, text = 2, f"{major}.{minor}.0{prerelease}"
    else:
        wild, text = 3, original
    try:
        return Comparison(operator, original, Version.parse(text), wild)
    except VersionError:
        raise VersionError("constraint parser error") from None


def _open(segment: str) -> bool:
    return segment in ("", "x", "X", "*")


def _segment(text: str) -> int:
    if not text:
        return 0
    try:
        return _parse_uint(text)
    except VersionError as error:
        raise VersionError(f"error parsing version segment: {error}") from None


def _parse_uint(text: str) -> int:
    if not text:
        raise VersionError('strconv.ParseUint: parsing "": invalid syntax')
    number = int(text)
    if number > _MAX_UINT64:
        raise VersionError(f'strconv.ParseUint: parsing "{text}": value out of range')
    return number


def _check_prerelease(text: str) -> None:
    for part in text.split("."):
        if len(part) > 1 and part[0] == "0" and part.isdigit():
            raise VersionError("version segment starts with 0")


def _check_identifiers(text: str, problem: str) -> None:
    import re

    for part in text.split("."):
        if not re.fullmatch(r"[0-9A-Za-z-]+", part):
            raise VersionError(problem)


def _compare_prereleases(a: str, b: str) -> int:
    if a == b:
        return 0
    if not a or not b:
        return 1 if not a else -1
    left, right = [_precedence(p) for p in a.split(".")], [_precedence(p) for p in b.split(".")]
    return (left > right) - (left < right)


def _precedence(part: str) -> tuple[int, int, str]:
    """Numbers sort below words, and by value; a number past 64 bits counts as a word."""
    if part.isdigit() and int(part) <= _MAX_UINT64:
        return (0, int(part), "")
    return (1, 0, part)


def _quoted(text: str) -> str:
    if text.isascii() and text.isprintable():
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    from helmpy.golang import strconv

    return strconv.quote(text)
