"""What happened that an absent operator wants to hear of, though nobody asks.

Values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from engine.domain.action import Severity
from engine.domain.facts import JournalEntry, RunEnded, RunStarted, TaskMoved
from engine.domain.ids import TaskId
from engine.domain.run import TASK_ITERATIONS, RunEnd
from engine.domain.settings import NotificationSettings
from engine.domain.state import TaskState
from engine.domain.values import dataclass

_BY_ORDER = frozenset({RunEnd.STOPPED.value, RunEnd.PAUSED.value, RunEnd.HALTED.value})
"""Ends that the operator brought about himself."""
_ASKS = RunEnd.WAITING.value
"""Told by the questions themselves."""


class NewsKind(StrEnum):
    """What happened."""

    BLOCKED = "blocked"
    FAILED = "failed"
    BUDGET = "budget spent"
    """Of money, tokens or time, a task's or the run's; the text says how much of how much."""
    RUN_ENDED = "run ended"


_OF_STATE = {TaskState.BLOCKED.value: NewsKind.BLOCKED, TaskState.FAILED.value: NewsKind.FAILED}
SEVERITIES = {
    NewsKind.BLOCKED: Severity.MEDIUM,
    NewsKind.FAILED: Severity.MEDIUM,
    NewsKind.BUDGET: Severity.MEDIUM,
    NewsKind.RUN_ENDED: Severity.LOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One of them; what `engine.notify.schedule` wants to know of it is called as of a question."""

    key: str
    kind: NewsKind
    task_id: TaskId | None
    """None: it is about the run."""
    text: str
    """Why, in the engine's words; may hold what others wrote."""
    limit: str
    """The limit that is the reason, as the journal names it; empty: none is."""
    severity: Severity
    raised_at: datetime
    acknowledged_at: datetime | None = None
    told_at: datetime | None = None
    times_told: int = 0

    def told(self, at: datetime) -> News:
        """The same, told once more."""
        return replace(self, told_at=at, times_told=self.times_told + 1)


class NewsDesk:
    """Keeps what is news, from the journal.

    A task that has gone on is none any more; nor is what an operator has had before his eyes since.
    """

    def __init__(self) -> None:
        self._news: dict[str, News] = {}
        self._has_worked = False
        """Whether the run under way has moved a task."""

    @property
    def waiting(self) -> list[News]:
        """What somebody is to be told, or told again; oldest first."""
        return list(self._news.values())

    def wanted(self, settings: NotificationSettings) -> list[News]:
        """Of what is waiting, the kinds that somebody wants to hear of."""
        is_wanted = {
            NewsKind.BLOCKED: settings.blocked,
            NewsKind.FAILED: settings.failed,
            NewsKind.BUDGET: settings.budget,
            NewsKind.RUN_ENDED: settings.run_end,
        }
        return [one for one in self._news.values() if is_wanted[one.kind]]

    def hear(self, entries: Iterable[JournalEntry]) -> None:
        """Take in what came into the journal, oldest first."""
        for entry in entries:
            match entry.fact:
                case RunStarted():
                    self._has_worked = False
                    self._news.pop(_RUN, None)
                case TaskMoved() if entry.task_id is not None:
                    self._has_worked = True
                    self._hear_move(entry, entry.fact, TaskId(entry.task_id))
                case RunEnded(cause=cause, is_budget_spent=is_spent, limit=limit) if self._is_news(
                    cause
                ):
                    kind = NewsKind.BUDGET if is_spent else NewsKind.RUN_ENDED
                    self._news[_RUN] = News(
                        key=_RUN,
                        kind=kind,
                        task_id=None,
                        text=cause,
                        limit=limit,
                        severity=SEVERITIES[kind],
                        raised_at=entry.at,
                    )
                case _:
                    pass

    def _hear_move(self, entry: JournalEntry, fact: TaskMoved, task_id: TaskId) -> None:
        key = f"task {task_id}"
        self._news.pop(key, None)
        kind = _OF_STATE.get(fact.after)
        if kind is NewsKind.FAILED and fact.limit not in ("", TASK_ITERATIONS):
            kind = NewsKind.BUDGET
        if kind is not None:
            self._news[key] = News(
                key=key,
                kind=kind,
                task_id=task_id,
                text=fact.reason,
                limit=fact.limit,
                severity=SEVERITIES[kind],
                raised_at=entry.at,
            )

    def _is_news(self, cause: str) -> bool:
        what = cause.partition("; ")[0]  # versions before 2 went on with what lets it go on
        return what not in _BY_ORDER and what != _ASKS and self._has_worked

    def seen(self, last_key_at: datetime | None) -> None:
        """A key was pressed in a cockpit then: what had happened by then stood before his eyes."""
        if last_key_at is not None:
            self._news = {
                key: one for key, one in self._news.items() if one.raised_at >= last_key_at
            }

    def mark_told(self, told: Sequence[News], at: datetime) -> None:
        """They were told; the end of a run is told once."""
        for one in told:
            if one.task_id is None:
                self._news.pop(one.key, None)
            elif one.key in self._news:
                self._news[one.key] = one.told(at)


_RUN = "run"
