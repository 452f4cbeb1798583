"""Chance: random texts, numbers and identifiers, from the operating system's secure source."""

import base64
import secrets
import string

from helmpy.golang.function import Function
from helmpy.golang.limits import check_text
from helmpy.golang.types import GoError

_ASCII = "".join(map(chr, range(32, 127)))


def _text(count: int, alphabet: str) -> str:
    check_text(16 * count, "rand")
    return "".join(secrets.choice(alphabet) for _ in range(count))


def rand_alpha_num(count: int) -> str:
    """Letters and digits."""
    return _text(count, string.ascii_letters + string.digits)


def rand_alpha(count: int) -> str:
    """Letters."""
    return _text(count, string.ascii_letters)


def rand_numeric(count: int) -> str:
    """Digits."""
    return _text(count, string.digits)


def rand_ascii(count: int) -> str:
    """Printable ASCII."""
    return _text(count, _ASCII)


def rand_bytes(count: int) -> str:
    """Random bytes in base 64."""
    if count < 0:
        raise GoError("runtime error: makeslice: len out of range")
    check_text(count, "randBytes")
    return base64.b64encode(secrets.token_bytes(count)).decode("ascii")


def rand_int(least: int, limit: int) -> int:
    """A number from `least` to below `limit`."""
    if limit <= least:
        raise GoError("invalid argument to Intn")
    return least + secrets.randbelow(limit - least)


def shuffle(text: str) -> str:
    """The characters in random order."""
    runes = list(text)
    secrets.SystemRandom().shuffle(runes)
    return "".join(runes)


def uuid_v4() -> str:
    """A random UUID."""
    import uuid

    return str(uuid.uuid4())


TABLE = (
    Function("randAlpha", rand_alpha, ("int",), "string"),
    Function("randAlphaNum", rand_alpha_num, ("int",), "string"),
    Function("randAscii", rand_ascii, ("int",), "string"),
    Function("randBytes", rand_bytes, ("int",), "string"),
    Function("randInt", rand_int, ("int", "int"), "int"),
    Function("randNumeric", rand_numeric, ("int",), "string"),
    Function("shuffle", shuffle, ("string",), "string"),
    Function("uuidv4", uuid_v4, (), "string"),
)
