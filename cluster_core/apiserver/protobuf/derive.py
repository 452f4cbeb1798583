"""Makes `fields.txt`: python -m cluster_core.apiserver.protobuf.derive FOLDER ... > fields.txt

Each folder holds one Go module (k8s.io/api, apimachinery, apiextensions-apiserver, kube-aggregator …). Names, numbers and types come from its
generated.proto files, the names in JSON and which structs are embedded from the tags in its types.go files. Later folders add messages.

A line is a message and its fields: NUMBER KIND NAME, where KIND is s (text), i (integer), b (flag), d (float), y (bytes) or m (a message,
its type after the name and a colon), `*` before it for repeated ones, `{` for maps from text, `+` for a message whose fields stand in this one.
"""

import re
import sys
from pathlib import Path

_SCALARS = {"string": "s", "bool": "b", "double": "d", "bytes": "y"}
_INTEGERS = ("int32", "int64", "uint32", "uint64")
_NOT_SERVED = ("testdata", "testapigroup", "imagepolicy", "extensions", "admission")
_FIELD = re.compile(r"(optional|repeated|required|map<string, *([\w.]+)>) *([\w.]*) +(\w+) = (\d+)")
_TAG = re.compile(r'`json:"([^",]*)(,inline)?[^"]*"[^`]*? protobuf:"\w+,(\d+),')


def short(name: str) -> str:
    """ "k8s.io.api.core.v1.Pod" as "core.v1.Pod"."""
    return ".".join(name.lstrip(".").split(".")[-3:])


def messages(folder: Path) -> dict[str, str]:
    """Message name to its line of the table, for every generated.proto under a folder."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("generated.proto")):
        text = path.read_text(encoding="utf-8")
        package = re.search(r"^package ([\w.]+);", text, re.M)
        if package is None or any(part in path.parts for part in _NOT_SERVED):
            continue
        tags = _tags(path.parent)
        for message, body in re.findall(r"^message (\w+) \{(.*?)^\}", text, re.M | re.S):
            name = short(f"{package[1]}.{message}")
            fields = [_field(f, package[1], tags.get(message, {})) for f in _FIELD.findall(_without_comments(body))]
            found[name] = " ".join([name, *fields])
    return found


def _without_comments(text: str) -> str:
    return re.sub(r"//.*", "", text)


def _tags(folder: Path) -> dict[str, dict[str, tuple[str, bool]]]:
    """Type to field number to (name in JSON, whether embedded)."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("types*.go")))
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for name, body in re.findall(r"^type (\w+) struct \{(.*?)^\}", text, re.M | re.S):
        found[name] = {number: (json, not json) for json, _, number in _TAG.findall(body)}
    return found


def _field(found: tuple[str, ...], package: str, tags: dict[str, tuple[str, bool]]) -> str:
    label, value, type_, name, number = found
    json, embedded = tags.get(number, ("", False))
    type_ = value or type_
    if type_ in _INTEGERS:
        kind = "i"
    else:
        kind = _SCALARS.get(type_, "m")
    mark = "+" if embedded else "*" if label == "repeated" else "{" if value else ""
    full = type_ if type_.startswith(".") or "." in type_ else f"{package}.{type_}"
    return f"{number}{mark}{kind}{json or name}" + (f":{short(full)}" if kind == "m" else "")


def main(folders: list[str]) -> None:
    """Print the table."""
    found: dict[str, str] = {}
    for folder in folders:
        found.update(messages(Path(folder)))
    sys.stdout.write("".join(found[name] + "\n" for name in sorted(found)))


if __name__ == "__main__":
    main(sys.argv[1:])
