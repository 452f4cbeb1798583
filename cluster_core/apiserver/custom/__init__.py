"""Custom resources: CustomResourceDefinitions to served resources, and their objects by structural schema.

`resources` turns a definition into `Served`s, `structural` prunes, defaults and types objects, `validation` checks them, `definitions` plays
the controllers that accept names and clean up. Rules in CEL (x-kubernetes-validations) are not evaluated.
"""
