"""Values: from flags and files to what a chart renders with.

`sources` reads -f and the --set family (`strvals` is their grammar); `dependencies` decides which subcharts take part;
`merge` coalesces defaults and the user's values; `schema` checks the result (`schema_report` words the faults); `paths`
looks things up; `provenance` tells where a value comes from.
"""
