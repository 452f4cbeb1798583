"""The documents of a rendered file, as far as lint looks at them."""

from collections.abc import Iterator
from dataclasses import dataclass

from helmpy.chart import decode
from helmpy.golang.types import GoError
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
    try:
        for part in loader.split(text):
            value = loader.load(part, integers=True)
            if value is not None:
                yield _object(value)
    except GoError as error:
        raise ParseError(f"unable to parse YAML: {error}") from None


def _object(value: object) -> KubeObject:
    found = decode.decode(value, _OBJECT)
    metadata = found.get("Metadata") or {}
    return KubeObject(found.get("apiVersion") or "", found.get("Kind") or "", metadata.get("Name") or "")
