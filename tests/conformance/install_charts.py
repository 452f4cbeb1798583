"""Install charts that somebody else wrote on the embedded cluster: to Ready, upgraded to each ci values file, rolled back.

    python tests/conformance/install_charts.py FOLDER [FOLDER ...] [--only NAME,NAME]

A folder holds charts, at any depth; dependencies are packed in from the folders given, by name. A pair that cannot install by
itself (it needs a value, or a kind that nobody defines) is printed with the reason. Exit code 1 when a rollout got stuck.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from render_charts import charts_in, pack, values_files

from cluster_core.cluster import Cluster
from helmpy.errors import HelmpyError, KubeError
from helmpy.testing import Helm
from helmpy.yaml import loader


def values_of(path: Path | None) -> dict[str, object]:
    """The user's values of a file."""
    return loader.load_values(path.read_bytes()) if path else {}


def try_chart(folder: Path, timeout: float) -> tuple[int, list[str]]:
    """How many rollouts went well, and what did not, of one chart: install each values file, upgrade to the next, roll back."""
    done, problems = 0, []
    files = list(values_files(folder))
    for number, values in enumerate(files):
        label, following = values.name if values else "defaults", files[(number + 1) % len(files)]
        with Cluster(nodes=3) as cluster:
            helm = Helm(cluster)
            try:
                helm.install("rel", folder, values_of(values), wait=True, timeout=timeout)
                helm.upgrade("rel", folder, values_of(following), wait=True, timeout=timeout)
                helm.rollback("rel", 1, wait=True, timeout=timeout)
                done += 1
            except HelmpyError as error:
                stuck = isinstance(error, KubeError) and "not ready" in str(error)
                problems.append(f"{'STUCK' if stuck else 'refused'} {folder.name} [{label}]: {error}")
    return done, problems


def main() -> int:
    """Run; 1 when a rollout got stuck."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--only", default="", help="names of charts, with commas")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds of the cluster's time")
    options = parser.parse_args()
    found = [chart for folder in options.folders for chart in charts_in(folder)]
    known = {chart.name: chart for chart in found}
    wanted = set(filter(None, options.only.split(",")))
    total, stuck = 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, chart in enumerate(found):
            if wanted and chart.name not in wanted:
                continue
            packed = Path(scratch) / str(number) / chart.name
            pack(chart, known, packed)
            done, problems = try_chart(packed, options.timeout)
            total += done
            stuck += sum(problem.startswith("STUCK") for problem in problems)
            for problem in problems:
                print(problem, flush=True)
    print(f"{total} rollouts went well, {stuck} got stuck")
    return 1 if stuck else 0


if __name__ == "__main__":
    sys.exit(main())
