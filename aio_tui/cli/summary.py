"""What a run leaves behind, as a document and as lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from aio_tui.beginnings import ways_in_lines
from aio_tui.cli.output import next_document
from aio_tui.wording import counted, sign_of
from engine.domain.state import TaskState
from engine.domain.steps import with_next
from engine.domain.words import state_word
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import RunSummary, TaskSummary


def as_document(summary: RunSummary) -> dict[str, object]:
    """The summary for --json; names every task with verdict, iterations and branch."""
    return {
        "repo": summary.repo,
        "project": summary.project,
        "end": _end(summary),
        "next": next_document(summary.next_step),
        "failure": summary.failure or None,
        "counts": Counter(task.item.state.value for task in summary.tasks),
        "tasks": [_task(task) for task in summary.tasks],
        "escalations": [
            {"id": escalation_id, "task_id": task.item.task_id}
            for task in summary.tasks
            for escalation_id in task.escalations
        ],
        "tokens": summary.usage.tokens,
        "model_calls": summary.usage.calls,
        "cost_usd": summary.usage.cost_usd,
        "unpriced_calls": summary.usage.unpriced_calls,
    }


def _end(summary: RunSummary) -> str:
    return with_next(summary.end, summary.next_step)


def as_lines(summary: RunSummary) -> list[str]:
    """The summary for a human: one line a task, then what to do."""
    width = max((len(task.item.task_id) for task in summary.tasks), default=0)
    lines = [
        "",
        f"The run ended: {_end(summary)}",
        f"  {totals(_counts(summary), _merges(summary))}",
    ]
    if not summary.tasks:
        lines += ["  The queue is empty. These fill it:", *(f"  {way}" for way in ways_in_lines())]
    for task in summary.tasks:
        item = task.item
        verdict = task.verdict or "-"
        word = sign_of(item, is_asking=bool(task.escalations)).word
        lines.append(
            f"  {item.task_id:<{width}}  {word:<10}  {verdict:<7}  "
            f"{item.iteration_count} iterations  {item.branch}"
        )
        if item.error_log:
            lines.append(f"  {'':<{width}}    {item.error_log}")
    lines += [
        f"  {task.item.task_id} waits for you: aio-tui escalations show {escalation_id}"
        for task in summary.tasks
        for escalation_id in task.escalations
    ]
    lines += [
        f"  {in_hands(task.item)}: aio-tui task hand-back {task.item.task_id}"
        for task in summary.tasks
        if task.item.state is TaskState.TAKEN
    ]
    waiting = [
        task.item.task_id
        for task in summary.tasks
        if task.item.merge_state is MergeState.WAITING and task.item.state is TaskState.COMPLETED
    ]
    if waiting:
        lines.append(f"  verified, to be merged when you say so: {', '.join(waiting)}")
        lines.append("    aio-tui merge approve ID...")
    lines.append(
        f"  {summary.usage.tokens} tokens, {_least(summary)}${summary.usage.cost_usd:.4f}"
        f"{_unpriced(summary)}"
    )
    return lines


_TOTALS = {
    "verified": (TaskState.COMPLETED, TaskState.PASSED, TaskState.MERGING),
    "failed": (TaskState.FAILED,),
    "blocked": (TaskState.BLOCKED,),
    "asking you": (TaskState.WAITING,),
    "by hand": (TaskState.TAKEN,),
    "cancelled": (TaskState.CANCELLED,),
}


def _counts(summary: RunSummary) -> Counter[TaskState]:
    return Counter(task.item.state for task in summary.tasks)


_FAR = (MergeState.MERGED, MergeState.QUEUED, MergeState.WAITING, MergeState.PULL_REQUEST)


def _merges(summary: RunSummary) -> Counter[MergeState]:
    merges = (task.item.merge_state for task in summary.tasks)
    return Counter(state for state in merges if state is not None)


def totals(counts: Mapping[TaskState, int], merges: Mapping[MergeState, int]) -> str:
    """Such as `3 verified (1 merged, 2 to merge), 1 failed, 2 not done`: what is verified is told
    from what only ended, and how far it has come.

    Args:
        counts: of all tasks.
        merges: how far branches have come; one that is merging counts as in line.
    """
    merging = counts.get(TaskState.MERGING, 0)
    in_line = max(merges.get(MergeState.QUEUED, 0) - merging, 0)
    stages = {state: merges.get(state, 0) for state in _FAR} | {MergeState.QUEUED: in_line}
    words = [f"{merging} {state_word(TaskState.MERGING)}"] * bool(merging)
    words += [f"{n} {state_word(TaskState.COMPLETED, at)}" for at, n in stages.items() if n]
    far = ", ".join(words)
    verified = f"verified ({far})" if far else "verified"
    told = [
        (sum(counts.get(state, 0) for state in states), verified if word == "verified" else word)
        for word, states in _TOTALS.items()
    ]
    told.append((sum(counts.values()) - sum(number for number, _ in told), "not done"))
    return ", ".join(f"{number} {word}" for number, word in told if number) or "no task is there"


def in_hands(item: WorkItem) -> str:
    """Who has taken the task over, and when by the operator's clock."""
    since = f"{item.updated_at.astimezone():%Y-%m-%d %H:%M}"
    return f"{item.task_id} is in the hands of {item.taken_by} since {since}"


def _least(summary: RunSummary) -> str:
    return "at least " if summary.usage.unpriced_calls else ""


def _unpriced(summary: RunSummary) -> str:
    calls = summary.usage.unpriced_calls
    return f"; the cost of {counted(calls, 'call')} is unknown" if calls else ""


def _task(task: TaskSummary) -> dict[str, object]:
    item = task.item
    return {
        "task_id": item.task_id,
        "state": item.state,
        "verdict": task.verdict,
        "iterations": item.iteration_count,
        "branch": item.branch,
        "commit": item.head_commit,
        "merge_state": item.merge_state,
        "merged_commit": item.merged_commit,
        "reason": item.error_log or None,
        "escalations": task.escalations,
        "tokens": task.usage.tokens,
        "cost_usd": task.usage.cost_usd,
        "was_worked_on": task.was_worked_on,
    }
