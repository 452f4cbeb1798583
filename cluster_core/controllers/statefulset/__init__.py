"""StatefulSets: pods with names, order and storage of their own.

`controller` watches and reports; `history` chooses the revisions; `identity` makes a pod of an ordinal; `claims` its
storage; `control` takes one step: create, wait, scale down, update.
"""
