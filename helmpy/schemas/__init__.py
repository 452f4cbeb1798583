"""Rendered objects against the schemas of Kubernetes, without a cluster.

`check` is the way in: it takes rendered files and gives `Problem`s. `builtin` knows the kinds of Kubernetes itself, `custom`
those that a CustomResourceDefinition of the chart defines, `lifecycle` when kinds were deprecated and removed, `positions`
on which line a field stands, `blame` which template line wrote it and whose value it is.
"""
