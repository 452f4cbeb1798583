"""The Go template language alone: text/template of Go 1.26 in Python, knowing nothing of Helm.

A template text goes through `lexer` (tokens) and `parser` (trees of `nodes`); `compiler` turns each tree into the source of
a Python function, one fallible operation per line, and `templates` runs such functions over a set of named templates.
`fields` reads fields and methods, `arguments` checks argument types, `builtins` are Go's own functions. No position is kept
in compiled code: when a line fails, `templates` compiles the text once more and asks which node stood on that line. So
correct templates pay nothing for exact error messages, and compiled code can be cached as it is.
"""
