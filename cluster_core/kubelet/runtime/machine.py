"""What a program in a container sees of the world: files, environment, network, time. Given to shells and programs.

Everything is simulated; nothing leaves the process.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.container import Container
    from cluster_core.kubelet.runtime.engine import Engine
    from cluster_core.kubelet.runtime.files import Files
    from cluster_core.kubelet.runtime.process import Process


class FetchError(Exception):
    """A request that got no answer; the text is a client's, such as `connection refused`."""


class Machine:
    """One container from the inside."""

    __slots__ = (
        "closed",
        "container",
        "directory",
        "engine",
        "host_name",
        "lenient",
        "long_running",
        "memory_limit",
        "namespace",
        "pod_ip",
        "shared_processes",
    )

    def __init__(self, engine: "Engine", container: "Container", namespace: str, pod_ip: str) -> None:
        self.engine, self.container, self.namespace, self.pod_ip = engine, container, namespace, pod_ip
        self.directory = container.spec.get("workingDir") or "/"
        self.closed = self.long_running = self.lenient = self.shared_processes = False
        self.host_name = ""
        self.memory_limit: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables of the container's main process."""
        return self.container.environment

    @property
    def files(self) -> "Files":
        """The container's files."""
        return self.container.files

    @property
    def process(self) -> "Process | None":
        """The container's main process."""
        return self.container.process

    def path(self, path: str) -> str:
        """An absolute path, from the working directory if need be."""
        return path if path.startswith("/") else f"{self.directory.rstrip('/')}/{path}"

    def read(self, path: str) -> str | None:
        """A file's text; None without it. A program that nobody knows may have written any file: then it is empty."""
        found = self.files.read(self.path(path))
        return "" if found is None and self.lenient else found

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.engine.loop.now()

    def write(self, text: str) -> None:
        """Output of the main process: the container's log."""
        self.container.write_log(self.now(), text)

    def resolve(self, name: str) -> list[str]:
        """Addresses of a host name, as seen from the pod."""
        if name in ("localhost", "127.0.0.1", self.host_name):
            return [self.pod_ip]
        if name.replace(".", "").isdigit() or ":" in name:
            return [name]
        network = self.engine.network
        return network.resolve(name, self.namespace) if network is not None else []

    def connect(self, host: str, port: int) -> str:
        """ "" if something listens there, else the error: `bad address`, `connection refused`, `timed out`."""
        addresses = self.resolve(host)
        if not addresses:
            return "bad address"
        return self.engine.connect(addresses[0], port, self.container)

    def fetch(self, url: str) -> tuple[int, str]:
        """Status and body of a GET. Raises FetchError."""
        scheme, _, rest = url.partition("://") if "://" in url else ("http", "", url)
        authority, slash, path = rest.partition("/")
        host, colon, port = authority.rpartition(":")
        if not colon or not port.isdigit():
            host, port = authority, "443" if scheme == "https" else "80"
        trouble = self.connect(host, int(port))
        if trouble:
            raise FetchError(trouble)
        answer = self.engine.request(self.resolve(host)[0], int(port), slash + path or "/", self.container)
        return answer.status, answer.body
