"""One scheduling rule per file; `registry` lists them, `defaults` orders them. They do not import each other."""
