"""One verb per file: what a command does, without printing or parsing.

`configuration` holds the cluster and the stored releases, `rendering` turns a chart into a manifest, `charts` finds and
loads a chart. Options are frozen dataclasses; results are releases and other data that commands print.
"""
