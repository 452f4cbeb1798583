"""`helmpy rollback`."""

from typing import Any

import click

from helmpy.commands import options, session, settings
from helmpy.commands.cli import HelmCommand
from helmpy.commands.flag_types import INT
from helmpy.commands.interrupts import announcing
from helmpy.errors import UsageError


def run(args: list[str], **params: Any) -> None:
    """Roll a release back to an earlier revision."""
    from helmpy.actions.rollback import RollbackOptions, rollback

    options.accept_old_names(params)
    dry_run = options.dry_run_strategy(params.pop("dry_run"))
    history_max = params.pop("history_max")
    wanted = RollbackOptions(
        revision=revision_of(args),
        dry_run=dry_run,
        max_history=settings.current().max_history if history_max is None else history_max,
        **params,
    )
    with session.opened() as configuration, announcing(args[0]):
        rollback(configuration, args[0], wanted)
    click.echo("Rollback was a success! Happy Helming!")


def revision_of(args: list[str]) -> int:
    """The revision argument, 0 without one. Raises UsageError."""
    if len(args) < 2:
        return 0
    try:
        return int(args[1])
    except ValueError as error:
        text = f'strconv.Atoi: parsing "{args[1]}": invalid syntax'
        raise UsageError(f"could not convert revision to a number: {text}") from error


command = HelmCommand(
    "rollback",
    run,
    [
        options.text("--description", help="add a custom description for the rollback (max 512 characters)"),
        *options.write_flags(),
        options.text("--server-side", default="auto", help='must be "true", "false" or "auto"'),
        options.flag(
            "--cleanup-on-fail", help="allow deletion of new resources created in this rollback when rollback fails"
        ),
        click.Option(
            ["--history-max"],
            type=INT,
            default=None,
            metavar="int",
            help="limit the revisions saved per release; 0 for no limit (default 10)",
        ),
        options.dry_run_flag(),
    ],
    usage="<RELEASE> [REVISION] [flags]",
    arguments=(1, None),
    help="Roll a release back to a previous revision: the one before the last, or the one given.",
    short_help="roll back a release to a previous revision",
)
