"""The cluster's network as a model: which address belongs to whom, and what a connection to an address meets.

Read in this order: `addresses` (ranges of IP addresses), `allocators` (service addresses, node ports, pod blocks: pure
objects that `cluster.py` injects into the API server and the kubelets), `dns` (names of services and pods), `proxy`
(from a service address to a ready endpoint), `fabric` (the three joined: what simulated containers see).
"""
