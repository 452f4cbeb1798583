"""The Go template language alone: text/template of Go 1.26 in Python, knowing nothing of Helm.

A template text is first read as an outline (`outline`: statements found by their delimiters, the text of each action parsed
once, most by `plain_actions`), and closures made from it run it (`interpreter` for statements, `evaluation` for pipelines).
Where there is no outline, and for templates that run often or that are kept on disk, the text goes through `lexer` (tokens)
and `parser` (trees of `nodes`; the only one to complain), and `compiler` turns a tree into the source of Python functions,
one fallible operation per line. Both ways call the same functions: `runtime` reads fields, `arguments` and `signatures` check
arguments, `builtins` are Go's own functions; what they do not share, the order of evaluation, is tested through both.

`templates` is the face: a set of named templates, each interpreted or compiled; `limits` bounds what they do. No position is
kept in compiled code: when something fails, `places` reads off the Python frames which node it was, by its line (the text is
compiled once more) or by its closure. So correct templates pay nothing for exact error messages.
"""
