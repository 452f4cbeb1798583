"""The routes of the repository.

    GET    /  /health  /index.yaml  /NAME-VERSION.tgz[.prov]  /api/charts[/NAME[/VERSION]]
    POST   /api/charts  /api/prov          (a body, or a form with `chart` and `prov`, as ChartMuseum takes them)
    PUT    /NAME-VERSION.tgz[.prov]
    DELETE /api/charts/NAME/VERSION

Made by `__main__` and by tests (`create_app`). Work on files runs in threads; the loop only moves bytes.
"""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import hdrs, web

from repo_server import page, uploads
from repo_server.auth import Authenticator
from repo_server.catalog import Catalog, Snapshot
from repo_server.settings import ServerSettings
from repo_server.storage import AlreadyExistsError, open_storage
from repo_server.uploads import Upload, UploadError

_T = TypeVar("_T")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MAX_PROVENANCE = 1 << 20


def create_app(settings: ServerSettings) -> web.Application:
    """The application for one folder."""
    server = _Server(settings)
    app = web.Application(middlewares=[server.guard], client_max_size=settings.max_upload)
    app.add_routes(
        [
            web.get("/", server.page),
            web.get("/health", server.health),
            web.get("/index.yaml", server.index),
            web.get("/api/charts", server.list_charts),
            web.post("/api/charts", server.post_chart),
            web.post("/api/prov", server.post_provenance),
            web.get("/api/charts/{name}", server.list_versions),
            web.get("/api/charts/{name}/{version}", server.show_version),
            web.delete("/api/charts/{name}/{version}", server.delete_version),
            web.get("/charts/{path:.+}", server.download),
            web.put("/{name}", server.put),
            web.get("/{path:.+}", server.download),
        ]
    )
    return app


class _Server:
    """The handlers, with what they share."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._storage = open_storage(settings.place)
        self._storage.clean()
        self._catalog = Catalog(self._storage, settings.url)
        self._authenticator = Authenticator(settings.users)

    @web.middleware
    async def guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Credentials first; errors of uploads become statuses; nothing of the inside reaches the answer."""
        if request.path != "/health" and (refusal := await self._refusal(request)) is not None:
            return refusal
        try:
            return await handler(request)
        except UploadError as error:
            return _problem(error.status, str(error))
        except AlreadyExistsError as error:
            return _problem(HTTPStatus.CONFLICT, f"{error} already exists")
        except TimeoutError:
            return _problem(HTTPStatus.REQUEST_TIMEOUT, "the upload took too long")
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            status = HTTPStatus.INSUFFICIENT_STORAGE if full else HTTPStatus.INTERNAL_SERVER_ERROR
            return _problem(status, f"the storage failed: {error.strerror or type(error).__name__}")

    async def _refusal(self, request: web.Request) -> web.Response | None:
        reads = request.method in (hdrs.METH_GET, hdrs.METH_HEAD)
        settings = self._settings
        if (reads and not settings.auth_read) or (not reads and settings.anonymous_upload):
            return None
        if not settings.users:
            return _problem(HTTPStatus.FORBIDDEN, "this repository takes no uploads: it has no users")
        header = request.headers.get(hdrs.AUTHORIZATION, "")
        if self._authenticator.remembers(header) or await _in_thread(self._authenticator.check, header):
            return None
        refusal = _problem(HTTPStatus.UNAUTHORIZED, "unauthorized")
        refusal.headers[hdrs.WWW_AUTHENTICATE] = 'Basic realm="charts", charset="UTF-8"'
        return refusal

    async def health(self, request: web.Request) -> web.Response:
        return web.json_response({"healthy": True})

    async def page(self, request: web.Request) -> web.Response:
        snapshot = await self._current()
        text = page.render(snapshot.index, self._settings.url or str(request.url.origin()))
        headers = {"Content-Security-Policy": page.POLICY, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def index(self, request: web.Request) -> web.Response:
        snapshot = await self._current()
        headers = {hdrs.ETAG: f'"{snapshot.etag}"', hdrs.CACHE_CONTROL: "no-cache"}
        if _has_already(request, snapshot.etag):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        return web.Response(body=snapshot.text, content_type="application/yaml", charset="utf-8", headers=headers)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A package that the index lists, or the .prov beside one: no other file can be named."""
        path = request.match_info["path"]
        snapshot = await self._current()
        digest = snapshot.digests.get(path.removesuffix(".prov"))
        if digest is None:
            return _problem(HTTPStatus.NOT_FOUND, "not found")
        kind = "application/pgp-signature" if path.endswith(".prov") else "application/gzip"
        headers = {hdrs.CONTENT_TYPE: kind, "X-Content-Type-Options": "nosniff"}
        if file := self._storage.local_path(path):
            return web.FileResponse(file, headers=headers)
        data = await _in_thread(self._storage.read, path)
        if data is None:
            return _problem(HTTPStatus.NOT_FOUND, "not found")
        return web.Response(body=data, headers=headers)

    async def list_charts(self, request: web.Request) -> web.Response:
        index = (await self._current()).index
        return web.json_response(
            {name: [entry.to_dict() for entry in versions] for name, versions in index.entries.items()}
        )

    async def list_versions(self, request: web.Request) -> web.Response:
        versions = (await self._current()).index.entries.get(request.match_info["name"])
        if versions is None:
            return _problem(HTTPStatus.NOT_FOUND, "chart not found")
        return web.json_response([entry.to_dict() for entry in versions])

    async def show_version(self, request: web.Request) -> web.Response:
        name, version = request.match_info["name"], request.match_info["version"]
        versions = (await self._current()).index.entries.get(name, [])
        found = next((entry for entry in versions if entry.version == version), None)
        if found is None:
            return _problem(HTTPStatus.NOT_FOUND, "chart not found")
        return web.json_response(found.to_dict())

    async def post_chart(self, request: web.Request) -> web.Response:
        async with asyncio.timeout(self._settings.upload_timeout):
            upload = await uploads.receive(request, self._settings.max_upload)
        if upload.chart is None:
            raise UploadError(HTTPStatus.BAD_REQUEST, "no chart in the request")
        await _in_thread(self._publish, upload, self._settings.allow_overwrite)
        return web.json_response({"saved": True}, status=HTTPStatus.CREATED)

    async def post_provenance(self, request: web.Request) -> web.Response:
        async with asyncio.timeout(self._settings.upload_timeout):
            upload = await uploads.receive(request, _MAX_PROVENANCE)
        text = upload.provenance if upload.provenance is not None else upload.chart
        if text is None:
            raise UploadError(HTTPStatus.BAD_REQUEST, "no provenance file in the request")
        await _in_thread(self._publish_provenance, text, uploads.provenance_name(text))
        return web.json_response({"saved": True}, status=HTTPStatus.CREATED)

    async def put(self, request: web.Request) -> web.Response:
        """The name in the URL must be the one that the package has."""
        name = request.match_info["name"]
        is_provenance = name.endswith(".tgz.prov")
        limit = _MAX_PROVENANCE if is_provenance else self._settings.max_upload
        async with asyncio.timeout(self._settings.upload_timeout):
            data = await uploads.read_body(request, limit)
        if is_provenance:
            claimed = await _in_thread(uploads.provenance_name, data)
            _check_same(f"{claimed}.prov", name)
            await _in_thread(self._publish_provenance, data, claimed)
        else:
            _check_same(await _in_thread(uploads.file_name, data), name)
            await _in_thread(self._publish, Upload(data), self._settings.allow_overwrite)
        return web.json_response({"saved": True}, status=HTTPStatus.CREATED)

    async def delete_version(self, request: web.Request) -> web.Response:
        name = f"{request.match_info['name']}-{request.match_info['version']}.tgz"
        try:
            deleted = await _in_thread(self._storage.delete, name)
        except ValueError:
            deleted = False
        if not deleted:
            return _problem(HTTPStatus.NOT_FOUND, "chart not found")
        return web.json_response({"deleted": True})

    async def _current(self) -> Snapshot:
        return await _in_thread(self._catalog.snapshot)

    def _publish(self, upload: Upload, overwrite: bool) -> None:
        assert upload.chart is not None
        name = uploads.file_name(upload.chart)
        if upload.provenance is not None and uploads.provenance_name(upload.provenance) != name:
            raise UploadError(HTTPStatus.BAD_REQUEST, f"the provenance file does not belong to {name}")
        self._storage.publish(name, upload.chart, overwrite)
        if upload.provenance is not None:
            self._storage.publish(f"{name}.prov", upload.provenance, overwrite=True)

    def _publish_provenance(self, text: bytes, package: str) -> None:
        if package not in self._catalog.snapshot().digests:
            raise UploadError(HTTPStatus.NOT_FOUND, f"there is no {package}")
        self._storage.publish(f"{package}.prov", text, self._settings.allow_overwrite)


async def _in_thread(function: Callable[..., _T], *arguments: Any) -> _T:
    return await asyncio.to_thread(function, *arguments)


def _has_already(request: web.Request, etag: str) -> bool:
    tags = request.if_none_match or ()
    return any(tag.value in (etag, "*") for tag in tags)


def _check_same(wanted: str, name: str) -> None:
    if wanted != name:
        raise UploadError(HTTPStatus.BAD_REQUEST, f"the file must be named {wanted}")


def _problem(status: HTTPStatus, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
