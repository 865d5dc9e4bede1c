"""What guests are shown, read from the store."""

from __future__ import annotations

from dataclasses import replace

from engine.app.lacking import lacking
from engine.domain.escalation import EscalationState
from engine.domain.facts import IterationStarted, JournalEntry, Landmark, NewsTold
from engine.domain.ids import TaskId
from engine.domain.merge import MergeStep
from engine.domain.settings import Settings
from engine.domain.state import HELD, TaskState
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import Overview, RunState, TaskView, ToldNews
from engine.ports.store import FactQuery, Reader, TaskQuery
from engine.wiggum.limits import iteration_budget, money_budget

_OPEN = frozenset({EscalationState.OPEN})
_NEWEST_NOTICE = FactQuery(landmarks=frozenset({Landmark.NOTICE}), is_newest_first=True, limit=1)
_TO_LAND = frozenset({MergeState.WAITING, MergeState.QUEUED, MergeState.PULL_REQUEST})
_TO_UNDO = frozenset({MergeStep.REVERTING})
_EVERYTHING = 1_000_000


def overview(
    reader: Reader, settings: Settings, run: RunState, *, warnings: tuple[str, ...]
) -> Overview:
    """The first glance: all tasks of the project, what waits, what it cost."""
    tasks = _tasks(reader, settings.project)
    counts, control = reader.counts(settings.project), reader.control()
    return Overview(
        seq=reader.last_seq(),
        run=run,
        parallel=control.parallel or settings.parallel,
        working=sum(counts.get(state, 0) for state in HELD),
        tasks=tasks,
        counts=counts,
        escalations=tuple(reader.escalations(states=_OPEN, limit=_EVERYTHING)),
        usage=reader.usage(),
        usage_by_task=reader.usage_by_task(settings.project),
        interrupted=sum(_is_interrupted(item) for item in tasks) if run is RunState.STOPPED else 0,
        warnings=warnings,
        last_verdicts={
            item.task_id: item.last_verdict for item in tasks if item.last_verdict is not None
        },
        budgets={item.task_id: iteration_budget(item, settings.budgets) for item in tasks},
        money={
            item.task_id: allowed
            for item in tasks
            if (allowed := money_budget(item, settings.budgets)) is not None
        },
        reverting=_reverting(reader),
        halted=f"by {control.halted_by}: {control.halted}" if control.halted else "",
        news=_news(reader),
        lacking=lacking(reader, tasks, settings.backend),
    )


def _reverting(reader: Reader) -> frozenset[TaskId]:
    return frozenset(record.task_id for record in reader.merges(steps=_TO_UNDO))


def _news(reader: Reader) -> ToldNews | None:
    for entry in reader.facts(_NEWEST_NOTICE):
        if isinstance(entry.fact, NewsTold):
            fact = entry.fact
            return ToldNews(seq=entry.seq, headline=fact.headline, about=fact.about)
    return None


def _tasks(reader: Reader, project: str) -> tuple[WorkItem, ...]:
    """Those that need a human first; of a long queue not the last ones, but always all that are on
    their way into the base branch.
    """
    query = TaskQuery(project=project)
    listed = reader.tasks(query)
    if len(listed) < query.limit:
        return tuple(listed)
    known = {item.task_id for item in listed}
    merging = reader.tasks(replace(query, merge_states=_TO_LAND, limit=_EVERYTHING))
    return (*listed, *(item for item in merging if item.task_id not in known))


def _is_interrupted(item: WorkItem) -> bool:
    is_begun = item.iteration_count > 0 or item.interruptions > 0
    return is_begun and item.state is TaskState.QUEUED


def task_view(reader: Reader, settings: Settings, task_id: TaskId) -> TaskView:
    """Everything about one task.

    Raises:
        UnknownTaskError: there is none.
    """
    item = reader.task(task_id)
    facts = tuple(reader.task_facts(task_id, limit=200))
    return TaskView(
        item=item,
        checkpoints=tuple(reader.checkpoints(task_id)),
        escalations=tuple(reader.escalations(task_id=task_id)),
        facts=facts,
        usage=reader.usage(task_id=task_id),
        notes=tuple(reader.notes(task_id)),
        budget=iteration_budget(item, settings.budgets),
        live_iteration=_live_iteration(item, facts),
        is_reverting=bool(reader.merges(task_id=task_id, steps=_TO_UNDO)),
    )


def _live_iteration(item: WorkItem, facts: tuple[JournalEntry, ...]) -> int | None:
    if item.state not in HELD and item.state is not TaskState.WAITING:
        return None
    started = [f.fact.iteration for f in facts if isinstance(f.fact, IterationStarted)]
    return started[-1] if started else None
