"""Pure facts and rules of the Kubernetes API: names, errors, selectors, quantities, patches, managed fields.

Start at `gvk` (names of types), `errors` (every refusal) and `request` (what travels to a server). Nothing here holds
state, reads a clock or knows a particular kind; the serving side and the acting side both build on it.
"""
