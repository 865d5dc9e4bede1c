"""The morning report, read from the store in one consistent view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from engine.app.lacking import lacking
from engine.app.report_listing import Listing
from engine.app.report_prospects import Prospects
from engine.app.report_rules import (
    chapter_of,
    has_word_on_pass,
    is_accepted,
    is_open,
    next_step,
    waste_of,
    why_of,
)
from engine.domain.escalation import Escalation, EscalationState
from engine.domain.facts import JournalEntry, RunStarted, WarningRaised
from engine.domain.ids import TaskId
from engine.domain.settings import SCRIPTED
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.work import WorkItem
from engine.loop.backends_down import TAKES_NO_MORE
from engine.ports.cockpit import RunState
from engine.ports.report import Earlier, LeftOut, Report, ReportedQuestion, ReportedTask
from engine.ports.store import Reader, TaskQuery

_EVERYTHING = 1_000_000_000
_NEWEST = 6
_OPEN = frozenset({EscalationState.OPEN})
_NOT_BEGUN = frozenset({TaskState.QUEUED, TaskState.PAUSED})


def begin_of_last_run(reader: Reader) -> datetime | None:
    """When the newest run began to take tasks; None: none ever did."""
    entry = reader.newest_fact(RunStarted.KIND)
    return entry.at if entry is not None else None


def read_report(
    reader: Reader,
    project: str,
    *,
    since: datetime | None,
    until: datetime,
    most: int | None = None,
    run: RunState = RunState.NO_ENGINE,
    backend: str = "",
) -> Report:
    """What happened to the project's tasks from `since` (None: ever) on, and how they stand; of
    each chapter at most so many (None: all) are named, the others counted. `run` is what the engine
    does now, `backend` whose work is to be done by no other.

    Tasks that were not touched in that time and have come to a good end are left out, and counted.
    """
    used = reader.usage_by_task(project, since=since)
    scripted = reader.usage_by_task(project, since=since, agent=SCRIPTED)
    ever_used = used if since is None else reader.usage_by_task(project)
    asked = [
        question
        for question in reader.escalations(limit=_EVERYTHING)
        if question.project == project
    ]
    open_by_task: dict[TaskId, str] = {}
    for question in asked:
        if question.state is EscalationState.OPEN:
            open_by_task.setdefault(question.task_id, question.escalation_id)
    items = reader.tasks(TaskQuery(project=project, limit=_EVERYTHING))
    listed = [
        item for item in items if item.task_id in used or _is_recent(item, since) or is_open(item)
    ]
    states = {item.task_id: item.state for item in items}
    lacks = lacking(reader, listed, backend)
    prospects = Prospects(run, reader.control(), states, lacks)
    listing = Listing(most)
    for item in listed:
        spent = ever_used.get(item.task_id, Usage()), used.get(item.task_id, Usage())
        listing.add(_reported(reader, item, spent, since, open_by_task, prospects))
    return Report(
        project=project,
        since=since,
        until=until,
        tasks=listing.tasks(),
        questions=tuple(_question(each, until) for each in asked if each.state in _OPEN),
        usage=sum(used.values(), Usage()),
        unpaid_usd=sum((each.cost_usd for each in scripted.values()), Decimal(0)),
        guardrails=_guardrails(asked, since),
        warnings=_warnings(reader, since),
        left_out=_left_out(items, listed, ever_used),
        unlisted=listing.unlisted(),
    )


def _left_out(
    items: Sequence[WorkItem], listed: Sequence[WorkItem], used: Mapping[TaskId, Usage]
) -> LeftOut:
    told = {item.task_id for item in listed}
    others = [item for item in items if item.task_id not in told]
    return LeftOut(
        not_begun=sum(item.state in _NOT_BEGUN and _is_new(item, used) for item in others),
        tasks=sum(not _is_new(item, used) for item in others),
        cost_usd=sum(
            (used[item.task_id].cost_usd for item in others if item.task_id in used), Decimal(0)
        ),
    )


def _is_new(item: WorkItem, used: Mapping[TaskId, Usage]) -> bool:
    """Whether no agent was ever at work on it."""
    return item.iteration_count == 0 and item.task_id not in used


def _reported(
    reader: Reader,
    item: WorkItem,
    used: tuple[Usage, Usage],
    since: datetime | None,
    open_by_task: dict[TaskId, str],
    prospects: Prospects,
) -> ReportedTask:
    """`used`: ever, and in the period."""
    ever, usage = used
    has_history = item.iteration_count > 0 or usage.calls > 0 or item.last_verdict is not None
    points = reader.checkpoints(item.task_id) if has_history else []
    facts = _facts_of(reader, item, since)
    recent = [point for point in points if since is None or point.timestamp >= since]
    earlier = points[: len(points) - len(recent)]
    has_own_word = is_accepted(item, points, facts)
    chapter = chapter_of(item, points, is_accepted=has_own_word)
    return ReportedTask(
        item=item,
        chapter=chapter,
        usage=usage,
        iterations=len(recent),
        work_s=sum(point.duration_s for point in recent),
        waste=waste_of(item, usage, earlier[-1] if earlier else None, recent, _since(facts, since)),
        why=why_of(item, chapter, points, is_accepted=has_own_word) or prospects.why_of(item),
        next_step=next_step(item, chapter, points, open_by_task.get(item.task_id, ""))
        or prospects.step_of(item),
        before=Earlier(
            cost_usd=ever.cost_usd - usage.cost_usd,
            unpriced_calls=ever.unpriced_calls - usage.unpriced_calls,
            tokens=ever.tokens - usage.tokens,
            iterations=len(earlier),
            work_s=sum(point.duration_s for point in earlier),
        ),
    )


def _facts_of(reader: Reader, item: WorkItem, since: datetime | None) -> list[JournalEntry]:
    """Those that the report asks for: of a task that rested all the time nothing but the newest
    word on PASS, which is among its last facts.
    """
    if since is not None and item.updated_at < since:
        newest = reader.task_facts(item.task_id, limit=_NEWEST)
        if len(newest) < _NEWEST or has_word_on_pass(newest):
            return newest
    return reader.task_facts(item.task_id, limit=_EVERYTHING)


def _since(facts: Iterable[JournalEntry], since: datetime | None) -> list[JournalEntry]:
    return [entry for entry in facts if since is None or entry.at >= since]


def _is_recent(item: WorkItem, since: datetime | None) -> bool:
    return since is None or item.updated_at >= since


def _question(asked: Escalation, until: datetime) -> ReportedQuestion:
    return ReportedQuestion(
        escalation_id=asked.escalation_id,
        task_id=asked.task_id,
        rule=asked.rule,
        severity=asked.severity.value,
        kind=asked.action.kind.value,
        action=asked.action.target,
        waits_s=(until - asked.raised_at).total_seconds(),
    )


def _guardrails(asked: Iterable[Escalation], since: datetime | None) -> tuple[tuple[str, int], ...]:
    recent = (each for each in asked if since is None or each.raised_at >= since)
    return tuple(Counter(each.rule for each in recent).most_common())


def _warnings(reader: Reader, since: datetime | None) -> tuple[str, ...]:
    """Each once; what is the matter with a backend is told of a task and of the run it ended."""
    texts = [
        entry.fact.text.removeprefix(TAKES_NO_MORE)
        for entry in reader.facts_of_kind(WarningRaised.KIND, since=since)
        if isinstance(entry.fact, WarningRaised)
    ]
    return tuple(dict.fromkeys(texts))
