"""The garbage collector: what has lost its owners goes too.

`graph` remembers who owns whom; `controller` watches every kind and deletes, orphans or unblocks.
"""
