"""semver and semverCompare, and the version object that templates see. The rules are `helmpy.chart.versions`'s."""

from collections.abc import Mapping
from typing import Any, ClassVar

from helmpy.chart import versions
from helmpy.golang.function import Function
from helmpy.golang.types import Struct, Uint64

_COMPARISONS = ("Compare", "Equal", "GreaterThan", "GreaterThanEqual", "LessThan", "LessThanEqual")


class Version(Struct):
    """*semver.Version."""

    GO_TYPE: ClassVar[str] = "*semver.Version"
    GO_KIND: ClassVar[str] = "ptr"
    STRINGER: ClassVar[bool] = True
    GO_METHODS: ClassVar[Mapping[str, str]] = {
        "Compare": "compare",
        "Equal": "equal",
        "GreaterThan": "greater_than",
        "GreaterThanEqual": "greater_than_equal",
        "IncMajor": "inc_major",
        "IncMinor": "inc_minor",
        "IncPatch": "inc_patch",
        "LessThan": "less_than",
        "LessThanEqual": "less_than_equal",
        "Major": "major",
        "MarshalJSON": "marshal_json",
        "MarshalText": "marshal_text",
        "Metadata": "metadata",
        "Minor": "minor",
        "Original": "original",
        "Patch": "patch",
        "Prerelease": "prerelease",
        "SetMetadata": "set_metadata",
        "SetPrerelease": "set_prerelease",
        "String": "__str__",
        "Value": "__str__",
    }
    GO_PARAMS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **dict.fromkeys(_COMPARISONS, ("*semver.Version",)),
        "SetMetadata": ("string",),
        "SetPrerelease": ("string",),
    }

    def __init__(self, version: versions.Version) -> None:
        self.version = version

    def __str__(self) -> str:
        return str(self.version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.version == other.version

    def __hash__(self) -> int:
        return hash(self.version)

    def go_fields(self) -> tuple[tuple[str, Any], ...]:
        """The private fields, which verbs other than those for texts print."""
        version = self.version
        numbers = (Uint64(version.major), Uint64(version.minor), Uint64(version.patch))
        names = ("major", "minor", "patch", "pre", "metadata", "original")
        return tuple(zip(names, (*numbers, version.prerelease, version.metadata, version.original), strict=True))

    def go_copy(self) -> "Version":
        """What deepCopy makes of it: its fields are private, so the copy is 0.0.0."""
        return Version(versions.Version())

    def compare(self, other: "Version") -> int:
        """-1, 0 or 1 by precedence."""
        return self.version.compare(other.version)

    def equal(self, other: "Version") -> bool:
        """Whether the precedence is the same."""
        return self.compare(other) == 0

    def greater_than(self, other: "Version") -> bool:
        """Whether this is the higher version."""
        return self.compare(other) > 0

    def greater_than_equal(self, other: "Version") -> bool:
        """Whether this is not the lower version."""
        return self.compare(other) >= 0

    def less_than(self, other: "Version") -> bool:
        """Whether this is the lower version."""
        return self.compare(other) < 0

    def less_than_equal(self, other: "Version") -> bool:
        """Whether this is not the higher version."""
        return self.compare(other) <= 0

    def inc_major(self) -> "VersionValue":
        """The next major version."""
        return VersionValue(self.version.bump_major())

    def inc_minor(self) -> "VersionValue":
        """The next minor version."""
        return VersionValue(self.version.bump_minor())

    def inc_patch(self) -> "VersionValue":
        """The next patch version; a prerelease becomes its release."""
        return VersionValue(self.version.bump_patch())

    def major(self) -> Uint64:
        """The first number."""
        return Uint64(self.version.major)

    def minor(self) -> Uint64:
        """The second number."""
        return Uint64(self.version.minor)

    def patch(self) -> Uint64:
        """The third number."""
        return Uint64(self.version.patch)

    def prerelease(self) -> str:
        """What follows the hyphen."""
        return self.version.prerelease

    def metadata(self) -> str:
        """What follows the plus sign."""
        return self.version.metadata

    def original(self) -> str:
        """The text that was parsed."""
        return self.version.original

    def set_prerelease(self, text: str) -> "VersionValue":
        """The same version with another prerelease; raises GoError if that is no valid one."""
        return VersionValue(self.version.with_prerelease(text))

    def set_metadata(self, text: str) -> "VersionValue":
        """The same version with other metadata; raises GoError if that is no valid one."""
        return VersionValue(self.version.with_metadata(text))

    def marshal_text(self) -> bytes:
        """The version as text."""
        return str(self).encode()

    def marshal_json(self) -> bytes:
        """The version as a JSON string."""
        return f'"{self}"'.encode()

    def go_text(self) -> str:
        """What TOML and yaml.v3 hold of it."""
        return str(self)

    def go_json(self) -> str:
        """What JSON holds of it."""
        return str(self)


class VersionValue(Version):
    """semver.Version, what the Inc* and Set* methods return: it lacks the methods that need a pointer."""

    GO_TYPE: ClassVar[str] = "semver.Version"
    GO_KIND: ClassVar[str] = "struct"
    GO_METHODS: ClassVar[Mapping[str, str]] = {
        name: method for name, method in Version.GO_METHODS.items() if name != "Original" and name not in _COMPARISONS
    }


def semver(text: str) -> Version:
    """Parses a version; raises GoError."""
    return Version(versions.Version.parse(text))


def semver_compare(constraint: str, version: str) -> bool:
    """Whether a version satisfies a range; raises GoError."""
    return versions.Constraint(constraint).check(versions.Version.parse(version))


TABLE = (
    Function("semver", semver, ("string",), "*semver.Version"),
    Function("semverCompare", semver_compare, ("string", "string"), "bool"),
)
