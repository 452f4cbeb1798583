"""What an answer looks like to this client besides its content: unchanged since it last asked, pretty, or compressed.

Called by `app` with the answer of `apiserver.http`; never changes what is said.
"""

from collections.abc import Mapping

from cluster_core.apiserver.http import Answer

GZIP_FROM = 128 * 1024
"""Bytes from which a body is compressed for clients that ask for it."""
GZIP_LEVEL = 1
BROWSERS = ("curl", "Wget", "Mozilla/5.0")
TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
UNCACHED = ("Cache-Control", "no-cache, private")
CACHED = ("Cache-Control", "public")


def of(answer: Answer, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
    """The answer as it goes on the wire; header names in lower case."""
    code, named, body = answer
    media_type = named[0][1]
    if _pretty(query, headers) and media_type == "application/json":
        body = _indented(body)
    caching = UNCACHED
    if code == 200 and method == "GET" and _is_document(path, media_type):
        tag = _tag(body)
        caching = CACHED if "as=APIGroupDiscoveryList" in media_type else UNCACHED
        named = [*named, ("ETag", tag), ("Vary", "Accept")]
        if headers.get("if-none-match") == tag:
            return Answer(304, [*named, caching], b"")
    if len(body) >= GZIP_FROM and method == "GET" and "gzip" in headers.get("accept-encoding", ""):
        from gzip import compress

        body = compress(body, GZIP_LEVEL, mtime=0)
        named = [*named, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    return Answer(code, [*named, caching], body)


def _is_document(path: str, media_type: str) -> bool:
    """Discovery in its aggregated form, and OpenAPI documents: they change seldom and are asked for often."""
    return "as=APIGroupDiscoveryList" in media_type or path.startswith(("/openapi/v2", "/openapi/v3/"))


def _tag(body: bytes) -> str:
    from hashlib import sha512

    return f'"{sha512(body).hexdigest().upper()}"'


def _pretty(query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """What the query says; else people's own tools get it pretty."""
    asked = query.get("pretty", "")
    if asked:
        return asked in TRUE
    return headers.get("user-agent", "").startswith(BROWSERS)


def _indented(body: bytes) -> bytes:
    import orjson

    return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2)
