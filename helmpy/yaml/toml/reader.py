"""A TOML document to Go's values, as BurntSushi/toml reads it: the same texts accepted, the same words for faults.

Called by `toml.loads`.
"""

from helmpy.annotations import Any
from helmpy.golang.types import GoError, MapSlice
from helmpy.yaml.toml.scanner import Scanner, key_text

Key = tuple[str, ...]


class Reader(Scanner):
    """Reads one document. `context` is the table in force, `key` the key whose value is being read."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.root: dict[str, Any] = {}
        self.context: Key = ()
        self.key = ""
        self.key_line = 1
        self._implicit: set[Key] = set()  # tables that only the keys of others have made
        self._lists: set[Key] = set()  # keys whose value is a list

    def last_key(self) -> str:
        """The key that is being read, or the table."""
        if not self.key:
            return key_text(self.context)
        return f"{key_text(self.context)}.{self.key}" if self.context else self.key

    def document(self) -> dict[str, Any]:
        """The whole document. Raises GoError."""
        while char := self.next():
            if char in " \t\r\n":
                continue
            if char == "#":
                self.comment()
                continue
            if char == "[":
                self._table()
            else:
                self.back()
                outer = self.context
                self._pair()
                self.context, self.key = outer, ""
            self._end_of_line()
        return self.root

    def _end_of_line(self) -> None:
        while char := self.next():
            if char == "#":
                self.comment()
                return
            if char in "\r\n":
                return
            if char not in " \t":
                raise self.unexpected("a top-level item to end with a newline, comment, or EOF", char)

    # --- keys ---

    def _table(self) -> None:
        several = self.accept("[")
        key: list[str] = []
        while True:
            key.append(self._table_name())
            if len(key) == 1:
                self.key_line = self.line
            self.blanks()
            char = self.next()
            if char == "]":
                break
            if char != ".":
                raise self.unexpected("'.' or ']' to end table name", char)
        if several and (char := self.next()) != "]":
            raise self.unexpected("end of table array name delimiter ']'", char)
        self._enter(tuple(key), several)
        self._lists.discard(self.context)

    def _table_name(self) -> str:
        self.blanks()
        char = self.peek()
        if char in ("]", ""):
            raise self.fault("unexpected end of table name (table names cannot be empty)")
        if char == ".":
            raise self.fault("unexpected table separator (table names cannot be empty)")
        return self.quoted_name() if char in "\"'" else self.bare_name()

    def _dotted_key(self) -> list[str]:
        self.blanks()
        char = self.peek()
        if char in ("=", ""):
            raise self.fault("unexpected '=': key name appears blank")
        if char == ".":
            raise self.fault("unexpected '.': keys cannot start with a '.'")
        key: list[str] = []
        while True:
            key.append(self._key_name())
            if len(key) == 1:
                self.key_line = self.line
            self.blanks()
            char = self.next()
            if char == "=":
                return key
            if not char:
                raise self.fault("unexpected EOF; expected key separator '='")
            if char == "\n":
                raise self.error("expected '.' or '=', but got '\\n' instead", self.line - 1)
            if char != ".":
                raise self.unexpected("'.' or '='", char)

    def _key_name(self) -> str:
        self.blanks()
        char = self.peek()
        if char in ("=", "", "."):
            raise self.fault(f"unexpected '{char or '='}'")
        return self.quoted_name() if char in "\"'" else self.bare_name()

    def _pair(self) -> tuple[list[str], Any]:
        """A key and its value, set in the table in force; the context is left at the table of the last part."""
        *above, last = key = self._dotted_key()
        self.key = last
        for part in above:
            self._implicit.add((*self.context, part))
            self._enter((*self.context, part), several=False)
        value = self._value(in_list=False)
        self._set(self.key, value)
        self._note_list((*self.context, self.key), value)
        return key, value

    # --- values ---

    def _value(self, in_list: bool) -> Any:
        self.blanks()
        char = self.next()
        if char in _DIGITS_SEEN:
            self.back()
            return self.number_or_date()
        if char in ("+", "-"):
            return self.signed()
        if char in ('"', "'"):
            return self._text(char)
        if char == "[":
            return self._list()
        if char == "{":
            return self._inline_table(in_list)
        if char == ".":
            raise self.fault("floats must start with a digit, not '.'")
        if char.isalpha():
            return self.word(char)
        if not char:
            raise self.fault("unexpected EOF; expected value")
        if char == "\n":
            raise self.error("expected value but found '\\n' instead", self.line - 1)
        from helmpy.golang.strconv import quote_rune

        raise self.fault(f"expected value but found {quote_rune(char)} instead")

    def _text(self, mark: str) -> str:
        if self.text.startswith(mark * 2, self.at):
            self.at += 2
            return self.long_string() if mark == '"' else self.long_raw_string()
        return self.string() if mark == '"' else self.raw_string()

    def _list(self) -> list[Any]:
        self._lists.add((*self.context, self.key))
        items: list[Any] = []
        while (char := self._significant()) != "]":
            if char == ",":
                raise self.fault("unexpected comma")
            self.back()
            items.append(self._value(in_list=True))
            char = self._significant()
            if char == "]":
                break
            if char != ",":
                shown = f"'{char}'" if char else "end of file"
                raise self.fault(f"expected a comma (',') or array terminator (']'), but got {shown}")
        return items

    def _inline_table(self, in_list: bool) -> dict[str, Any]:
        table: dict[str, Any] = {}
        outer, outer_key = self.context, self.key
        inner = self.context = (*outer, outer_key)
        self.key = ""
        self._implicit.add(inner)
        self._enter(inner, several=in_list)
        inner = self.context
        while (char := self._significant()) != "}":
            if char == ",":
                raise self.fault("unexpected comma")
            self.back()
            key, value = self._pair()
            self._put(table, key, value)
            self.context = inner
            char = self._significant()
            if char == ",":
                self.blanks()
                if self.peek() != "}":
                    continue
                char = self.next()
            if char == "}":
                break
            shown = f"'{char}'" if char else "end of file"
            raise self.fault(f"expected a comma or an inline table terminator '}}', but got {shown} instead")
        self.context, self.key = outer, outer_key
        return table

    def _put(self, table: dict[str, Any], key: list[str], value: Any) -> None:
        for part in key[:-1]:
            table = table.setdefault(part, {})
            if type(table) is not dict:
                raise self.error(f'"{list(self.context)}" is not a table', self.key_line)
        table[key[-1]] = value

    def _significant(self) -> str:
        """The next character that is neither white space nor comment."""
        while char := self.next():
            if char == "#":
                self.comment()
            elif char not in " \t\r\n":
                break
        return char

    # --- tables ---

    def _enter(self, key: Key, several: bool) -> None:
        """Make a table, or one more of a list of tables, the context."""
        table = self.root
        for depth, part in enumerate(key[:-1], 1):
            if part not in table:
                self._implicit.add(key[:depth])
                table[part] = {}
            below = table[part]
            if type(below) is MapSlice:
                below = below[-1]
            if type(below) is not dict:
                raise self.error(f"Key '{key_text(key[:depth])}' was already created as a hash.", self.key_line)
            table = below
        self.context = key[:-1]
        if several:
            tables = table.setdefault(key[-1], MapSlice())
            if type(tables) is not MapSlice:
                message = f"Key '{key_text(key)}' was already created and cannot be used as an array."
                raise self.error(message, self.key_line)
            tables.append({})
        else:
            self._set(key[-1], {})
        self.context = key

    def _set(self, name: str, value: Any) -> None:
        table = self._here()
        key = (*self.context, name)
        if name not in table:
            table[name] = value
            return
        if key not in self._implicit:
            raise self._defined(key)
        self._implicit.discard(key)
        if key in self._lists:
            table[name] = value

    def _here(self) -> dict[str, Any]:
        table = self.root
        for depth, part in enumerate(self.context, 1):
            below = table[part]
            if type(below) is MapSlice:
                below = below[-1]
            if type(below) is not dict:
                raise self._defined(self.context[:depth])
            table = below
        return table

    def _note_list(self, key: Key, value: Any) -> None:
        if type(value) is list:
            self._lists.add(key)
        else:
            self._lists.discard(key)

    def _defined(self, key: Key) -> GoError:
        return self.error(f"Key '{key_text(key)}' has already been defined.", self.key_line)


_DIGITS_SEEN = frozenset("0123456789")
