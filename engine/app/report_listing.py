"""Which tasks a report names, where there are more than anybody would read."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.ports.report import NEEDS_HUMAN, Chapter, ReportedTask, Unlisted

_Numbered = tuple[int, ReportedTask]


class Listing:
    """Takes the tasks in the order of the queue and keeps at most so many of each chapter: the
    first where the operator is wanted, else those that were touched last. The others are counted.

    Args:
        most: of each chapter; None: all.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._kept: dict[Chapter, list[_Numbered]] = {chapter: [] for chapter in Chapter}
        self._counts = dict.fromkeys(Chapter, 0)
        self._number = 0
        self._before_usd = self._wasted_usd = Decimal(0)
        self._wasted_s = 0.0

    def add(self, task: ReportedTask) -> None:
        self._number += 1
        kept = self._kept[task.chapter]
        kept.append((self._number, task))
        if self._most is not None and len(kept) > 2 * self._most:
            self._thin_out(task.chapter, self._most)

    def tasks(self) -> tuple[ReportedTask, ...]:
        """Those that are named, chapter by chapter; nothing may be added any more."""
        if self._most is not None:
            for chapter in Chapter:
                self._thin_out(chapter, self._most)
        return tuple(task for kept in self._kept.values() for _, task in sorted(kept, key=_place))

    def unlisted(self) -> Unlisted:
        """The others, once `tasks` was called."""
        return Unlisted(
            counts={chapter: count for chapter, count in self._counts.items() if count},
            before_usd=self._before_usd,
            wasted_usd=self._wasted_usd,
            wasted_s=self._wasted_s,
        )

    def _thin_out(self, chapter: Chapter, most: int) -> None:
        kept = self._kept[chapter]
        kept.sort(key=_order_of(chapter))
        for _, task in kept[most:]:
            self._counts[chapter] += 1
            self._before_usd += task.before.cost_usd
            self._wasted_usd += task.waste.cost_usd
            self._wasted_s += task.waste.time_s
        del kept[most:]


def _place(numbered: _Numbered) -> float:
    return numbered[0]


def _touched_last(numbered: _Numbered) -> float:
    return -numbered[1].item.updated_at.timestamp()


def _order_of(chapter: Chapter) -> Callable[[_Numbered], float]:
    return _place if chapter in NEEDS_HUMAN else _touched_last
