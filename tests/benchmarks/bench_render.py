"""How long rendering takes beside the real helm: whole processes, warm and cold, and renders in process.

    python tests/benchmarks/bench_render.py [CHART ...] [--helm helm] [--runs N] [--values FILE]

Makes its own charts (`create`, ten templates, 400 templates, umbrellas of 10 and 100 subcharts); charts given are measured
too, such as a kube-prometheus-stack with its dependencies, with --values where they need some. Each helmpy run is paired
with a helm run, in turn; the least wall time of each counts. Warm: helmpy's cache is filled; cold: HELMPY_NO_CACHE=1.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from helmpy.chart import loader, scaffold

HELMPY = (sys.executable, "-m", "helmpy")


@dataclass(frozen=True)
class Case:
    """What to run: arguments behind `helm` or `helmpy`."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """Least seconds of whole processes; helm is None where there is none."""

    helm: float | None
    warm: float
    cold: float

    def row(self, name: str) -> str:
        """One line of the table."""
        if self.helm is None:
            return f"{name:<32}{'-':>9}{self.warm:>9.3f}{self.cold:>9.3f}{'-':>8}{'-':>8}"
        ratios = f"{self.warm / self.helm:>8.2f}{self.cold / self.helm:>8.2f}"
        return f"{name:<32}{self.helm:>9.3f}{self.warm:>9.3f}{self.cold:>9.3f}{ratios}"


def timed(command: tuple[str, ...], environment: dict[str, str]) -> float:
    """Wall seconds of a process that must succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, check=False)
    taken = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return taken


def measure(case: Case, helm: str | None, runs: int, cache: Path) -> Result:
    """Run a case in turn: helm, warm, cold."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("HELM", "PYTHON"))}
    warm = {**plain, "HELMPY_CACHE_HOME": str(cache)}
    cold = {**plain, "HELMPY_NO_CACHE": "1"}
    ours = (*HELMPY, *case.arguments)
    timed(ours, warm)
    rounds = [
        (timed((helm, *case.arguments), plain) if helm else 0.0, timed(ours, warm), timed(ours, cold))
        for _ in range(runs)
    ]
    helm_time, warm_time, cold_time = map(min, zip(*rounds, strict=True))
    return Result(helm_time if helm else None, warm_time, cold_time)


# --- charts ----------------------------------------------------------------------------------------------------------


def copied_templates(folder: Path, name: str, copies: int) -> Path:
    """A chart from the scaffold whose templates (but the tests) are there several times, under names of their own."""
    chart = scaffold.create(name, folder)
    templates = Path(chart, "templates")
    for original in sorted(templates.glob("*.yaml")):
        text = original.read_text()
        for copy in range(1, copies):
            label = f"-{copy}\n"
            changed = text.replace(f'include "{name}.fullname" . }}}}\n', f'include "{name}.fullname" . }}}}{label}')
            (templates / f"{original.stem}-{copy}.yaml").write_text(changed)
    return Path(chart)


def umbrella(folder: Path, subcharts: int) -> Path:
    """A chart with so many subcharts, each from the scaffold."""
    top = folder / f"umbrella-{subcharts}"
    (top / "charts").mkdir(parents=True)
    (top / "Chart.yaml").write_text(f"apiVersion: v2\nname: umbrella-{subcharts}\nversion: 0.1.0\n")
    for number in range(subcharts):
        scaffold.create(f"part{number}", top / "charts")
    return top


def cases(folder: Path, given: list[str], values: list[str]) -> Iterator[Case]:
    """All that is measured."""
    yield Case("version", ("version",))
    yield Case("create", ("template", "r", str(scaffold.create("web", folder))))
    yield Case("10 templates", ("template", "r", str(copied_templates(folder, "ten", 2))))
    yield Case("400 templates", ("template", "r", str(copied_templates(folder, "many", 67))))
    yield Case("umbrella of 10", ("template", "r", str(umbrella(folder, 10))))
    yield Case("umbrella of 100", ("template", "r", str(umbrella(folder, 100))))
    flags = tuple(part for file in values for part in ("-f", file))
    for chart in given:
        yield Case(Path(chart).name, ("template", "r", chart, *flags))


# --- in process ------------------------------------------------------------------------------------------------------


def renders_per_second(chart_folder: Path, seconds: float = 2.0) -> float:
    """Renders of a loaded chart in this process: values coalesced, context built, every template executed."""
    from helmpy.engine import capabilities, render

    chart = loader.load(chart_folder)
    options = render.ReleaseOptions("r", "default")
    known = capabilities.default()

    def once() -> None:
        render.render(chart, render.render_values(chart, {}, options, known))

    return rate(once, seconds)


def rate(call: Callable[[], None], seconds: float) -> float:
    """Calls per second, after one that does not count."""
    call()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        call()
        count += 1
    return count / (time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("charts", nargs="*", help="charts to measure besides")
    parser.add_argument(
        "--helm", default="helm", help="the real helm (figures beside it are left out if there is none)"
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--values", action="append", default=[], help="values file for the charts given")
    options = parser.parse_args()
    helm = shutil.which(os.path.expanduser(options.helm))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        print(f"{'case':<32}{'helm s':>9}{'warm s':>9}{'cold s':>9}{'warm/':>8}{'cold/':>8}")
        results = {}
        for case in cases(folder, options.charts, options.values):
            results[case.name] = result = measure(case, helm, options.runs, folder / "cache")
            print(result.row(case.name), flush=True)
        small, large = results["umbrella of 10"], results["umbrella of 100"]
        own = f"umbrella of 100 / of 10: warm {large.warm / small.warm:.1f}, cold {large.cold / small.cold:.1f}"
        print(own + (f", helm {large.helm / small.helm:.1f}" if large.helm and small.helm else ""))
        print(f"in process, create: {renders_per_second(folder / 'web'):.0f} renders/s")


if __name__ == "__main__":
    main()
