"""Deployments: a ReplicaSet per template, and the way from the old ones to the new one.

`controller` watches and decides; `rollout` is one deployment in one sync, with its writes; `revisions` finds and makes
the ReplicaSets; `rolling` and `recreate` are the two strategies; `scaling` splits a new size; `status` reports.
"""
