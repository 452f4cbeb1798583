"""A running repository for tests: `with running(ServerSettings(folder)) as url: …`.

The server has a thread and an event loop of its own; the port is free one. Public: tests of other projects may use it.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from repo_server.app import create_app
from repo_server.settings import ServerSettings


@contextmanager
def running(settings: ServerSettings) -> Iterator[str]:
    """Serves the folder on a free port of localhost while the block runs; yields the URL without a slash at its end."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(create_app(settings), access_log=None, shutdown_timeout=0.5)
    started: list[str] = []

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        started.append(f"http://127.0.0.1:{runner.addresses[0][1]}")

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, name="repo-server", daemon=True)
    thread.start()
    try:
        yield started[0]
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
