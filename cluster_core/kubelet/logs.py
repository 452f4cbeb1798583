"""Choosing and printing log lines as PodLogOptions ask. Pure; called by the node API."""

from collections.abc import Mapping
from typing import Any

from cluster_core.apimachinery import errors, field
from cluster_core.apimachinery.errors import ApiError
from cluster_core.apimachinery.timestamps import parse, rfc3339_micro

Lines = list[tuple[float, str]]
Object = dict[str, Any]

CHOOSE = "a container name must be specified for pod {}, choose one of: [{}]"
INIT_TOO = " or one of the init containers: [{}]"
NOT_VALID = "container {} is not valid for pod {}"
_LOWEST = {"tailLines": 0, "sinceSeconds": 1, "limitBytes": 1}


def container_of(pod: Object, options: Mapping[str, str]) -> str:
    """Whose log is asked for. Raises ApiError (400) if that is unclear or there is no such container."""
    name, spec = pod["metadata"]["name"], pod["spec"]
    regular = [c["name"] for c in spec["containers"]]
    init = [c["name"] for c in spec.get("initContainers") or ()]
    wanted = options.get("container")
    if not wanted:
        if len(regular) == 1 and not init:
            return regular[0]  # type: ignore[no-any-return]
        more = INIT_TOO.format(" ".join(init)) if init else ""
        raise ApiError(400, "BadRequest", CHOOSE.format(name, " ".join(regular)) + more)
    if wanted not in (*regular, *init, *(c["name"] for c in spec.get("ephemeralContainers") or ())):
        raise ApiError(400, "BadRequest", NOT_VALID.format(wanted, name))
    return wanted


def check(name: str, options: Mapping[str, str]) -> None:
    """Whether the options make sense. Raises ApiError (422) naming every one that does not."""
    problems = []
    for option, lowest in _LOWEST.items():
        text = options.get(option)
        if text is not None and int(text) < lowest:
            least = "greater than or equal to 0" if lowest == 0 else "greater than 0"
            problems.append(field.invalid(option, int(text), f"must be {least}"))
    if options.get("stream") not in (None, "", "All"):
        problems.append(field.forbidden("stream", "may not be specified"))
    if problems:
        raise errors.invalid("PodLogOptions", name, problems)


def text(lines: Lines, options: Mapping[str, str], now: float) -> str:
    """The log's text: sinceSeconds, sinceTime, tailLines, timestamps, limitBytes (of the encoded text)."""
    chosen = _since(lines, options, now)
    tail = options.get("tailLines")
    if tail is not None:
        count = int(tail)
        chosen = chosen[-count:] if count else []
    stamped = options.get("timestamps") in ("true", "1")
    result = "".join(f"{_stamp(at)} {line}\n" if stamped else f"{line}\n" for at, line in chosen)
    limit = options.get("limitBytes")
    if limit is not None:
        return result.encode("utf-8", "surrogateescape")[: int(limit)].decode("utf-8", "ignore")
    return result


def _since(lines: Lines, options: Mapping[str, str], now: float) -> Lines:
    start = 0.0
    if options.get("sinceSeconds"):
        start = now - int(options["sinceSeconds"])
    elif options.get("sinceTime"):
        start = parse(options["sinceTime"])
    return [entry for entry in lines if entry[0] >= start] if start else lines


def _stamp(at: float) -> str:
    """Nanoseconds, as the runtime writes them."""
    return rfc3339_micro(at)[:-1] + "000Z"
