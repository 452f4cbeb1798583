"""Writes tar streams with the same bytes as Go's archive/tar: packages of helmpy and Helm can be compared by digest.

The standard library writes other bytes for the same members (empty device numbers, tape padding). Called by `archive`.
Must not decide what goes into a stream.
"""

_BLOCK = 512
_NAME, _PREFIX = 100, 155
_MAGIC = b"ustar\x0000"


def member(name: str, data: bytes, modtime: float) -> bytes:
    """A regular file: header, content, padding. `modtime` is in seconds, rounded to whole ones."""
    raw = name.encode("utf-8", "surrogateescape")
    mtime = max(0, int(modtime + 0.5))
    prefix, short = b"", raw
    extended = b""
    if len(raw) > _NAME or not raw.isascii():
        split = _split(raw)
        if split:
            prefix, short = split
        else:
            extended, short = _extended_header(raw), bytes(c for c in raw if 0 < c < 0x80)
    header = _header(_cut(short), 0o644, len(data), mtime, b"0", b"0000000\0" * 2, prefix)
    return extended + header + _padded(data)


def end() -> bytes:
    """What ends a stream."""
    return bytes(2 * _BLOCK)


def _split(name: bytes) -> tuple[bytes, bytes] | None:
    """A long path as prefix and name, if it can be cut at a slash so that both fit."""
    if not name.isascii():
        return None
    cut = name[: _PREFIX + 1].rfind(b"/")
    if cut <= 0 or not 0 < len(name) - cut - 1 <= _NAME:
        return None
    return name[:cut], name[cut + 1 :]


def _extended_header(name: bytes) -> bytes:
    record = _record(b"path", name)
    folder, _, base = name.rpartition(b"/")
    pseudo = (folder + b"/" if folder else b"") + b"PaxHeaders.0/" + base
    ascii_name = bytes(c for c in pseudo if 0 < c < 0x80)[:_NAME].rstrip(b"/")
    return _header(ascii_name, 0, len(record), 0, b"x", b"", b"") + _padded(record)


def _record(key: bytes, value: bytes) -> bytes:
    """`<length> key=value\\n`, where the length counts itself."""
    size = len(key) + len(value) + 3
    length = size + len(str(size))
    if size + len(str(length)) != length:
        length = size + len(str(length))
    return b"%d %s=%s\n" % (length, key, value)


def _header(name: bytes, mode: int, size: int, mtime: int, kind: bytes, devices: bytes, prefix: bytes) -> bytes:
    fields = (
        name.ljust(_NAME, b"\0")
        + _octal(mode, 8)
        + _octal(0, 8) * 2
        + _octal(size, 12)
        + _octal(mtime, 12)
        + b" " * 8
        + kind
        + bytes(100)
        + _MAGIC
        + bytes(64)
        + devices.ljust(16, b"\0")
        + prefix.ljust(_PREFIX, b"\0")
    ).ljust(_BLOCK, b"\0")
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


def _cut(name: bytes) -> bytes:
    """The name field of a longer path; without a slash at its end, which would mean a folder."""
    return name if len(name) <= _NAME else name[:_NAME].rstrip(b"/")


def _octal(number: int, width: int) -> bytes:
    return b"%0*o\0" % (width - 1, number)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)
