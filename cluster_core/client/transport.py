"""The names that travel between a client and a server; a transport is anything that fulfils `Transport`."""

from cluster_core.apimachinery.request import Request, Transport, UserInfo, Watch, WatchEvent

__all__ = ["Request", "Transport", "UserInfo", "Watch", "WatchEvent"]
