"""The open questions: one with its whole evidence, the others in a line each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.cells import cell_len

from aio_tui.commands.catalogue import key_of
from aio_tui.places import INBOX
from aio_tui.text import fit, wrap
from aio_tui.widgets.line import BLANK, Line, Link, Piece, heading, line, linked, paragraph
from aio_tui.widgets.shell_text import shell_lines
from aio_tui.wording import SEVERITY_TONES, Tone, age, cost, more_of_why, wish
from engine.domain.action import ActionKind
from engine.domain.escalation import Escalation
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.ports.cockpit import Overview

_WORDS = 400
_MOST_OTHERS = 50
_MOST_LINES = 40
"""Of a command or text, where there are other things to see."""
_WHAT = {
    ActionKind.RUN_COMMAND: "wants to run this command",
    ActionKind.READ_FILE: "wants to read this file",
    ActionKind.WRITE_FILE: "wants to write this file",
}


def inbox_lines(
    overview: Overview,
    shown: Escalation | None,
    now: datetime,
    width: int,
    *,
    only_looks: bool = False,
) -> list[Line]:
    """The question `shown` in full with the keys that answer it, unless one `only_looks`, then what
    else waits.
    """
    if shown is None:
        return [nothing_asked(overview, only_looks=only_looks)]
    number = overview.escalations.index(shown) + 1
    usage = overview.usage_by_task.get(shown.task_id, Usage())
    place = f"{number} of {len(overview.escalations)}"
    head, glance, *evidence = question_lines(shown, place, usage, now, width)
    return [
        head,
        glance,
        *([] if only_looks else _answers(shown)),
        *evidence,
        *_others(overview.escalations, shown, now, width),
    ]


def nothing_asked(overview: Overview, *, only_looks: bool = False) -> Line:
    """That no question is open; and what else only a human can move, as the header counts it, with
    the keys for that unless one `only_looks`.
    """
    blocked = [item.task_id for item in overview.tasks if item.state is TaskState.BLOCKED]
    if not blocked:
        return line(("✓ nothing waits for you", Tone.GOOD))
    more = f" and {len(blocked) - 1} more" if len(blocked) > 1 else ""
    keys = f"{key_of('retry')} tries it again, {key_of('override')} overrides the verdict"
    how = "" if only_looks else f" (in the queue {keys})"
    text = f"✓ no question is open · ■ blocked: {blocked[0]}{more}{how}"
    return line((text, Tone.WARN))


def question_lines(
    asked: Escalation,
    place: str,
    usage: Usage,
    now: datetime,
    width: int,
    *,
    objective: str = "",
    is_whole: bool = False,
) -> list[Line]:
    """Everything known about a question. A command or text of many lines is cut in its middle
    unless it `is_whole`.

    Args:
        place: such as `2 of 5`.
        objective: what its task is for; empty: not said.
    """
    return [
        line(
            (f"Question {place}", Tone.STRONG),
            f" · {asked.task_id} · iteration {asked.iteration}",
        ),
        line(
            (f"! {asked.severity.value}", SEVERITY_TONES[asked.severity]),
            f" · waits {age(asked.raised_at, now)} · cost so far {cost(usage)}",
        ),
        BLANK,
        line(f"The agent {_WHAT[asked.action.kind]}:"),
        *_cut(_target(asked, width), is_whole=is_whole),
        *_cut(_detail(asked.diff or asked.action.detail, width), is_whole=is_whole),
        BLANK,
        *_fact("effect", asked.effect, width),
        *(row for one in asked.foreseen for row in _fact("foreseen", one, width)),
        *(_fact("risk", asked.risk, width) if asked.risk else []),
        *_fact("stopped by", asked.rule, width),
        *(_fact("why", why, width) if (why := more_of_why(asked)) else []),
        *(_fact("it said", _last_words(asked.wanted), width) if asked.wanted else []),
        *(_fact("task", objective, width) if objective else []),
        *_seen(asked, width),
    ]


def alert_line(
    unseen: Sequence[Escalation], key: str, width: int, *, only_looks: bool = False
) -> Line:
    """That new questions wait, which the first of them is, and the key that leads to it."""
    first, more = unseen[0], len(unseen) - 1
    rest = f" and {more} more" if more else ""
    does = "shows it" if only_looks else "answers"
    hint = f"  {key} {does}"
    text = f"! {first.task_id} asks ({first.severity.value}): {wish(first)}"
    room = max(width - len(rest) - len(hint), 8)
    command = f"go_to_{INBOX}"
    return linked(
        Link(fit(text, min(cell_len(text), room)).rstrip(), Tone.WARN, command),
        Link(rest, Tone.WARN, command),
        Link(f"  {key}", Tone.KEY, command),
        Link(f" {does}", Tone.NORMAL, command),
    )


def _target(asked: Escalation, width: int) -> list[Line]:
    if asked.action.kind is ActionKind.RUN_COMMAND:
        return shell_lines(asked.action.target, width, indent="  │ ")
    return paragraph(asked.action.target, width, Tone.STRONG, indent="  │ ")


def _cut(lines: list[Line], *, is_whole: bool) -> list[Line]:
    """The beginning and the end of what is long: neither can hide what it is."""
    left_out = len(lines) - _MOST_LINES
    if is_whole or left_out <= 0:
        return lines
    where = f"{key_of('open')} on the Inbox screen ({key_of('go_to_inbox')})"
    words = f"  ⋯ {left_out} lines left out here: {where} shows all"
    half = _MOST_LINES // 2
    return [*lines[:half], line((words, Tone.WARN)), *lines[-half:]]


def _answers(asked: Escalation) -> list[Line]:
    """The keys that answer it."""
    for_task = {} if asked.is_asked_each_time else {"approve_for_task": "approve for this task"}
    return [
        _keys(approve_once="approve once", **for_task, deny="deny with a reason"),
        _keys(
            edit_and_approve="edit",
            approve_always="always",
            deny_and_pause="deny and pause",
            acknowledge="seen",
        ),
    ]


def _keys(**answers: str) -> Line:
    """The keys of commands, each with what it does."""
    pieces: list[Piece] = []
    for name, words in answers.items():
        gap = "   " if pieces else ""
        pieces += [gap, (key_of(name), Tone.KEY), f" {words}"]
    return line(*pieces)


def _last_words(text: str) -> str:
    """The end of what was said, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= _WORDS else f"…{words[-_WORDS:]}"


def _seen(asked: Escalation, width: int) -> list[Line]:
    if asked.acknowledged_at is None:
        return []
    return _fact("seen by", asked.acknowledged_by, width)


def _fact(name: str, text: str, width: int) -> list[Line]:
    rows = wrap(text, max(width - 12, 2))
    head = line((name.ljust(12), Tone.MUTED), rows[0])
    return [head, *(line(" " * 12, row) for row in rows[1:])]


def _detail(detail: str, width: int) -> list[Line]:
    """The text or diff that would be written, with the signs of a diff in their colours."""
    if not detail:
        return []
    lines = [BLANK]
    for source in detail.split("\n"):
        lines.extend(paragraph(source, width, _diff_tone(source), indent="  │ "))
    return lines


def _diff_tone(source: str) -> Tone:
    if source.startswith(("+++", "---", "@@")):
        return Tone.MUTED
    if source.startswith("+"):
        return Tone.GOOD
    return Tone.BAD if source.startswith("-") else Tone.NORMAL


def _others(
    escalations: tuple[Escalation, ...], shown: Escalation, now: datetime, width: int
) -> list[Line]:
    others = [asked for asked in escalations if asked is not shown]
    if not others:
        return []
    hidden = len(others) - _MOST_OTHERS
    lines = [
        BLANK,
        heading(
            f"Also waiting ({key_of('previous_page')} and {key_of('next_page')} turn the page)"
        ),
    ]
    for asked in others[:_MOST_OTHERS]:
        text = f"{asked.task_id}: {asked.action.target}".replace("\n", " ")
        lines.append(
            line(
                (f"! {asked.severity.value:<9}", SEVERITY_TONES[asked.severity]),
                f"{age(asked.raised_at, now):>4}  ",
                fit(text, max(width - 18, 8)).rstrip(),
            )
        )
    if hidden > 0:
        lines.append(line((f"and {hidden} more", Tone.MUTED)))
    return lines
