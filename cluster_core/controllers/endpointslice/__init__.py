"""EndpointSlices of Services: which pods answer, at which addresses, in slices of at most a hundred.

`controller` watches and writes; `endpoint` makes an endpoint of a pod; `packing` spreads endpoints over slices with few
writes; `hints` says which zones and nodes should use them.
"""
