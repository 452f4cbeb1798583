"""Hot commands without click: what click knows of their flags is written down in `readings` and read from there.

Called by `__main__`. click stays the one definition of the interface: `python -m helmpy.commands.fast` writes `readings` from
the commands' definitions, and where the sources of this folder have changed since, a reading kept in the disk cache takes
its place. Only plain command lines go this way; help, completion, flags with types of their own and every mistake are left
to click. Must not import click unless a reading is computed.
"""

import gc
import os
import sys

from helmpy import __version__, disk_cache
from helmpy.commands import ending, pflag, settings
from helmpy.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NamedTuple

    class _Reading(NamedTuple):
        """How to read a command line: see `computed`."""

        flags: dict[str, tuple[str, str | None, bool]]
        kinds: dict[str, str]
        defaults: dict[str, Any]
        shared: list[str]
        arguments: tuple[int, int | None]
        runs: tuple[str, str]


_DEFINITIONS = ("cli", "flag_types", "install", "options", "template")
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


class _UnusualError(Exception):
    """The command line is left to click."""


def run(args: list[str]) -> int | None:
    """Run a command line whose first word is a hot command; gives the exit code, None if click must do it."""
    if "_HELMPY_COMPLETE" in os.environ:
        return None
    reading = _reading(args[0])
    if reading is None:
        return None
    try:
        rest, params = _read(args[1:], *reading[:3], reading[4])
    except (_UnusualError, UsageError):
        return None
    gc.disable()  # the process is over before there is garbage worth looking for
    settings.use({name: params.pop(name) for name in reading[3]})
    module, function = reading[5]
    return ending.exit_code(lambda: getattr(__import__(module, fromlist=[function]), function)(rest, **params))


def _read(
    args: list[str],
    flags: "dict[str, tuple[str, str | None, bool]]",
    kinds: dict[str, str],
    defaults: "dict[str, Any]",
    arguments: tuple[int, int | None],
) -> "tuple[list[str], dict[str, Any]]":
    """The positional arguments and the parameters, as click would give them. Raises _UnusualError, UsageError."""
    given, rest = pflag.parse(args, {text: pflag.Flag(*flag) for text, flag in flags.items()})
    fewest, most = arguments
    if len(rest) < fewest or (most is not None and len(rest) > most):
        raise _UnusualError
    return rest, defaults | {name: _converted(kinds.get(name, ""), values) for name, values in given.items()}


def _converted(kind: str, values: list[str]) -> "Any":
    if kind == "many":
        return tuple(values)
    value = values[-1]
    if kind == "text":
        return value
    if kind == "flag" and (value in _TRUE or value in _FALSE):
        return value in _TRUE
    raise _UnusualError


def _reading(command: str) -> "_Reading | None":
    """The reading of a command; None where it is not written down and nothing can be kept."""
    from helmpy.commands import readings

    if sources() == readings.SOURCES:
        reading = readings.READINGS[command]
        defaults = {name: _at_home(value) for name, value in reading[2].items()}
        return (*reading[:2], defaults, *reading[3:])  # type: ignore[return-value]
    return _kept(command)


def sources() -> str:
    """Stands for the sources that define the flags of hot commands, wherever they are installed."""
    folder = os.path.dirname(__file__)
    return " ".join(f"{name}:{os.stat(f'{folder}/{name}.py').st_size}" for name in _DEFINITIONS)


def _at_home(value: "Any") -> "Any":
    return os.path.expanduser(value) if isinstance(value, str) and value[:2] == "~/" else value


def _kept(command: str) -> "_Reading | None":
    shelf = disk_cache.Shelf.of("commands")
    if shelf is None:
        return None
    name = _name(command)
    reading = shelf.read(name)
    if reading is None:
        reading = computed(command)
        shelf.write(name, reading, most=20)
    return reading  # type: ignore[no-any-return]


def _name(command: str) -> str:
    """Stands for everything that the reading depends on; defaults may name the user's home."""
    state = [command, __version__, sys.version, os.path.expanduser("~")]
    state += disk_cache.sources_state(os.path.dirname(__file__))
    return str(disk_cache.blake2b()("\n".join(state).encode("utf-8", "surrogateescape"), digest_size=20).hexdigest())


def computed(command: str) -> "Any":
    """What click knows of a command, as plain data.

    flags: text -> (parameter, value implied, may be repeated); kinds: parameter -> "text", "flag" or "many" (others are
    left to click); defaults of all parameters; which of them all commands share; how many arguments there may be; module
    and function to call.
    """
    import click

    from helmpy.commands import cli

    defined = cli.root().get_command(click.Context(cli.root()), command)
    assert isinstance(defined, cli.HelmCommand)
    assert defined.callback is not None
    context = defined.make_context(command, ["x"] * max(defined.arguments[0], 1), resilient_parsing=False)
    return (
        {text: (flag.name, flag.implied, flag.multiple) for text, flag in cli.flag_spec(defined.params).items()},
        {option.name: _kind(option) for option in defined.params},
        dict(context.params),
        [flag.name for flag in cli.global_flags()],
        defined.arguments,
        (defined.callback.__module__, defined.callback.__name__),
    )


def _kind(option: "Any") -> str:
    from click import STRING

    if option.is_flag:
        return "flag"
    if option.type is not STRING:
        return ""
    return "many" if option.multiple else "text"


def written() -> str:
    """The source of `readings`, as it has to be now."""
    import pprint

    from helmpy.commands import HOT

    home = os.path.expanduser("~")
    known = {command: computed(command) for command in HOT}
    for reading in known.values():
        reading[2].update(
            {
                name: "~" + value.removeprefix(home)
                for name, value in reading[2].items()
                if isinstance(value, str) and value.startswith(f"{home}/")
            }
        )
    return (
        '"""What click knows of the hot commands. Written by `python -m helmpy.commands.fast`; not to be edited."""\n\n'
        "# fmt: off\n"
        f'SOURCES = "{sources()}"\n'
        f"READINGS = {pprint.pformat(known, width=120)}\n"
    )


if __name__ == "__main__":
    with open(os.path.join(os.path.dirname(__file__), "readings.py"), "w", encoding="utf-8") as file:
        file.write(written())
