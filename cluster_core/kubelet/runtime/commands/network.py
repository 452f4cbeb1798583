"""Commands that talk to other pods and services. `COMMANDS` is their table."""

from collections.abc import Callable

from cluster_core.kubelet.runtime.commands.outcome import Outcome, wait
from cluster_core.kubelet.runtime.machine import FetchError
from cluster_core.kubelet.runtime.process import Program
from cluster_core.kubelet.runtime.shell.interpreter import Shell


def _fetch(shell: Shell, name: str, args: list[str], fail_on_status: bool) -> Outcome:
    url, output, spider = _fetch_options(args)
    machine = shell.machine
    if not url:
        return 2

    def steps() -> Program:
        yield 0.05
        host = url.partition("://")[2] or url
        host = host.partition("/")[0]
        try:
            status, body = machine.fetch(url)
        except FetchError as error:
            yield 5.0 if str(error) == "timed out" else 0.0
            shell.err.write(_fetch_error(name, host, str(error)))
            return (6 if "bad address" in str(error) else 7 if "refused" in str(error) else 28) if name == "curl" else 1
        if status >= 400 and fail_on_status:
            shell.err.write(
                f"curl: (22) The requested URL returned error: {status}\n"
                if name == "curl"
                else f"wget: server returned error: HTTP/1.1 {status} {_REASONS.get(status, '')}\n"
            )
            return 22 if name == "curl" else 1
        if spider:
            return 0
        if output in ("", "-"):
            shell.out.write(body)
        else:
            machine.files.write(machine.path(output), body)
        return 0

    return steps()


_REASONS = {
    404: "Not Found",
    500: "Internal Server Error",
    503: "Service Unavailable",
    403: "Forbidden",
    401: "Unauthorized",
}


def _fetch_error(name: str, host: str, error: str) -> str:
    plain = host.partition(":")[0]
    port = host.partition(":")[2] or "80"
    if name == "curl":
        if error == "bad address":
            return f"curl: (6) Could not resolve host: {plain}\n"
        if error == "timed out":
            return f"curl: (28) Failed to connect to {plain} port {port}: Timeout was reached\n"
        return f"curl: (7) Failed to connect to {plain} port {port}: Connection refused\n"
    if error == "bad address":
        return f"wget: bad address '{host}'\n"
    if error == "timed out":
        return "wget: download timed out\n"
    return f"wget: can't connect to remote host ({plain}): Connection refused\n"


def _fetch_options(args: list[str]) -> tuple[str, str, bool]:
    """URL, output path and whether only to look (--spider, -I)."""
    url = output = ""
    with_value = ("-T", "-t", "-m", "--max-time", "--connect-timeout", "--retry", "-H", "--header", "-X", "-d", "--data",
                  "-w", "-u", "--timeout", "--retry-delay", "-A", "-e")  # fmt: skip
    index = 0
    while index < len(args):
        arg = args[index]
        if arg in ("-O", "-o", "-qO", "--output", "--output-document"):
            output = args[index + 1] if index + 1 < len(args) else ""
            index += 1
        elif arg in ("-qO-", "-O-", "-qO -"):
            output = "-"
        elif arg in with_value:
            index += 1
        elif not arg.startswith("-"):
            url = url or arg
        index += 1
    return url, output, "--spider" in args or "-I" in args


def _wget(shell: Shell, args: list[str]) -> Outcome:
    return _fetch(shell, "wget", args, True)


def _curl(shell: Shell, args: list[str]) -> Outcome:
    fails = any(a in ("--fail", "--fail-with-body") or (a[:1] == "-" and a[:2] != "--" and "f" in a) for a in args)
    return _fetch(shell, "curl", args, fails)


def _nc(shell: Shell, args: list[str]) -> Outcome:
    plain = [a for a in args if not a.startswith("-")]
    if any("l" in a for a in args if a.startswith("-")):
        return wait(float("inf"))
    if len(plain) < 2 or not plain[-1].isdigit():
        return 1
    return _dial(shell, plain[-2], int(plain[-1]))


def _dial(shell: Shell, host: str, port: int) -> Program:
    yield 0.05
    trouble = shell.machine.connect(host, port)
    if trouble:
        shell.err.write(
            f"nc: {host} ({host}:{port}): {trouble}\n" if trouble != "bad address" else f"nc: bad address '{host}'\n"
        )
    return 1 if trouble else 0


def _nslookup(shell: Shell, args: list[str]) -> Outcome:
    plain = [a for a in args if not a.startswith("-")]
    found = shell.machine.resolve(plain[0]) if plain else []
    if not found:
        shell.out.write(f"** server can't find {plain[0] if plain else ''}: NXDOMAIN\n")
        return 1
    shell.out.write("".join(f"Name:\t{plain[0]}\nAddress: {address}\n" for address in found))
    return 0


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    "curl": _curl,
    "nc": _nc,
    "nslookup": _nslookup,
    "wget": _wget,
}
