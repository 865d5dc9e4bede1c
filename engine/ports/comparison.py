"""Tasks of one origin, as they are held against each other."""

from __future__ import annotations

from engine.domain.checkpoint import Checkpoint
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.work import WorkItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way that was gone."""

    item: WorkItem
    points: tuple[Checkpoint, ...]
    """Its own iterations, oldest first."""
    since: int
    """How many of them lie before the first point at which another of these tasks left it."""
    usage: Usage
    """Of all its iterations, those that were given up too."""

    @property
    def last(self) -> Checkpoint | None:
        """Its newest iteration; None: none has ended."""
        return self.points[-1] if self.points else None

    @property
    def work_s(self) -> float:
        """How long its iterations took."""
        return sum(point.duration_s for point in self.points)

    @property
    def after(self) -> tuple[Checkpoint, ...]:
        """Iterations that only this task went through."""
        return self.points[self.since :]
