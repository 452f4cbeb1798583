"""Go's net/http.DetectContentType, for messages about files that are not what they should be.

Called by the chart loader. Must not read files.
"""

_TEXT = "text/plain; charset=utf-8"
_BINARY = frozenset((*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)))
_HTML = (
    *(b"<!DOCTYPE HTML", b"<HTML", b"<HEAD", b"<SCRIPT", b"<IFRAME", b"<H1", b"<DIV", b"<FONT", b"<TABLE", b"<A"),
    *(b"<STYLE", b"<TITLE", b"<B", b"<BODY", b"<BR", b"<P", b"<!--"),
)
_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"%!PS-Adobe-", "application/postscript"),
    (b"\xfe\xff", "text/plain; charset=utf-16be"),
    (b"\xff\xfe", "text/plain; charset=utf-16le"),
    (b"\xef\xbb\xbf", _TEXT),
    (b"BM", "image/bmp"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x1f\x8b\x08", "application/x-gzip"),
    (b"PK\x03\x04", "application/zip"),
    (b"Rar!\x1a\x07\x00", "application/x-rar-compressed"),
    (b"Rar!\x1a\x07\x01\x00", "application/x-rar-compressed"),
    (b"\x00asm", "application/wasm"),
)


def content_type(data: bytes) -> str:
    """The kind of a file by its first 512 bytes; sounds, films and fonts count as any other binary file."""
    data = data[:512]
    text = data.lstrip(b"\t\n\x0c\r ")
    if any(_is_tag(text, tag) for tag in _HTML):
        return "text/html; charset=utf-8"
    if text.startswith(b"<?xml"):
        return "text/xml; charset=utf-8"
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name
    return "application/octet-stream" if _BINARY.intersection(text) else _TEXT


def _is_tag(text: bytes, tag: bytes) -> bool:
    return text[: len(tag)].upper() == tag and text[len(tag) : len(tag) + 1] in (b" ", b">")
