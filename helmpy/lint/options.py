"""What a lint is to look at. Read by every check."""

from dataclasses import dataclass, field

from helmpy.values.sources import Read, ValueSources, read_file


@dataclass(frozen=True, slots=True)
class LintOptions:
    """`kube_version` is text such as "1.30", or None for the default; it also decides what counts as deprecated.

    `validate_schema` checks what is rendered against the schemas of that version, `check_values` compares the values with
    what templates read. `sources` are the flags behind the user's values, for messages; `read` reads the files among them.
    """

    namespace: str = "default"
    kube_version: str | None = None
    strict: bool = False
    skip_schema: bool = False
    validate_schema: bool = False
    check_values: bool = False
    sources: ValueSources = field(default_factory=ValueSources)
    read: Read = read_file
