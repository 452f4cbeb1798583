"""Runs a parsed script inside a machine: a generator of waits, with output going to streams.

Called by programs, probes and hooks. Loops without a wait are cut off after a bounded number of commands.
"""

from collections.abc import Generator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from cluster_core.kubelet.runtime.files import ReadOnlyError
from cluster_core.kubelet.runtime.process import FOREVER, Program
from cluster_core.kubelet.runtime.shell.expand import ExitShell, Expansion, Stream
from cluster_core.kubelet.runtime.shell.parser import Node, ShellSyntaxError, parse

if TYPE_CHECKING:
    from cluster_core.kubelet.runtime.machine import Machine

Run = Generator[float, Any, int]
SPIN_LIMIT = 20_000
"""Commands in a row without any wait after which a script counts as spinning for ever."""


class _Jump(Exception):  # noqa: N818
    """break, continue or return."""

    def __init__(self, kind: str, depth: int) -> None:
        super().__init__(kind)
        self.kind, self.depth = kind, depth


class Shell(Expansion):
    """One shell with its variables."""

    def __init__(self, machine: "Machine", out: Stream, err: Stream, arguments: list[str], main: bool) -> None:
        self.machine, self.out, self.err, self.arguments = machine, out, err, arguments
        self.main = main
        """Whether this is the container's own program, whose last command may be the service itself."""
        self.stdin = ""
        self.variables = {
            name: value for name, value in machine.environment.items() if name.replace("_", "0").isalnum()
        }
        self.variables |= {"PWD": machine.directory, "SHLVL": "1"}
        self.functions: dict[str, Node] = {}
        self.status = 0
        self.errexit = False
        self.last = False
        """Whether the command being run is the last of the script."""
        self._spin = 0

    def run(self, script: str) -> Run:
        """Run a script; the generator's value is its exit code."""
        try:
            tree = parse(script)
        except ShellSyntaxError as error:
            self.err.write(f"sh: {error}\n")
            return 2
        try:
            yield from self.node(tree, self.main)
        except ExitShell as stop:
            return stop.code & 255
        except _Jump:
            pass
        except RecursionError:
            self.err.write("sh: nested too deeply\n")
            return 2
        except (ValueError, IndexError, KeyError, OSError) as error:
            self.err.write(f"sh: {error}\n")
            return 2
        return self.status & 255

    def node(self, node: Node, last: bool) -> Run:
        """Run one node; `last` if nothing follows it in a main script."""
        handler = getattr(self, f"_{node[0]}")
        code: int = yield from handler(node, last)
        return code

    def _list(self, node: Node, last: bool) -> Run:
        items = node[1]
        for index, item in enumerate(items):
            code = yield from self.node(item, last and index == len(items) - 1)
            if code and self.errexit and item[0] in ("command", "pipe", "subshell"):
                raise ExitShell(code)
        return self.status

    def _and(self, node: Node, last: bool) -> Run:
        yield from self.node(node[1], False)
        if self.status == 0:
            yield from self.node(node[2], last)
        return self.status

    def _or(self, node: Node, last: bool) -> Run:
        yield from self.node(node[1], last and node[2][0] == "command")
        if self.status != 0:
            yield from self.node(node[2], last)
        return self.status

    def _not(self, node: Node, last: bool) -> Run:
        yield from self.node(node[1], False)
        self.status = 0 if self.status else 1
        return self.status

    def _background(self, node: Node, last: bool) -> Run:
        """Nothing runs beside the script; a background job is taken as done."""
        self.status = 0
        return 0
        yield

    def _pipe(self, node: Node, last: bool) -> Run:
        out, stdin = self.out, self.stdin
        try:
            for index, part in enumerate(node[1]):
                final = index == len(node[1]) - 1
                buffer = Stream()
                self.out = out if final else buffer
                yield from self.node(part, last and final)
                self.stdin = buffer.text
        finally:
            self.out, self.stdin = out, stdin
        return self.status

    def _group(self, node: Node, last: bool) -> Run:
        code = yield from self._redirected(node[2], lambda: self.node(node[1], last))
        return code

    def _subshell(self, node: Node, last: bool) -> Run:
        saved = dict(self.variables)
        try:
            yield from self._redirected(node[2], lambda: self.node(node[1], last))
        except ExitShell as stop:
            self.status = stop.code
        finally:
            self.variables = saved
        return self.status

    def _if(self, node: Node, last: bool) -> Run:
        for condition, body in node[1]:
            yield from self._condition(condition)
            if self.status == 0:
                return (yield from self.node(body, last))
        self.status = 0
        if node[2] is not None:
            yield from self.node(node[2], last)
        return self.status

    def _condition(self, node: Node) -> Run:
        errexit, self.errexit = self.errexit, False
        try:
            return (yield from self.node(node, False))
        finally:
            self.errexit = errexit

    def _while(self, node: Node, last: bool) -> Run:
        _, condition, body, until = node
        result = 0
        while True:
            yield from self._condition(condition)
            if (self.status == 0) == until:
                break
            try:
                result = yield from self.node(body, False)
            except _Jump as jump:
                if self._leaves(jump):
                    break
        self.status = result
        return result

    def _leaves(self, jump: _Jump) -> bool:
        """Whether a break or continue ends this loop; passes it on if meant for an outer one."""
        if jump.kind == "return" or jump.depth > 1:
            raise _Jump(jump.kind, jump.depth - 1)
        return jump.kind == "break"

    def _for(self, node: Node, last: bool) -> Run:
        _, name, words, body = node
        items = self.arguments[1:] if words is None else (yield from self.fields(words))
        for item in items:
            self.variables[name] = item
            try:
                yield from self.node(body, False)
            except _Jump as jump:
                if self._leaves(jump):
                    break
        return self.status

    def _case(self, node: Node, last: bool) -> Run:
        subject = yield from self.text_of(node[1])
        for patterns, body in node[2]:
            for pattern in patterns:
                text = yield from self.text_of(pattern)
                if fnmatchcase(subject, text):
                    return (yield from self.node(body, last))
        self.status = 0
        return 0

    def _function(self, node: Node, last: bool) -> Run:
        self.functions[node[1]] = node[2]
        self.status = 0
        return 0
        yield

    def _command(self, node: Node, last: bool) -> Run:
        self._spin += 1
        if self._spin > SPIN_LIMIT:
            while True:
                yield FOREVER
        _, assignments, words, redirections = node
        values = []
        for name, word in assignments:
            values.append((name, (yield from self.text_of(word))))
        fields = yield from self.fields(words)
        if not fields:
            self.variables.update(values)
            if not values:
                self.status = 0
        saved = self.variables
        if fields and values:
            self.variables = {**saved, **dict(values)}
        try:
            yield from self._redirected(redirections, lambda: self._call(fields, last))
        finally:
            if fields and values:
                self.variables = saved
        return self.status

    def _call(self, fields: list[str], last: bool) -> Run:
        if fields:
            self.last = last
            if fields[0] in self.functions:
                self.status = yield from self._invoke(self.functions[fields[0]], fields)
            else:
                from cluster_core.kubelet.runtime.programs import run_command

                for wait in _counted(self, run_command(self, fields)):
                    self._spin = 0
                    yield wait
        return self.status

    def _invoke(self, body: Node, fields: list[str]) -> Run:
        arguments, self.arguments = self.arguments, [self.arguments[0] if self.arguments else "sh", *fields[1:]]
        try:
            yield from self.node(body, False)
        except _Jump as jump:
            if jump.kind != "return":
                raise
        finally:
            self.arguments = arguments
        return self.status

    def jump(self, kind: str, depth: int) -> None:
        """break, continue, return."""
        raise _Jump(kind, depth)

    # -- redirections

    def _redirected(self, redirections: list[Any], run: Any) -> Run:
        out, err, stdin = self.out, self.err, self.stdin
        pending: list[tuple[Stream, str, bool]] = []
        try:
            for descriptor, operator, word in redirections:
                target = yield from self.text_of(word)
                if not self._redirect(descriptor, operator, target, pending):
                    self.out, self.err = out, err
                    self.err.write(f"sh: can't open {target}: no such file\n")
                    self.status = 1
                    return 1
            yield from run()
        finally:
            self.out, self.err, self.stdin = out, err, stdin
        for stream, path, append in pending:
            try:
                self.machine.files.write(path, stream.text, append)
            except (ReadOnlyError, IsADirectoryError) as error:
                self.err.write(f"sh: can't create {path}: {error}\n")
                self.status = 1
        return self.status

    def _redirect(self, descriptor: str, operator: str, target: str, pending: list[tuple[Stream, str, bool]]) -> bool:
        if operator == "<":
            content = self.machine.read(target)
            self.stdin = content or ""
            return content is not None
        if operator in ("<<", "<<<"):
            self.stdin = target + ("\n" if operator == "<<<" else "")
        elif operator in (">&", "<&"):
            if descriptor == "2" and target == "1":
                self.err = self.out
            elif descriptor == "1" and target == "2":
                self.out = self.err
        else:
            stream = self._stream_to(target, operator == ">>", pending)
            if descriptor in ("1", "both"):
                self.out = stream
            if descriptor in ("2", "both"):
                self.err = stream
        return True

    def _stream_to(self, target: str, append: bool, pending: list[tuple[Stream, str, bool]]) -> Stream:
        if target in ("/dev/stdout", "/proc/1/fd/1", "/proc/self/fd/1"):
            return self.out
        if target in ("/dev/stderr", "/proc/1/fd/2", "/proc/self/fd/2"):
            return self.err
        stream = Stream()
        pending.append((stream, target, append))
        return stream

    def substitute(self, script: str) -> Generator[float, Any, str]:
        """The output of a script that stands in a word."""
        out, self.out = self.out, Stream()
        main, self.main = self.main, False
        buffer = self.out
        try:
            yield from self.node(parse(script), False)
        except ShellSyntaxError as error:
            self.err.write(f"sh: {error}\n")
            self.status = 2
        except ExitShell as stop:
            self.status = stop.code
        finally:
            self.out, self.main = out, main
        return buffer.text.rstrip("\n")


def _counted(shell: Shell, program: Program) -> Generator[float, Any, None]:
    shell.status = yield from program
