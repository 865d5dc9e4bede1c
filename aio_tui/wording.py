"""States, verdicts, ages and amounts in the words and signs of the screen.

A sign never stands without its word, so colour and shape are never the only signal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import NamedTuple

from engine.domain.action import ActionKind, Severity
from engine.domain.checkpoint import Checkpoint
from engine.domain.escalation import Escalation, EscalationState, waited_s
from engine.domain.state import HELD, TaskState
from engine.domain.usage import Usage
from engine.domain.verdict import Reason, VerdictKind
from engine.domain.words import ACTIONS, state_word
from engine.domain.work import MergeState, WorkItem
from engine.ports.cockpit import Health, Overview, RunState, TaskView

READING = "reading ..."
"""Stands where nothing is known yet."""


class Tone(StrEnum):
    """What a piece of text means to the eye; the style sheet gives it a colour."""

    NORMAL = "tone--normal"
    MUTED = "tone--muted"
    STRONG = "tone--strong"
    GOOD = "tone--good"
    BAD = "tone--bad"
    WARN = "tone--warn"
    BUSY = "tone--busy"
    KEY = "tone--key"
    CODE_WORD = "tone--code-word"
    CODE_TEXT = "tone--code-text"
    CODE_NUMBER = "tone--code-number"
    CODE_REMARK = "tone--code-remark"
    CODE_NAME = "tone--code-name"


class Ground(StrEnum):
    """What lies behind a piece of text."""

    ADDED = "ground--added"
    REMOVED = "ground--removed"


class Inked(NamedTuple):
    """A tone on a ground."""

    tone: Tone
    ground: Ground


Ink = Tone | Inked


class Group(IntEnum):
    """How the queue is sorted: who needs a human comes first. What failed stands above all that can
    be many, so that it is seen.
    """

    NEEDS_YOU = 0
    RUNNING = 1
    BY_HAND = 2
    VERIFYING = 3
    FAILED = 4
    MERGE = 5
    READY = 6
    DONE = 7
    CANCELLED = 8


GROUP_WORDS = {
    Group.NEEDS_YOU: "Needs you",
    Group.RUNNING: "Running",
    Group.BY_HAND: "By hand",
    Group.VERIFYING: "Verifying",
    Group.FAILED: "Failed",
    Group.MERGE: "Verified",
    Group.READY: "Ready",
    Group.DONE: "Done",
    Group.CANCELLED: "Cancelled",
}


class Sign(NamedTuple):
    """How a state looks."""

    glyph: str
    word: str
    tone: Tone
    group: Group = Group.DONE


def _sign(glyph: str, state: TaskState, tone: Tone, group: Group) -> Sign:
    return Sign(glyph, state_word(state), tone, group)


def _merge_sign(glyph: str, merge: MergeState, tone: Tone, group: Group = Group.DONE) -> Sign:
    return Sign(glyph, state_word(TaskState.COMPLETED, merge), tone, group)


TASK_SIGNS = {
    TaskState.WAITING: _sign("?", TaskState.WAITING, Tone.WARN, Group.NEEDS_YOU),
    TaskState.BLOCKED: _sign("■", TaskState.BLOCKED, Tone.BAD, Group.NEEDS_YOU),
    TaskState.CLAIMED: _sign("▸", TaskState.CLAIMED, Tone.BUSY, Group.RUNNING),
    TaskState.RUNNING: _sign("▶", TaskState.RUNNING, Tone.BUSY, Group.RUNNING),
    TaskState.VERIFYING: _sign("◆", TaskState.VERIFYING, Tone.BUSY, Group.VERIFYING),
    TaskState.QUEUED: _sign("○", TaskState.QUEUED, Tone.NORMAL, Group.READY),
    TaskState.PAUSED: _sign("‖", TaskState.PAUSED, Tone.MUTED, Group.READY),
    TaskState.TAKEN: _sign("✎", TaskState.TAKEN, Tone.WARN, Group.BY_HAND),
    TaskState.FAILED: _sign("✗", TaskState.FAILED, Tone.BAD, Group.FAILED),
    TaskState.PASSED: _sign("✓", TaskState.PASSED, Tone.GOOD, Group.DONE),
    TaskState.MERGING: _sign("⇡", TaskState.MERGING, Tone.BUSY, Group.MERGE),
    TaskState.COMPLETED: _sign("✓", TaskState.COMPLETED, Tone.GOOD, Group.DONE),
    TaskState.CANCELLED: _sign("⊘", TaskState.CANCELLED, Tone.MUTED, Group.CANCELLED),
}

ATTACHED = "attached: the engine runs in another process"
"""Said to who attaches; no longer true once that process has ended."""

ANSWERED = Sign("▸", "answered", Tone.BUSY, Group.RUNNING)
"""Of a task that asked, was answered, and has not come to work again yet."""

CUT_OFF = Sign("✗", "cut off", Tone.WARN, Group.READY)
"""Of a task that was at work when its engine died; the next run goes on with it."""

NO_BACKEND = Sign("◌", "no backend", Tone.WARN, Group.READY)
"""Of a task that is ready, but whose backend has no key, say."""

MERGE_SIGNS = {
    MergeState.WAITING: _merge_sign("⇡", MergeState.WAITING, Tone.WARN, Group.MERGE),
    MergeState.QUEUED: _merge_sign("⇡", MergeState.QUEUED, Tone.BUSY, Group.MERGE),
    MergeState.MERGED: _merge_sign("✓", MergeState.MERGED, Tone.GOOD),
    MergeState.CONFLICT: _merge_sign("✗", MergeState.CONFLICT, Tone.BAD, Group.MERGE),
    MergeState.RED: _merge_sign("✗", MergeState.RED, Tone.BAD, Group.MERGE),
    MergeState.REVERTED: _merge_sign("↩", MergeState.REVERTED, Tone.WARN),
    MergeState.PULL_REQUEST: _merge_sign("◇", MergeState.PULL_REQUEST, Tone.NORMAL, Group.MERGE),
}
"""Of a task whose work is verified and that no worker holds."""

STATE_WORDS = tuple(
    dict.fromkeys(
        sign.word for sign in (*TASK_SIGNS.values(), *MERGE_SIGNS.values(), CUT_OFF, NO_BACKEND)
    )
)
"""What a task's state may be called."""

REVERTING = Sign("↩", "reverting", Tone.BUSY)
"""Of a merged task whose merge the operator wants undone, until it is."""

RUN_SIGNS = {
    RunState.RUNNING: Sign("▶", "running", Tone.GOOD),
    RunState.IDLE: Sign("○", "idle", Tone.NORMAL),
    RunState.PAUSED: Sign("‖", "paused", Tone.WARN),
    RunState.HALTED: Sign("■", "HALTED", Tone.BAD),
    RunState.STOPPING: Sign("▪", "stopping", Tone.WARN),
    RunState.STOPPED: Sign("■", "stopped", Tone.WARN),
    RunState.NO_ENGINE: Sign("✗", "no engine", Tone.BAD),
}
RUN_ENDED = Sign("■", "no engine", Tone.WARN)
"""There was one, and it has ended as it should."""
RUN_MERGING = Sign("⇡", "merging", Tone.GOOD)
"""An engine that takes no task now, but brings verified work into the base branch."""

VERDICT_SIGNS = {
    VerdictKind.PASS: Sign("✓", "PASS", Tone.GOOD),
    VerdictKind.FAIL: Sign("✗", "FAIL", Tone.BAD),
    VerdictKind.BLOCKED: Sign("■", "BLOCKED", Tone.WARN),
}

_MOST_WISHED = 400

SEVERITY_TONES = {
    Severity.LOW: Tone.NORMAL,
    Severity.MEDIUM: Tone.WARN,
    Severity.HIGH: Tone.BAD,
    Severity.CRITICAL: Tone.BAD,
}


def is_cut_off(item: WorkItem, run: RunState) -> bool:
    """Whether a worker held it and there is none any more: its engine died."""
    return run is RunState.NO_ENGINE and item.state in HELD


def sign_of_view(view: TaskView) -> Sign:
    """How the state of a task looks of which everything is known."""
    return sign_of(
        view.item,
        is_asking=any(asked.state is EscalationState.OPEN for asked in view.escalations),
        is_reverting=view.is_reverting,
        run=view.run,
        lacks=view.lacks,
    )


def sign_of(
    item: WorkItem,
    *,
    is_asking: bool = True,
    is_reverting: bool = False,
    run: RunState = RunState.RUNNING,
    lacks: str = "",
) -> Sign:
    """How the task's state looks; one that waits for other tasks is not ready, nor is one whose
    backend `lacks` something, one whose question is answered (not `is_asking`) asks no more, one
    that was at work is not where there is no engine, and one that is done shows how far its branch
    has come, or that it is taken back again.
    """
    if is_cut_off(item, run):
        return CUT_OFF
    if item.state is TaskState.WAITING and not is_asking:
        return ANSWERED
    if item.state is TaskState.QUEUED and item.unmet_dependencies:
        return Sign("◌", "waits", Tone.MUTED, Group.READY)
    if item.state is TaskState.QUEUED and lacks:
        return NO_BACKEND
    if item.is_pause_requested and item.state is not TaskState.PAUSED:
        word = "to hand" if item.taken_by else "pausing"
        return TASK_SIGNS[item.state]._replace(word=word)
    if item.state is TaskState.COMPLETED and item.merge_state is not None:
        return REVERTING if is_reverting else MERGE_SIGNS[item.merge_state]
    return TASK_SIGNS[item.state]


def has_work(item: WorkItem) -> bool:
    """Whether its branch holds a change that can be read."""
    return item.head_commit not in (None, item.base_commit)


_HEALTH_SIGNS = {
    Health.SLOW: ("▸", "slow"),
    Health.STALLED: ("◌", "stalled"),
    Health.RETRYING: ("↩", "retrying"),
}


def with_health(sign: Sign, health: Health | None) -> Sign:
    """The shape and word of how a task at work gets on; the colour stays that of its state."""
    if health is None or health is Health.HEALTHY:
        return sign
    glyph, word = _HEALTH_SIGNS[health]
    return sign._replace(glyph=glyph, word=word)


_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def age(since: datetime, now: datetime) -> str:
    """How long ago, at most 4 cells; never finer than a minute, so that it rarely changes."""
    seconds = (now - since).total_seconds()
    if seconds < _MINUTE:
        return "<1m"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}m"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)}h"
    return f"{min(int(seconds // _DAY), 999)}d"


def clock_time(at: datetime) -> str:
    """A moment as the operator's clock shows it, such as `Sun 22:05`."""
    return f"{at.astimezone():%a %H:%M}"


def duration(seconds: float) -> str:
    """A length of time that is over, such as `0.8s`, `42s`, `3m05s`, `2h10m`."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    if seconds < _MINUTE:
        return f"{seconds:.0f}s"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)}m{int(seconds % _MINUTE):02}s"
    return f"{int(seconds // _HOUR)}h{int(seconds % _HOUR // _MINUTE):02}m"


def cost(usage: Usage) -> str:
    """Money in dollars; says so when what some of it cost is not known."""
    return f"{'at least ' if usage.unpriced_calls else ''}${usage.cost_usd:.2f}"


def short_cost(usage: Usage) -> str:
    """As `cost`, with a `+` for what is not known."""
    return f"${usage.cost_usd:.2f}{'+' if usage.unpriced_calls else ''}"


def money(usage: Usage, allowed: Decimal | None) -> str:
    """What was spent of what may be, such as `$0.07/5`; empty: no model was called."""
    if not usage.calls:
        return ""
    spent = short_cost(usage)
    return spent if allowed is None else f"{spent}/{f'{allowed:.2f}'.removesuffix('.00')}"


def amount(number: int) -> str:
    """A count, short: `950`, `12.3k`, `4.5M`."""
    if number < 1000:
        return str(number)
    if number < 999_950:
        return f"{number / 1000:.1f}k"
    return f"{number / 1_000_000:.1f}M"


def counted(number: int, what: str) -> str:
    """Such as `1 test`, `2 tests`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def ruling_sign(text: str, *, is_error: bool) -> tuple[str, Tone]:
    """Of a line of the guardrails, of hooks, or of the operator's to an agent: only what was
    refused or is waited for warns.
    """
    if is_error:
        return "! ", Tone.BAD
    if text.startswith("waiting for"):
        return "! ", Tone.WARN
    return ("✓ ", Tone.GOOD) if text.startswith(("approved", "allowed")) else ("· ", Tone.NORMAL)


def taken_tasks(overview: Overview) -> list[WorkItem]:
    """Those that operators have taken over, and not handed back."""
    return [item for item in overview.tasks if item.state is TaskState.TAKEN]


def run_sign(overview: Overview) -> Sign:
    """What the engine is doing; it is not idle while it merges."""
    if overview.run is RunState.NO_ENGINE and not overview.is_engine_lost:
        return RUN_ENDED
    is_merging = overview.run is RunState.IDLE and merging_count(overview) > 0
    return RUN_MERGING if is_merging else RUN_SIGNS[overview.run]


def end_words(overview: Overview) -> str:
    """How it came that there is no engine."""
    return "the engine died" if overview.is_engine_lost else "the engine has ended in order"


def lack_words(overview: Overview) -> list[str]:
    """What backends lack, and how many ready tasks wait for it, such as `2 tasks wait for their
    backend: no model key`.
    """
    counts = Counter(overview.lacking.values())
    return [
        f"{counted(number, 'task')} {'waits' if number == 1 else 'wait'} for"
        f" {'its' if number == 1 else 'their'} backend: {problem}"
        for problem, number in counts.items()
    ]


def working_count(overview: Overview) -> int:
    """Tasks that a worker holds; without an engine there is no worker, whatever the store says."""
    return 0 if overview.run is RunState.NO_ENGINE else overview.working


def merging_count(overview: Overview) -> int:
    """Tasks whose work is being merged; without an engine nobody does."""
    is_anybody_there = overview.run is not RunState.NO_ENGINE
    return overview.counts.get(TaskState.MERGING, 0) if is_anybody_there else 0


def waited_words(asked: Iterable[Escalation], point: Checkpoint) -> str:
    """How much of an iteration's time was its operator's; empty: less than a second."""
    waited = waited_s(asked, point.iteration_count, at_most=point.duration_s)
    return f"{duration(waited)} of that it waited for you" if waited >= 1 else ""


def work_words(overview: Overview) -> str:
    """Such as `2 tasks at work, 1 merging`; what is none is left out, unless both are."""
    merging = merging_count(overview)
    at_work = f"{counted(overview.working, 'task')} at work"
    if not merging:
        return at_work
    return (
        f"{at_work}, {merging} merging"
        if overview.working
        else f"{counted(merging, 'task')} merging"
    )


def wait_words(overview: Overview) -> str:
    """What a run waits for that has nothing left to do by itself, and until when; empty: it does
    not, or without end.
    """
    taken = taken_tasks(overview)
    waited_for = ["your answers"] if overview.escalations else []
    if taken:
        more = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
        waited_for.append(f"what is taken over ({taken[0].task_id}{more})")
    if overview.waits_until is None:
        return ""
    if overview.run in (RunState.PAUSED, RunState.HALTED):
        waited_for = ["your word to go on"]
    if not waited_for:
        return ""
    until = f"the run waits until {clock_time(overview.waits_until)}, then it ends"
    return f"nothing is left but {' and '.join(waited_for)}: {until}"


def wish(asked: Escalation) -> str:
    """What the agent wants, in a line: `run rm -rf build`."""
    return f"{verb(asked.action.kind)} {' '.join(asked.action.target[:_MOST_WISHED].split())}"


def verb(kind: ActionKind) -> str:
    """What the agent wants to do to the target, such as `run`."""
    return ACTIONS[kind]


def more_of_why(asked: Escalation) -> str:
    """What the reason for a question says beyond its effect and the action: the part of a command
    that it is about, and what of that is worse than usual; empty: nothing.
    """
    why, effect = asked.why.strip(), asked.effect.strip()
    if why.rstrip(".").casefold() == effect.rstrip(".").casefold():
        return ""
    why = why.removeprefix(effect).removeprefix(": ")
    note = why.removeprefix(f"'{asked.action.target}'").strip()
    is_bracketed = note.startswith("(") and note.endswith(")") and note.count("(") == 1
    return note[1:-1] if is_bracketed else note


def place_of(reason: Reason) -> str:
    """Where to look, as `file:line`; empty: at no single file."""
    return f"{reason.path}:{reason.line}" if reason.path and reason.line else reason.path


def said(reason: Reason) -> str:
    """What a reason says, without its place, which stands beside it."""
    return reason.message.removeprefix(f"{place_of(reason)}: ")
