"""The report as markdown, where text from outside is text."""

from __future__ import annotations

import re

from aio_tui.cli.report_text import (
    asking,
    chapter_title,
    figures,
    headline,
    money,
    not_named,
    period,
    remarks,
    rest,
)
from aio_tui.text import clean
from engine.ports.report import Chapter, Report

_SPECIAL = re.compile(
    r"""
    [`*\[\]~]
    | (?<![^\W_]) _ | _ (?![^\W_])            # inside of a word it is a letter
    | \\ (?= [!-/:-@\[-`{-~] | \Z )
    | < (?= [A-Za-z/!?] )
    | & (?= \#?\w+; )
    | (?<= :) / (?= / ) | (?<= www) \.          # addresses are links without any sign
    | \A [-+\#>=]
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What would be read as markup where it stands."""
_NUMBER = re.compile(r"\A(\d{1,9})([.)])(?=\s|\Z)")
"""Of a list."""


def as_markdown(told: Report) -> str:
    """As a document; text from outside has no meaning in it."""
    lines = [f"# {plain(told.project)}, {plain(period(told))}", "", plain(headline(told)), ""]
    lines += [plain(money(told)), ""]
    if told.questions:
        lines += ["## Questions for you", ""]
    for asked in told.questions:
        lines.append(f"- **{plain(asked.task_id)}** {plain(asking(asked))}  ")
        lines.append(f"  aio-tui escalations show {plain(asked.escalation_id)}")
    lines += [""] * bool(told.questions)
    for chapter in Chapter:
        tasks = [task for task in told.tasks if task.chapter is chapter]
        lines += [f"## {plain(chapter_title(told, chapter))}", ""] if tasks else []
        for task in tasks:
            lines.append(f"- **{plain(task.item.task_id)}** {plain(task.item.description)}  ")
            lines.append(f"  {plain(figures(task))}")
            lines += [f"  - {plain(text)}" for text in remarks(task)]
        more = not_named(told, chapter)
        lines += [f"- {plain(more)}"] if more else []
        lines += [""] if tasks else []
    lines += [f"- {plain(text)}" for text in rest(told) if text]
    return "\n".join(lines).rstrip() + "\n"


def plain(text: str) -> str:
    """Text as markdown that shows just that, at the begin of a line too."""
    return _NUMBER.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", clean(text).strip()))
