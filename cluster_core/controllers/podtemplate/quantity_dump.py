"""A resource.Quantity as Go's spew prints its fields, for the pod-template-hash.

What Go keeps depends on how the text was parsed: value and scale, or an arbitrary-precision decimal, and the text itself
only when it is canonical beyond doubt.
"""

from typing import Any

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_MAX_DIGITS = 18


def dump_quantity(value: Any) -> str:
    """`{i:(resource.int64Amount){...} d:(resource.infDecAmount){...} s:(string)... Format:(resource.Format)...}`."""
    text = "0" if value is None else str(value)
    if text == "0":
        return _small(0, 0, "0", "DecimalSI")
    sign, number, suffix = _split(text)
    whole, _, fraction = number.partition(".")
    if suffix in _BINARY:
        return _binary(text, sign, whole, fraction, _BINARY[suffix])
    exponent, notation = _decimal_exponent(suffix)
    digits = whole + fraction
    scale = exponent - len(fraction)
    if len(digits) > _MAX_DIGITS:
        return _big(int(sign + digits), -scale, notation)
    kept = scale % 3 == 0 and not digits.endswith("000") and digits[0] != "0"
    return _small(int(sign + digits), scale, text if kept else "", notation)


def _split(text: str) -> tuple[str, str, str]:
    sign, text = ("-", text[1:]) if text.startswith("-") else ("", text.removeprefix("+"))
    end = next((i for i, c in enumerate(text) if not (c.isdigit() or c == ".")), len(text))
    return sign, text[:end], text[end:]


def _decimal_exponent(suffix: str) -> tuple[int, str]:
    if suffix in _DECIMAL:
        return _DECIMAL[suffix], "DecimalSI"
    return int(suffix[1:]), "DecimalExponent"


def _binary(text: str, sign: str, whole: str, fraction: str, exponent: int) -> str:
    if fraction or 15 - len(whole) - exponent * 3 // 10 - 1 < 0:
        units = int(sign + whole + fraction) << exponent
        return _big(units, len(fraction), "BinarySI")
    kept = exponent % 10 == 0 and int(whole) & 7
    return _small(int(sign + whole) << exponent, 0, text if kept else "", "BinarySI")


def _small(value: int, scale: int, text: str, notation: str) -> str:
    amount = f"{{value:(int64){value} scale:(resource.Scale){scale}}}"
    return (
        f"{{i:(resource.int64Amount){amount} d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} "
        f"s:(string){text} Format:(resource.Format){notation}}}"
    )


def _big(unscaled: int, scale: int, notation: str) -> str:
    sign = "true" if unscaled < 0 else "false"
    words, rest = [], abs(unscaled)
    while rest:
        words.append(str(rest & 0xFFFFFFFFFFFFFFFF))
        rest >>= 64
    digits = "[" + " ".join(words) + "]" if words else "<nil>"
    number = f"{{unscaled:(big.Int){{neg:(bool){sign} abs:(big.nat){digits}}} scale:(inf.Scale){scale}}}"
    return (
        "{i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} "
        f"d:(resource.infDecAmount){{Dec:(*inf.Dec){number}}} s:(string) Format:(resource.Format){notation}}}"
    )
