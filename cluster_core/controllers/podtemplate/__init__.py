"""Pod templates as Go sees them: what the pod-template-hash and the names of ControllerRevisions are made of.

`layout` knows the Go structs behind a PodTemplateSpec (field order, names, types), read from `layout.txt`;
`dump` prints a template as Go's spew does; `encode` writes it as the typed JSON; `hashing` makes the names.
Used by the Deployment, StatefulSet and DaemonSet controllers; knows nothing of them.
"""
