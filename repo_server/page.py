"""The web page: what the repository holds and how to use it. Everything from charts is escaped."""

from html import escape

from helmpy.repo.index import Index

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}"
    "pre{background:#f4f4f4;padding:.6rem;overflow:auto}.old{color:#666}"
)


def render(index: Index, address: str) -> str:
    """The page for an index; `address` is the URL under which the reader knows the server."""
    rows = "".join(_row(name, index) for name in sorted(index.entries))
    body = f"<table><tr><th>Chart<th>Newest<th>App<th>Versions<th>Description</tr>{rows}</table>" if rows else _EMPTY
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Charts</title><style>{_STYLE}</style>'
        f"<h1>Charts</h1><pre>helmpy repo add my-charts {escape(address)}</pre>{body}"
        '<p><a href="index.yaml">index.yaml</a></p></html>'
    )


_EMPTY = "<p>No charts yet.</p>"


def _row(name: str, index: Index) -> str:
    versions = index.entries[name]
    newest = versions[0]
    link = escape(newest.urls[0], quote=True)
    cells = (
        escape(name),
        f'<a href="{link}">{escape(newest.version)}</a>',
        escape(newest.metadata.app_version),
        str(len(versions)),
        escape(newest.metadata.description),
    )
    mark = ' class="old"' if newest.metadata.deprecated else ""
    return f"<tr{mark}>" + "".join(f"<td>{cell}" for cell in cells) + "</tr>"
