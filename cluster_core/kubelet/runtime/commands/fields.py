"""Commands that cut, change and sum text line by line. `COMMANDS` is their table."""

from collections.abc import Callable

from cluster_core.kubelet.runtime.commands.outcome import Outcome, base_name
from cluster_core.kubelet.runtime.process import Program
from cluster_core.kubelet.runtime.shell.interpreter import Shell


def input_of(shell: Shell, paths: list[str]) -> str:
    """The text of the files named, or what comes in."""
    return "".join(shell.machine.read(p) or "" for p in paths) if paths else shell.stdin


def options_of(args: list[str], with_value: str) -> tuple[dict[str, str], list[str]]:
    """Options (those with a value may have it attached) and the other arguments."""
    found: dict[str, str] = {}
    plain: list[str] = []
    rest = list(args)
    while rest:
        arg = rest.pop(0)
        if not arg.startswith("-") or arg == "-":
            plain.append(arg)
        elif arg[1:2] in with_value and arg[1:2]:
            found[arg[1]] = arg[2:] or (rest.pop(0) if rest else "")
        else:
            found.update(dict.fromkeys(arg[1:], ""))
    return found, plain


def _cut(shell: Shell, args: list[str]) -> int:
    options, paths = options_of(args, "dfc")
    separator = options.get("d", "\t") or "\t"
    chosen = ranges(options.get("f") or options.get("c") or "1")
    for line in input_of(shell, paths).splitlines():
        if "c" in options:
            shell.out.write("".join(c for i, c in enumerate(line, 1) if chosen(i)) + "\n")
        elif separator not in line:
            shell.out.write(line + "\n")
        else:
            pieces = [p for i, p in enumerate(line.split(separator), 1) if chosen(i)]
            shell.out.write(separator.join(pieces) + "\n")
    return 0


def ranges(text: str) -> Callable[[int], bool]:
    """Whether a number is in a list such as `1,3-5,7-`."""
    spans = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = int(first) if first.isdigit() else 1
        spans.append((low, (int(last) if last.isdigit() else 1 << 30) if dash else low))
    return lambda number: any(low <= number <= high for low, high in spans)


def _uniq(shell: Shell, args: list[str]) -> int:
    options, paths = options_of(args, "")
    groups: list[tuple[str, int]] = []
    for line in input_of(shell, paths).splitlines():
        if groups and groups[-1][0] == line:
            groups[-1] = (line, groups[-1][1] + 1)
        else:
            groups.append((line, 1))
    shell.out.write("".join(f"{count:7d} {line}\n" if "c" in options else f"{line}\n" for line, count in groups))
    return 0


def _tee(shell: Shell, args: list[str]) -> int:
    for path in (a for a in args if not a.startswith("-")):
        shell.machine.files.write(shell.machine.path(path), shell.stdin, append="-a" in args)
    shell.out.write(shell.stdin)
    return 0


def _base64(shell: Shell, args: list[str]) -> int:
    import base64
    import binascii

    options, paths = options_of(args, "w")
    text = input_of(shell, paths)
    if "d" not in options:
        encoded = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
        width = 0 if options.get("w") == "0" else 76
        lines = [encoded[i : i + width] for i in range(0, len(encoded), width)] if width else [encoded]
        shell.out.write("".join(f"{line}\n" for line in lines) if width else encoded)
        return 0
    clean = "".join(text.split())
    try:
        found = base64.b64decode(clean[: len(clean) // 4 * 4]).decode("utf-8", "replace")
    except binascii.Error:
        found = ""
    shell.out.write(found)
    if len(clean) % 4:
        shell.err.write("base64: truncated input\n")
    return 1 if len(clean) % 4 else 0


def _checksum(name: str) -> Callable[[Shell, list[str]], Outcome]:
    def checksum(shell: Shell, args: list[str]) -> int:
        import hashlib

        code = 0
        for path in [a for a in args if not a.startswith("-")] or ["-"]:
            text = shell.stdin if path == "-" else shell.machine.read(path)
            if text is None:
                shell.err.write(f"{name}sum: can't open '{path}': No such file or directory\n")
                code = 1
                continue
            digest = hashlib.new(name, text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
            shell.out.write(f"{digest}  {path}\n")
        return code

    return checksum


def _expr(shell: Shell, args: list[str]) -> int:
    """`expr A op B`: whole numbers and comparisons, and `length TEXT`."""
    result = " ".join(args)
    if len(args) == 2 and args[0] == "length":
        result = str(len(args[1]))
    elif len(args) == 3:
        left, operator, right = args
        numbers = all(a.lstrip("-").isdigit() for a in (left, right))
        a, b = (int(left), int(right)) if numbers else (0, 0)
        if operator in "+-*/%" and not numbers:
            shell.err.write("expr: non-integer argument\n")
            return 2
        if operator in "/%" and not b:
            shell.err.write("expr: division by zero\n")
            return 2
        whole = {"+": a + b, "-": a - b, "*": a * b, "/": int(a / b) if b else 0, "%": a - b * int(a / b) if b else 0}
        x, y = (a, b) if numbers else (left, right)
        truth = {"=": x == y, "!=": x != y, "<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y}  # type: ignore[operator]
        result = str(whole[operator]) if operator in whole else str(int(truth.get(operator, False)))
    shell.out.write(result + "\n")
    return 1 if result in ("0", "") else 0


def _basename(shell: Shell, args: list[str]) -> int:
    name = base_name(args[0].rstrip("/")) if args else ""
    shell.out.write((name.removesuffix(args[1]) if len(args) > 1 and name != args[1] else name) + "\n")
    return 0 if args else 1


def _dirname(shell: Shell, args: list[str]) -> int:
    head = args[0].rstrip("/").rpartition("/") if args else ("", "", "")
    shell.out.write((head[0] or ("/" if head[1] else ".")) + "\n")
    return 0 if args else 1


def _tac(shell: Shell, args: list[str]) -> int:
    lines = input_of(shell, [a for a in args if not a.startswith("-")]).splitlines()
    shell.out.write("".join(f"{line}\n" for line in reversed(lines)))
    return 0


def _rev(shell: Shell, args: list[str]) -> int:
    shell.out.write("".join(f"{line[::-1]}\n" for line in input_of(shell, args).splitlines()))
    return 0


def _xargs(shell: Shell, args: list[str]) -> Outcome:
    options, plain = _options_until_command(args)
    words = shell.stdin.splitlines() if "I" in options else shell.stdin.split()
    return _xargs_run(shell, plain or ["echo"], words, options)


def _options_until_command(args: list[str]) -> tuple[dict[str, str], list[str]]:
    options: dict[str, str] = {}
    rest = list(args)
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        if flag in ("-n", "-I", "-P", "-L") and rest:
            options[flag[1]] = rest.pop(0)
        else:
            options[flag[1:2]] = flag[2:]
    return options, rest


def _xargs_run(shell: Shell, command: list[str], words: list[str], options: dict[str, str]) -> Program:
    from cluster_core.kubelet.runtime.programs import run_command

    mark = options.get("I")
    size = 1 if mark else int(options.get("n") or 0) or max(len(words), 1)
    code = 0
    for start in range(0, len(words), size):
        part = words[start : start + size]
        fields = [c.replace(mark, part[0]) for c in command] if mark else [*command, *part]
        shell.stdin = ""
        code = (yield from run_command(shell, fields)) or code
    return code


def _cmp(shell: Shell, args: list[str]) -> int:
    plain = [a for a in args if not a.startswith("-")]
    texts = [shell.machine.read(p) for p in plain[:2]]
    if None in texts or len(texts) < 2:
        return 2
    if texts[0] == texts[1]:
        return 0
    if "-s" not in args and "-q" not in args:
        shell.out.write(f"{plain[0]} {plain[1]} differ\n")
    return 1


COMMANDS: dict[str, Callable[[Shell, list[str]], Outcome]] = {
    "base64": _base64,
    "basename": _basename,
    "cmp": _cmp,
    "cut": _cut,
    "diff": _cmp,
    "expr": _expr,
    "dirname": _dirname,
    "md5sum": _checksum("md5"),
    "rev": _rev,
    "sha1sum": _checksum("sha1"),
    "sha256sum": _checksum("sha256"),
    "tac": _tac,
    "tee": _tee,
    "uniq": _uniq,
    "xargs": _xargs,
}
