"""A tiny sh for simulated containers: `lexer` (characters to words), `parser` (words to a tree),
`expand` (words to arguments), `interpreter` (the tree to waits and output).

It knows what start scripts, probes, hooks and test pods usually use; what it does not know it says, like any shell.
Nothing is executed on the real machine.
"""
