"""Runs all rules over charts and prints as `helm lint` does.

Called by the lint command and by tests of charts. Must not write anything but a temporary copy of a packed chart.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helmpy.chart import archive
from helmpy.chart.failures import os_error
from helmpy.errors import ChartError
from helmpy.lint import chartfile, crds, dependencies, templates, values_file
from helmpy.lint.options import LintOptions
from helmpy.lint.report import Findings, Message, Severity


@dataclass(frozen=True, slots=True)
class LintResult:
    """What one chart got: its messages, or `error` if it could not be looked at."""

    path: str
    messages: tuple[Message, ...]
    error: str = ""
    strict: bool = False

    @property
    def failed(self) -> bool:
        """Whether the chart fails the lint."""
        lowest = Severity.WARNING if self.strict else Severity.ERROR
        return bool(self.error) or any(message.severity >= lowest for message in self.messages)

    @property
    def is_clean(self) -> bool:
        """Whether there is neither a warning nor an error."""
        return not self.error and all(message.severity <= Severity.INFO for message in self.messages)

    def text(self, *, quiet: bool = False) -> str:
        """What is printed for this chart; with `quiet`, nothing for a clean one and no INFO."""
        if quiet and self.is_clean:
            return ""
        lines = [f"==> Linting {self.path}"]
        if self.error and not self.messages:
            lines.append(f"Error {self.error}")
        lines += [str(message) for message in self.messages if not quiet or message.severity > Severity.INFO]
        return "\n".join(lines) + "\n\n"


def run(
    path: str,
    values: dict[str, Any],
    namespace: str = "default",
    kube_version: str | None = None,
    strict: bool = False,
    skip_schema: bool = False,
    **more: Any,
) -> LintResult:
    """Lints a chart directory or archive with the user's values; all else as in LintOptions."""
    options = LintOptions(namespace, kube_version, strict, skip_schema, **more)
    try:
        with _directory(path) as directory:
            return LintResult(path, tuple(_messages(directory, values, options)), strict=strict)
    except ChartError as error:
        return LintResult(path, (), str(error), strict=strict)


def subcharts(paths: Sequence[str]) -> list[str]:
    """The charts below the given ones (`--with-subcharts`): unpacked ones and archives, in the order of their paths."""
    found = []
    for path in paths:
        for entry in sorted(Path(path, "charts").rglob("*")):
            if entry.name == "Chart.yaml":
                found.append(str(entry.parent))
            elif entry.name.endswith((".tgz", ".tar.gz")):
                found.append(str(entry))
    return found


def summary(results: Sequence[LintResult]) -> str:
    """The last line: "2 chart(s) linted, 0 chart(s) failed"."""
    return f"{len(results)} chart(s) linted, {sum(result.failed for result in results)} chart(s) failed"


def _messages(directory: Path, values: dict[str, Any], options: LintOptions) -> list[Message]:
    try:
        Path(directory, "Chart.yaml").lstat()
    except OSError as error:
        reason = os_error("stat", str(directory / "Chart.yaml"), error)
        raise ChartError(f"unable to check Chart.yaml file in chart: {reason}") from None
    findings = Findings()
    chartfile.check(findings, directory)
    values_file.check(findings, directory, values, skip_schema=options.skip_schema)
    templates.check(findings, directory, values, options)
    dependencies.check(findings, directory)
    crds.check(findings, directory)
    if options.validate_schema:
        from helmpy.lint import object_schemas

        object_schemas.check(findings, directory, values, options)
    if options.check_values:
        from helmpy.lint.value_usage import findings as value_findings

        value_findings.check(findings, directory, values, options)
    return findings.messages


@contextmanager
def _directory(path: str) -> Iterator[Path]:
    """The chart as a directory; an archive is unpacked for the time being."""
    if not path.endswith((".tgz", ".tar.gz")):
        yield Path(path).absolute()
        return
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ChartError(f"unable to open tarball: {os_error('open', path, error)}") from None
    with tempfile.TemporaryDirectory(prefix="helmpy-lint-") as temporary:
        try:
            directory = Path(temporary, "chart")
            archive.unpack(archive.read(data), directory)
        except ChartError as error:
            raise ChartError(f"unable to extract tarball: {error}") from None
        yield directory
