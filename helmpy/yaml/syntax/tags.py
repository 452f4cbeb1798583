"""Tags and directives: `!!str`, `!<uri>`, `%YAML`, `%TAG`.

Part of the scanner.
"""

from helmpy.yaml.syntax.cursor import BLANK, BLANKZ, Cursor, is_hex, run_end


class TagReader(Cursor):
    """Reads what follows a `!` or a `%`."""

    def _directive(self) -> tuple[str, str, str]:
        """`%YAML` with its version, or `%TAG` with a handle and a prefix."""
        start = self._at
        self._at = run_end("word", self._text, start + 1)
        name = self._text[start : self._at]
        if name == "%":
            raise self._error("could not find expected directive name")
        if self._text[self._at] not in BLANKZ:
            raise self._error("found unexpected non-alphabetical character")
        if name == "%YAML":
            found = (name, self._version(), "")
        elif name == "%TAG":
            found = (name, *self._tag_directive())
        else:
            raise self._error("found unknown directive name")
        self._end_of_line()
        return found

    def _tag(self) -> tuple[str, str]:
        """The handle and the suffix of a tag; the handle is empty where the suffix is all."""
        if self._text[self._at + 1] == "<":
            self._at += 2
            handle, suffix = "", self._tag_uri("")
            if self._text[self._at] != ">":
                raise self._error("did not find the expected '>'")
            self._at += 1
        else:
            handle, suffix = self._short_tag()
        if self._text[self._at] not in BLANKZ:
            raise self._error("did not find expected whitespace or line break")
        return handle, suffix

    def _version(self) -> str:
        self._skip_blanks()
        major = self._version_number()
        if self._text[self._at] != ".":
            raise self._error("did not find expected digit or '.' character")
        self._at += 1
        return f"{major}.{self._version_number()}"

    def _version_number(self) -> int:
        start = self._at
        while self._text[self._at] in "0123456789":
            if self._at - start == 2:
                raise self._error("found extremely long version number")
            self._at += 1
        if self._at == start:
            raise self._error("did not find expected version number")
        return int(self._text[start : self._at])

    def _tag_directive(self) -> tuple[str, str]:
        self._skip_blanks()
        handle = self._tag_handle(directive=True)
        if self._text[self._at] not in BLANK:
            raise self._error("did not find expected whitespace")
        self._skip_blanks()
        prefix = self._tag_uri("")
        if self._text[self._at] not in BLANKZ:
            raise self._error("did not find expected whitespace or line break")
        return handle, prefix

    def _short_tag(self) -> tuple[str, str]:
        handle = self._tag_handle(directive=False)
        if len(handle) > 1 and handle.endswith("!"):
            return handle, self._tag_uri("")
        suffix = self._tag_uri(handle)
        return ("!", suffix) if suffix else ("", "!")

    def _tag_handle(self, *, directive: bool) -> str:
        if self._text[self._at] != "!":
            raise self._error("did not find expected '!'")
        start = self._at
        self._at = run_end("word", self._text, start + 1)
        if self._text[self._at] == "!":
            self._at += 1
        elif directive and self._at > start + 1:
            raise self._error("did not find expected '!'")
        return self._text[start : self._at]

    def _tag_uri(self, head: str) -> str:
        parts = [head[1:]]
        start = self._at
        while True:
            end = run_end("uri", self._text, self._at)
            parts.append(self._text[self._at : end])
            self._at = end
            if self._text[end] != "%":
                break
            parts.append(self._uri_escapes())
        if self._at == start and not head:
            raise self._error("did not find expected tag URI")
        return "".join(parts)

    def _uri_escapes(self) -> str:
        octets = bytearray()
        width = 1
        while len(octets) < width:
            digits = self._text[self._at + 1 : self._at + 3]
            if self._text[self._at] != "%" or not is_hex(digits, 2):
                raise self._error("did not find URI escaped octet")
            octet = int(digits, 16)
            if not octets:
                width = 1 if octet < 0x80 else 2 if octet & 0xE0 == 0xC0 else 3 if octet & 0xF0 == 0xE0 else 4
                if octet & 0xC0 == 0x80 or octet >= 0xF8:
                    raise self._error("found an incorrect leading UTF-8 octet")
            elif octet & 0xC0 != 0x80:
                raise self._error("found an incorrect trailing UTF-8 octet")
            octets.append(octet)
            self._at += 3
        return octets.decode("utf-8", "surrogateescape")
