"""`aio-tui status`: the first glance, without a screen."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Set

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import next_document, print_json, print_lines
from aio_tui.cli.session import engine_of
from aio_tui.cli.summary import in_hands, totals
from aio_tui.wording import (
    cost,
    counted,
    is_cut_off,
    lack_words,
    merging_count,
    run_sign,
    taken_tasks,
    wait_words,
    work_words,
    working_count,
)
from engine.domain.facts import JournalEntry, RunEnded, RunStarted
from engine.domain.ids import TaskId
from engine.domain.steps import with_next
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import Overview, RunState
from engine.ports.queue_reading import Reader

_MOST_NAMED = 5


async def status(args: argparse.Namespace) -> Exit:
    """Whether a run goes on, what it waits for and until when, and where the tasks stand."""
    async with engine_of(args) as engine:
        overview, pid = await engine.overview(), engine.engine_pid
        project = engine.settings.project
        hands = await engine.at_hand([item.task_id for item in taken_tasks(overview)])
        merges = await engine.read(lambda reader: reader.merge_counts(project))
        is_paused = await engine.read(lambda reader: reader.control().is_paused)
        ended = await engine.read(_last_end)
        is_lost = engine.was_cut_off
    if args.json:
        told = _document(overview, merges, hands, pid, project)
        told |= {"is_paused": is_paused, "last_end": _end_document(ended)}
        print_json(told | {"cut_off": _cut_off(overview) if is_lost else None})
    else:
        lines = _lines(overview, merges, hands, pid, project)
        died = [_died_line(overview)] if is_lost else _end_lines(overview, ended)
        lines[1:1] = [*died, *_pause_lines(overview, is_paused=is_paused)]
        print_lines(lines)
    return Exit.DONE


def _last_end(reader: Reader) -> JournalEntry | None:
    """How the newest run ended; None: it goes on, it was cut off, or there was none."""
    began, ended = reader.newest_fact(RunStarted.KIND), reader.newest_fact(RunEnded.KIND)
    return ended if began is not None and ended is not None and ended.seq > began.seq else None


def _died_line(overview: Overview) -> str:
    cut_off = _cut_off(overview)
    more = len(cut_off) - _MOST_NAMED
    names = [*cut_off[:_MOST_NAMED], *([counted(more, "other task")] if more > 0 else [])]
    at_work = " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:]))) or "nothing"
    was = "were" if len(cut_off) > 1 else "was"
    return (
        f"the last run died (its engine is no more) while {at_work} {was} at work; 'aio-tui run'"
        " goes on"
    )


def _cut_off(overview: Overview) -> list[str]:
    """Tasks that were at work when the engine died."""
    return [item.task_id for item in overview.tasks if is_cut_off(item, overview.run)]


def _end_lines(overview: Overview, ended: JournalEntry | None) -> list[str]:
    is_over = overview.run in (RunState.NO_ENGINE, RunState.STOPPED)
    if not is_over or ended is None or not isinstance(ended.fact, RunEnded):
        return []
    why = with_next(ended.fact.cause, ended.fact.next_step)
    return [f"the last run ended {ended.at:%Y-%m-%d %H:%M} UTC: {why}"]


def _end_document(ended: JournalEntry | None) -> dict[str, object] | None:
    if ended is None or not isinstance(ended.fact, RunEnded):
        return None
    return {"at": ended.at, "cause": ended.fact.cause, "next": next_document(ended.fact.next_step)}


def _pause_lines(overview: Overview, *, is_paused: bool) -> list[str]:
    """While everything is halted the pause does not matter: one word lets both go on."""
    if not is_paused or overview.halted:
        return []
    return ["the queue is paused: no run begins anything until 'aio-tui task resume --all'"]


def _lines(
    overview: Overview,
    merges: Mapping[MergeState, int],
    hands: Set[TaskId],
    pid: int | None,
    project: str,
) -> list[str]:
    if pid is None or overview.run is RunState.NO_ENGINE:
        lines = [f"{project}: no run; 'aio-tui' or 'aio-tui run' begins one"]
    else:
        lines = [f"{project}: {run_sign(overview).word} (pid {pid}), {work_words(overview)}"]
    if overview.halted:
        lines.append(f"everything is halted {overview.halted}")
    if waits := wait_words(overview):
        lines.append(waits)
    lines += lack_words(overview)
    lines += [
        f"{asked.task_id} asks ({asked.severity}): aio-tui escalations show {asked.escalation_id}"
        for asked in overview.escalations
    ]
    lines += [_in_hands(item, is_there=item.task_id in hands) for item in taken_tasks(overview)]
    return [*lines, totals(overview.counts, merges), f"{cost(overview.usage)} so far"]


def _in_hands(item: WorkItem, *, is_there: bool) -> str:
    where = "somebody is in its worktree" if is_there else "nobody is in its worktree"
    return f"{in_hands(item)}, {where}: aio-tui task hand-back {item.task_id}"


def _document(
    overview: Overview,
    merges: Mapping[MergeState, int],
    hands: Set[TaskId],
    pid: int | None,
    project: str,
) -> dict[str, object]:
    return {
        "project": project,
        "run": overview.run,
        "pid": pid,
        "waits_until": overview.waits_until,
        "halted": overview.halted or None,
        "lacking": overview.lacking,
        "working": working_count(overview),
        "merging": merging_count(overview),
        "questions": [asked.escalation_id for asked in overview.escalations],
        "taken_over": [
            {
                "task_id": item.task_id,
                "by": item.taken_by,
                "since": item.updated_at,
                "is_at_hand": item.task_id in hands,
            }
            for item in taken_tasks(overview)
        ],
        "counts": {state.value: number for state, number in overview.counts.items()},
        "merges": {state.value: number for state, number in merges.items()},
        "cost_usd": overview.usage.cost_usd,
        "unpriced_calls": overview.usage.unpriced_calls,
    }
