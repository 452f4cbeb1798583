"""/metrics: counts of requests and of objects, in Prometheus's text form."""

import os
import resource
import time
from collections import Counter

from cluster_core.apimachinery.request import Request
from cluster_core.apiserver.pipeline import APIServer


class Metrics:
    """Counters of one server."""

    def __init__(self, server: APIServer) -> None:
        self._server = server
        self._started = time.time()
        self._requests: Counter[tuple[str, str, str, str, str, int]] = Counter()

    def count(self, request: Request | None, code: int) -> None:
        """Count one request."""
        group, version, plural = (request.gvr if request else None) or ("", "", "")
        verb, subresource = (request.verb.upper(), request.subresource) if request else ("", "")
        self._requests[(verb, group, version, plural, subresource, code)] += 1

    def text(self) -> str:
        """Everything as text."""
        lines = [
            "# HELP apiserver_request_total Requests by verb, resource and HTTP status code.",
            "# TYPE apiserver_request_total counter",
        ]
        for (verb, group, version, plural, subresource, code), number in sorted(self._requests.items()):
            labels = (
                f'code="{code}",group="{group}",resource="{_escaped(plural)}",subresource="{_escaped(subresource)}"'
            )
            lines.append(f'apiserver_request_total{{{labels},verb="{verb}",version="{_escaped(version)}"}} {number}')
        store = self._server.store
        lines += [
            "# HELP apiserver_resource_objects Stored objects by resource.",
            "# TYPE apiserver_resource_objects gauge",
        ]
        for bucket in sorted(store.buckets()):
            lines.append(f'apiserver_resource_objects{{resource="{bucket}"}} {store.count(bucket)}')
        return "\n".join(lines + self._process()) + "\n"

    def _process(self) -> list[str]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        values = {
            "process_cpu_seconds_total": ("counter", usage.ru_utime + usage.ru_stime),
            "process_resident_memory_bytes": ("gauge", _resident()),
            "process_start_time_seconds": ("gauge", self._started),
        }
        return [line for name, (kind, value) in values.items() for line in (f"# TYPE {name} {kind}", f"{name} {value}")]


def _resident() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
