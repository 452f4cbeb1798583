"""Render every chart of some folders with the real helm and with helmpy, and show where they differ.

    python tests/conformance/render_charts.py FOLDER [FOLDER ...] [--helm helm] [--limit N] [--keep DIR] [--show LINES]

A folder holds charts, at any depth. Each chart is rendered with its default values, with each file under ci/ and each
values file under examples/. Dependencies are packed in from the folders given, by name; pairs that the real helm cannot
render count as equal when helmpy refuses them with the same text. Exit code 1 when any pair differs. Random and time functions
are told apart by rendering twice with the real helm.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Pair:
    """A chart and the values file to render it with (None: its defaults)."""

    chart: Path
    values: Path | None

    def __str__(self) -> str:
        return f"{self.chart.name} [{self.values.name if self.values else 'defaults'}]"


def charts_in(folder: Path) -> Iterator[Path]:
    """Every chart of a folder that is no subchart of another."""
    for path, folders, files in os.walk(folder):
        if "Chart.yaml" in files:
            folders.clear()
            yield Path(path)
        folders.sort()


def pack(chart: Path, known: dict[str, Path], into: Path, depth: int = 0) -> None:
    """Copy a chart, its dependencies unpacked into charts/ as far as the folders have them."""
    shutil.copytree(chart, into, symlinks=False, ignore_dangling_symlinks=True)
    if depth > 4:
        return
    try:
        metadata = yaml.safe_load((chart / "Chart.yaml").read_text()) or {}
    except yaml.YAMLError:
        return
    for dependency in metadata.get("dependencies") or []:
        name = dependency.get("name", "")
        if name in known and not (into / "charts" / name).exists():
            pack(known[name], known, into / "charts" / name, depth + 1)


def values_files(chart: Path) -> Iterator[Path | None]:
    """None for the defaults, then ci and example values."""
    yield None
    for folder in ("ci", "examples", "example"):
        for path in sorted((chart / folder).rglob("*.y*ml")) if (chart / folder).is_dir() else []:
            if "values" in path.name or folder == "ci":
                yield path


def run(command: list[str], pair: Pair, folder: Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a `template` run."""
    args = [*command, "template", "rel", str(folder), "-n", "ns"]
    if pair.values:
        args += ["-f", str(pair.values)]
    home = folder.parent / "home"
    env = {**os.environ, "TZ": "UTC", "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    env.pop("KUBECONFIG", None)
    done = subprocess.run(args, capture_output=True, env=env, timeout=300, check=False)
    return done.returncode, done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "replace")


def compare(pair: Pair, folder: Path, helm: list[str], ours: list[str], lines: int) -> tuple[str, str]:
    """("equal", "refused", "random" or "different", diff)."""
    want, got = run(helm, pair, folder), run(ours, pair, folder)
    if want[0] and got[0]:
        same = want[2].strip() == got[2].strip()
        return ("refused" if same else "error text"), "" if same else diff(want[2], got[2], lines)
    if want[:2] == got[:2]:
        return "equal", ""
    if (
        not got[0]
        and not want[0]
        and _masked(want[1], run(helm, pair, folder)[1]) == _masked(got[1], run(ours, pair, folder)[1])
    ):
        return "random", ""
    return "different", diff(want[1] or want[2], got[1] or got[2], lines)


def _masked(one: str, other: str) -> list[str]:
    """The lines of a text, those that change from run to run blanked."""
    first, second = one.splitlines(), other.splitlines()
    if len(first) != len(second):
        return first
    return [re.sub(r"\S.*", "", a) if a != b else a for a, b in zip(first, second, strict=True)]


def diff(want: str, got: str, lines: int) -> str:
    """The first lines of a unified diff."""
    found = difflib.unified_diff(want.splitlines(), got.splitlines(), "helm", "helmpy", lineterm="", n=1)
    return "\n".join(line for line, _ in zip(found, range(lines), strict=False))


def main() -> int:
    """Run; 0 when nothing differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--helm", default=os.environ.get("HELM_BIN") or shutil.which("helm") or "")
    parser.add_argument("--helmpy", default=f"{sys.executable} -m helmpy")
    parser.add_argument("--limit", type=int, help="only so many pairs")
    parser.add_argument("--only", default="", help="only charts whose name contains this")
    parser.add_argument("--show", type=int, default=12, help="lines of each diff")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if not options.helm:
        print("skipped: no helm (set HELM_BIN or --helm)")
        return 0
    return report(options)


def report(options: argparse.Namespace) -> int:
    """Render all pairs, print what differs and a summary."""
    found = [chart for folder in options.folders for chart in charts_in(folder)]
    known = {chart.name: chart for chart in found}
    chosen = [chart for chart in found if options.only in chart.name]
    pairs = [Pair(chart, values) for chart in chosen for values in values_files(chart)][: options.limit]
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(options.jobs) as pool:
        packed: dict[Path, Path] = {}
        for number, chart in enumerate(dict.fromkeys(pair.chart for pair in pairs)):
            packed[chart] = Path(scratch) / str(number) / chart.name
            pack(chart, known, packed[chart])
        work = [
            pool.submit(compare, p, packed[p.chart], options.helm.split(), options.helmpy.split(), options.show)
            for p in pairs
        ]
        for pair, job in zip(pairs, work, strict=True):
            verdict, text = job.result()
            counts[verdict] = counts.get(verdict, 0) + 1
            if verdict in ("different", "error text"):
                print(f"--- {verdict}: {pair}\n{text}\n")
    print(f"{len(pairs)} pairs: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return 1 if counts.get("different") or counts.get("error text") else 0


if __name__ == "__main__":
    sys.exit(main())
