"""What the API server knows of each kind, one file per kind in a folder per group.

`scheme` is the table of them all; `resource` what each file exports; `schema` their field schemas; `cells` and `strategy` what they
share. Kinds are described, not served: storage, requests and admission are the API server's.
"""
