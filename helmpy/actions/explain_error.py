"""What stands behind an error of rendering: the template lines, the values that they read, and who set those.

Adds to Helm's message, never changes it. Shows no value of a Secret, nor one whose name says that it is secret.
"""

import re
from collections.abc import Iterator
from typing import Any

from helmpy.actions.rendering import Scene
from helmpy.chart.model import Chart
from helmpy.engine.origins import values_read
from helmpy.errors import HelmpyError, ManifestError, SchemaError, TemplateError
from helmpy.golang import json
from helmpy.golang.types import GoError, go_string
from helmpy.release import manifest
from helmpy.schemas.blame import Blame, Cause
from helmpy.schemas.positions import FieldPath, field_lines, line_of
from helmpy.values import merge, provenance, spelling
from helmpy.values.provenance import Parts
from helmpy.values.sources import Read, ValueSources

_MAX_VALUE = 100
_HIDDEN = "(hidden)"
_BESIDE = {"did not find expected": 1, "could not find expected": -1}
"""What the parser says, and how far from the line that it names the fault may be."""


def explain(error: HelmpyError, given: ValueSources, read: Read) -> str:
    """The explanation of an error, "" if there is nothing to add."""
    chain = list(_chain(error))
    scene = next((one.scene for one in chain if isinstance(one.scene, Scene)), None)
    if scene is None:
        return ""
    known = provenance.setters(scene.chart, given, read)
    for one in chain:
        for kind, explainer in _EXPLAINERS:
            if isinstance(one, kind):
                maps = _maps(scene) if kind is ManifestError else {}
                return "\n".join(explainer(str(one), scene, Blame(maps, _values(scene), known)))
    return ""


def _values(scene: Scene) -> dict[str, Any]:
    """The values that templates see, or would have seen."""
    values: dict[str, Any] = scene.context.get("Values") or {}
    return values if scene.context.get("Release") else merge.coalesce(scene.chart, values)


def _chain(error: BaseException | None) -> Iterator[HelmpyError]:
    """The errors behind an error, the innermost first."""
    found = []
    while error is not None:
        if isinstance(error, HelmpyError):
            found.append(error)
        error = error.__cause__
    return reversed(found)


def _maps(scene: Scene) -> Any:
    from helmpy.engine import source_map

    return source_map.trace(scene.chart, scene.context, scene.engine)


# --- a rendered document that is wrong --------------------------------------------------------------------------------


def _document(message: str, scene: Scene, blame: Blame) -> Iterator[str]:
    match = re.match(r"YAML parse error on (.+?): ", message)
    if match is None or match[1] not in scene.files:
        return
    file = match[1]
    text = scene.files[file]
    document = _faulty(file, text)
    start = text.count("\n", 0, text.index(document))
    numbers = [start + number for number in _faulty_lines(message, document)]
    lines = text.split("\n")
    hidden = re.search(r"^kind: *[\"']?Secret\b", document, re.MULTILINE) is not None
    yield f"The document, as {file} rendered it:"
    first, last = max(start + 1, numbers[0] - 2), min(numbers[-1] + 1, len(lines))
    for number in range(first, last + 1):
        secret = hidden or any(
            provenance.is_secret(".".join(path)) for path in values_read(blame.origins(file, number))
        )
        shown = _without_value(lines[number - 1]) if secret else lines[number - 1]
        yield f"  {'>' if number in numbers else ' '} {number:>{len(str(last))}} | {shown}".rstrip()
    for number in numbers:
        yield from _line_origins(file, number, lines, blame, hidden=hidden)


def _faulty(file: str, text: str) -> str:
    """The first document of a file that cannot be read."""
    for document in manifest.split(text):
        try:
            manifest.sort({file: document})
        except ManifestError:
            return document
    return text


def _faulty_lines(message: str, document: str) -> list[int]:
    """Lines of the document (from 1) that are to blame. Of some faults Go names a line beside them."""
    match = re.search(r"yaml: line (\d+): (.*)", message)
    if match:
        named, last = int(match[1]), document.rstrip("\n").count("\n") + 1
        beside = next((offset for text, offset in _BESIDE.items() if text in match[2]), 0)
        numbers = {min(max(number, 1), last) for number in (named, named + beside)}
        return sorted(numbers)
    try:
        lines = field_lines(document)
    except GoError:
        return [1]
    return [line_of(lines, _wrong_field(message, document))]


def _wrong_field(message: str, document: str) -> FieldPath:
    """The field that the message complains of: encoding/json names the struct's field."""
    from helmpy.yaml import loader

    head = loader.load(document)
    if not isinstance(head, dict):
        return ()
    metadata = head.get("metadata")
    if not isinstance(metadata, dict) or "struct field SimpleHead." in message:
        match = re.search(r"SimpleHead\.(\w+)", message)
        return (match[1],) if match else ()
    annotations = metadata.get("annotations")
    if isinstance(annotations, dict):
        wrong = next((key for key, value in annotations.items() if isinstance(value, (dict, list))), None)
        return ("metadata", "annotations", wrong) if wrong else ("metadata", "name")
    return ("metadata", "annotations" if "annotations" in message else "name")


def _without_value(line: str) -> str:
    """A line of which only the key may be shown; those that say what an object is are shown as they are."""
    if re.match("(apiVersion|kind|metadata|type):", line):
        return line
    if not line.strip():
        return line
    key, colon, rest = line.partition(":")
    return f"{key}: {_HIDDEN}" if colon and rest else f"{key}:" if colon else _HIDDEN


def _line_origins(file: str, number: int, lines: list[str], blame: Blame, *, hidden: bool) -> Iterator[str]:
    origins = blame.origins(file, number)
    if not origins or not lines[number - 1].strip():
        return
    yield f"Line {number} was written by {origins[0].location}: {_short(origins[0].text)}"
    for origin in origins[1:]:
        yield f"  through {origin.location}: {_short(origin.text)}"
    for cause in blame.causes(origins):
        yield f"  {_cause(cause, blame, hidden=hidden)}"


def _cause(cause: Cause, blame: Blame, *, hidden: bool = False) -> str:
    shown = ".".join(cause.path)
    if not cause.source:
        return f".Values.{shown} is not set"
    if hidden or provenance.is_secret(shown):
        return f".Values.{shown} = {_HIDDEN}, set by {provenance.without_value(cause.source)}"
    return f".Values.{shown} = {_short(_json(blame.value(cause.path)))}, set by {cause.source}"


def _json(value: Any) -> str:
    try:
        return json.dumps(value, escape_html=False)
    except GoError:
        return str(value)


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 3] + "..."


# --- values that violate values.schema.json ---------------------------------------------------------------------------


def _schema(message: str, scene: Scene, blame: Blame) -> Iterator[str]:
    scopes = dict(_scopes(scene.chart, ()))
    scope: Parts = ()
    seen = set()
    for line in message.split("\n"):
        if line.endswith(":") and line[:-1] in scopes:
            scope = scopes[line[:-1]]
        for pointer in re.findall(r"^\s*- at '(/[^']*)'", line):
            path = (*scope, *(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")))
            if path not in seen:
                seen.add(path)
                yield _cause(blame.cause(path), blame)


def _scopes(chart: Chart, path: Parts) -> Iterator[tuple[str, Parts]]:
    """Where the values of each chart stand, by the chart's name; the outermost of a name comes last."""
    for subchart in chart.dependencies:
        yield from _scopes(subchart, (*path, subchart.name))
    yield chart.name, path


# --- a template that fails --------------------------------------------------------------------------------------------


def _template(message: str, scene: Scene, blame: Blame) -> Iterator[str]:
    places = re.findall(r"([^\s():]+):(\d+)(?::(\d+))?\)?:?(?:\s|$)", message)
    texts = dict(_texts(scene.chart))
    for file, line, column in [place for place in places if place[0] in texts][-1:]:
        source = texts[file].split("\n")
        if 1 <= int(line) <= len(source):
            yield f"{file}:{line}:"
            yield f"  > {line} | {source[int(line) - 1]}"
            if column:
                yield f"    {' ' * len(line)}   {' ' * int(column)}^"
        for path in _asked_for(message, source[int(line) - 1 : int(line)]):
            yield from _missing(path, file, blame)


def _asked_for(message: str, source: list[str]) -> list[Parts]:
    """The values that the failing place reads: as Go names it, else all on its line."""
    named = re.findall(r"<[$.]?\.?Values\.([\w.]+)>:\s+(?:nil pointer|can't evaluate|map has no entry)", message)
    found = named[-1:] or [chain for text in source for chain in re.findall(r"\.Values\.([\w.]*\w)", text)]
    return [tuple(chain.split(".")) for chain in dict.fromkeys(found)]


def _texts(chart: Chart) -> Iterator[tuple[str, str]]:
    for file in chart.templates:
        yield f"{chart.full_path}/{file.name}", go_string(file.data)
    for subchart in chart.dependencies:
        yield from _texts(subchart)


def _missing(asked: Parts, file: str, blame: Blame) -> Iterator[str]:
    """The part of a path that nobody sets; `file` says in whose values."""
    scope = tuple(file.split("/templates/")[0].split("/charts/")[1:])
    path: Parts = (*scope, *asked)
    for end in range(len(scope) + 1, len(path) + 1):
        table, name = blame.value(path[: end - 1]), path[end - 1]
        if not isinstance(table, dict):
            cause = blame.cause(path[: end - 1])
            yield f"{_cause(cause, blame)}, and has no fields"
            return
        if table.get(name) is None:
            near = spelling.closest(name, table)
            hint = f"; did you mean .Values.{'.'.join((*path[: end - 1], near))}?" if near else ""
            yield f".Values.{'.'.join(path[:end])} is {'null' if name in table else 'not set'}{hint}"
            return


_EXPLAINERS = ((ManifestError, _document), (SchemaError, _schema), (TemplateError, _template))
