"""Upload a chart's archive to an OCI registry."""

import os
from dataclasses import dataclass
from pathlib import Path

from helmpy.chart import loader, timestamps
from helmpy.errors import ChartError, RepositoryError
from helmpy.repo import oci, urls
from helmpy.repo.access import Access


@dataclass(frozen=True, slots=True)
class PushOptions:
    """What the upload may use; `registry_config` is the file with stored credentials."""

    access: Access
    registry_config: str


def push(path: str, remote: str, options: PushOptions) -> str:
    """Uploads an archive, and its .prov if there is one; returns lines for the user. Raises HelmpyError."""
    scheme = urls.parse(remote).scheme
    if not urls.is_oci(remote):
        raise RepositoryError(
            'scheme prefix missing from remote (e.g. "oci://")' if not scheme else f'scheme "{scheme}" not supported'
        )
    if not os.path.exists(path):
        raise ChartError(f"{path}: no such file")
    if os.path.isdir(path):
        raise ChartError("cannot push directory, must provide chart archive (.tgz)")
    metadata = loader.load(path).metadata
    data, prov = Path(path).read_bytes(), Path(f"{path}.prov")
    reference = f"{remote.rstrip('/')}/{metadata.name}:{metadata.version}"
    created = timestamps.from_seconds(os.stat(path).st_mtime)
    client = oci.Client(options.access, Path(options.registry_config))
    pushed, digest = client.push(data, reference, prov.read_bytes() if prov.is_file() else None, created)
    return f"Pushed: {pushed}\nDigest: {digest}\n"
