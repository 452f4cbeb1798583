"""A chart as data. Everything above reads charts through this package and never opens their files itself.

model         Chart and File: the tree in memory, with the paths that templates and errors show
metadata      Chart.yaml, its dependencies and maintainers, Chart.lock; their validation
decode        YAML text → the fields of a Go struct, with Go's errors (Chart.yaml, locks, index files)
loader        a directory, a .tgz or a list of files → Chart
archive       .tgz → files (every path checked), Chart → .tgz (byte for byte as Helm packs)
ignore        .helmignore
dependencies  what Chart.yaml asks for against what charts/ holds; the digest of Chart.lock
versions      versions and ranges of versions
scaffold      the starter chart of `helmpy create`
provenance    signed .prov files
"""
