"""The open questions: one with its whole evidence, the others in a line each."""

from __future__ import annotations

from datetime import datetime

from aio_tui.text import fit, wrap
from aio_tui.widgets.line import BLANK, Line, heading, line, paragraph
from aio_tui.wording import SEVERITY_TONES, Tone, age, cost
from engine.domain.action import ActionKind
from engine.domain.escalation import Escalation
from engine.domain.usage import Usage
from engine.ports.cockpit import Overview

_WORDS = 400
_MOST_OTHERS = 50
_WHAT = {
    ActionKind.RUN_COMMAND: "wants to run this command",
    ActionKind.READ_FILE: "wants to read this file",
    ActionKind.WRITE_FILE: "wants to write this file",
}


def inbox_lines(
    overview: Overview, shown: Escalation | None, now: datetime, width: int
) -> list[Line]:
    """The question `shown` in full, then what else waits."""
    if shown is None:
        return [line(("✓ nothing waits for you", Tone.GOOD))]
    number = overview.escalations.index(shown) + 1
    usage = overview.usage_by_task.get(shown.task_id, Usage())
    return [
        *_question(shown, f"{number} of {len(overview.escalations)}", usage, now, width),
        *_others(overview.escalations, shown, now, width),
    ]


def _question(asked: Escalation, place: str, usage: Usage, now: datetime, width: int) -> list[Line]:
    return [
        line(
            (f"Question {place}", Tone.STRONG),
            f" · {asked.task_id} · iteration {asked.iteration}",
        ),
        line(
            (f"! {asked.severity.value}", SEVERITY_TONES[asked.severity]),
            f" · waits {age(asked.raised_at, now)} · cost so far {cost(usage)}",
        ),
        line(
            ("a", Tone.KEY), " approve once   ", ("A", Tone.KEY), " approve for this task   ",
            ("d", Tone.KEY), " deny with a reason",
        ),
        line(
            ("e", Tone.KEY), " edit   ", ("w", Tone.KEY), " always   ",
            ("D", Tone.KEY), " deny and pause   ", ("K", Tone.KEY), " seen",
        ),
        BLANK,
        line(f"The agent {_WHAT[asked.action.kind]}:"),
        *paragraph(asked.action.target, width, Tone.STRONG, indent="  │ "),
        *_detail(asked.diff or asked.action.detail, width),
        BLANK,
        *_fact("effect", asked.effect, width),
        *(row for one in asked.foreseen for row in _fact("would", one, width)),
        *(_fact("risk", asked.risk, width) if asked.risk else []),
        *_fact("stopped by", asked.rule, width),
        *([] if _is_same(asked.why, asked.effect) else _fact("why", asked.why, width)),
        *(_fact("it said", _last_words(asked.wanted), width) if asked.wanted else []),
        *_seen(asked, width),
    ]  # fmt: skip


def _last_words(text: str) -> str:
    """The end of what was said, on one line."""
    words = " ".join(text.split())
    return words if len(words) <= _WORDS else f"…{words[-_WORDS:]}"


def _seen(asked: Escalation, width: int) -> list[Line]:
    if asked.acknowledged_at is None:
        return []
    return _fact("seen by", asked.acknowledged_by, width)


def _is_same(one: str, other: str) -> bool:
    return one.strip().rstrip(".").casefold() == other.strip().rstrip(".").casefold()


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
    lines = [BLANK, heading("Also waiting ([ and ] turn the page)")]
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
