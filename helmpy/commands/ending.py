"""How a command line ends: Helm's exit codes, and one message for a user's mistake.

Called by `cli` and by the fast path. Must not import click.
"""

import os
import sys

from helmpy.errors import HelmpyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

ends_process = False
"""Whether this process is over when its command is, so that what is left may be done behind it."""


def exit_code(command: "Callable[[], int | None]") -> int:
    """Run a command and say what the process must end with."""
    try:
        code = command() or 0
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return fail("interrupted", 130)
    except HelmpyError as error:
        return fail("\n".join((str(error), *notes_of(error))), error.exit_code, error.prefix)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _system_error(error)
    except RecursionError:
        return fail("the input is nested too deeply", 1)
    except MemoryError:
        return fail("not enough memory for this input", 1)
    except Exception as error:
        return _unexpected(error)


def leave(code: int) -> "NoReturn":
    """End the process at once, without taking its objects apart: that takes a third of a large rendering's time."""
    import atexit

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or 1
    os._exit(code)


def notes_of(error: BaseException) -> list[str]:
    """What may be told beside an error's message: its notes and those of the errors that it was raised from."""
    notes: list[str] = []
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and not any(cause is known for known in seen):
        seen.append(cause)
        notes += [note for note in getattr(cause, "__notes__", ()) if note not in notes]
        cause = cause.__cause__
    return notes


def _system_error(error: OSError) -> int:
    """A file or connection that the system refuses: the user's to mend, so one line with what is known of it."""
    from helmpy.commands import settings

    if settings.current().debug:
        import traceback

        traceback.print_exc()
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    return fail(f"{' -> '.join(names) or type(error).__name__}: {(error.strerror or str(error)).lower()}", 1)


def _unexpected(error: Exception) -> int:
    """A fault of ours: one line; the text and the traceback only with --debug, since they may show values."""
    from helmpy.commands import settings

    if settings.current().debug:
        import traceback

        traceback.print_exc()
        return fail(f"internal error: {type(error).__name__}: {error}", 1)
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
    return fail(f"internal error: {type(error).__name__}{where} (run with --debug for the traceback)", 1)


def fail(message: str, code: int, prefix: str = "Error: ") -> int:
    """Print the message of an error, cleaned of terminal escapes; gives the code back."""
    from helmpy.commands import output

    sys.stdout.flush()
    if message:
        print(f"{prefix}{output.printable(message)}", file=sys.stderr)
    return code
