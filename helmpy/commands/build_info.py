"""What `helmpy version` says of this program. Must not import click."""

from helmpy import HELM_VERSION, __version__

KUBE_CLIENT_VERSION = "v1.37"


def fields() -> dict[str, str]:
    """The fields that a `--template` sees."""
    return {
        "Version": HELM_VERSION,
        "GitCommit": "",
        "GitTreeState": "",
        "GoVersion": "",
        "KubeClientVersion": KUBE_CLIENT_VERSION,
        "HelmpyVersion": __version__,
    }


def text() -> str:
    """The line printed without flags."""
    shown = ("Version", "HelmpyVersion", "KubeClientVersion")
    known = fields()
    return "version.BuildInfo{" + ", ".join(f'{name}:"{known[name]}"' for name in shown) + "}"
