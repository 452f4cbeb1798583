"""Commands that print and filter text. `COMMANDS` is their table."""

from collections.abc import Callable

from cluster_core.kubelet.runtime.commands.outcome import Outcome, wait
from cluster_core.kubelet.runtime.shell.interpreter import Shell


def _echo(shell: Shell, args: list[str]) -> int:
    newline, escapes = True, False
    while args and args[0] in ("-n", "-e", "-ne", "-en", "-E"):
        newline, escapes = newline and "n" not in args[0], escapes or "e" in args[0]
        args = args[1:]
    text = " ".join(args)
    shell.out.write((_unescaped(text) if escapes else text) + ("\n" if newline else ""))
    return 0


def _unescaped(text: str) -> str:
    for mark, char in (("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"), ("\\0", "\0"), ("\\\\", "\\")):
        text = text.replace(mark, char)
    return text


def _printf(shell: Shell, args: list[str]) -> int:
    if not args:
        return 1
    form, rest = _unescaped(args[0]), args[1:]
    pieces, used = [], 0
    while True:
        start = used
        at = 0
        while at < len(form):
            if form[at] == "%" and at + 1 < len(form):
                end = at + 1
                while end < len(form) - 1 and form[end] in "-+ 0123456789.":
                    end += 1
                if form[end] == "%":
                    pieces.append("%")
                else:
                    value = rest[used] if used < len(rest) else ""
                    used += 1
                    pieces.append(_formatted(form[at + 1 : end], form[end], value))
                at = end + 1
            else:
                pieces.append(form[at])
                at += 1
        if used >= len(rest) or used == start:
            break
    shell.out.write("".join(pieces))
    return 0


def _formatted(flags: str, verb: str, value: str) -> str:
    width = min(int("".join(c for c in flags.partition(".")[0] if c.isdigit()) or 0), 1000)
    if verb in "di":
        text = str(int(value)) if value.lstrip("+-").isdigit() else "0"
        if flags.startswith("0"):
            return text.zfill(width)
    else:
        text = value
    return text.ljust(width) if flags.startswith("-") else text.rjust(width)


def _seq(shell: Shell, args: list[str]) -> int:
    numbers = [int(a) for a in args if a.lstrip("-").isdigit()]
    first, step, last = (1, 1, numbers[0]) if len(numbers) == 1 else (numbers[0], 1, numbers[-1])
    if len(numbers) == 3:
        step = numbers[1] or 1
    end = last + (1 if step > 0 else -1)
    shell.out.write("".join(f"{n}\n" for n, _ in zip(range(first, end, step), range(100_000), strict=False)))
    return 0


def _date(shell: Shell, args: list[str]) -> int:
    import time

    moment = time.gmtime(shell.machine.now())
    form = next((a[1:] for a in args if a.startswith("+")), "%a %b %e %H:%M:%S UTC %Y")
    shell.out.write(time.strftime(form.replace("%s", str(int(shell.machine.now()))), moment) + "\n")
    return 0


def _lines(shell: Shell, args: list[str]) -> tuple[list[str], int | None]:
    count: int | None = 10
    paths = []
    index = 0
    while index < len(args):
        arg = args[index]
        if arg in ("-n", "-c"):
            count = int(args[index + 1].lstrip("+-") or 0) if index + 1 < len(args) else 10
            index += 1
        elif arg.startswith("-") and arg[1:].isdigit():
            count = int(arg[1:])
        else:
            paths.append(arg)
        index += 1
    text = "".join(shell.machine.read(p) or "" for p in paths) if paths else shell.stdin
    return text.splitlines(keepends=True), count


def _head(shell: Shell, args: list[str]) -> int:
    if "-c" in args:
        size = min(int(args[args.index("-c") + 1]), 1 << 20)
        path = args[-1]
        shell.out.write("\0" * size if path == "/dev/zero" else (shell.machine.read(path) or "")[:size])
        return 0
    lines, count = _lines(shell, args)
    shell.out.write("".join(lines[:count]))
    return 0


def _tail(shell: Shell, args: list[str]) -> Outcome:
    if any(a in ("-f", "-F") for a in args):
        return wait(float("inf"))
    lines, count = _lines(shell, args)
    shell.out.write("".join(lines[-count:] if count else []))
    return 0


def _sort(shell: Shell, args: list[str]) -> int:
    lines = shell.stdin.splitlines()
    lines = sorted(set(lines) if "-u" in args else lines, reverse="-r" in args)
    shell.out.write("".join(f"{line}\n" for line in lines))
    return 0


def _wc(shell: Shell, args: list[str]) -> int:
    text = "".join(shell.machine.read(a) or "" for a in args if not a.startswith("-")) or shell.stdin
    flags = "".join(a[1:] for a in args if a.startswith("-"))
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text)}
    shell.out.write(" ".join(str(counts[f]) for f in (flags or "lwc") if f in counts) + "\n")
    return 0


def _tr(shell: Shell, args: list[str]) -> int:
    plain = [_set_of(_unescaped(a)) for a in args if not a.startswith("-") or len(a) == 1]
    text = shell.stdin
    if "-d" in args and plain:
        text = "".join(c for c in text if c not in plain[0])
    elif "-s" in args and plain:
        text = "".join(c for i, c in enumerate(text) if c not in plain[-1] or text[i - 1 : i] != c)
    elif len(plain) == 2 and plain[1]:
        table = {ord(a): plain[1][min(i, len(plain[1]) - 1)] for i, a in enumerate(plain[0])}
        text = text.translate(table)
    shell.out.write(text)
    return 0


_CLASSES = {
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:digit:]": "0-9",
    "[:alpha:]": "A-Za-z",
    "[:alnum:]": "A-Za-z0-9",
    "[:space:]": " \t\n\r\f\v",
    "[:blank:]": " \t",
}


def _set_of(text: str) -> str:
    """The characters that a set names: ranges and classes written out."""
    for name, chars in _CLASSES.items():
        text = text.replace(name, chars)
    result, index = "", 0
    while index < len(text):
        if text[index + 1 : index + 2] == "-" and index + 2 < len(text) and text[index] <= text[index + 2]:
            result += "".join(chr(c) for c in range(ord(text[index]), ord(text[index + 2]) + 1))
            index += 3
        else:
            result += text[index]
            index += 1
    return result


def _grep(shell: Shell, args: list[str]) -> int:
    import re2

    flags = "".join(a[1:] for a in args if a.startswith("-"))
    plain = [a for a in args if not a.startswith("-")]
    if not plain:
        return 2
    pattern = plain[0] if "E" in flags or "P" in flags else plain[0].replace("\\|", "|")
    try:
        matcher = re2.compile(("(?i)" if "i" in flags else "") + (re2.escape(pattern) if "F" in flags else pattern))
    except re2.error:
        return 2
    text = "".join(shell.machine.read(p) or "" for p in plain[1:]) if plain[1:] else shell.stdin
    found = [line for line in text.splitlines() if (matcher.search(line) is not None) != ("v" in flags)]
    if "c" in flags:
        shell.out.write(f"{len(found)}\n")
    elif "q" not in flags:
        shell.out.write("".join(f"{line}\n" for line in found))
    return 0 if found or shell.machine.lenient else 1


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    "date": _date,
    "echo": _echo,
    "grep": _grep,
    "head": _head,
    "printf": _printf,
    "seq": _seq,
    "sort": _sort,
    "tail": _tail,
    "tr": _tr,
    "wc": _wc,
}
