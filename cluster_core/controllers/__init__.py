"""The controllers: what kube-controller-manager runs, each in a file or folder of its own.

Start with `registry` (what exists, what runs) and `manager` (starts each when its first object appears). `reconciler` is
the base of all: informer handlers put keys into a queue, `sync(key)` makes one object right, one step at a time.

Shared nouns: `pods` (state of pods), `podcontrol` (create and delete them), `ownership` (adopt and release),
`deletion_ranking` (who goes first), `podtemplate` (hashes and revisions of templates), `rounding` (percentages).

Controllers talk to the API through a client, like anybody else; they import neither each other nor the API server.
"""
