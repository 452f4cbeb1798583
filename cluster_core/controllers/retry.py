"""The exception by which a sync asks for another try."""


class RetryError(Exception):
    """A sync cannot go on now and wants another try, with growing delay. Not a bug: it is not logged."""
