"""The listening socket: TLS, client certificates, connections, and a graceful end."""

import asyncio
import ssl
from typing import TYPE_CHECKING, TextIO

from aiohttp.web_server import Server

from cluster_core.server.app import App
from cluster_core.server.audit import Audit

if TYPE_CHECKING:
    from cluster_core.apiserver.pipeline import APIServer
    from cluster_core.server.driver import Driver
    from cluster_core.server.pki import Authority

GRACE_SECONDS = 5.0
"""How long requests under way may take when the server stops."""
HEADER_LIMIT = 64 * 1024


class Listener:
    """One open HTTPS socket."""

    def __init__(self, app: App, http: Server, sockets: asyncio.Server, address: str) -> None:
        self.app, self._http, self._sockets = app, http, sockets
        port = sockets.sockets[0].getsockname()[1]
        shown = "127.0.0.1" if address in ("0.0.0.0", "::") else address
        self.url = f"https://[{shown}]:{port}" if ":" in shown else f"https://{shown}:{port}"
        app.server.address = self.url.removeprefix("https://")

    @classmethod
    async def open(
        cls, server: "APIServer", driver: "Driver", ca: "Authority", address: str, port: int, audit: TextIO | None
    ) -> "Listener":
        """Listen; raises OSError."""
        app = App(server, driver, Audit(server.loop, audit))
        http = Server(
            app.handle,
            handler_cancellation=True,
            access_log=None,
            max_line_size=HEADER_LIMIT,
            max_field_size=HEADER_LIMIT,
        )
        sockets = await asyncio.get_running_loop().create_server(
            http, address, port, ssl=context(ca, address), backlog=1024
        )
        return cls(app, http, sockets, address)

    async def close(self) -> None:
        """Take no more connections, end streams, let requests under way finish."""
        self._sockets.close()
        self.app.stop()
        self._http.pre_shutdown()
        await self._http.shutdown(GRACE_SECONDS)


def context(ca: "Authority", address: str) -> ssl.SSLContext:
    """TLS with the cluster's certificate; client certificates of its CA are welcome but not demanded."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate, key = ca.server_files(address)
    found.load_cert_chain(certificate, key)
    found.load_verify_locations(ca.ca_file)
    found.verify_mode = ssl.CERT_OPTIONAL
    found.set_alpn_protocols(["http/1.1"])
    return found
