"""The node lifecycle controller: nodes that fall silent, their taints, and the readiness of their pods.

`health` judges one node by its heartbeats; `taints` says which taints its conditions mean; `zones` how fast pods may be
driven out; `controller` watches, runs the periodic pass and writes.
"""
