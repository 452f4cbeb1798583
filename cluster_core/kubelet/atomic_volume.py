"""How a kubelet lays out a volume made from the API: a data directory of a moment, `..data` leading to it, and a link for each name.

    ..2026_11_22_18_31_12.3740119217/key     ..data -> ..2026_11_22_18_31_12.3740119217     key -> ..data/key

An update swaps `..data`. Pure; called by a pod's volumes.
"""

import time
import zlib
from collections.abc import Mapping

from cluster_core.kubelet.runtime.files import MEMORY, Files

DATA = "..data"
EVERYBODY, STICKY = 0o777, 0o1777
GROUP_FILE, GROUP_DIRECTORY = 0o440, 0o2550


def data_directory(now: float, seed: str) -> str:
    """The name of a data directory."""
    digits = zlib.crc32(f"{seed}/{now}".encode())
    return time.strftime("..%Y_%m_%d_%H_%M_%S.", time.gmtime(now)) + str(digits)


def fill(
    files: Files, content: Mapping[str, str], modes: Mapping[str, int], now: float, seed: str, group: int | None
) -> None:
    """Lay the texts (by relative path, with their modes) out in the tree, as of now; unchanged texts stay as they are.

    `group`: the pod's fsGroup, which gets to read everything."""
    top = files.link(f"/{DATA}")
    if top is not None and _same(files, top, content):
        return
    directory = data_directory(now, seed)
    names = sorted({path.strip("/").split("/")[0] for path in content})
    links = {f"/{DATA}": directory, **{f"/{name}": f"{DATA}/{name}" for name in names}}
    extra = 0 if group is None else GROUP_FILE
    found = {f"/{directory}/{path.strip('/')}": text for path, text in content.items()}
    all_modes = {f"/{directory}/{path.strip('/')}": modes.get(path, 0o644) | extra for path in content}
    if group is not None:
        all_modes[f"/{directory}"] = 0o755 | GROUP_DIRECTORY
        files.root_mode |= GROUP_DIRECTORY
    files.replace_all(found, links, all_modes, now, group or 0)
    files.make_directory(f"/{directory}")


def _same(files: Files, top: str, content: Mapping[str, str]) -> bool:
    before = {path.removeprefix(f"/{top}/"): text for path, text in files.texts().items()}
    return before == {path.strip("/"): text for path, text in content.items()}


def new(kind: str) -> Files:
    """An empty tree for a source of that kind; all but ConfigMaps are kept in memory."""
    files = Files()
    files.root_mode = EVERYBODY
    if kind != "configMap":
        files.kind, files.root_mode = MEMORY, STICKY
    return files
