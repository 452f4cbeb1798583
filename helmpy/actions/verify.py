"""Check that a local archive is what its .prov says."""

from helmpy.chart import provenance


def verify(path: str, keyring: str) -> str:
    """The signer and digest, as lines for the user. Raises ChartError."""
    return provenance.verify_file(path, keyring).report()
