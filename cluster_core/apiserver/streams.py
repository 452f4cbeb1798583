"""Watches over HTTP: events as JSON lines in the form that the client accepts, ended by a timeout or an error.

A resource version that is too old is such an error too: the answer is a stream with one ERROR event.

`server` writes the lines to a socket; nothing here knows sockets.
"""

from collections.abc import Callable
from typing import Any

from cluster_core.apimachinery import errors
from cluster_core.apimachinery.request import Request, Watch, WatchEvent
from cluster_core.apiserver import options
from cluster_core.apiserver.media import Accepted, accepted_of, encode
from cluster_core.apiserver.pipeline import APIServer

Object = dict[str, Any]
LONGEST_SECONDS = 30 * 60
PLAIN = Accepted("application/json")


class WatchStream:
    """One watch on its way to a client: `write(line)` per event, `close()` at the end."""

    def __init__(
        self, server: APIServer, request: Request, write: Callable[[bytes], None], close: Callable[[], None]
    ) -> None:
        self._server, self._request = server, request
        self._accepted = accepted_of(request)
        self._write, self._close = write, close
        self._columns_sent = False
        self._stopped = False
        self._watch: Watch | None = None
        try:
            self._watch = server.watch(request, self._on_event)
        except errors.ApiError as error:
            if not errors.is_gone(error):
                raise
            server.loop.call_soon(self._on_event, WatchEvent("ERROR", error.status))
        seconds = _seconds(request)
        self._timer = server.loop.call_later(seconds, self.stop, background=True)

    @property
    def content_type(self) -> str:
        """The media type of the lines."""
        return self._accepted.media_type

    def stop(self) -> None:
        """End the watch."""
        if not self._stopped:
            self._stopped = True
            self._timer.cancel()
            if self._watch is not None:
                self._watch.stop()
            self._close()

    def _on_event(self, event: WatchEvent) -> None:
        if self._stopped:
            return
        self._write(b'{"type":"%b","object":%b}\n' % (event.type.encode(), self._encoded(event)))
        if event.type == "ERROR":
            self.stop()

    def _encoded(self, event: WatchEvent) -> bytes:
        if self._accepted.as_ or event.type in ("BOOKMARK", "ERROR"):
            return encode(PLAIN, self._shown(event))[1]
        return self._server.encoded(self._request, PLAIN, event.object)[1]

    def _shown(self, event: WatchEvent) -> Object:
        obj, accepted = event.object, self._accepted
        if event.type == "ERROR":
            return obj
        if event.type == "BOOKMARK":
            if accepted.as_ == "PartialObjectMetadata":
                return {**obj, "kind": accepted.as_, "apiVersion": f"meta.k8s.io/{accepted.version}"}
            return obj
        shown = self._server.presented(self._request, accepted, obj)
        if accepted.as_ == "Table":
            if self._columns_sent:
                shown = {**shown, "columnDefinitions": None}
            self._columns_sent = True
        return shown


def _seconds(request: Request) -> float:
    return float(options.whole_number(request.query.get("timeoutSeconds") or "0") or LONGEST_SECONDS)
