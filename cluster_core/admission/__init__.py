"""Admission: what the cluster adds to, or refuses of, a write that authorization let through.

`chain` runs the plugins; `plugins/` has one file each; the registry of what exists and the ordered list of what runs are in
`registry` and `defaults`.
"""
