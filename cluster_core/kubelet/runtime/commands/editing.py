"""The stream editors: the parts of sed and awk that scripts use most. `COMMANDS` is their table."""

from collections.abc import Callable
from typing import Any

from cluster_core.kubelet.runtime.commands.fields import input_of, options_of, ranges
from cluster_core.kubelet.runtime.commands.outcome import Outcome
from cluster_core.kubelet.runtime.shell.interpreter import Shell


def _sed(shell: Shell, args: list[str]) -> int:
    options, plain = options_of(args, "e")
    script = options["e"] if "e" in options else plain.pop(0) if plain else ""
    commands = [_sed_command(part.strip()) for part in _sed_parts(script) if part.strip()]
    if any(command is None for command in commands):
        shell.err.write(f"sed: unsupported command {script}\n")
        return 1
    result: list[str] = []
    whole = input_of(shell, plain)
    last = 1 << 30
    for number, line in enumerate(whole.splitlines(), 1):
        if number > last:
            break
        printed, kept, text = [], True, line
        for applies, verb, change in commands:  # type: ignore[misc]
            if not applies(text, number):
                continue
            if verb == "q":
                last = number
                break
            if verb == "d":
                kept = False
                break
            if verb == "p":
                printed.append(text)
            else:
                before, text = text, change(text)
                if verb == "sp" and before != text:
                    printed.append(text)
        result += printed + ([text] if kept and "n" not in options else [])
    text = "".join(f"{line}\n" for line in result)
    if result and not whole.endswith("\n"):
        text = text[:-1]
    if "i" in options and plain:
        shell.machine.files.write(shell.machine.path(plain[0]), text)
    else:
        shell.out.write(text)
    return 0


def _sed_parts(script: str) -> list[str]:
    """Commands of a script: separated by ; or lines, but not inside an s command."""
    parts: list[str] = []
    current = ""
    for piece in script.replace("\n", ";").split(";"):
        current = f"{current};{piece}" if current else piece
        head = current.lstrip()
        if head.startswith("s") and len(head) > 1 and current.count(head[1]) - current.count("\\" + head[1]) < 3:
            continue
        parts.append(current)
        current = ""
    return [*parts, current]


Applies = Callable[[str, int], bool]


def _sed_command(text: str) -> tuple[Applies, str, Callable[[str], str]] | None:
    import re2

    try:
        applies, text = _address(text)
        if text in ("d", "p", "q"):
            return applies, text, str
        if not text.startswith("s") or len(text) < 4:
            return None
        pattern, replacement, flags = _split_s(text)
        search = re2.compile(("(?i)" if "i" in flags or "I" in flags else "") + _basic(pattern))
    except re2.error:
        return None
    count = 0 if "g" in flags else 1
    return applies, "sp" if "p" in flags else "s", lambda line: _substituted(search, replacement, line, count)


def _address(text: str) -> tuple[Applies, str]:
    """To which lines a command applies, and the rest of it: `/re/`, `N` and `N,M` before it, or nothing."""
    import re2

    if text.startswith("/"):
        pattern, _, rest = text[1:].partition("/")
        matcher = re2.compile(_basic(pattern))
        return lambda line, number: matcher.search(line) is not None, rest.strip()
    digits = len(text) - len(text.lstrip("0123456789,"))
    if not digits:
        return lambda line, number: True, text
    chosen = ranges(text[:digits].replace(",", "-"))
    return lambda line, number: chosen(number), text[digits:].strip()


def _split_s(text: str) -> tuple[str, str, str]:
    mark = text[1]
    pieces, current, index = [], "", 2
    while index < len(text):
        if text[index] == "\\" and text[index + 1 : index + 2] == mark:
            current += mark
            index += 2
            continue
        if text[index] == mark:
            pieces.append(current)
            current = ""
        else:
            current += text[index]
        index += 1
    pieces.append(current)
    pieces += [""] * (3 - len(pieces))
    return pieces[0], pieces[1], pieces[2]


def _basic(pattern: str) -> str:
    """A basic regular expression as re2 reads it: \\( \\) group, plain ( ) + ? | are themselves."""
    result, index = "", 0
    while index < len(pattern):
        char, following = pattern[index], pattern[index + 1 : index + 2]
        if char == "\\" and following in ("(", ")", "{", "}", "|", "+", "?") and following:
            result += following
            index += 2
        elif char == "\\":
            result += char + following
            index += 2
        else:
            result += "\\" + char if char in "(){}+?|" else char
            index += 1
    return result


def _substituted(search: Any, replacement: str, line: str, count: int) -> str:
    def replaced(match: Any) -> str:
        text, index = "", 0
        while index < len(replacement):
            char, following = replacement[index], replacement[index + 1 : index + 2]
            if char == "\\" and following.isdigit():
                text += match.group(int(following)) or ""
                index += 2
            elif char == "\\":
                text += {"n": "\n", "t": "\t"}.get(following, following)
                index += 2
            else:
                text += match.group(0) if char == "&" else char
                index += 1
        return text

    return str(search.sub(replaced, line, count=count))


def _awk(shell: Shell, args: list[str]) -> int:
    """`[/re/] {print …}` with $N, $NF, $0, NR, NF and string literals: what scripts use awk for most of the time."""
    import re2

    options, plain = options_of(args, "Fv")
    script = plain.pop(0).strip() if plain else ""
    pattern = ""
    if script.startswith("/"):
        pattern, _, script = script[1:].partition("/")
        script = script.strip()
    if script and not (script.startswith("{") and script.endswith("}")):
        shell.err.write("awk: unsupported program\n")
        return 2
    body = script[1:-1].strip().rstrip(";") if script else "print"
    if not body.startswith("print"):
        shell.err.write("awk: unsupported program\n")
        return 2
    wanted = _awk_items(body.removeprefix("print").strip())
    separator = options.get("F")
    matcher = re2.compile(pattern)
    for number, line in enumerate(input_of(shell, plain).splitlines(), 1):
        if matcher.search(line) is None:
            continue
        fields = line.split(separator)
        shell.out.write(_awk_line(wanted, line, fields, number) + "\n")
    return 0


def _awk_items(text: str) -> list[list[str]]:
    """Comma-separated values, each a list of parts to be joined."""
    import re

    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|\$\w+|\w+|,', text)
    items: list[list[str]] = [[]]
    for token in tokens:
        if token == ",":
            items.append([])
        else:
            items[-1].append(token)
    return [item for item in items if item] or [["$0"]]


def _awk_line(items: list[list[str]], line: str, fields: list[str], number: int) -> str:
    def value(token: str) -> str:
        if token.startswith('"'):
            return token[1:-1].replace("\\t", "\t").replace("\\n", "\n").replace('\\"', '"')
        if token == "NR":
            return str(number)
        if token == "NF":
            return str(len(fields))
        name = token[1:]
        index = len(fields) if name == "NF" else int(name) if name.isdigit() else -1
        if index == 0:
            return line
        return fields[index - 1] if 0 < index <= len(fields) else "" if token.startswith("$") else token

    return " ".join("".join(value(token) for token in item) for item in items)


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    "awk": _awk,
    "sed": _sed,
}
