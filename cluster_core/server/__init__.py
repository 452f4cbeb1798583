"""The API server on a socket: HTTPS, watches, WebSockets, one thread.

`pki` makes certificates and kubeconfigs, `driver` runs the cluster's loop on the wall clock, `app` answers HTTP requests through
`apiserver.http`, `watches` and `streams` carry what does not end with one answer, `audit` and `metrics` look on.
Started by `cluster_core.serving`, which alone sees the cluster and this room.
"""
