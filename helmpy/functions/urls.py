"""urlParse and urlJoin, on Go's URLs."""

from typing import Any

from helmpy.golang.function import Function
from helmpy.golang.types import GoError, kind_name
from helmpy.golang.url import URL, parse


def url_parse(text: str) -> dict[str, Any]:
    """The parts of a URL as a map. Raises GoError."""
    try:
        url = parse(text)
    except GoError as error:
        raise GoError(f"unable to parse url: {error}") from None
    return {
        "fragment": url.fragment,
        "host": url.host,
        "hostname": url.hostname(),
        "opaque": url.opaque,
        "path": url.path,
        "query": url.query,
        "scheme": url.scheme,
        "userinfo": url.user or "",
    }


def url_join(parts: dict[str, Any]) -> str:
    """A URL from a map as `url_parse` makes it. Raises GoError for values that are not strings."""
    names = ("scheme", "host", "path", "query", "opaque", "fragment", "userinfo")
    scheme, host, path, query, opaque, fragment, userinfo = (_text(parts, name) for name in names)
    user = None
    if userinfo:
        try:
            user = parse(f"proto://{userinfo}@host").user
        except GoError as error:
            raise GoError(f"unable to parse userinfo in dict: {error}") from None
    return str(URL(scheme=scheme, opaque=opaque, user=user, host=host, path=path, query=query, fragment=fragment))


def _text(parts: dict[str, Any], name: str) -> str:
    value = parts.get(name, "")
    if value is None:
        raise GoError("runtime error: invalid memory address or nil pointer dereference")
    if kind_name(value) != "string":
        raise GoError(f"unable to parse {name} key, must be of type string, but {kind_name(value)} found")
    return str(value)


TABLE = (
    Function("urlJoin", url_join, ("map[string]any",), "string"),
    Function("urlParse", url_parse, ("string",), "map[string]any"),
)
