"""`helmpy completion bash|zsh|fish|powershell`."""

import click
from click.shell_completion import get_completion_class

from helmpy.commands.cli import HelmCommand, HelmGroup, root
from helmpy.errors import UsageError


def script(shell: str) -> str:
    """The completion script of a shell. Raises UsageError for a shell that click cannot complete."""
    chosen = get_completion_class(shell)
    if chosen is None:
        raise UsageError(f"completion for {shell} is not available: use bash, zsh or fish")
    return chosen(root(), {}, "helmpy", "_HELMPY_COMPLETE").source()


def _sub(shell: str) -> HelmCommand:
    def run(args: list[str], no_descriptions: bool) -> None:
        """Print the script."""
        click.echo(script(shell))

    return HelmCommand(
        shell,
        run,
        [click.Option(["--no-descriptions"], is_flag=True, help="disable completion descriptions")],
        usage="[flags]",
        arguments=(0, 0),
        help=f"Print the autocompletion script for {shell}.\n\nLoad it with: source <(helmpy completion {shell})",
        short_help=f"generate autocompletion script for {shell}",
    )


command = HelmGroup(
    "completion",
    help="Generate autocompletion scripts for the specified shell.",
    short_help="generate autocompletion scripts for the specified shell",
)
for name in ("bash", "fish", "powershell", "zsh"):
    command.add_command(_sub(name))
