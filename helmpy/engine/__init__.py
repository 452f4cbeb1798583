"""Chart and values into rendered files.

`render.render_values` coalesces values and builds the top-level context, `render.render` turns a chart and that context into
`{template path: text}`. Inside: `context` scopes the context to each chart, `objects`, `files` and `capabilities` are what
templates see, `go_dialect` runs Go templates (`functions` says what they can call, `failures` words their errors, `cache`
keeps compiled code on disk) and `jinja_dialect` runs `*.j2` files.
"""
