"""What plain mode says: one fact, one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from aio_tui.commands.base import AnyCommand, Topic
from aio_tui.widgets.bars import blocked_count, merge_count, waiting_count
from aio_tui.widgets.detail import TIMELINE, task_lines
from aio_tui.widgets.inbox import inbox_lines, nothing_asked
from aio_tui.widgets.line import Line
from aio_tui.wording import age, cost, counted, merging_count, run_sign, sign_of
from engine.domain.escalation import Escalation
from engine.domain.state import TaskState
from engine.domain.transcript import TranscriptEntry, joined
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import Overview, TaskView

_WIDTH = 4000
"""Wide enough that nothing is broken into lines: whoever reads decides where to break."""


def run_line(overview: Overview) -> str:
    """The state of the run: what the header of the cockpit says."""
    waiting = waiting_count(overview)
    asked, blocked = counted(len(overview.escalations), "question"), blocked_count(overview)
    waits = f"{waiting} {'waits' if waiting == 1 else 'wait'} for you"
    merging = f"{count} merging, " if (count := merging_count(overview)) else ""
    to_merge = f", {count} to merge" if (count := merge_count(overview)) else ""
    failed = f", {count} failed" if (count := overview.counts.get(TaskState.FAILED, 0)) else ""
    return (
        f"{run_sign(overview).word}, {overview.working} of {overview.parallel} at work, "
        f"{merging}{waits}{f' ({asked}, {blocked} blocked)' if waiting else ''}{failed}{to_merge}, "
        f"{counted(len(overview.tasks), 'task')}, {cost(overview.usage)}"
    )


def task_line(item: WorkItem, overview: Overview | None, now: datetime) -> str:
    """A task in one line."""
    open_ones = overview.escalations if overview is not None else ()
    is_asking = any(asked.task_id == item.task_id for asked in open_ones)
    about = " ".join(item.description.split())
    since = age(item.updated_at, now)
    word = sign_of(item, is_asking=is_asking).word
    return f"{item.task_id}: {word}, priority {item.priority}, {since}: {about}"


def asked_line(asked: Escalation) -> str:
    """An open question in one line."""
    target = " ".join(asked.action.target.split())
    return f"{asked.escalation_id} asks ({asked.severity.value}), task {asked.task_id}: {target}"


def question_texts(
    overview: Overview | None, now: datetime, *, only_looks: bool = False
) -> list[str]:
    """Every open question in full, with the keys that answer it unless one `only_looks`."""
    if overview is None:
        return ["nothing is read yet"]
    if not overview.escalations:
        return _texts([nothing_asked(overview, only_looks=only_looks)])
    texts: list[str] = []
    for asked in overview.escalations:
        alone = _alone(overview, asked)
        texts += [
            asked_line(asked),
            *_texts(inbox_lines(alone, asked, now, _WIDTH, only_looks=only_looks)[1:]),
        ]
    return texts


def _alone(overview: Overview, asked: Escalation) -> Overview:
    from dataclasses import replace

    return replace(overview, escalations=(asked,))


def task_texts(view: TaskView, number: int, *, only_looks: bool = False) -> list[str]:
    """A tab of the cockpit's details."""
    lines = _texts(task_lines(number, view, _WIDTH, only_looks=True))  # no keys: nobody presses any
    is_to_merge = view.item.state is TaskState.COMPLETED and (
        view.item.merge_state is MergeState.WAITING
    )
    if is_to_merge and not only_looks:
        lines += ["  'merge' lets it in, 'reject' rejects it"] * (number == TIMELINE)
    return [f"{view.item.task_id}:", *lines] if lines else [f"{view.item.task_id}: nothing yet"]


def transcript_texts(entries: Iterable[TranscriptEntry]) -> list[str]:
    """What an iteration said and did, each line with its kind."""
    return [
        f"{entry.kind.value}: {text.rstrip()}"
        for entry in joined(entries)
        for text in entry.text.splitlines()
        if text.strip()
    ]


def help_texts(commands: Sequence[AnyCommand]) -> list[str]:
    """All commands with their keys."""
    texts = [
        "Type a command's name or key and Enter. A task or question may follow, then the answer"
        " to what would be asked: 'deny esc-1 not outside of the worktree'.",
    ]
    for topic in Topic:
        about = [command for command in commands if command.topic is topic]
        texts += [f"{topic.value}:"] * bool(about)
        texts += [f"  {_named(command)}: {command.help}" for command in about]
    return texts


def _named(command: AnyCommand) -> str:
    signs = ", ".join(command.key_signs)
    return f"{command.name} ({signs})" if signs else command.name


def _texts(lines: Sequence[Line]) -> list[str]:
    texts = [line.text.replace("│ ", "").rstrip() for line in lines]
    return [f"  {text.strip()}" for text in texts if text]
