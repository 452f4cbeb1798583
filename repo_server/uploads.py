"""Request bodies → packages that are charts. Raises UploadError with a status; must not write anything."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import BodyPartReader, web

from helmpy.chart import loader
from helmpy.errors import ChartError
from repo_server import storage

_CHUNK = 1 << 16


class UploadError(Exception):
    """A body that is not taken; `status` says why in HTTP, the text in words."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Upload:
    """The bodies of one request: a package, a provenance file, or both."""

    chart: bytes | None = None
    provenance: bytes | None = None


async def receive(request: web.Request, limit: int) -> Upload:
    """Reads a plain body (a package) or a form with `chart` and `prov`, at most `limit` bytes of each part."""
    if request.content_length is not None and request.content_length > 2 * limit:
        raise _too_large(limit)
    if not request.content_type.startswith("multipart/"):
        return Upload(chart=await read_body(request, limit))
    parts: dict[str, bytes] = {}
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name in ("chart", "prov"):
                parts[part.name] = await _read_part(part, limit)
    except (ValueError, AssertionError) as error:
        raise UploadError(HTTPStatus.BAD_REQUEST, f"malformed form: {error}") from None
    return Upload(parts.get("chart"), parts.get("prov"))


async def read_body(request: web.Request, limit: int) -> bytes:
    """A plain body of at most `limit` bytes."""
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    data = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise _too_large(limit)
    return bytes(data)


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise _too_large(limit)
    return bytes(data)


def file_name(package: bytes) -> str:
    """The name that a package must have in the folder; raises UploadError if it is no chart."""
    try:
        metadata = loader.load_archive(package).metadata
        name = f"{metadata.name}-{metadata.version}.tgz"
        storage.check_name(name)
    except (ChartError, ValueError) as error:
        raise UploadError(HTTPStatus.BAD_REQUEST, str(error)) from None
    return name


def provenance_name(text: bytes) -> str:
    """The name of the package that a provenance file speaks of; raises UploadError if it is none."""
    from helmpy.chart import provenance

    try:
        name = provenance.claimed_package(text)
        storage.check_name(name)
    except (ChartError, ValueError) as error:
        raise UploadError(HTTPStatus.BAD_REQUEST, str(error)) from None
    return name


def _too_large(limit: int) -> UploadError:
    return UploadError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limit} bytes")
