"""Lines with tab-separated cells, aligned as Go's text/tabwriter does: a column is as wide as the widest cell among the
neighbouring lines that have it, plus two blanks."""

from typing import Any

PADDING = 2
INDENT = "  "


class Writer:
    """Collects lines; `level` indents by two blanks each, as kubectl's prefix writer does."""

    def __init__(self) -> None:
        self._lines: list[list[str]] = []

    def line(self, level: int, *cells: Any) -> None:
        """One line; every cell but the last takes part in alignment."""
        texts = [_text(cell) for cell in cells] or [""]
        texts[0] = INDENT * level + texts[0]
        self._lines.append(texts)

    def field(self, level: int, name: str, value: Any) -> None:
        """`Name:  value`; several lines for a text with line breaks."""
        first, *rest = _text(value).split("\n")
        self.line(level, f"{name}:", first)
        for more in rest:
            self.line(level, "", more)

    def pairs(self, level: int, name: str, values: dict[str, str] | None, joiner: str = "=") -> None:
        """`Name:  a=1`, the following pairs below; `<none>` without any."""
        lines = [f"{key}{joiner}{value}" for key, value in sorted((values or {}).items())]
        self.field(level, name, "\n".join(lines) or "<none>")

    def rows(self, level: int, headings: list[str], rows: list[list[Any]]) -> None:
        """A small table with a line of dashes under its headings."""
        self.line(level, *headings)
        self.line(level, *("-" * len(heading) for heading in headings))
        for row in rows:
            self.line(level, *row)

    def text(self) -> str:
        """All lines, aligned."""
        widths = self._widths()
        return "".join(
            "".join(cell.ljust(width) for cell, width in zip(line, own, strict=False)) + line[-1] + "\n"
            for line, own in zip(self._lines, widths, strict=True)
        )

    def _widths(self) -> list[list[int]]:
        """For each line, the width of each cell that a tab ends."""
        widths: list[list[int]] = [[0] * (len(line) - 1) for line in self._lines]
        for column in range(max(map(len, self._lines), default=0)):
            start = 0
            while start < len(self._lines):
                end = start
                while end < len(self._lines) and len(self._lines[end]) - 1 > column:
                    end += 1
                if end > start:
                    width = max(len(self._lines[i][column]) for i in range(start, end)) + PADDING
                    for i in range(start, end):
                        widths[i][column] = width
                start = max(end, start + 1)
        return widths


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
