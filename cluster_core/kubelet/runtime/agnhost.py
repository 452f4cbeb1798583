"""`agnhost`: the Kubernetes test image's program, as far as tests of clusters use it. One function per subcommand, one table.

Called like any command of a container. Servers answer through the container's listeners; nothing leaves the process.
"""

from collections.abc import Callable
from urllib.parse import parse_qs

from cluster_core.kubelet.runtime.machine import Machine
from cluster_core.kubelet.runtime.process import Answer, Listener, Program, ended, forever

LIVELY = 10.0
"""Seconds that `liveness` is well."""
UNKNOWN = 'Error: unknown command "{}" for "app"\nRun \'app --help\' for usage.\n'
HELP = "App containing various subcommands used for testing.\n\nUsage:\n  app [command]\n\nAvailable Commands:\n"
_NO_ANSWER = {"bad address": "DNS", "connection refused": "REFUSED", "timed out": "TIMEOUT"}
Write = Callable[[str], None]


def agnhost(machine: Machine, out: Write, err: Write, args: list[str]) -> Program:
    """The program of `agnhost ARGS`; `out` and `err` take its output."""
    name = args[0] if args else "help"
    if name in ("help", "--help", "-h"):
        out(HELP + "".join(f"  {known}\n" for known in sorted(COMMANDS)))
        return ended(0)
    play = COMMANDS.get(name)
    if play is None:
        err(UNKNOWN.format(name))
        return ended(1)
    return play(_Call(machine, out, err, args))


class _Call:
    """One run: where it runs, its output, its flags (`--name value`, `--name=value`) and what is left of its arguments."""

    def __init__(self, machine: Machine, out: Write, err: Write, args: list[str]) -> None:
        self.machine, self.out, self.err, self.args = machine, out, err, args
        self.flags: dict[str, str] = {}
        self.plain: list[str] = []
        rest = args[1:]
        while rest:
            arg, rest = rest[0], rest[1:]
            if not arg.startswith("-"):
                self.plain.append(arg)
                continue
            flag, equals, value = arg.lstrip("-").partition("=")
            if not equals and rest and not rest[0].startswith("-"):
                value, rest = rest[0], rest[1:]
            self.flags[flag] = value

    def number(self, flag: str, default: float) -> float:
        """A flag's number; Go durations in seconds ("20s") count, too."""
        text = self.flags.get(flag, "").removesuffix("s")
        try:
            return float(text) if text else default
        except ValueError:
            return default

    def on_term(self, code: int, after: float = 0.0) -> None:
        """What TERM does."""
        if self.machine.process is not None:
            self.machine.process.traps["TERM"] = lambda: ended(code, after)

    def listen(self, port: int, answer: Callable[[str], Answer] | None, kind: str = "http") -> None:
        """Serve a port from now on."""
        process = self.machine.process
        if process is not None and process.listeners is not None:
            process.listeners[port] = Listener(kind, self.machine.now(), answer)


# -- servers


def _netexec(call: _Call) -> Program:
    port, udp = int(call.number("http-port", 8080)), int(call.number("udp-port", 8081))
    call.out(f"Started HTTP server on port {port}\n")
    if udp > 0:
        call.out(f"Started UDP server on port  {udp}\n")
        call.listen(udp, None, "udp")
    call.on_term(0)
    call.listen(port, lambda path: _netexec_answer(call, path))
    return forever()


def _netexec_answer(call: _Call, path: str) -> Answer:
    machine = call.machine
    name, _, query = path.partition("?")
    asked = {key: values[0] for key, values in parse_qs(query).items()}
    call.out(f"GET {path}\n")
    if name == "/":
        return Answer(200, f"NOW: {machine.now():.0f}")
    if name in ("/hostname", "/hostName"):
        return Answer(200, machine.host_name)
    if name == "/clientip":
        return Answer(200, f"{machine.pod_ip}:40000")
    if name == "/echo":
        return Answer(int(asked.get("code", "200")), asked.get("msg", ""))
    if name in ("/healthz", "/readyz"):
        return Answer(200, "")
    if name == "/redirect":
        return Answer(int(asked.get("code", "302")), "", asked.get("location", "/"))
    if name in ("/exit", "/shutdown"):
        code = int(asked.get("code", "0")) if name == "/exit" else 0
        machine.engine.loop.call_soon(lambda: machine.process.run(ended(code)) if machine.process else None)
        return Answer(200, "")
    return Answer(404, "404 page not found\n")


def _serve_hostname(call: _Call) -> Program:
    port, name = int(call.number("port", 9376)), call.machine.host_name
    call.out(f"Serving on port {port}.\n")
    call.on_term(0)
    call.listen(port, lambda path: Answer(200, name))
    return forever()


def _porter(call: _Call) -> Program:
    for name, value in call.machine.environment.items():
        for prefix in ("SERVE_PORT_", "SERVE_TLS_PORT_"):
            port = name.removeprefix(prefix)
            if name.startswith(prefix) and port.isdigit():
                call.listen(int(port), _always(value))
    call.on_term(0)
    return forever()


def _always(text: str) -> Callable[[str], Answer]:
    return lambda path: Answer(200, text)


def _liveness(call: _Call) -> Program:
    started = call.machine.now()

    def answer(path: str) -> Answer:
        passed = call.machine.now() - started
        if path.partition("?")[0] != "/healthz":
            return Answer(404, "404 page not found\n")
        return Answer(200, "ok") if passed <= LIVELY else Answer(500, f"error: {passed}")

    call.on_term(0)
    call.listen(8080, answer)
    return forever()


def _test_webserver(call: _Call) -> Program:
    def answer(path: str) -> Answer:
        text = call.machine.read(path.partition("?")[0])
        return Answer(404, "404 page not found\n") if text is None else Answer(200, text)

    call.on_term(0)
    call.listen(int(call.number("port", 80)), answer)
    return forever()


def _server(port: int) -> Callable[[_Call], Program]:
    """A server that answers everything well, on one port unless told otherwise."""

    def serve(call: _Call) -> Program:
        call.on_term(0)
        call.listen(int(call.number("port", port)), None)
        return forever()

    return serve


# -- programs that wait or end


def _pause(call: _Call) -> Program:
    call.out("Paused\n")
    call.on_term(2)
    return forever()


def _logs_generator(call: _Call) -> Program:
    total = min(int(call.number("log-lines-total", call.number("t", 0))), 100_000)
    seconds = call.number("run-duration", call.number("d", 1.0))
    pause = seconds / total if total else 0.0
    call.on_term(2)
    for number in range(total):
        call.out(f"{number} GET /api/v1/namespaces/ns/pods/{number * 7919 % 10007:05d} {200 + number * 31 % 300}\n")
        yield pause
    return 0


def _entrypoint_tester(call: _Call) -> Program:
    call.out(f"[/agnhost {' '.join(call.args)}]\n")
    return ended(0)


def _in_cluster_client(call: _Call) -> Program:
    interval = call.number("poll-interval", 5.0)
    call.on_term(2)
    while True:
        token = call.machine.files.read("/var/run/secrets/kubernetes.io/serviceaccount/token")
        if token is None:
            call.err("open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory\n")
            return 1
        call.out("calling /healthz\n")
        call.out(f"authz_header={_digest(token)}\n")
        yield max(interval, 0.1)


def _digest(text: str) -> str:
    import base64
    import hashlib

    return base64.b64encode(hashlib.sha256(f"Bearer {text}".encode()).digest()).decode()


def _connect(call: _Call) -> Program:
    host, _, port = (call.plain[0] if call.plain else "").rpartition(":")
    yield 0.01
    trouble = call.machine.connect(host, int(port) if port.isdigit() else 0)
    if trouble == "timed out":
        yield call.number("timeout", 1.0)
    if trouble:
        call.err(f"{_NO_ANSWER.get(trouble, 'OTHER')}\n")
    return 1 if trouble else 0


# -- looking at the machine


def _resolver(keyword: str) -> Callable[[_Call], Program]:
    def show(call: _Call) -> Program:
        lines = (call.machine.files.read("/etc/resolv.conf") or "").splitlines()
        found = [word for line in lines if line.startswith(keyword + " ") for word in line.split()[1:]]
        call.out(",".join(found))
        return ended(0)

    return show


def _etc_hosts(call: _Call) -> Program:
    call.out(call.machine.files.read("/etc/hosts") or "")
    return ended(0)


def _mounttest(call: _Call) -> Program:
    """Facts about files, one line for each flag. Ends with 1 if one could not be found out."""
    files, failed = call.machine.files, False
    for flag, path in call.flags.items():
        if flag.startswith("new_file_"):
            files.write(path, "mount-tester new file\n")
        if flag in ("file_content", "file_content_in_loop") or flag.startswith("new_file_"):
            text = files.read(path)
            failed = failed or text is None
            if text is None:
                call.out(f'error reading file content for "{path}": open {path}: no such file or directory\n')
            elif flag.startswith("new_file_"):
                call.out(f'mode of file "{path}": {files.mode_text(path)}\n')
            else:
                call.out(f'content of file "{path}": {text}\n')
        elif flag in ("file_mode", "file_perm"):
            title = "mode" if flag == "file_mode" else "perms"
            found = files.is_file(path) or files.is_directory(path)
            failed = failed or not found
            call.out(
                f'{title} of file "{path}": {files.mode_text(path)}\n'
                if found
                else f"error in Lstat {path}: lstat {path}: no such file or directory\n"
            )
        elif flag == "fs_type":
            call.out(f'mount type of "{path}": {files.kind_at(path)}\n')
    return ended(1 if failed else 0, call.number("retry_time", 0.0) if failed else 0.0)


COMMANDS: dict[str, Callable[[_Call], Program]] = {
    "audit-proxy": _server(8080),
    "connect": _connect,
    "dns-server-list": _resolver("nameserver"),
    "dns-suffix": _resolver("search"),
    "entrypoint-tester": _entrypoint_tester,
    "etc-hosts": _etc_hosts,
    "fake-gitserver": _server(8000),
    "grpc-health-checking": _server(5000),
    "guestbook": _server(3000),
    "inclusterclient": _in_cluster_client,
    "liveness": _liveness,
    "logs-generator": _logs_generator,
    "mounttest": _mounttest,
    "netexec": _netexec,
    "nettest": _server(8080),
    "no-snat-test": _server(8080),
    "pause": _pause,
    "port-forward-tester": _server(80),
    "porter": _porter,
    "serve-hostname": _serve_hostname,
    "tcp-reset": _server(8080),
    "test-webserver": _test_webserver,
    "webhook": _server(443),
}
