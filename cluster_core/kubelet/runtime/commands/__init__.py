"""The commands that simulated containers know, a file per family; `ALL` maps names to functions.

A command is a function (shell, arguments) -> exit code, or a generator of waits with it. Nothing is executed on the real machine.
"""

from collections.abc import Callable

from cluster_core.kubelet.runtime.commands import archive, control, editing, fields, files, listing, network, text
from cluster_core.kubelet.runtime.commands.outcome import Outcome
from cluster_core.kubelet.runtime.shell.interpreter import Shell

ALL: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    **archive.COMMANDS,
    **control.COMMANDS,
    **editing.COMMANDS,
    **fields.COMMANDS,
    **files.COMMANDS,
    **listing.COMMANDS,
    **network.COMMANDS,
    **text.COMMANDS,
}
