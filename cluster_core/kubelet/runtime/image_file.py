"""Images as data: reading the YAML (or JSON) in which users describe how images behave.

    images:
      - image: "registry.example.com/team/worker:*"   # a shell pattern against the whole reference with its tag
        kind: service         # service: runs until stopped; task: ends by itself; userland: has a shell and core utilities
        entrypoint: ["/app"]
        cmd: ["serve"]
        env: {PORT: "8080"}
        user: "1000"
        size: 40Mi
        present: true         # on every node from the start
        closed: true          # programs that the simulation does not know are not there
        private: true         # takes a pull secret with an entry for its registry
        missing: "no such tag"  # it cannot be pulled, for this reason
        behaviour:            # the keys of `behaviour.py`, which an annotation of a pod overrides one by one
          startSeconds: 2
          logs: ["listening on :8080"]
          serve: {"8080": {"/healthz": {"body": "ok"}, "*": {"status": 404}}}
          memory: [[0, 20Mi], [60, 80Mi]]
          stopSeconds: 1

Rows are tried in order, before the built-in catalogue. A cluster reads them from the ConfigMap `helmpy-images` of the namespace
kube-system (key `images.yaml`), from `KubeletOptions.images`, or from `KubeletManager.declare_images`.
"""

from collections.abc import Mapping
from typing import Any

from cluster_core.kubelet.runtime.behaviour import KEYS
from cluster_core.kubelet.runtime.images import SERVICE, TASK, USERLAND, Image

_TEXTS, _FLAGS, _LISTS = ("user", "missing"), ("present", "private", "closed"), ("entrypoint", "cmd")
_FIELDS = frozenset((*_TEXTS, *_FLAGS, *_LISTS, "image", "kind", "env", "size", "behaviour"))


def load(text: str) -> tuple[Image, ...]:
    """The rows of a file, in order. Raises ValueError that names the place of what is wrong."""
    import yaml

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"images: {' '.join(str(error).split())}") from None
    rows = data.get("images") if isinstance(data, Mapping) else None
    if not isinstance(rows, list):
        raise ValueError("images: must be a list under the key `images`")
    return tuple(_row(f"images[{index}]", row) for index, row in enumerate(rows))


def _row(place: str, row: Any) -> Image:
    if not isinstance(row, Mapping):
        raise ValueError(f"{place}: must be an object")
    _check_keys(place, row, _FIELDS)
    pattern = row.get("image")
    if not isinstance(pattern, str) or not pattern:
        raise ValueError(f"{place}.image: must be a pattern such as nginx:*")
    kind = row.get("kind", "")
    if kind not in ("", SERVICE, TASK, USERLAND):
        raise ValueError(f"{place}.kind: must be {SERVICE}, {TASK} or {USERLAND}, not {kind!r}")
    values: dict[str, Any] = {name: str(row[name]) for name in _TEXTS if name in row}
    values.update({name: row[name] is True for name in _FLAGS if name in row})
    for name in _LISTS:
        if name in row:
            values[name] = tuple(_strings(f"{place}.{name}", row[name]))
    if "env" in row:
        values["env"] = tuple((str(k), str(v)) for k, v in _object(f"{place}.env", row["env"]).items())
    if "size" in row:
        values["size"] = _size(f"{place}.size", row["size"])
    if "behaviour" in row:
        told = _object(f"{place}.behaviour", row["behaviour"])
        _check_keys(f"{place}.behaviour", told, KEYS)
        values["behaviour"] = _with_text_keys(told)
    return Image(pattern, kind, **values)


def _check_keys(place: str, data: Mapping[Any, Any], known: frozenset[str]) -> None:
    for key in data:
        if key not in known:
            raise ValueError(f"{place}: unknown key {key!r}; known are {', '.join(sorted(known))}")


def _object(place: str, value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place}: must be an object")
    return value


def _strings(place: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError(f"{place}: must be a list of strings")
    return [str(item) for item in value]


def _size(place: str, value: Any) -> int:
    from cluster_core.apimachinery.quantity import whole

    try:
        return whole(str(value))
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def _with_text_keys(value: Any) -> Any:
    """YAML gives ports as numbers; everything is looked up by text."""
    if isinstance(value, Mapping):
        return {str(k): _with_text_keys(v) for k, v in value.items()}
    return [_with_text_keys(v) for v in value] if isinstance(value, list) else value
