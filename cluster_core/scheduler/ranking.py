"""Acceptable nodes in groups that no scorer tells apart, so that choosing looks at groups instead of nodes.

Called by a class of pods. In a cluster of many equal nodes there are few groups, however many nodes.
"""

import random
from collections.abc import Callable
from typing import Any

Group = tuple[int, Any]
"""Total of the scores that need no comparison, and what a comparing rule says of the nodes (None without such a rule)."""


class Ranking:
    """Names by group; joining, leaving and drawing one of a group take no search."""

    __slots__ = ("_groups", "_places")

    def __init__(self) -> None:
        self._groups: dict[Group, list[str]] = {}
        self._places: dict[str, tuple[Group, int]] = {}

    def put(self, name: str, group: Group) -> None:
        """Move a node into a group."""
        place = self._places.get(name)
        if place is not None:
            if place[0] == group:
                return
            self.drop(name)
        names = self._groups.setdefault(group, [])
        self._places[name] = (group, len(names))
        names.append(name)

    def drop(self, name: str) -> None:
        """Leave a node out; unknown ones are ignored."""
        place = self._places.pop(name, None)
        if place is None:
            return
        group, index = place
        names = self._groups[group]
        last = names.pop()
        if last != name:
            names[index] = last
            self._places[last] = (group, index)
        if not names:
            del self._groups[group]

    def best(self, totals_of: Callable[[list[tuple[Group, int]]], list[int]], rng: random.Random) -> str | None:
        """A node of the groups with the highest total, each as likely; None without nodes.

        `totals_of` gives the totals of groups with their sizes.
        """
        if not self._groups:
            return None
        groups = self._groups
        totals = totals_of([(group, len(names)) for group, names in groups.items()])
        highest = max(totals)
        tied = [names for names, total in zip(groups.values(), totals, strict=True) if total == highest]
        count = sum(map(len, tied))
        index = rng.randrange(count) if count > 1 else 0
        for names in tied:
            if index < len(names):
                return names[index]
            index -= len(names)
        raise AssertionError("groups changed while drawing")
