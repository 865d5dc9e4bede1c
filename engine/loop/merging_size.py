"""How many branches are proved together."""

from __future__ import annotations

_AT_FIRST = 5


class BatchSize:
    """Few at first; twice as many after each batch that held whole, half after one that did not.

    A batch costs the same runs of the checks however many are in it, so a queue that grows faster
    than it is merged is caught up with; a culprit costs more runs the more there are to halve.

    Args:
        most: as the operator wants it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.now = min(_AT_FIRST, most)
        """So many are taken for the next batch."""

    def held(self, count: int) -> None:
        """A batch of `count` was proved as a whole; one that was not half full says little."""
        if 2 * count > self.now:
            self.now = min(2 * self.now, self._most)

    def broke(self) -> None:
        """In a batch somebody was found guilty."""
        self.now = max(self.now // 2, min(_AT_FIRST, self._most))
