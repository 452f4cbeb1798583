"""helmpy: Helm for Python people, with a Kubernetes in the same process.

A guided tour, in the order of the data: `commands` (click) call `actions` (one verb each, no printing), which load a
`chart`, compute its `values`, render it with the `engine`, and keep the `release` in a cluster reached through `kube`.
Nothing is imported here: start-up time is a feature.
"""

__version__ = "0.1.0"
HELM_VERSION = "v4.3.1"
"""The Helm whose behaviour this version reproduces."""
