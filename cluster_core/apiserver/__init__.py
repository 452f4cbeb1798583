"""The API server without sockets: every request takes the way of `pipeline.APIServer.handle`.

`request_info` reads paths, `served` knows the resources (built-in and custom), `registry` performs the verbs on the store,
`strategy` prepares metadata, `listing` and `watching` read, `deletion` and `patching` are the two long verbs, `transport` is
the way in for clients of the same process.
"""
