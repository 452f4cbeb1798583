"""Go's view of characters: simple case mappings and letter classes, one rune at a time.

Called by the text families. Python maps whole words (`"ß".upper()` is two letters, a final sigma differs); Go maps
single runes, and turns a byte that is not UTF-8 into U+FFFD when it does.
"""

import unicodedata
from collections.abc import Callable


def valid(rune: str) -> str:
    """The rune itself, or U+FFFD for a byte that is not UTF-8."""
    return "\ufffd" if "\udc80" <= rune <= "\udcff" else rune


def upper(rune: str) -> str:
    """unicode.ToUpper of one rune."""
    for mapped in (rune.upper(), rune.title()):
        if len(mapped) == 1:
            return valid(mapped)
    return rune


def title(rune: str) -> str:
    """unicode.ToTitle of one rune."""
    mapped = rune.title()
    return valid(mapped) if len(mapped) == 1 else upper(rune)


def lower(rune: str) -> str:
    """unicode.ToLower of one rune."""
    return valid(rune.lower()[0])


def map_runes(text: str, mapping: Callable[[str], str]) -> str:
    """strings.Map."""
    return "".join(map(mapping, text))


def is_upper(rune: str) -> bool:
    """unicode.IsUpper."""
    return unicodedata.category(rune) == "Lu"


def is_lower(rune: str) -> bool:
    """unicode.IsLower."""
    return unicodedata.category(rune) == "Ll"


def is_title(rune: str) -> bool:
    """unicode.IsTitle."""
    return unicodedata.category(rune) == "Lt"


def is_letter(rune: str) -> bool:
    """unicode.IsLetter."""
    return unicodedata.category(rune)[0] == "L"


def is_digit(rune: str) -> bool:
    """unicode.IsDigit."""
    return unicodedata.category(rune) == "Nd"


def is_number(rune: str) -> bool:
    """unicode.IsNumber."""
    return unicodedata.category(rune)[0] == "N"


def is_punctuation(rune: str) -> bool:
    """unicode.IsPunct."""
    return unicodedata.category(rune)[0] == "P"
