"""The functions of templates: Sprig's and Helm's own, one family per module, each ending in a TABLE of `Function`.

`registry` knows which family a name belongs to and imports it on first use. Text: `strings`, `cases`, `wrapping`, `regex`,
`encoding`, `digests`. Collections: `lists`, `dicts`, `merging`. Numbers: `math` (with `decimal`),
`conversions`. Time and versions: `dates`, `semver`. Others: `defaults`, `types` (with `equality`), `serialization`, `urls`,
`paths`, `random`, `crypto`, `certificates`. `unicode` holds Go's view of characters, `limits` how much a call may make.

A function takes and returns the Python values that stand for Go's (see helmpy.golang) and raises GoError where Go returns an
error or panics. The template runtime checks the number and the types of arguments before it calls.
"""
