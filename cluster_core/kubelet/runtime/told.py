"""Programs that do as they are told: what `serve`, `exec` and the stop keys of a behaviour mean. Loaded by the engine when used."""

from typing import Any, NamedTuple

from cluster_core.kubelet.runtime.behaviour import Behaviour
from cluster_core.kubelet.runtime.process import Answer, Listener, Process, Program


class Told(NamedTuple):
    """What a command answers: exit code, stdout, stderr, and how long that takes."""

    code: int
    out: str
    err: str
    seconds: float


def play(process: Process, behaviour: Behaviour, program: Program) -> Program:
    """The program, listening where the behaviour says so and ending as it says."""
    if behaviour.ignore_term:
        process.traps["TERM"] = None
    elif behaviour.stop_seconds is not None:
        process.traps["TERM"] = lambda: _stops(behaviour)
    if behaviour.serve:
        return _serving(process, behaviour, program)
    return program


def _stops(behaviour: Behaviour) -> Program:
    yield behaviour.stop_seconds or 0.0
    return behaviour.stop_code


def _serving(process: Process, behaviour: Behaviour, program: Program) -> Program:
    """The program itself says at its first step where it listens; what is told comes on top."""
    try:
        wait = next(program)
    except StopIteration as stop:
        return int(stop.value or 0)
    listeners = {int(port): _listener(answers) for port, answers in behaviour.serve.items() if port.isdigit()}
    process.listeners = {**(process.listeners or {}), **listeners}
    yield wait
    return (yield from program)


def _listener(answers: Any) -> Listener:
    return Listener("http", 0.0, lambda path: _answer(answers if isinstance(answers, dict) else {}, path))


def _answer(answers: dict[str, Any], path: str) -> Answer:
    found = answers.get(path.partition("?")[0], answers.get("*"))
    if found is None:
        return Answer(404 if answers else 200)
    if not isinstance(found, dict):
        return Answer(200, str(found))
    return Answer(
        int(found.get("status", 200)),
        str(found.get("body", "")),
        str(found.get("location", "")),
        float(found.get("delay", 0.0)),
    )


def answer_to(behaviour: Behaviour, argv: list[str]) -> Told | None:
    """What is told of a command, None for one that nothing is told of."""
    found = behaviour.exec.get(" ".join(argv))
    if found is None and len(argv) >= 3 and argv[-2].startswith("-") and argv[-2].endswith("c"):
        found = behaviour.exec.get(argv[-1])
    if not isinstance(found, dict):
        return None if found is None else Told(0, str(found), "", 0.05)
    return Told(
        int(found.get("exitCode", 0)) & 255,
        str(found.get("stdout", "")),
        str(found.get("stderr", "")),
        float(found.get("seconds", 0.05)),
    )
