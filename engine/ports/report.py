"""What a morning report says, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from engine.domain.steps import NextStep
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.words import ACTIONS
from engine.domain.work import WorkItem


class Chapter(StrEnum):
    """How a task stands in the morning, in the order of the report."""

    MERGED = "verified and merged"
    LANDING = "verified, in line or merging"
    TO_MERGE = "verified, waiting for you to merge"
    CLAIMED = "claimed, but not verified"
    """Its agent or its operator calls it done; no proof of the engine does."""
    ASKS = "asks you"
    """It goes on once its question is answered."""
    BLOCKED = "blocked on you"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNDER_WAY = "not finished"


NEEDS_HUMAN = frozenset({Chapter.TO_MERGE, Chapter.ASKS, Chapter.BLOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waste:
    """What brought nothing, of one task."""

    given_up: int = 0
    """Iterations that ended without a record: stopped, failed, or killed with their process."""
    given_up_usd: Decimal = Decimal(0)
    unchanged: int = 0
    """Recorded iterations that left the work as it was."""
    unchanged_usd: Decimal = Decimal(0)
    lost_usd: Decimal = Decimal(0)
    """All that a task cost which failed or was cancelled; the others are 0 then."""
    time_s: float = 0.0

    @property
    def cost_usd(self) -> Decimal:
        return self.given_up_usd + self.unchanged_usd + self.lost_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a task had cost and taken before the period of the report."""

    cost_usd: Decimal = Decimal(0)
    unpriced_calls: int = 0
    """Of which it is not known what they cost."""
    tokens: int = 0
    iterations: int = 0
    work_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedTask:
    """One task in a report."""

    item: WorkItem
    chapter: Chapter
    usage: Usage
    """In the period of the report."""
    iterations: int
    """Recorded in the period."""
    work_s: float
    """Of these iterations."""
    waste: Waste
    why: str
    """Why it stands there, in one line; may be empty."""
    next_step: NextStep | None
    before: Earlier = Earlier()

    @property
    def whole_usd(self) -> Decimal:
        """All that it ever cost."""
        return self.usage.cost_usd + self.before.cost_usd

    @property
    def whole_unpriced(self) -> int:
        """Calls whose cost is not known, of all that were ever made for it."""
        return self.usage.unpriced_calls + self.before.unpriced_calls

    @property
    def whole_tokens(self) -> int:
        return self.usage.tokens + self.before.tokens

    @property
    def whole_s(self) -> float:
        """All work that was ever recorded for it."""
        return self.work_s + self.before.work_s

    @property
    def whole_iterations(self) -> int:
        """All that were ever recorded."""
        return self.iterations + self.before.iterations


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Tasks that a report of a period does not list: they had ended before it, or not begun."""

    tasks: int = 0
    """Those that had ended."""
    cost_usd: Decimal = Decimal(0)
    not_begun: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """Tasks that belong to the report, but are more than it names one by one."""

    counts: Mapping[Chapter, int] = field(default_factory=dict)
    """Only chapters that have any."""
    before_usd: Decimal = Decimal(0)
    wasted_usd: Decimal = Decimal(0)
    wasted_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedQuestion:
    """A question that waits for the operator."""

    escalation_id: str
    task_id: str
    rule: str
    severity: str
    kind: str
    """Of the action, as it is stored."""
    action: str
    """What it is done to: a command or a path."""
    waits_s: float

    @property
    def words(self) -> str:
        """What its agent wants, in one line: `run rm -rf build`."""
        return f"{ACTIONS.get(self.kind, self.kind)} {' '.join(self.action.split())}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What happened in a period, and how things stand at its end."""

    project: str
    since: datetime | None
    """None: since the beginning."""
    until: datetime
    tasks: tuple[ReportedTask, ...]
    """In the order of the chapters; what needs a human sooner comes first in each. Of a chapter
    that is too long, those that need a human first, or else the newest.
    """
    questions: tuple[ReportedQuestion, ...]
    """Most severe first."""
    usage: Usage
    """Of the project in the period: exactly the sum over `tasks`, if these are all."""
    guardrails: tuple[tuple[str, int], ...]
    """Rules that asked the operator in the period, and how often; most often first."""
    warnings: tuple[str, ...]
    """Raised in the period, each once, oldest first."""
    unpaid_usd: Decimal = Decimal(0)
    """What of the usage nobody paid: counted on a script's words, at the price of a model."""
    left_out: LeftOut = LeftOut()
    unlisted: Unlisted = field(default_factory=Unlisted)
    """What belongs to the chapters beside `tasks`; all sums below count it."""

    def count_of(self, chapter: Chapter) -> int:
        """How many tasks stand there."""
        named = sum(task.chapter is chapter for task in self.tasks)
        return named + self.unlisted.counts.get(chapter, 0)

    @property
    def before_usd(self) -> Decimal:
        """What the tasks of all chapters had cost before the period."""
        return sum((task.before.cost_usd for task in self.tasks), self.unlisted.before_usd)

    @property
    def waits_for_human(self) -> bool:
        return bool(self.questions) or any(task.chapter in NEEDS_HUMAN for task in self.tasks)

    @property
    def wasted_usd(self) -> Decimal:
        return sum((task.waste.cost_usd for task in self.tasks), self.unlisted.wasted_usd)

    @property
    def wasted_s(self) -> float:
        return sum((task.waste.time_s for task in self.tasks), self.unlisted.wasted_s)
