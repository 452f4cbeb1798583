"""Programs that the simulation does not know: most images' own. They run well.

Kept apart from `programs`, so that a cluster of ordinary services never loads the shell.
"""

from cluster_core.kubelet.runtime.machine import Machine
from cluster_core.kubelet.runtime.process import FOREVER, Program

SHORT_WORK = 1.0
"""Seconds that an unknown program takes where it is expected to end."""


class StartError(Exception):
    """The program cannot be started; the text is the container runtime's reason."""


class ExecError(Exception):
    """A command could not be run at all."""


def unknown_program(machine: Machine) -> Program:
    """A program nobody knows: a service serves whatever is asked and ends well on TERM, other work ends after a second."""
    process = machine.process
    if process is not None:
        process.listeners = None
        machine.lenient = True
        process.traps.setdefault("TERM", _graceful)
        process.traps.setdefault("INT", _graceful)
    if not machine.long_running:
        yield SHORT_WORK
        return 0
    while True:
        yield FOREVER


def _graceful() -> Program:
    yield 0.1
    return 0
