"""Which values the templates of a chart may read: `helmpy lint --check-values`.

Nothing is rendered: `walk` goes through every branch of every template with abstract data (`atoms`: "the value at this
path", "the top-level context", "a dict made of these"), `calls` says what functions do with such data, and `reads` collects
what was read. `findings` compares that with the values there are. Every doubt counts as a read: a false alarm costs more
than a missed one.
"""
