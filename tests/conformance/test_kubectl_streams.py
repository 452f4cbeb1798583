"""The real kubectl's commands that talk to containers: logs, exec, attach, cp, port-forward, proxy, debug, top, cluster-info dump.

No real kubelet ran when the other tests' texts were recorded, so these state what kubectl prints on any cluster.
"""

import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kubectl_session import Sequence, Served

pytestmark = [pytest.mark.oracle, pytest.mark.slow]
PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: sh, labels: {app: sh}}
spec:
  containers:
  - {name: main, image: "busybox:1.36", command: [sh, -c, "echo started; echo bad >&2; while true; do sleep 1; done"]}
  - {name: side, image: "busybox:1.36", command: [sh, -c, "for i in 1 2 3; do echo line $i; done; sleep 3600"]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: agnhost, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec], ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, kubectl: str) -> Iterator[Sequence]:
    """A namespace with two pods and a service."""
    cluster = Served(tmp_path_factory.mktemp("streams"), kubectl, full=True)
    try:
        folder = tmp_path_factory.mktemp("w")
        found = Sequence(cluster, folder, {"pods.yaml": PODS, "up.txt": "uploaded\n"})
        assert found.run("apply", "-f", "pods.yaml").returncode == 0
        waited = found.run("wait", "pod", "--all", "--for=condition=Ready", "--timeout=30s")
        assert waited.returncode == 0, waited.stderr
        yield found
    finally:
        cluster.end()


ANSWERS = ("web", "")
"""What the simulated server says of its name, once it knows it."""
DEFAULTED = 'Defaulted container "main" out of: main, side\n'


@pytest.mark.parametrize(
    ("line", "code", "out", "err"),
    [
        ("logs sh -c main", 0, "started\nbad\n", ""),
        ("logs sh", 0, "started\nbad\n", DEFAULTED),
        ("logs sh -c side --tail=2", 0, "line 2\nline 3\n", ""),
        ("logs sh -c side --prefix --tail=1", 0, "[pod/sh/side] line 3\n", ""),
        ("logs -l app=web --tail=0", 0, "", ""),
        ("logs sh -c side --limit-bytes=6", 0, "line 1", ""),
        ("logs sh -c side --since=1h --tail=1", 0, "line 3\n", ""),
        ("logs none", 1, "", 'error: error from server (NotFound): pods "none" not found in namespace "gold"\n'),
        ("logs sh -c none", 1, "", "error: container none is not valid for pod sh out of: main, side\n"),
        (
            "logs sh -c main -p",
            1,
            "",
            'Error from server (BadRequest): previous terminated container "main" in pod "sh" not found\n',
        ),
        ("exec sh -c main -- echo hi", 0, "hi\n", ""),
        ("exec sh -- sh -c exit\\ 3", 3, "", DEFAULTED + "command terminated with exit code 3\n"),
        ("exec sh -c side -- sh -c echo\\ out;\\ echo\\ err\\ >&2", 0, "out\n", "err\n"),
        ("exec svc/web -- cat /etc/hostname", 0, "web\n", ""),
        ("exec sh -c main -- frob", 1, "", None),
        ("exec none -- true", 1, "", 'Error from server (NotFound): pods "none" not found\n'),
        ("exec sh -c none -- true", 1, "", "error: container none is not valid for pod sh out of: main, side\n"),
        ("exec sh", 1, "", "error: you must specify at least one command for the container\n"),
        ("cp up.txt sh:/tmp/up.txt -c main", 0, "", ""),
        ("exec sh -c main -- cat /tmp/up.txt", 0, "uploaded\n", ""),
        ("cp sh:/tmp/up.txt down.txt -c main", 0, "", ""),
        ("top pod web", 0, "NAME   CPU(cores)   MEMORY(bytes)   \nweb    1m           4Mi             \n", ""),
        ("top pod none", 1, "", 'Error from server (NotFound): podmetrics.metrics.k8s.io "none" not found\n'),
        ("top pod sh --containers --no-headers", 0, "sh    main   1m    4Mi   \nsh    side   1m    4Mi   \n", ""),
        ("top pod -l app=none", 0, "", "No resources found in gold namespace.\n"),
        ("run once --image=busybox:1.36 --restart=Never --attach --rm -q -- echo ran", 0, "ran\n", ""),
        ("cluster-info dump --namespaces=gold --output-directory=dump", 0, "Cluster info dumped to dump\n", ""),
        ("get --raw /api/v1/namespaces/gold/services/none/proxy/", 1, "", None),
    ],
)  # fmt: skip
def test_command(session: Sequence, line: str, code: int, out: str, err: str | None) -> None:
    argv = [
        word.replace("\0", " ")
        for word in line.replace("\\ ", "\0").replace("/gold/", f"/{session.namespace}/").split()
    ]
    done = session.run(*(a.replace("=gold", f"={session.namespace}") for a in argv))
    got = (
        done.returncode,
        done.stdout.replace(session.namespace, "gold"),
        done.stderr.replace(session.namespace, "gold"),
    )
    assert got == (code, out, got[2] if err is None else err)


@contextmanager
def running(session: Sequence, *argv: str) -> Iterator["subprocess.Popen[str]"]:
    """A kubectl that goes on until it is ended."""
    process = subprocess.Popen(
        [session.cluster.kubectl, *argv],
        env=session.environment,
        cwd=session.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("target", ["pod/web", "svc/web"])
def test_port_forward(session: Sequence, target: str) -> None:
    port = "8080" if target.startswith("pod") else "80"
    with running(session, "port-forward", target, f":{port}") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"Forwarding from 127\.0\.0\.1:(\d+) -> 8080\n", line)
        assert found, line
        for _ in range(3):
            assert fetched(f"http://127.0.0.1:{found[1]}/hostname") in ANSWERS


def test_proxy(session: Sequence) -> None:
    with running(session, "proxy", "--port=0") as process:
        assert process.stdout is not None
        found = re.fullmatch(r"Starting to serve on (127\.0\.0\.1:\d+)\n", process.stdout.readline())
        assert found
        root = f"http://{found[1]}"
        assert '"major":"1"' in fetched(f"{root}/version").replace(" ", "")
        for way in ("services/web:80", "pods/web", "pods/web:8080"):
            assert fetched(f"{root}/api/v1/namespaces/{session.namespace}/{way}/proxy/hostname") in ANSWERS


def test_logs_follow_until_the_container_ends(session: Sequence) -> None:
    script = "echo one; sleep 1; echo two"
    session.run("run", "brief", "--image=busybox:1.36", "--restart=Never", "--", "sh", "-c", script)
    session.run("wait", "pod/brief", "--for=jsonpath={.status.containerStatuses[0].started}", "--timeout=20s")
    start = time.monotonic()
    done = session.run("logs", "-f", "brief")
    assert (done.returncode, done.stdout) == (0, "one\ntwo\n"), done
    assert time.monotonic() - start < 10


def test_attach_sees_output(session: Sequence) -> None:
    session.run("run", "ticks", "--image=busybox:1.36", "--", "sh", "-c", "while true; do echo tick; sleep 1; done")
    session.run("wait", "pod/ticks", "--for=condition=Ready", "--timeout=20s")
    with running(session, "attach", "ticks", "-q") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "tick\n"


@pytest.mark.parametrize(("script", "code", "out"), [("echo in $HOSTNAME", 0, "in typed"), ("echo x; exit 3", 3, "x")])
def test_a_shell_takes_what_is_typed(session: Sequence, script: str, code: int, out: str) -> None:
    argv = ["run", "typed", "--image=busybox:1.36", "-i", "--rm", "-q", "--restart=Never", "--", "sh"]
    command = [session.cluster.kubectl, *argv]
    done = subprocess.run(
        command, input=script, env=session.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, out in done.stdout) == (code, True), done


def test_debug_in_a_running_pod(session: Sequence) -> None:
    made = session.run("debug", "web", "--image=busybox:1.36", "-c", "dbg", "--", "sh", "-c", "sleep 3600")
    assert made.returncode == 0, made.stderr
    session.run(
        "wait", "pod/web", "--for=jsonpath={.status.ephemeralContainerStatuses[0].state.running}", "--timeout=20s"
    )
    done = session.run("exec", "web", "-c", "dbg", "--", "echo", "inside")
    assert (done.returncode, done.stdout) == (0, "inside\n"), done.stderr


def test_dump_holds_objects_and_logs(session: Sequence, tmp_path: Path) -> None:
    done = session.run("cluster-info", "dump", f"--namespaces={session.namespace}", f"--output-directory={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / session.namespace / "sh" / "logs.txt").read_text(encoding="utf-8").count("line") == 3
    assert (tmp_path / "nodes.json").exists()


SPDY = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false", "KUBECTL_PORT_FORWARD_WEBSOCKETS": "false"}


@pytest.mark.parametrize(
    ("line", "code", "out", "err"),
    [
        ("exec sh -c main -- echo hi", 0, "hi\n", ""),
        ("exec sh -c main -- sh -c echo\\ err\\ >&2;\\ exit\\ 3", 3, "", "err\ncommand terminated with exit code 3\n"),
        ("cp up.txt sh:/tmp/spdy.txt -c main", 0, "", ""),
        ("exec sh -c main -- cat /tmp/spdy.txt", 0, "uploaded\n", ""),
        ("exec sh -c main -- frob", 1, "", None),
    ],
)
def test_older_clients(session: Sequence, line: str, code: int, out: str, err: str | None) -> None:
    argv = [word.replace("\0", " ") for word in line.replace("\\ ", "\0").split()]
    done = session.run(*argv, env=SPDY)
    assert (done.returncode, done.stdout, done.stderr if err is None else err) == (code, out, done.stderr)


def test_older_clients_forward_ports(session: Sequence) -> None:
    session.environment.update(SPDY)
    with running(session, "port-forward", "pod/web", ":8080") as process:
        assert process.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert found
        for _ in range(2):
            assert fetched(f"http://127.0.0.1:{found[1]}/hostname") in ANSWERS
    for name in SPDY:
        del session.environment[name]
