"""Single values under a verb and its flags.

Called by `fmt` and by `formatter`.
"""

from collections.abc import Iterable

from helmpy.annotations import Any
from helmpy.golang.strconv import can_backquote, format_float, is_print, quote, quote_rune, quote_to_ascii
from helmpy.golang.types import Struct, Uint8, go_bytes, go_string, kind_name, type_name

SIGNED = frozenset({"int", "int8", "int16", "int32", "int64"})
UNSIGNED = frozenset({"uint", "uint8", "uint16", "uint32", "uint64", "uintptr"})
_POINTER_KINDS = frozenset({"ptr", "map", "slice", "func", "chan"})
_RADIX = {"d": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16, "v": 10}


def string_method(value: Any) -> str | None:
    """The text of an error or of a value with a String method; None for the others."""
    return str(value) if getattr(type(value), "STRINGER", False) else None


class Printer:
    """Writes single values to `out` under the flags, width and precision in force."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.erroring = False
        self.clear()

    def clear(self) -> None:
        """Forget the flags of the last verb."""
        self.minus = self.plus = self.sharp = self.space = self.zero = False
        self.plus_v = self.sharp_v = False
        self.width: int | None = None
        self.prec: int | None = None

    # --- one value ---

    def arg(self, value: Any, verb: str) -> None:
        """An operand: as `value`, but nil, %T and %p are special and []byte keeps its short name."""
        if value is None:
            if verb in "Tv":
                self.pad("<nil>")
            else:
                self.bad_verb(value, verb)
        elif verb == "T":
            self.pad(self._cut(type_name(value)))
        elif verb == "p":
            self._pointer(value, verb)
        elif type(value) is bytes:
            self._bytes(value, verb, "[]byte")
        else:
            self.value(value, verb, 0)

    def value(self, value: Any, verb: str, depth: int) -> None:
        """A value at some depth inside the operand."""
        if value is None:
            self.out.append("interface {}(nil)" if self.sharp_v else "<nil>")
            return
        if verb == "w":
            self.bad_verb(value, verb)
            return
        if self.sharp_v and not self.erroring and hasattr(value, "go_string"):
            self.pad(value.go_string())
            return
        if not self.erroring and not self.sharp_v and verb in "vsxXq":
            text = string_method(value)
            if text is not None:
                self._string(text, verb, value)
                return
        write = _BY_KIND.get(kind_name(value))
        if write is None:
            self.out.append(f"?{type_name(value)}?")
        else:
            write(self, value, verb, depth)

    def bad_verb(self, value: Any, verb: str) -> None:
        """The note for a verb that does not suit the value: `%!d(string=x)`."""
        self.out.append(f"%!{verb}(")
        if value is None:
            self.out.append("<nil>")
        else:
            erroring, self.erroring = self.erroring, True
            self.out.append(type_name(value) + "=")
            self.arg(value, "v")
            self.erroring = erroring
        self.out.append(")")

    # --- kinds ---

    def boolean(self, value: bool, verb: str, depth: int) -> None:
        if verb in "tv":
            self.pad("true" if value else "false")
        else:
            self.bad_verb(value, verb)

    def integer(self, value: int, verb: str, depth: int) -> None:
        unsigned = kind_name(value) in UNSIGNED
        number = int(value)
        if verb == "v" and self.sharp_v and unsigned:
            self._number(number, 16, "x", sharp=True)
        elif verb in _RADIX:
            self._number(number, _RADIX[verb], verb, sharp=self.sharp)
        elif verb == "c":
            self.pad(_rune(number))
        elif verb == "q":
            self.pad(quote_rune(_rune(number), ascii_only=self.plus))
        elif verb == "U":
            self._unicode(number)
        else:
            self.bad_verb(value, verb)

    def _number(self, number: int, base: int, verb: str, *, sharp: bool) -> None:
        sign = "-" if number < 0 else "+" if self.plus else " " if self.space else ""
        digits = _digits(abs(number), base, verb)
        if self.prec is not None:
            if self.prec == 0 and number == 0:
                self.out.append(" " * (self.width or 0))
                return
            digits = digits.rjust(self.prec, "0")
        elif self.zero and not self.minus and self.width is not None:
            digits = digits.rjust(self.width - len(sign), "0")
        if sharp:
            if base == 8:
                digits = digits if digits.startswith("0") else "0" + digits
            elif base != 10:
                digits = {2: "0b", 16: "0X" if verb == "X" else "0x"}[base] + digits
        if verb == "O":
            digits = "0o" + digits
        self.pad(sign + digits, zeros=False)

    def _unicode(self, number: int) -> None:
        number &= 0xFFFF_FFFF_FFFF_FFFF
        text = f"U+{number:0{max(self.prec or 0, 4)}X}"
        if self.sharp and number <= 0x10FFFF and is_print(chr(number)):
            text += f" '{chr(number)}'"
        self.pad(text, zeros=False)

    def floating(self, value: float, verb: str, depth: int) -> None:
        plan = _FLOAT_VERBS.get(verb)
        if plan is None:
            self.bad_verb(value, verb)
        else:
            self._float(value, *plan)

    def _float(self, value: float, verb: str, prec: int) -> None:
        if self.prec is not None:
            prec = self.prec
        text = format_float(value, verb, prec)
        sign, text = (text[0], text[1:]) if text[0] in "+-" else ("+", text)
        if text[0] in "IN":
            show = sign == "-" or self.plus or (text[0] == "I")
            sign = " " if self.space and sign == "+" and not self.plus else sign
            self.pad((sign if show or self.space else "") + text, zeros=False)
            return
        if self.space and sign == "+" and not self.plus:
            sign = " "
        if self.sharp and verb != "b":
            text = _with_point(text, verb, prec)
        if not (self.plus or sign != "+"):
            self.pad(text)
        elif self.zero and not self.minus and self.width is not None and self.width > len(text) + 1:
            self.out.append(sign + text.rjust(self.width - 1, "0"))
        else:
            self.pad(sign + text)

    def complex(self, value: complex, verb: str, depth: int) -> None:
        plan = _FLOAT_VERBS.get(verb)
        if plan is None:
            self.bad_verb(value, verb)
            return
        plus = self.plus
        self.out.append("(")
        self._float(value.real, *plan)
        self.plus = True
        self._float(value.imag, *plan)
        self.out.append("i)")
        self.plus = plus

    def string(self, value: str, verb: str, depth: int) -> None:
        self._string(value, verb, value)

    def _string(self, text: str, verb: str, value: Any) -> None:
        if verb == "s" or (verb == "v" and not self.sharp_v):
            self.pad(self._cut(text))
        elif verb in "vq":
            self._quoted(text)
        elif verb in "xX":
            self._hex(go_bytes(text), verb)
        else:
            self.bad_verb(value, verb)

    def _quoted(self, text: str) -> None:
        text = self._cut(text)
        if self.sharp and can_backquote(text):
            self.pad(f"`{text}`")
        else:
            self.pad(quote_to_ascii(text) if self.plus else quote(text))

    def _hex(self, data: bytes, verb: str) -> None:
        if self.prec is not None:
            data = data[: self.prec]
        if not data:
            self.out.append(self._padding(self.width or 0))
            return
        digits = [f"{byte:02x}" for byte in data]
        if self.space:
            text = " ".join("0x" + pair for pair in digits) if self.sharp else " ".join(digits)
        else:
            text = ("0x" if self.sharp else "") + "".join(digits)
        self.pad(text.upper() if verb == "X" else text)

    def byte_slice(self, value: bytes, verb: str, depth: int) -> None:
        self._bytes(value, verb, "[]uint8")

    def _bytes(self, value: bytes, verb: str, name: str) -> None:
        if verb == "s":
            self.pad(self._cut(go_string(value)))
        elif verb == "q":
            self._quoted(go_string(value))
        elif verb in "xX":
            self._hex(value, verb)
        elif verb == "v" and self.sharp_v:
            self.out.append(name + "{" + ", ".join(f"{byte:#x}" for byte in value) + "}")
        elif verb in "vd" and not (self.width or self.prec is not None or self.plus or self.space or self.sharp_v):
            # Whole files get printed this way by charts that print their context.
            self.out.append("[" + " ".join(map(str, value)) + "]")
        else:
            self._items([Uint8(byte) for byte in value], verb, 0, name)

    def sequence(self, value: Any, verb: str, depth: int) -> None:
        if isinstance(value, bytes):
            self._bytes(value, verb, type_name(value))
        else:
            self._items(value, verb, depth, type_name(value))

    def _items(self, items: list[Any], verb: str, depth: int, name: str) -> None:
        self.out.append(name + "{" if self.sharp_v else "[")
        for index, item in enumerate(items):
            if index:
                self.out.append(", " if self.sharp_v else " ")
            self.value(item, verb, depth + 1)
        self.out.append("}" if self.sharp_v else "]")

    def mapping(self, value: dict[str, Any], verb: str, depth: int) -> None:
        self.out.append(type_name(value) + "{" if self.sharp_v else "map[")
        for index, key in enumerate(sorted_keys(value)):
            if index:
                self.out.append(", " if self.sharp_v else " ")
            self.value(key, verb, depth + 1)
            self.out.append(":")
            self.value(value[key], verb, depth + 1)
        self.out.append("}" if self.sharp_v else "]")

    def struct(self, value: Struct, verb: str, depth: int) -> None:
        self.out.append(type_name(value).lstrip("*") + "{" if self.sharp_v else "{")
        for index, (name, field) in enumerate(_fields(value)):
            if index:
                self.out.append(", " if self.sharp_v else " ")
            if self.plus_v or self.sharp_v:
                self.out.append(name + ":")
            self.value(field, verb, depth + 1)
        self.out.append("}")

    def pointer(self, value: Struct, verb: str, depth: int) -> None:
        if depth == 0:
            self.out.append("&")
            self.struct(value, verb, depth + 1)
        else:
            self._pointer(value, verb)

    def _pointer(self, value: Any, verb: str) -> None:
        """An address: it differs from run to run in Go as it does here."""
        if kind_name(value) not in _POINTER_KINDS:
            self.bad_verb(value, verb)
            return
        address = 0xC << 36 | id(value) & 0xFFFFFFFFF
        if verb in "boxXd":
            self._number(address, _RADIX[verb], verb, sharp=self.sharp)
        elif verb in "vp":
            self.pad(f"({type_name(value)})({address:#x})" if self.sharp_v else f"{address:#x}")
        else:
            self.bad_verb(value, verb)

    # --- padding ---

    def _cut(self, text: str) -> str:
        return text if self.prec is None else text[: self.prec]

    def _padding(self, size: int, *, zeros: bool = True) -> str:
        return ("0" if zeros and self.zero and not self.minus else " ") * size

    def pad(self, text: str, *, zeros: bool = True) -> None:
        """Write the text, padded to the width in characters."""
        missing = (self.width or 0) - len(text)
        if missing > 0:
            padding = self._padding(missing, zeros=zeros)
            text = text + padding if self.minus else padding + text
        self.out.append(text)


def _fields(value: Struct) -> Iterable[tuple[str, Any]]:
    """What is printed of a struct: its private fields, too, which `go_fields()` gives where there are any."""
    if hasattr(value, "go_fields"):
        return value.go_fields()  # type: ignore[no-any-return]
    return ((name, getattr(value, attribute)) for name, attribute in value.GO_FIELDS.items())


def sorted_keys(mapping: dict[Any, Any]) -> list[Any]:
    """The keys in Go's order: bytewise for strings, by value for numbers."""
    try:
        keys = sorted(mapping)
    except TypeError:
        return sorted(mapping, key=lambda key: (type_name(key), str(key)))
    # Code points sort as their UTF-8 bytes do, but the stand-ins for stray bytes do not.
    if any(isinstance(key, str) and not key.isascii() for key in keys):
        return sorted(mapping, key=lambda key: go_bytes(key) if isinstance(key, str) else b"")
    return keys


def _digits(number: int, base: int, verb: str) -> str:
    if base == 10:
        return str(number)
    text = format(number, {2: "b", 8: "o", 16: "x"}[base])
    return text.upper() if verb == "X" else text


def _rune(number: int) -> str:
    valid = 0 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if valid else "\ufffd"


def _with_point(text: str, verb: str, prec: int) -> str:
    """The sharp flag: always a decimal point, and for %g the zeros that were cut."""
    letters = "pP" if verb in "xX" else "eEpP"
    at = next((index for index, char in enumerate(text) if char in letters), len(text))
    mantissa, tail = text[:at], text[at:]
    wanted = (6 if prec == -1 else prec) if verb in "gGx" else 0
    seen = len(mantissa.replace(".", "").lstrip("0"))
    if "." not in mantissa:
        wanted -= mantissa == "0"
        mantissa += "."
    return mantissa + "0" * max(wanted - seen, 0) + tail


_FLOAT_VERBS = {
    "v": ("g", -1),
    "g": ("g", -1),
    "G": ("G", -1),
    "b": ("b", -1),
    "x": ("x", -1),
    "X": ("X", -1),
    "f": ("f", 6),
    "F": ("f", 6),
    "e": ("e", 6),
    "E": ("E", 6),
}

_BY_KIND: dict[str, Any] = {
    "bool": Printer.boolean,
    "float64": Printer.floating,
    "complex128": Printer.complex,
    "string": Printer.string,
    "slice": Printer.sequence,
    "map": Printer.mapping,
    "struct": Printer.struct,
    "ptr": Printer.pointer,
    "func": Printer._pointer,
    **dict.fromkeys(SIGNED | UNSIGNED, Printer.integer),
}
