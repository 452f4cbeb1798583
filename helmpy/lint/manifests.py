"""The documents of a rendered file, as far as lint looks at them."""

from collections.abc import Iterator
from dataclasses import dataclass

from helmpy.chart import decode
from helmpy.golang import json
from helmpy.golang.types import GoError, go_string
from helmpy.yaml import loader

_OBJECT = decode.GoStruct(
    "rules.k8sYamlStruct",
    {
        "apiVersion": decode.STRING,
        "Kind": decode.STRING,
        "Metadata": decode.GoStruct("rules.k8sYamlMetadata", {"Namespace": decode.STRING, "Name": decode.STRING}),
    },
)


@dataclass(frozen=True, slots=True)
class KubeObject:
    """What a document says of itself; empty where it says nothing."""

    api_version: str
    kind: str
    name: str


class ParseError(Exception):
    """A document that is no object; the message is Helm's."""


def objects(text: str | bytes) -> Iterator[KubeObject]:
    """Every object of a file. Raises ParseError at the first document that is none."""
    at_first = True
    try:
        for part in loader.split(text):
            value = loader.load(part, integers=True)
            if value is not None:
                found = _object(value)
                at_first = False
                yield found
    except GoError as error:
        raise ParseError(f"unable to parse YAML: {_json_fault(text, str(error)) if at_first else error}") from None


def _json_fault(text: str | bytes, fault: str) -> str:
    """Kubernetes takes a text that starts with a brace for JSON first, and what it says then wins over YAML's fault."""
    text = go_string(text) if isinstance(text, bytes) else text
    if not text.lstrip().startswith("{"):
        return fault
    offset, reason = json.decoder_fault(text)
    if not reason:
        return fault.removeprefix("error unmarshaling JSON: while decoding JSON: ")
    return f"json: offset {offset}: {reason}" if offset > 0 else reason


def _object(value: object) -> KubeObject:
    found = decode.decode(value, _OBJECT)
    metadata = found.get("Metadata") or {}
    return KubeObject(found.get("apiVersion") or "", found.get("Kind") or "", metadata.get("Name") or "")
