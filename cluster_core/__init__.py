"""cluster_core: a Kubernetes cluster in one Python process, real enough for kubectl and helm.

`cluster.py` assembles it; every request takes the way of `apiserver.pipeline`; controllers, scheduler and kubelets work
only through `client`. The core is synchronous and single-threaded, its clock injected.
"""
