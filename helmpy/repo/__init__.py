"""Chart repositories: where charts come from and how they get here, checked.

    access         what a download may use: credentials, TLS files, limits; and where local files lie
    urls           joining and comparing URLs as Helm does
    http           GET with deadlines, caps, and credentials that stay with their origin
    getters        one getter per URL scheme
    repositories   repositories.yaml, and the cached index of each entry
    index          index.yaml: read, search, merge, write, and made from a folder
    oci            charts in OCI registries: pull, push, tags
    downloader     a chart reference → a verified archive on disk
    resolver       version ranges of Chart.yaml → Chart.lock
    manager        `dependency update` and `dependency build`

Files are the ones that Helm uses, in Helm's formats: both tools can share them.
"""
