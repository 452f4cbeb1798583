"""What the cluster remembers: every object under one growing revision, compare-and-swap, and a log to watch from.

`store.Store` is the whole interface. Only the API server touches it; it knows nothing of kinds or rules.
"""
