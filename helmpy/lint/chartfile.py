"""Rules about Chart.yaml."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helmpy.chart import decode, versions
from helmpy.chart.metadata import METADATA, Metadata
from helmpy.golang import strconv
from helmpy.golang.types import GoError, type_name
from helmpy.lint.report import Findings, Severity
from helmpy.lint.urls import is_email, is_request_url, is_url
from helmpy.yaml import loader

_FILE = "Chart.yaml"
_V1, _V2 = "v1", "v2"

Rule = Callable[[Metadata, dict[str, Any]], str]


def check(findings: Findings, directory: Path) -> None:
    """Run every rule on the chart's Chart.yaml."""
    path = directory / _FILE
    findings.check(Severity.ERROR, _FILE, "should be a file, not a directory" if path.is_dir() else "")
    try:
        text = path.read_bytes()
        metadata = Metadata.load(text)
    except (OSError, GoError) as error:
        reason = f"read {path}: is a directory" if isinstance(error, IsADirectoryError) else str(error)
        findings.check(Severity.ERROR, _FILE, f"unable to parse YAML\n\t{reason}")
        return
    findings.check(Severity.WARNING, _FILE, _strict_fault(text))
    raw = loader.load(text)
    for severity, rule in _RULES:
        findings.check(severity, _FILE, rule(metadata, raw if isinstance(raw, dict) else {}))


def _strict_fault(text: bytes) -> str:
    """A repeated or unknown key."""
    try:
        decode.decode(loader.load(text, unsigned=True, unique=True), METADATA, strict=True)
    except GoError as error:
        return f"failed to strictly parse chart metadata file\n\t{error}"
    return ""


def _name(metadata: Metadata, _raw: dict[str, Any]) -> str:
    if not metadata.name:
        return "name is required"
    if os.path.basename(metadata.name) != metadata.name:
        return f"chart name {strconv.quote(metadata.name)} is invalid"
    return ""


def _api_version(metadata: Metadata, _raw: dict[str, Any]) -> str:
    wanted = 'The value must be either "v1" or "v2"'
    if not metadata.api_version:
        return f"apiVersion is required. {wanted}"
    if metadata.api_version not in (_V1, _V2):
        return f"apiVersion '{metadata.api_version}' is not valid. {wanted}"
    return ""


def _is_text(key: str) -> Rule:
    def rule(_metadata: Metadata, raw: dict[str, Any]) -> str:
        if key not in raw or isinstance(raw[key], str):
            return ""
        return f"{key} should be of type string but it's of type {type_name(raw[key])}"

    return rule


def _version(metadata: Metadata, _raw: dict[str, Any]) -> str:
    if not metadata.version:
        return "version is required"
    try:
        version = versions.Version.parse(metadata.version)
    except versions.VersionError:
        return f"version '{metadata.version}' is not a valid SemVer"
    faults = versions.Constraint(">0.0.0-0").validate(version)
    return f"version {faults[0]}" if faults else ""


def _strict_version(metadata: Metadata, _raw: dict[str, Any]) -> str:
    try:
        versions.Version.parse_strict(metadata.version)
    except versions.VersionError:
        return f"version '{metadata.version}' is not a valid SemVerV2"
    return ""


def _maintainers(metadata: Metadata, _raw: dict[str, Any]) -> str:
    for maintainer in metadata.maintainers:
        if maintainer is None:
            return "a maintainer entry is empty"
        if not maintainer.name:
            return "each maintainer requires a name"
        if maintainer.email and not is_email(maintainer.email):
            return f"invalid email '{maintainer.email}' for maintainer '{maintainer.name}'"
        if maintainer.url and not is_url(maintainer.url):
            return f"invalid url '{maintainer.url}' for maintainer '{maintainer.name}'"
    return ""


def _sources(metadata: Metadata, _raw: dict[str, Any]) -> str:
    bad = (source for source in metadata.sources if not source or not is_request_url(source))
    return next((f"invalid source URL '{source}'" for source in bad), "")


def _icon(metadata: Metadata, _raw: dict[str, Any]) -> str:
    return "" if metadata.icon else "icon is recommended"


def _icon_url(metadata: Metadata, _raw: dict[str, Any]) -> str:
    bad = metadata.icon and not is_request_url(metadata.icon)
    return f"invalid icon URL '{metadata.icon}'" if bad else ""


def _type(metadata: Metadata, _raw: dict[str, Any]) -> str:
    if not metadata.type or metadata.api_version == _V2:
        return ""
    return f"chart type is not valid in apiVersion '{metadata.api_version}'. It is valid in apiVersion '{_V2}'"


def _dependencies(metadata: Metadata, _raw: dict[str, Any]) -> str:
    if not metadata.dependencies or metadata.api_version == _V2:
        return ""
    where = f"in the Chart file with apiVersion '{metadata.api_version}'"
    return f"dependencies are not valid {where}. They are valid in apiVersion '{_V2}'"


_RULES: tuple[tuple[Severity, Rule], ...] = (
    (Severity.ERROR, _name),
    (Severity.ERROR, _api_version),
    (Severity.ERROR, _is_text("version")),
    (Severity.ERROR, _version),
    (Severity.ERROR, _is_text("appVersion")),
    (Severity.ERROR, _maintainers),
    (Severity.ERROR, _sources),
    (Severity.INFO, _icon),
    (Severity.ERROR, _icon_url),
    (Severity.ERROR, _type),
    (Severity.ERROR, _dependencies),
    (Severity.WARNING, _strict_version),
)
