"""Chart.yaml and Chart.lock: the fields, how they are read, cleaned, checked and written.

Called by `loader`, the repository index and `package`. `validate` cleans the texts in place (control characters never
reach a terminal) and raises Helm's messages. Must not open files.
"""

from helmpy.annotations import Any
from helmpy.chart import decode
from helmpy.chart.decode import ANY, BOOL, STRING, STRING_MAP, STRINGS, TIME, GoStruct, ListOf
from helmpy.chart.versions import Version, VersionError
from helmpy.errors import ChartError
from helmpy.records import Record, made

_DEPENDENCY = GoStruct(
    "v2.Dependency",
    {
        "name": STRING,
        "version": STRING,
        "repository": STRING,
        "condition": STRING,
        "tags": STRINGS,
        "enabled": BOOL,
        "import-values": ListOf(ANY, "[]interface {}"),
        "alias": STRING,
    },
    pointer=True,
)
_MAINTAINER = GoStruct("v2.Maintainer", {"name": STRING, "email": STRING, "url": STRING}, pointer=True)
METADATA = GoStruct(
    "v2.Metadata",
    {
        "name": STRING,
        "home": STRING,
        "sources": STRINGS,
        "version": STRING,
        "description": STRING,
        "keywords": STRINGS,
        "maintainers": ListOf(_MAINTAINER, "[]*v2.Maintainer"),
        "icon": STRING,
        "apiVersion": STRING,
        "condition": STRING,
        "tags": STRING,
        "appVersion": STRING,
        "deprecated": BOOL,
        "annotations": STRING_MAP,
        "kubeVersion": STRING,
        "dependencies": ListOf(_DEPENDENCY, "[]*v2.Dependency"),
        "type": STRING,
    },
)
_LOCK = GoStruct(
    "v2.Lock",
    {"generated": TIME, "digest": STRING, "dependencies": ListOf(_DEPENDENCY, "[]*v2.Dependency")},
)


class Maintainer(Record):
    """A person or organisation that looks after a chart."""

    name: str = ""
    email: str = ""
    url: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Under the JSON names, empty fields left out."""
        return _without_empty({"name": self.name, "email": self.email, "url": self.url})


class Dependency(Record):
    """A chart that another one asks for. `version` is a range in Chart.yaml and one version in a lock.

    `import_values` holds strings and {"child", "parent"} maps.
    """

    name: str = ""
    version: str = ""
    repository: str = ""
    condition: str = ""
    tags: list[str] = made(default_factory=list)
    enabled: bool = False
    import_values: list[Any] = made(default_factory=list)
    alias: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Under the JSON names; `name` and `repository` always, the rest unless empty."""
        return {
            "name": self.name,
            **_without_empty({"version": self.version}),
            "repository": self.repository,
            **_without_empty(
                {
                    "condition": self.condition,
                    "tags": self.tags,
                    "enabled": self.enabled,
                    "import-values": self.import_values,
                    "alias": self.alias,
                }
            ),
        }

    def validate(self) -> None:
        """Cleans the texts; raises ChartError for an alias that could reach another path."""
        for name in ("name", "version", "repository", "condition"):
            setattr(self, name, sanitize(getattr(self, name)))
        self.tags = [sanitize(tag) for tag in self.tags]
        if not all(c.isascii() and (c.isalnum() or c in "_-") for c in self.alias):
            raise _invalid(f"dependency {_quoted(self.name)} has disallowed characters in the alias")


class Metadata(Record):
    """Chart.yaml, under Helm's field names in snake case. None in a list stands for a null of the file."""

    name: str = ""
    home: str = ""
    sources: list[str] = made(default_factory=list)
    version: str = ""
    description: str = ""
    keywords: list[str] = made(default_factory=list)
    maintainers: list[Maintainer] = made(default_factory=list)
    icon: str = ""
    api_version: str = ""
    condition: str = ""
    tags: str = ""
    app_version: str = ""
    deprecated: bool = False
    annotations: dict[str, str] | None = None
    kube_version: str = ""
    dependencies: list[Dependency] = made(default_factory=list)
    type: str = ""
    lists_dependencies: bool = False
    """Whether the file has the key `dependencies` at all, be it an empty list."""

    @classmethod
    def load(cls, text: str | bytes) -> "Metadata":
        """Reads the text of a Chart.yaml without checking it; raises GoError."""
        return cls.from_dict(decode.load(text, METADATA))

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Metadata":
        """From the JSON names, as `decode` leaves them."""
        metadata = cls()
        metadata.update(data)
        return metadata

    def update(self, data: dict[str, Any]) -> None:
        """Overwrites the fields that are given, as reading a second file into the same struct does."""
        for json_name, value in data.items():
            if json_name == "maintainers":
                value = [Maintainer(**item) if item is not None else None for item in value]
            elif json_name == "dependencies":
                value, self.lists_dependencies = [_dependency(item) for item in value], True
            elif isinstance(value, list):
                value = [item or "" for item in value]
            elif isinstance(value, dict):
                value = {key: item or "" for key, item in value.items()}
            setattr(self, _ATTRIBUTES.get(json_name, json_name), value)

    def to_dict(self) -> dict[str, Any]:
        """Under the JSON names, empty fields left out."""
        data = {name: getattr(self, _ATTRIBUTES.get(name, name)) for name in METADATA.fields}
        data["maintainers"] = [maintainer.to_dict() for maintainer in self.maintainers]
        data["dependencies"] = [dependency.to_dict() for dependency in self.dependencies]
        data["annotations"] = dict(sorted((self.annotations or {}).items()))
        return _without_empty(data)

    def validate(self) -> None:
        """Cleans the texts in place and checks every rule; raises ChartError with Helm's text."""
        for name in ("name", "description", "home", "icon", "condition", "tags", "app_version", "kube_version"):
            setattr(self, name, sanitize(getattr(self, name)))
        self.sources = [sanitize(source) for source in self.sources]
        self.keywords = [sanitize(keyword) for keyword in self.keywords]
        if not self.api_version:
            raise _invalid("chart.metadata.apiVersion is required")
        self._validate_name()
        self._validate_version()
        if self.type not in ("", "application", "library"):
            raise _invalid("chart.metadata.type must be application or library")
        self._validate_maintainers()
        self._validate_dependencies()

    def _validate_name(self) -> None:
        if not self.name:
            raise _invalid("chart.metadata.name is required")
        if self.name in (".", ".."):
            raise _invalid(f"chart.metadata.name {_quoted(self.name)} is not allowed")
        # A backslash or a drive letter is a path on other systems: nobody's chart needs one.
        if "/" in self.name or "\\" in self.name or self.name[1:2] == ":":
            raise _invalid(f"chart.metadata.name {_quoted(self.name)} is invalid")

    def _validate_version(self) -> None:
        if not self.version:
            raise _invalid("chart.metadata.version is required")
        try:
            Version.parse(self.version)
        except VersionError:
            raise _invalid(f"chart.metadata.version {_quoted(self.version)} is invalid") from None

    def _validate_maintainers(self) -> None:
        for maintainer in self.maintainers:
            if maintainer is None:
                raise _invalid("maintainers must not contain empty or null nodes")
            maintainer.name, maintainer.email = sanitize(maintainer.name), sanitize(maintainer.email)
            maintainer.url = sanitize(maintainer.url)

    def _validate_dependencies(self) -> None:
        seen = set()
        for dependency in self.dependencies:
            if dependency is None:
                raise _invalid("dependencies must not contain empty or null nodes")
            dependency.validate()
            key = dependency.alias or dependency.name
            if key in seen:
                raise _invalid(f"more than one dependency with name or alias {_quoted(key)}")
            seen.add(key)


class Lock(Record):
    """Chart.lock: the versions chosen, and the digest of what was asked for. `generated` is RFC 3339 text.

    None among the dependencies stands for a null of the file.
    """

    generated: str = "0001-01-01T00:00:00Z"
    digest: str = ""
    dependencies: list[Dependency] = made(default_factory=list)
    lists_dependencies: bool = True

    @classmethod
    def load(cls, text: str | bytes) -> "Lock | None":
        """Reads the text of a lock file; None for an empty one. Raises GoError."""
        data = cls.fields(text)
        return None if data is None else cls.from_dict(data)

    @staticmethod
    def fields(text: str | bytes) -> dict[str, Any] | None:
        """The text as `decode` reads it, under the JSON names; None for an empty one. Raises GoError."""
        return decode.load_optional(text, _LOCK)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Lock":
        """From the JSON names, as `fields` leaves them."""
        return cls(
            data.get("generated", "0001-01-01T00:00:00Z"),
            data.get("digest", ""),
            [_dependency(item) for item in data.get("dependencies", [])],
            "dependencies" in data,
        )

    def to_dict(self) -> dict[str, Any]:
        """Under the JSON names."""
        return {
            "generated": self.generated,
            "digest": self.digest,
            "dependencies": [d and d.to_dict() for d in self.dependencies] if self.lists_dependencies else None,
        }


def sanitize(text: str) -> str:
    """White space → blanks, everything that a terminal would not print dropped."""
    if text.isascii() and text.isprintable():
        return text
    from unicodedata import category

    parts = (" " if c in _SPACES or category(c)[0] == "Z" else c if category(c)[0] in "LMNPS" else "" for c in text)
    return "".join(parts)


_SPACES = "\t\n\v\f\r\x85"
_ATTRIBUTES = {"apiVersion": "api_version", "appVersion": "app_version", "kubeVersion": "kube_version"}


def _dependency(data: dict[str, Any] | None) -> Any:
    if data is None:
        return None
    fields = {name.replace("-", "_"): value for name, value in data.items()}
    if "tags" in fields:
        fields["tags"] = [tag or "" for tag in fields["tags"]]
    return Dependency(**fields)


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value}


def _invalid(text: str) -> ChartError:
    return ChartError(f"validation: {text}")


def _quoted(text: str) -> str:
    from helmpy.golang import strconv

    return strconv.quote(text)
