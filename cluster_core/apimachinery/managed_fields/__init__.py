"""Who owns which field: server-side apply and the managedFields of every write.

`sets` are sets of field paths, `types` what a position of an object is, `typed` walks objects (field set, compare, merge, remove),
`managers` applies and updates ownership. Pure; the API server adapts its schemas to `types.Type`.
"""
