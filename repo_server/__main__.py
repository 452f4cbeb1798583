"""`python -m repo_server DIR` and `helmpy repo serve DIR`: run the server until it is interrupted."""

import argparse
import asyncio
import contextlib
import signal
import ssl
import sys

from helmpy.errors import HelmpyError, UsageError
from repo_server.settings import ServerSettings, from_flags


def main(arguments: list[str] | None = None) -> int:
    """Reads flags and serves; returns the exit code."""
    flags = vars(_parser().parse_args(arguments))
    try:
        serve(from_flags(flags.pop("place"), **flags))
    except HelmpyError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def serve(settings: ServerSettings) -> None:
    """Serves until SIGINT or SIGTERM; running downloads get a moment to end. Raises UsageError if it cannot listen."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(settings))


async def _serve(settings: ServerSettings) -> None:
    from aiohttp import web

    from repo_server.app import create_app

    runner = web.AppRunner(create_app(settings), access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=_tls(settings), backlog=1024)
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise UsageError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}") from None
    host, port = runner.addresses[0][:2]
    scheme = "https" if settings.cert_file else "http"
    print(f"Serving {settings.place} at {scheme}://{host}:{port}", flush=True)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()


def _tls(settings: ServerSettings) -> ssl.SSLContext | None:
    if not settings.cert_file:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"cannot use {settings.cert_file} and {settings.key_file}: {error}") from None
    return context


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="repo_server", description="Serve a folder of Helm charts over HTTP.")
    parser.add_argument("place", metavar="DIR", help="folder with packaged charts, or a URL such as s3://bucket/charts")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8879, help="port to listen on, 0 for any (default %(default)s)")
    parser.add_argument("--user", default="", help="name that uploads need (with --password)")
    parser.add_argument("--password", default="", help="password of --user")
    parser.add_argument("--htpasswd", default="", help="file of names and bcrypt hashes that may upload")
    parser.add_argument("--auth-read", action="store_true", help="ask for credentials on downloads too")
    parser.add_argument("--anonymous-upload", action="store_true", help="let anyone upload")
    parser.add_argument("--allow-overwrite", action="store_true", help="let an upload replace a version that is there")
    parser.add_argument("--url", default="", help="absolute URL of the charts in the index (default: relative)")
    parser.add_argument("--cert-file", default="", help="certificate for HTTPS")
    parser.add_argument("--key-file", default="", help="key of --cert-file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
