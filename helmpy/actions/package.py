"""Pack a chart directory into an archive, and sign it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helmpy.chart import archive, dependencies, loader, provenance
from helmpy.chart.versions import Version, VersionError
from helmpy.errors import ChartError, UsageError


@dataclass(frozen=True, slots=True)
class PackageOptions:
    """Helm's flags of `package`. `modtime` (seconds) replaces every time in the archive: same input, same bytes.

    With `key`, the archive is signed; `passphrase` is asked with the key's user id if the key is locked.
    """

    version: str = ""
    app_version: str = ""
    destination: str = "."
    modtime: float | None = None
    key: str = ""
    keyring: str = ""
    passphrase: Callable[[str], str] | None = None


def package(path: str, options: PackageOptions) -> str:
    """Writes `<name>-<version>.tgz` (and .prov) and returns the archive's path; raises ChartError."""
    if not os.path.exists(path):
        raise ChartError(f"stat {path}: no such file or directory")
    chart = loader.load_directory(path)
    if chart.metadata.api_version not in ("v1", "v2"):
        raise ChartError("invalid chart apiVersion")
    chart.metadata.version = options.version or chart.metadata.version
    try:
        Version.parse(chart.metadata.version)
    except VersionError as error:
        raise ChartError(str(error)) from None
    chart.metadata.app_version = options.app_version or chart.metadata.app_version
    if chart.metadata.dependencies:
        dependencies.check_complete(chart)
    destination = os.getcwd() if options.destination == "." else options.destination
    try:
        saved = archive.save(chart, destination, options.modtime)
    except ChartError as error:
        raise ChartError(f"failed to save: {error}") from None
    if options.key:
        _sign(saved, options)
    return str(saved)


def _sign(saved: Path, options: PackageOptions) -> None:
    def refuse(user: str) -> str:
        raise ChartError(f"the key of {user} is locked: give --passphrase-file")

    try:
        text = provenance.sign(saved, options.keyring, options.key, options.passphrase or refuse)
    except ChartError:
        saved.unlink()  # an unsigned package was not asked for
        raise
    archive.write_atomically(Path(f"{saved}.prov"), text.encode())


def source_date_epoch() -> float | None:
    """SOURCE_DATE_EPOCH of the environment: the one time to use in archives. Raises UsageError."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    try:
        seconds = int(text)
    except ValueError:
        raise UsageError(f'invalid SOURCE_DATE_EPOCH: strconv.ParseInt: parsing "{text}": invalid syntax') from None
    if seconds < 0:
        raise UsageError("invalid SOURCE_DATE_EPOCH: must not be negative")
    return float(seconds)
