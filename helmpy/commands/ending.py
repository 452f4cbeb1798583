"""How a command line ends: Helm's exit codes, and one message for a user's mistake.

Called by `cli` and by the fast path. Must not import click.
"""

import os
import sys

from helmpy.errors import HelmpyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


def exit_code(command: "Callable[[], int | None]") -> int:
    """Run a command and say what the process must end with."""
    try:
        code = command() or 0
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return fail("interrupted", 130)
    except HelmpyError as error:
        return fail("\n".join((str(error), *getattr(error, "__notes__", ()))), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def fail(message: str, code: int) -> int:
    """Print the message of an error, cleaned of terminal escapes; gives the code back."""
    from helmpy.commands import output

    sys.stdout.flush()
    if message:
        print(f"Error: {output.printable(message)}", file=sys.stderr)
    return code
