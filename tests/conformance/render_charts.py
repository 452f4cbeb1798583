"""Render every chart of some folders with the real helm and with helmpy, and show where they differ.

    python tests/conformance/render_charts.py FOLDER [FOLDER ...] [--helm helm] [--limit N] [--show LINES]
        [--mutate N] [--break N] [--seed S]

A folder holds charts, at any depth. Each chart is rendered with its default values, with each file under ci/ and each
values file under examples/; with --mutate N instead with N random changes of its values, with --break N with N random
damages of its templates (see chart_mutations). Dependencies are packed in from the folders given, by name; a chart that
lacks some is rendered as it is and once more without their names in Chart.yaml. Pairs that the real helm cannot render
count as equal when helmpy refuses them with the same text. Exit code 1 when any pair differs. Random and time functions
are told apart by rendering twice with the real helm. helmpy gets 2 GB and a minute.
"""

import argparse
import difflib
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml
from chart_mutations import break_template, flags

SECONDS = 60
MEMORY = 2 << 30


@dataclass(frozen=True)
class Pair:
    """A chart, packed, and the flags to render it with; `about` says what is special."""

    folder: Path
    args: tuple[str, ...] = ()
    about: str = "defaults"

    def __str__(self) -> str:
        return f"{self.folder.name} [{self.about}]"


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


def without_missing(folder: Path) -> bool:
    """Take the dependencies that are not there out of Chart.yaml and requirements.yaml; False if none was missing."""
    changed = False
    for path in (folder / "Chart.yaml", folder / "requirements.yaml"):
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError, UnicodeDecodeError):
            continue
        listed = document.get("dependencies") if isinstance(document, dict) else None
        if not isinstance(listed, list):
            continue
        present = [one for one in listed if isinstance(one, dict) and _is_there(folder, str(one.get("name")))]
        if len(present) < len(listed):
            path.write_text(yaml.safe_dump({**document, "dependencies": present}, sort_keys=False), encoding="utf-8")
            changed = True
    return changed


def _is_there(folder: Path, name: str) -> bool:
    return (folder / "charts" / name).is_dir() or any((folder / "charts").glob(f"{name}-[0-9]*.tgz"))


@dataclass(frozen=True)
class Outcome:
    """What a `template` run did."""

    code: int
    out: str
    err: str
    seconds: float


def run(command: list[str], pair: Pair, limited: bool = False) -> Outcome:
    """Run `template` with one of the two; `limited` in memory and time."""
    args = [*command, "template", "rel", str(pair.folder), "-n", "ns", *pair.args]
    home = pair.folder.parent / "home"
    env = {**os.environ, "TZ": "UTC", "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    env.pop("KUBECONFIG", None)
    started = time.monotonic()
    try:
        done = subprocess.run(
            args,
            capture_output=True,
            env=env,
            timeout=SECONDS if limited else 5 * SECONDS,
            check=False,
            preexec_fn=_limit_memory if limited else None,
        )
    except subprocess.TimeoutExpired:
        return Outcome(124, "", "takes too long", time.monotonic() - started)
    texts = done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape")
    return Outcome(done.returncode, *texts, time.monotonic() - started)


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def compare(pair: Pair, helm: list[str], ours: list[str], lines: int) -> tuple[str, str]:
    """(verdict, diff): "equal", "refused", "random", "panic" (helm itself crashes), or one of DIFFERENT."""
    want, got = run(helm, pair), run(ours, pair, limited=True)
    if "\ngoroutine " in want.err:
        return "panic", ""
    if want.code and got.code:
        if _lines(want.err) == _lines(got.err) or any(_lines(run(helm, pair).err) == _lines(got.err) for _ in range(4)):
            return "refused", ""
        return "error text", diff(want.err, got.err, lines)
    if (want.code, want.out) == (got.code, got.out):
        slow = got.seconds > 3 * want.seconds + 1
        return ("slow", f"{want.seconds:.1f} s and {got.seconds:.1f} s") if slow else ("equal", "")
    if not want.code and not got.code and _is_random(pair, want, got, helm, ours):
        return "random", ""
    return "different", diff(want.out or want.err, got.out or got.err, lines)


DIFFERENT = ("different", "error text")


def _is_random(pair: Pair, want: Outcome, got: Outcome, helm: list[str], ours: list[str]) -> bool:
    again, ours_again = run(helm, pair).out, run(ours, pair, limited=True).out
    return again == got.out or _masked(want.out, again) == _masked(got.out, ours_again)


def _lines(text: str) -> list[str]:
    """The lines of an error; those of a Go map come in any order."""
    return sorted(text.splitlines())


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
    parser.add_argument("--mutate", type=int, default=0, help="so many random changes of values for each chart")
    parser.add_argument("--break", dest="damages", type=int, default=0, help="so many damaged templates for each chart")
    parser.add_argument("--seed", type=int, default=0)
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
    counts: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(options.jobs) as pool:
        pairs: list[Pair] = []
        for number, chart in enumerate(chart for chart in found if options.only in chart.name):
            pairs += pairs_of(chart, known, Path(scratch) / str(number), options)
        pairs = pairs[: options.limit]
        work = [pool.submit(compare, p, options.helm.split(), options.helmpy.split(), options.show) for p in pairs]
        for pair, job in zip(pairs, work, strict=True):
            verdict, text = job.result()
            counts[verdict] = counts.get(verdict, 0) + 1
            if text:
                print(f"--- {verdict}: {pair}\n{text}\n", flush=True)
    print(f"{len(pairs)} pairs: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())))
    return 1 if any(counts.get(verdict) for verdict in DIFFERENT) else 0


def pairs_of(chart: Path, known: dict[str, Path], scratch: Path, options: argparse.Namespace) -> Iterator[Pair]:
    """The pairs of one chart, packed below a scratch folder."""
    whole, bare = scratch / chart.name, scratch / "bare" / chart.name
    pack(chart, known, whole)
    pack(chart, known, bare)
    if without_missing(bare):
        yield Pair(whole, about="dependencies missing")
        whole = bare
    rng = random.Random(f"{options.seed} {chart}")
    for _ in range(options.mutate):
        args = flags(whole, rng)
        yield Pair(whole, tuple(args), " ".join(args))
    for number in range(options.damages):
        broken = scratch / str(number) / chart.name
        shutil.copytree(whole, broken)
        yield Pair(broken, about=break_template(broken, rng) or "nothing to break")
    if not options.mutate and not options.damages:
        for path in values_files(chart):
            yield Pair(whole, ("-f", str(path)), path.name) if path else Pair(whole)


if __name__ == "__main__":
    sys.exit(main())
