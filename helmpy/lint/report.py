"""What lint found: messages with a severity, and the text that Helm prints for them.

Used by every rule file. Must not run rules.
"""

from dataclasses import dataclass, field
from enum import IntEnum


class Severity(IntEnum):
    """How bad a message is; ERROR fails the chart, WARNING only with --strict."""

    UNKNOWN = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Message:
    """One finding. `path` is relative to the chart, empty for the chart as a whole."""

    severity: Severity
    path: str
    text: str

    def __str__(self) -> str:
        return f"[{self.severity.name}] {self.path}: {self.text}"


@dataclass(slots=True)
class Findings:
    """Collects messages while the rules run."""

    messages: list[Message] = field(default_factory=list)

    def check(self, severity: Severity, path: str, complaint: str) -> bool:
        """Note a complaint, unless it is empty; whether all was well."""
        if complaint:
            self.messages.append(Message(severity, path, complaint))
        return not complaint
