"""Whether a typed command can be done as it was typed, before anything is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aio_tui.commands.questions import QuestionCommand
from aio_tui.plain.telling import asked_line
from aio_tui.plain.words import Order, close_to, is_about_a_task, takes_words, usage_of, words_of

if TYPE_CHECKING:
    from aio_tui.plain.desk import PlainDesk

_TURNS = ("pause_or_resume", "pause_or_resume_all")
_LIKE_AN_ID = re.compile(r"[A-Za-z]{2,}-[\w-]*\d[\w-]*|esc-\w+")


def why_not(order: Order, desk: PlainDesk) -> str:
    """Why nothing is done; empty: the desk has selected what the command is about, and has the
    words that are left for it.
    """
    command = order.command
    desk.words = order.rest
    desk.note_named(False)
    if is_about_a_task(command) and order.rest:
        first, _, after = order.rest.partition(" ")
        if desk.select(first):
            desk.words = after.strip()
            desk.note_named(True)
        elif fault := _no_task(first, order, desk):
            return fault
    if desk.words and not takes_words(command):
        usage = usage_of(command)
        return f"{order.word} takes no {desk.words[:80]!r}; nothing was done. It is: {usage}"
    if isinstance(command, QuestionCommand) and (fault := _not_told(desk)):
        return fault
    if command.name == "remark":
        desk.words, fault = desk.turn_to_line(desk.words)
        if fault:
            return fault
    obstacle = command.obstacle_here(desk) or _other_way(order, desk)
    return f"{order.word}: {obstacle}" if obstacle else ""


def _no_task(word: str, order: Order, desk: PlainDesk) -> str:
    """Why a word that names no task is no text either; empty: it may be."""
    may_follow = takes_words(order.command)
    likely = close_to(word, desk.names)
    is_text = may_follow[:1].isupper() and not likely and not _LIKE_AN_ID.fullmatch(word)
    is_option = may_follow[:1] == "[" and (len(word) == 1 or word.isdecimal())
    is_file = order.command.name == "go_to_review" and ("/" in word or "." in word)
    if is_text or is_option or is_file:
        return ""
    meant = (
        f": did you mean {' or '.join(map(repr, likely))}?" if likely else ": 'tasks' lists them."
    )
    return f"{order.word}: there is no task {word[:80]!r}{meant} Nothing was done"


def _not_told(desk: PlainDesk) -> str:
    """That the answer would go to a question that the operator has not heard; empty: he has."""
    asked = desk.question
    if asked is None or asked.escalation_id in desk.told_questions:
        return ""
    desk.told_questions.add(asked.escalation_id)
    return f"nothing was answered, as this came meanwhile: {asked_line(asked)}"


def _other_way(order: Order, desk: PlainDesk) -> str:
    """Of a command that does one thing or its contrary: that it would do the other one now."""
    now = order.command.label_at(desk)
    is_turned = order.command.name in _TURNS and order.word in words_of(order.command)
    return (
        f"it would {now} now: type '{now}' if you mean that"
        if (is_turned and order.word != now)
        else ""
    )
