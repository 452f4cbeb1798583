"""`helmpy verify`."""

from helmpy.commands import fetching, output
from helmpy.commands.cli import HelmCommand


def run(args: list[str], keyring: str) -> None:
    """Check the provenance of a local archive."""
    from helmpy.actions.verify import verify

    output.write_text(output.printable(verify(args[0], keyring)))


command = HelmCommand(
    "verify",
    run,
    [fetching.keyring_flag()],
    usage="PATH [flags]",
    arguments=(1, 1),
    help="Verify that the archive at PATH was signed by a key of the keyring and was not changed since.",
    short_help="verify that a chart at the given path has been signed and is valid",
)
