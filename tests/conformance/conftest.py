"""Makes the modules beside the tests importable, and finds kubectl."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
ORACLE = Path("~/.cache/helmpy-oracle/bin/kubectl").expanduser()


@pytest.fixture(scope="module")
def kubectl() -> str:
    """The tool."""
    found = os.environ.get("KUBECTL") or (str(ORACLE) if ORACLE.exists() else shutil.which("kubectl"))
    if not found:
        pytest.skip("no kubectl")
    version = subprocess.run([found, "version", "--client", "-o", "json"], capture_output=True, text=True, check=False)
    if '"v1.36' not in version.stdout:
        pytest.skip("the recordings are of kubectl 1.36")
    return found
