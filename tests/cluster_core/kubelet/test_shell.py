"""The tiny shell of simulated containers: what scripts print and how they end."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_core.clock import Loop
from cluster_core.kubelet.runtime.behaviour import NEUTRAL
from cluster_core.kubelet.runtime.container import Container, Sandbox
from cluster_core.kubelet.runtime.engine import Engine
from cluster_core.kubelet.runtime.files import Files
from cluster_core.kubelet.runtime.shell.parser import ShellSyntaxError, parse
from cluster_core.kubelet.runtime.world import World
from cluster_core.kubelet.tasks import Task

FILES = {"/etc/passwd": "root:x:0:0\n", "/cfg/key": "value\n", "/scripts/run.sh": "#!/bin/sh\necho ran $1\nexit 4\n"}


def run(
    command: list[str], seconds: float = 1000.0, policy: str = "Never", image: str = "busybox:1"
) -> tuple[str, Any]:
    """Log and exit code (None while it runs) of a container after so many seconds."""
    loop = Loop()
    engine = Engine(loop, random.Random(1), World())
    pod = {"metadata": {"name": "p", "namespace": "ns"}, "spec": {"restartPolicy": policy}}
    spec = {"name": "c", "image": image, "command": command}
    container = Container("id", spec, 0, loop.now())
    container.make_files = lambda: Files(FILES, directories="/tmp /etc")
    container.make_environment = lambda: {"HOME": "/root", "NAME": "world", "bad-name": "x"}
    Task(loop, engine.start(container, pod, Sandbox("s", "10.0.0.1", 0), NEUTRAL))
    loop.advance(seconds)
    log = "".join(f"{line}\n" for _, line in container.logs)
    return log, container.exit_code if container.state == "exited" else None


@pytest.mark.parametrize(
    ("script", "log", "code"),
    [
        ("echo hello $NAME", "hello world\n", 0),
        ("echo 'a  b' \"c  $NAME\" d\\ e", "a  b c  world d e\n", 0),
        ("echo -n a; echo b", "ab\n", 0),
        ("printf '%s-%d\\n' x 7 y 8", "x-7\ny-8\n", 0),
        ("exit 300", "", 44),
        ("false", "", 1),
        ("false || echo no; true && echo yes", "no\nyes\n", 0),
        ("! false && echo inverted", "inverted\n", 0),
        ("set -e; false; echo never", "", 1),
        ("set -e; if false; then echo a; else echo b; fi; echo c", "b\nc\n", 0),
        ("for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done", "1\n3\n", 0),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done", "1\n2\n3\n", 0),
        ("until test -f /tmp/x; do touch /tmp/x; done; echo done", "done\n", 0),
        ("for i in a b; do for j in 1 2; do break 2; done; done; echo out", "out\n", 0),
        ("case $NAME in w*) echo w;; *) echo other;; esac", "w\n", 0),
        ("greet() { echo hi $1; return 3; }; greet you; echo $?", "hi you\n3\n", 0),
        ("echo $(echo in; echo side) `echo tick`", "in side tick\n", 0),
        ("echo ${X:-default} ${NAME:+set} ${#NAME} ${NAME%ld} ${NAME#w}", "default set 5 wor orld\n", 0),
        ("echo ${MISSING:?not there}", "sh: MISSING: not there\n", 2),
        ("echo $((7 / 2 * 3 - -1)) $((1 < 2 && 3 != 4))", "10 1\n", 0),
        ("echo out; echo err >&2; echo gone > /dev/null", "out\nerr\n", 0),
        ("echo one > /tmp/f; echo two >> /tmp/f; cat /tmp/f; wc -l < /tmp/f", "one\ntwo\n2\n", 0),
        ("cat <<EOF\nhello $NAME\nEOF\necho after", "hello world\nafter\n", 0),
        ("seq 3 | grep -v 2 | sort -r", "3\n1\n", 0),
        ("cat /nope; echo $?", "cat: can't open '/nope': No such file or directory\n1\n", 0),
        ("nosuch", "sh: nosuch: not found\n", 127),
        ("/etc/passwd", "sh: /etc/passwd: Permission denied\n", 126),
        ("/scripts/run.sh now", "ran now\n", 4),
        ("sh -c 'echo inner $0 $1' name arg; echo $?", "inner name arg\n0\n", 0),
        (". /scripts/run.sh; echo never", "ran\n", 4),
        ("kill -9 $$; echo still here", "still here\n", 0),
        ("( cd /tmp; pwd; X=1 ); pwd; echo [$X]", "/tmp\n/tmp\n[]\n", 0),
        ("sleep 2 & wait; echo ready", "ready\n", 0),
        ("echo hello | tr a-z A-Z; echo a.b | tr -d .; echo aab | tr -s a", "HELLO\nab\nab\n", 0),
        ("echo Up | tr '[:upper:]' '[:lower:]'", "up\n", 0),
        ("seq 5 | sed -n 2p; seq 5 | sed 2,4d; seq 5 | sed 2q", "2\n1\n5\n1\n2\n", 0),
        ("echo a-b-c | sed 's/-/+/g; s/\\(a\\)+\\(b\\)/\\2\\1/'", "ba+c\n", 0),
        ("printf 'x 1\\ny 2\\n' | sed -n '/y/s/2/two/p'", "y two\n", 0),
        ("echo a:b:c | cut -d: -f2,3; echo abcdef | cut -c2-3; echo plain | cut -d: -f2", "b:c\nbc\nplain\n", 0),
        ("echo one two three | awk '{print $3, $1 \"-\" NF}'", "three one-3\n", 0),
        ("printf 'a 1\\nb 2\\n' | awk '/b/{print $2}'; echo x,y | awk -F, '{print $2}'", "2\ny\n", 0),
        ("printf 'a\\na\\nb\\n' | uniq -c", "      2 a\n      1 b\n", 0),
        ("echo secret | base64; echo c2VjcmV0Cg== | base64 -d", "c2VjcmV0Cg==\nsecret\n", 0),
        (
            "printf abc | sha256sum | cut -c1-16; printf abc | md5sum",
            "ba7816bf8f01cfea\n900150983cd24fb0d6963f7d28e17f72  -\n",
            0,
        ),
        ("expr 2 + 3; expr 7 / 2; expr 3 '>' 5; echo $?; expr length word", "5\n3\n0\n1\n4\n", 0),
        ("basename /a/b.txt .txt; dirname /a/b.txt; dirname b", "b\n/a\n.\n", 0),
        (
            "seq 3 | xargs echo n; seq 3 | xargs -n 1 echo; echo a b | xargs -I X echo [X]",
            "n 1 2 3\n1\n2\n3\n[a b]\n",
            0,
        ),
        ("echo kept | tee /tmp/t; cat /tmp/t; seq 3 | tac", "kept\nkept\n3\n2\n1\n", 0),
        (
            "mkdir -p /tmp/d/e; touch /tmp/d/e/f; find /tmp/d; find /tmp -name 'f' -type f",
            "/tmp/d\n/tmp/d/e\n/tmp/d/e/f\n/tmp/d/e/f\n",
            0,
        ),
        (
            "ln -s /etc/passwd /tmp/l; readlink /tmp/l; cat /tmp/l; stat -c '%F %N' /tmp/l | cut -c1-13",
            "/etc/passwd\nroot:x:0:0\nsymbolic link\n",
            0,
        ),
        (
            "touch /tmp/m; chmod 640 /tmp/m; stat -c %a /tmp/m; chmod u+x,o=r /tmp/m; stat -c %A /tmp/m",
            "640\n-rwxr--r--\n",
            0,
        ),
        ("chmod 600 /nope; echo $?", "chmod: /nope: No such file or directory\n1\n", 0),
        (
            "find /nope; stat /nope; echo $?",
            "find: /nope: No such file or directory\nstat: can't stat '/nope': No such file or directory\n1\n",
            0,
        ),
        ("uname -sm; whoami; id -u; which ls", "Linux x86_64\nroot\n0\n", 1),
        (
            "sed k; echo $?; awk 'BEGIN{x=1}'; echo $?",
            "sed: unsupported command k\n1\nawk: unsupported program\n2\n",
            0,
        ),
        ("timeout 1 sleep 5; echo $?", "143\n", 0),
        ("wget -qO- http://nowhere/", "wget: bad address 'nowhere'\n", 1),
        ("if", 'sh: syntax error: unexpected "end of file"\n', 2),
        ("echo 'open", "sh: syntax error: unterminated quoted string\n", 2),
        ("echo $(( 1 / 0 ))", "sh: arithmetic syntax error\n", 2),
    ],
)
def test_scripts(script: str, log: str, code: int) -> None:
    assert run(["sh", "-c", script]) == (log, code)


@pytest.mark.parametrize(
    ("command", "seconds", "code"),
    [
        (["sleep", "5"], 4.0, None),
        (["sleep", "5"], 6.0, 0),
        (["sleep", "1m"], 61.0, 0),
        (["sh", "-c", "sleep 1; exit 3"], 3.0, 3),
        (["sh", "/scripts/run.sh"], 1.0, 4),
        (["sh", "/scripts/none.sh"], 1.0, 2),
        (["sleep", "infinity"], 10_000.0, None),
        (["sh", "-c", "while :; do :; done"], 10.0, None),
        (["sh", "-c", "while true; do sleep 0.2; done"], 10.0, None),
    ],
)
def test_how_long_programs_run(command: list[str], seconds: float, code: int | None) -> None:
    assert run(command, seconds)[1] == code


@pytest.mark.parametrize(
    ("policy", "command", "code"),
    [
        ("Always", ["my-server", "--port", "80"], None),
        ("Never", ["migrate"], 0),
        ("Always", ["sh", "-c", "setup-database && exec my-server"], None),
        ("Never", ["sh", "-c", "setup-database && migrate"], 0),
    ],
)
def test_unknown_programs_run_well(policy: str, command: list[str], code: int | None) -> None:
    assert run(command, 100.0, policy, "example.org/app:1")[1] == code


@pytest.mark.parametrize("bad", ["(" * 100, "a" * 300_000, "echo ${", "case x in", "for"])
def test_bad_scripts_are_refused(bad: str) -> None:
    with pytest.raises(ShellSyntaxError):
        parse(bad)


def test_deep_substitutions_end() -> None:
    assert run(["sh", "-c", "$(" * 2000 + ")" * 2000])[1] == 2


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab $(){}`'\"|&;<>\\\n=#!*?-[]0129/~%:", max_size=40))
def test_any_text_ends_or_waits_without_harm(script: str) -> None:
    log, code = run(["sh", "-c", script], 5.0)
    assert code is None or 0 <= code <= 255
    assert isinstance(log, str)
