"""Small HTTP servers that answer from a table and remember what they were asked."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helmpy.chart import archive, loader
from helmpy.chart.model import File
from helmpy.repo.access import Paths


class Site:
    """`routes` maps paths (or "METHOD path") to (status, headers, body) or a callable of the request."""

    def __init__(self) -> None:
        self.routes: dict[str, object] = {}
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.requests.append((self.command, self.path, headers, body))
                path = self.path.partition("?")[0]
                route = site.routes.get(f"{self.command} {path}", site.routes.get(path, (404, {}, b"")))
                answer = route(self.command, self.path, headers, body) if callable(route) else route
                status, extra, content = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **extra}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)
                if int(extra.get("Content-Length", len(content))) != len(content):
                    self.close_connection = True

            do_GET = do_HEAD = do_POST = do_PUT = handle_any  # noqa: N815

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def authorizations(self) -> list[str | None]:
        """The Authorization header of every request so far."""
        return [headers.get("authorization") for _, _, headers, _ in self.requests]


@pytest.fixture
def new_site() -> Iterator[Callable[[], Site]]:
    """Makes running sites."""
    sites: list[Site] = []

    def make() -> Site:
        site = Site()
        threading.Thread(target=site.server.serve_forever, args=(0.01,), daemon=True).start()
        sites.append(site)
        return site

    yield make
    for site in sites:
        site.server.shutdown()
        site.server.server_close()


@pytest.fixture
def site(new_site) -> Site:
    """One running site."""
    return new_site()


@pytest.fixture
def paths(tmp_path) -> Paths:
    """An empty home."""
    return Paths(tmp_path / "repositories.yaml", tmp_path / "cache", tmp_path / "content", tmp_path / "registry.json")


@pytest.fixture
def package() -> Callable[..., bytes]:
    """The bytes of a package."""

    def make(name: str = "app", version: str = "1.0.0") -> bytes:
        text = f"apiVersion: v2\nname: {name}\nversion: {version}\n"
        return archive.pack(loader.load_files([File("Chart.yaml", text.encode())]), 1_600_000_000.0)

    return make
