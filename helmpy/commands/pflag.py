"""Command lines as Helm reads them (the rules and error texts of spf13/pflag): flags anywhere, `--x=v`, `--x v`, `-xv`,
grouped short flags, booleans that take `=false`, flags whose value is optional (`--wait`, `--wait=legacy`).

Used by `cli.HelmCommand` (click's own parser knows none of the last two) and by the fast path of hot commands, which has a
stored `Spec` and never imports click. Must not import click.
"""

from helmpy.errors import UsageError
from helmpy.records import FrozenRecord


class Flag(FrozenRecord):
    """One flag as the parser sees it. `implied` is the value of a flag given without one, None if it needs a value."""

    name: str
    implied: str | None
    multiple: bool


Spec = dict[str, Flag]
"""Flag text ("--values", "-f") -> Flag."""


def parse(args: list[str], spec: Spec, interspersed: bool = True) -> tuple[dict[str, list[str]], list[str]]:
    """Split a command line into flag values by parameter name (in order of appearance) and the remaining arguments.

    With `interspersed` false, parsing stops at the first argument that is not a flag (a group finds its subcommand there).
    Raises UsageError with pflag's text.
    """
    values: dict[str, list[str]] = {}
    rest: list[str] = []
    position = 0
    while position < len(args):
        token = args[position]
        position += 1
        if token == "--":
            return values, rest + args[position:]
        if len(token) < 2 or token[0] != "-":
            rest.append(token)
            if not interspersed:
                return values, rest + args[position:]
        elif token[1] == "-":
            position = _long(token, args, position, spec, values)
        else:
            position = _short(token, args, position, spec, values)
    return values, rest


def _long(token: str, args: list[str], position: int, spec: Spec, values: dict[str, list[str]]) -> int:
    name, equals, value = token.partition("=")
    if len(name) == 2 or name[2] in "-=":
        raise UsageError(f"bad flag syntax: {token}")
    flag = spec.get(name)
    if flag is None:
        raise UsageError(f"unknown flag: {name}")
    if not equals:
        if flag.implied is not None:
            value = flag.implied
        elif position < len(args):
            value, position = args[position], position + 1
        else:
            raise UsageError(f"flag needs an argument: {name}")
    values.setdefault(flag.name, []).append(value)
    return position


def _short(token: str, args: list[str], position: int, spec: Spec, values: dict[str, list[str]]) -> int:
    letters = token[1:]
    while letters:
        flag = spec.get("-" + letters[0])
        if flag is None:
            raise UsageError(f"unknown shorthand flag: '{letters[0]}' in -{letters}")
        if len(letters) > 2 and letters[1] == "=":
            value, letters_left = letters[2:], ""
        elif flag.implied is not None:
            value, letters_left = flag.implied, letters[1:]
        elif len(letters) > 1:
            value, letters_left = letters[1:], ""
        elif position < len(args):
            value, letters_left, position = args[position], "", position + 1
        else:
            raise UsageError(f"flag needs an argument: '{letters[0]}' in -{letters}")
        values.setdefault(flag.name, []).append(value)
        letters = letters_left
    return position
