"""What plain mode says: one fact, one line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import datetime
from itertools import groupby

from aio_tui.commands.base import AnyCommand, Topic
from aio_tui.plain.speech import spoken
from aio_tui.plain.words import help_of, keys_of, usage_of, words_of
from aio_tui.widgets.bars import (
    blocked_count,
    merge_count,
    on_their_way,
    ready_count,
    waiting_count,
)
from aio_tui.widgets.detail import TIMELINE, task_lines
from aio_tui.widgets.inbox import question_lines
from aio_tui.wording import (
    GROUP_WORDS,
    Group,
    age,
    clock_time,
    cost,
    counted,
    lack_words,
    merging_count,
    run_sign,
    sign_of,
    taken_tasks,
    wait_words,
    wish,
    working_count,
)
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation
from engine.domain.facts import (
    EscalationAnswered,
    Fact,
    JournalEntry,
    MergeRefused,
    RunEnded,
    RunHalted,
    TaskMoved,
    WarningRaised,
)
from engine.domain.ids import EscalationId
from engine.domain.state import TaskState
from engine.domain.transcript import TranscriptEntry, joined
from engine.domain.usage import Usage
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import Health, Overview, RunState, TaskView

_ITERATION = re.compile(r"^  (\d+), ")
_WIDTH = 4000
"""Wide enough that nothing is broken into lines: whoever reads decides where to break."""


def run_line(overview: Overview) -> str:
    """The state of the run: what the header of the cockpit says."""
    waiting = waiting_count(overview)
    asked, blocked = counted(len(overview.escalations), "question"), blocked_count(overview)
    waits = f"{waiting} {'waits' if waiting == 1 else 'wait'} for you"
    merging = f"{count} merging, " if (count := merging_count(overview)) else ""
    to_merge = f", {count} to merge" if (count := merge_count(overview)) else ""
    to_merge += f", {told}" if (told := on_their_way(overview)) else ""
    failed = f", {count} failed" if (count := overview.counts.get(TaskState.FAILED, 0)) else ""
    return (
        f"{run_sign(overview).word}, {working_count(overview)} of {overview.parallel} at work, "
        f"{merging}{waits}{f' ({asked}, {blocked} blocked)' if waiting else ''}{failed}{to_merge}, "
        f"{counted(len(overview.tasks), 'task')}, {cost(overview.usage)}"
    )


def status_texts(overview: Overview | None, now: datetime, *, only_looks: bool) -> Iterator[str]:
    """What waits for the operator and what to type for it; then the run, then what it works on."""
    if overview is None:
        yield "nothing is read yet"
        return
    asking = {asked.task_id for asked in overview.escalations}
    yield from (asked_line(asked, only_looks=only_looks) for asked in overview.escalations)
    blocked = [each for each in overview.tasks if each.state is TaskState.BLOCKED]
    yield from (_blocked_line(each) for each in blocked if each.task_id not in asking)
    if not asking and not blocked:
        yield "nothing waits for you"
    for each in taken_tasks(overview):
        how = "" if only_looks else f": 'hand back {each.task_id}' lets agents go on with it"
        yield f"{each.task_id} is taken over since {clock_time(each.updated_at)}{how}"
    to_merge = [
        str(each.task_id)
        for each in overview.tasks
        if each.state is TaskState.COMPLETED and each.merge_state is MergeState.WAITING
    ]
    if to_merge:
        how = "'diff TASK' reads one" + ("" if only_looks else ", 'merge TASK' lets it in")
        yield f"{len(to_merge)} to merge: {', '.join(to_merge)}; {how}"
    failed = [str(each.task_id) for each in overview.tasks if each.state is TaskState.FAILED]
    if failed:
        yield f"{len(failed)} failed: {', '.join(failed)}; 'verdict TASK' says why"
    if overview.run is RunState.STOPPED and (ready := ready_count(overview)):
        how = ", but nothing runs" if only_looks else ": 'start' starts the run"
        yield f"{'1 task is' if ready == 1 else f'{ready} tasks are'} ready{how}"
    yield from lack_words(overview)
    yield run_line(overview)
    if waits := wait_words(overview):
        yield waits
    for each in overview.tasks:
        if (activity := overview.activity.get(each.task_id)) is not None:
            how = "" if activity.health is Health.HEALTHY else f", {activity.health.value}"
            yield f"{each.task_id} at work{how}: {' '.join(activity.headline.split())}"


def _blocked_line(item: WorkItem) -> str:
    why = " ".join(item.error_log.split()) or "nothing was said why"
    return f"{item.task_id} is blocked: {why}; 'verdict {item.task_id}' says more"


_NEWS = (EscalationAnswered, MergeRefused, RunEnded, RunHalted, WarningRaised)
_STATES = frozenset({TaskState.BLOCKED.value, TaskState.FAILED.value})


def needs_operator(fact: Fact) -> bool:
    """Whether it is news for somebody who wants to hear only what needs him."""
    return isinstance(fact, _NEWS) or (isinstance(fact, TaskMoved) and fact.after in _STATES)


def what_next(entry: JournalEntry) -> str:
    """What to type about news of a task, in words that follow them; empty: nothing."""
    fact, about = entry.fact, entry.task_id
    if not isinstance(fact, TaskMoved) or about is None:
        return ""
    if fact.after in _STATES:
        return f"; 'verdict {about}' says more"
    is_to_merge = fact.after_merge == MergeState.WAITING.value
    return f"; 'diff {about}' reads it" if is_to_merge else ""


def task_line(item: WorkItem, overview: Overview | None, now: datetime) -> str:
    """A task in one line."""
    open_ones = overview.escalations if overview is not None else ()
    is_asking = any(asked.task_id == item.task_id for asked in open_ones)
    about = " ".join(item.description.split())
    since = age(item.updated_at, now)
    run = overview.run if overview is not None else RunState.RUNNING
    lacks = overview.lacking.get(item.task_id, "") if overview is not None else ""
    word = sign_of(item, is_asking=is_asking, run=run, lacks=lacks).word
    return f"{item.task_id}: {word}, priority {item.priority}, {since}: {about}"


def tasks_texts(tasks: Sequence[WorkItem], overview: Overview | None, now: datetime) -> list[str]:
    """The tasks, group by group, those first that need the operator."""
    texts: list[str] = []
    run = overview.run if overview is not None else RunState.RUNNING

    def group_of(item: WorkItem) -> Group:
        return sign_of(item, run=run).group

    for group, members in groupby(sorted(tasks, key=group_of), key=group_of):
        lines = [task_line(item, overview, now) for item in members]
        texts += [f"{GROUP_WORDS[group]}, {len(lines)}:", *lines]
    return texts


def asked_line(asked: Escalation, *, only_looks: bool = False) -> str:
    """An open question in one line, and what to type."""
    how = (
        ""
        if only_looks
        else f", 'approve {asked.task_id}' or 'deny {asked.task_id} REASON' answers"
    )
    return (
        f"{asked.task_id} asks you ({asked.severity.value}): may it {wish(asked)}?"
        f" 'question {asked.task_id}' reads why{how}"
    )


def question_texts(
    overview: Overview | None,
    now: datetime,
    *,
    only_looks: bool = False,
    about: Escalation | None = None,
    never_always: Set[EscalationId] = frozenset(),
) -> list[str]:
    """Every open question in full, or the one that is asked `about`, with what answers it unless
    one `only_looks`; those that are `never_always` answered by a rule are offered none.
    """
    if overview is None:
        return ["nothing is read yet"]
    if not overview.escalations:
        return list(status_texts(overview, now, only_looks=only_looks))[:1]
    texts: list[str] = []
    for number, asked in enumerate(overview.escalations, 1):
        if about is not None and asked.escalation_id != about.escalation_id:
            continue
        usage = overview.usage_by_task.get(asked.task_id, Usage())
        place = f"{number} of {len(overview.escalations)}"
        objective = next((i.description for i in overview.tasks if i.task_id == asked.task_id), "")
        head, *rest = question_lines(
            asked, place, usage, now, _WIDTH, objective=objective, is_whole=True
        )
        texts += [spoken([head])[0].strip(), *spoken(rest)]
        texts += [] if only_looks else list(_answers(asked, never_always))
    return texts


def _answers(asked: Escalation, never_always: Set[EscalationId]) -> Iterator[str]:
    about = asked.task_id
    rule = "" if asked.escalation_id in never_always else f", 'always {about}' makes a rule of it"
    more = "" if asked.is_asked_each_time else f", 'approve for task {about}' all that it stops"
    yield f"  'approve {about}' allows it once{more}, 'deny {about} REASON' refuses"
    yield (
        f"  'edit {about} COMMAND' allows another command{rule},"
        f" 'deny and pause {about} REASON' holds the task too, 'seen {about}' ends the reminders"
    )


def task_texts(view: TaskView, number: int, *, only_looks: bool = False) -> list[str]:
    """A tab of the cockpit's details."""
    lines = _once(spoken(task_lines(number, view, _WIDTH, only_looks=True)))  # without keys
    about = view.item.task_id
    is_to_merge = view.item.state is TaskState.COMPLETED and (
        view.item.merge_state is MergeState.WAITING
    )
    if number == TIMELINE:
        lines = [_ITERATION.sub(r"  iteration \1: ", text) for text in lines]
        if is_to_merge:
            merges = (
                "" if only_looks else f", 'merge {about}' lets it in, 'reject {about} REASON' not"
            )
            lines.append(f"  'diff {about}' reads its change{merges}")
        if view.item.iteration_count or view.live_iteration:
            lines.append(
                f"  'output {about}', 'verdict {about}', 'tools {about}' tell more, with a number"
                " behind them of that iteration"
            )
    return [f"{about}:", *lines] if lines else [f"{about}: nothing yet"]


def checkpoint_texts(view: TaskView) -> list[str]:
    """What each iteration left behind, newest first."""
    about = view.item.task_id
    if not view.checkpoints:
        return [f"{about}: no checkpoint yet, each finished iteration leaves one"]
    return [
        f"{about}, newest first; 'session {about} NUMBER' reads a session file:",
        *(
            f"  iteration {point.iteration_count}: {point.verdict.kind.value}, {_when(point)},"
            f" commit {point.commit[:8]}, session file {point.session_ref}"
            for point in reversed(view.checkpoints)
        ),
    ]


def _when(point: Checkpoint) -> str:
    return f"{point.timestamp:%Y-%m-%d %H:%M} UTC"


def _once(texts: Sequence[str]) -> list[str]:
    """Without lines that say nothing beyond the one before."""
    pairs = zip(texts, ("", *texts), strict=False)
    return [text for text, before in pairs if text.strip() not in before]


def transcript_texts(entries: Iterable[TranscriptEntry]) -> list[str]:
    """What an iteration said and did, each line with its kind."""
    return [
        f"{entry.kind.value}{', error' if entry.is_error else ''}: {text.rstrip()}"
        for entry in joined(entries)
        for text in entry.text.splitlines()
        if text.strip()
    ]


_HEADINGS = {
    Topic.LOOK: "Read and choose",
    Topic.GO: "Read more",
    Topic.SCREEN: "Read an iteration",
}
_ORDER = (Topic.LOOK, Topic.QUESTIONS, Topic.MERGE, Topic.GO, Topic.SCREEN, Topic.TASKS, Topic.RUN)


def help_texts(commands: Sequence[AnyCommand]) -> list[str]:
    """All commands: what is typed, and what it does."""
    texts = [
        "Type a command and Enter. 'status' says what waits, 'help COMMAND' explains one.",
        "TASK is the id of a task or of its question; without it the selected task is meant. What"
        " would be asked may follow: 'deny LAR-1 not outside of the worktree'.",
        "'back' ends a question, Ctrl+C forgets a line, Ctrl+D leaves and lets the run go on. News"
        " wait while a line is typed.",
    ]
    for title, about in help_chapters(commands):
        texts += [f"{title}:", *(f"  {usage_of(command)}: {help_of(command)}" for command in about)]
    return texts


def help_chapters(
    commands: Sequence[AnyCommand],
) -> Iterator[tuple[str, list[AnyCommand]]]:
    """The commands in the order of the help, each part with its title."""
    for topic in _ORDER:
        about = [command for command in commands if command.topic is topic]
        if about:
            yield _HEADINGS.get(topic, topic.value), about


def command_texts(command: AnyCommand) -> list[str]:
    """One command: what is typed, what it does, what else it is called."""
    called = [f"'{word}'" for word in (*words_of(command)[1:], *keys_of(command))]
    others = f"; also {', '.join(called)}" if called else ""
    return [f"{usage_of(command)}: {help_of(command)}{others}"]
