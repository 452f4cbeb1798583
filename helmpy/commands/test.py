"""`helmpy test`."""

import click

from helmpy.commands import options, output, release_output, session, settings
from helmpy.commands.cli import HelmCommand


def run(args: list[str], timeout: float, logs: bool, filter: tuple[str, ...]) -> None:
    """Run the tests of a release and print how they went."""
    from helmpy.actions.test import TestOptions, run_tests

    names = [name for entry in filter for name in options.split_csv(entry, "--filter")]
    wanted = TestOptions(
        timeout=timeout,
        include=tuple(name.removeprefix("name=") for name in names if name.startswith("name=")),
        exclude=tuple(name.partition("name=")[2] for name in names if name.startswith(("!name=", "! name="))),
        logs=logs,
    )
    with session.opened() as configuration:
        result = run_tests(configuration, args[0], wanted)
    release_output.write(result.release, "table", hide_notes=True, debug=settings.current().debug)
    if logs:
        output.write_text("\n" + output.printable(result.logs))
    if result.failure is not None:
        raise result.failure


command = HelmCommand(
    "test",
    run,
    [
        options.timeout_flag(),
        click.Option(
            ["--logs"], is_flag=True, help="dump the logs from test pods (after all tests, before any cleanup)"
        ),
        options.many(
            "--filter", help="name=test1 to run, !name=test2 to leave out (can specify multiple)", metavar="strings"
        ),
    ],
    usage="[RELEASE] [flags]",
    arguments=(1, 1),
    help="Run the tests that a release's chart defines.",
    short_help="run tests for a release",
)
