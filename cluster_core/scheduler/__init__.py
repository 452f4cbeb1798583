"""The scheduler: finds a node for every pod that has none.

Read in this order: `scheduler` (the loop: take a pod, find a node, bind), `queue` (which pod is next, what wakes a waiting
one), `cache` (nodes and their pods, with a change log), `pods` (what the rules need of a pod, worked out once),
`classes` (equal pods share their verdicts on nodes), `framework` (what a plugin is), `registry` (plugins that exist),
`defaults` (plugins that run, in order, with weights), `plugins/` (one rule per file), `diagnosis` (why nothing fits, in words).
"""
