"""A tiny sh for simulated containers: `parser` (text to tree), `interpreter` (tree to waits and output), `expand` (words).

It knows what start scripts, probes, hooks and test pods usually use; what it does not know it says, like any shell.
Nothing is executed on the real machine.
"""
