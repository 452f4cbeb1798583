"""What a `template` process leaves to a child: the compiled templates, for the next run."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helmpy.chart import scaffold


def run(cache: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HELM")}
    done = subprocess.run(
        [sys.executable, "-m", "helmpy", *arguments],
        env=environment | {"HELMPY_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def bundles(cache: Path) -> list[Path]:
    return [path for path in (cache / "templates").glob("**/*") if path.is_file()]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_the_next_run_finds_everything_compiled(tmp_path):
    chart, cache = scaffold.create("c", tmp_path), tmp_path / "cache"
    first = run(cache, "template", "x", str(chart))
    end = time.monotonic() + 30
    while not bundles(cache) and time.monotonic() < end:
        time.sleep(0.05)
    (bundle,) = bundles(cache)
    written = bundle.stat().st_mtime_ns
    assert run(cache, "template", "x", str(chart)) == first
    time.sleep(0.5)
    assert bundle.stat().st_mtime_ns == written


def test_a_failed_run_leaves_nothing_half_written(tmp_path):
    chart, cache = Path(scaffold.create("c", tmp_path)), tmp_path / "cache"
    (chart / "templates" / "bad.yaml").write_text('{{ fail "no" }}')
    with pytest.raises(subprocess.CalledProcessError):
        run(cache, "template", "x", str(chart))
    time.sleep(0.5)
    assert not [path for path in bundles(cache) if path.name.startswith(".")]
