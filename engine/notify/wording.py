"""A notice in words, of texts that others wrote.

Whatever a task's title or a command holds, a notice has no control characters, nothing that turns
the direction of reading or cannot be seen, and no line longer than a screen's.
"""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from engine.domain.action import ActionKind
from engine.domain.escalation import Escalation
from engine.notify.news import News, NewsKind
from engine.ports.notify import Notice

_MOST_CHARS = 200
_BUDGETS = "[budgets] in .aibrain/aio.toml"
_SETTINGS = {
    "run-cost": "run_cost_usd",
    "run-time": "run_wall_clock_s",
    "task-time": "task_wall_clock_s",
}
"""Limits that only the configuration raises."""
_OPTIONS = {
    "task-iterations": "--iterations N",
    "task-cost": "--usd USD",
    "task-tokens": "--tokens N",
}
"""Those that a command raises for one task."""
_MOST_NAMED = 5
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_VERBS = {
    ActionKind.RUN_COMMAND: "run",
    ActionKind.READ_FILE: "read",
    ActionKind.WRITE_FILE: "write",
}
_MINUTE_S, _HOUR_S = 60, 3600


def neutral(text: str, most: int = _MOST_CHARS) -> str:
    r"""`text` on one line of at most `most` characters: what is not plainly printable is `·`.

    >>> neutral("a\x1b]0;b\x07\nc")
    'a·]0;b· c'
    """
    spaced = " ".join(text[: 8 * most].split())
    shown = "".join("·" if unicodedata.category(char) in _UNPRINTABLE else char for char in spaced)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


_TAME = {ord("@"): "\uff20", ord("<"): "\u2039", ord(">"): "\u203a"}
"""Signs that look alike and mean nothing."""


def defanged(text: str) -> str:
    """`text` for services that make links, mentions and markup of what they are given: nobody is
    called by it, and no address in it is fetched for a preview.

    >>> defanged("see http://x.y")
    'see http[:]//x.y'
    """
    return text.translate(_TAME).replace("://", "[:]//")


def notice_of(
    asked: Sequence[Escalation],
    *,
    news: Sequence[News] = (),
    now: datetime,
    repo: Path,
    project: str,
    host: str,
    says_what: bool,
) -> Notice:
    """What to say of these open questions, the most severe first, and of this news.

    Args:
        says_what: whether commands and rules may be named; under HIPAA they may not.
    """
    number = len(asked)
    headline = _headline(asked, news)
    at = f"aio-tui --repo {shlex.quote(neutral(str(repo)))} escalations"
    lines = [f"{neutral(project)} on {neutral(host)}, in {neutral(str(repo))}"]
    lines += [_line(one, now, says_what=says_what) for one in asked[:_MOST_NAMED]]
    if number > _MOST_NAMED:
        lines.append(f"and {number - _MOST_NAMED} more")
    lines += _commands(asked, at) if asked else []
    lines += [_news_line(one, now, says_what=says_what) for one in news[:_MOST_NAMED]]
    if len(news) > _MOST_NAMED:
        lines.append(f"and {len(news) - _MOST_NAMED} more")
    lines += _news_commands(news, at.removesuffix(" escalations"))
    return Notice(
        title=f"{headline}: {neutral(project, 60)}",
        lines=tuple(lines),
        document={
            "title": headline,
            "project": neutral(project),
            "host": neutral(host),
            "repo": neutral(str(repo)),
            "questions": [_document(one, now, at, says_what=says_what) for one in asked],
            "news": [_news_document(one, says_what=says_what) for one in news],
        },
    )


def _headline(asked: Sequence[Escalation], news: Sequence[News]) -> str:
    if asked:
        waits = "1 question waits" if len(asked) == 1 else f"{len(asked)} questions wait"
        return f"{waits} for you"
    return headline_of(news)


def headline_of(news: Sequence[News]) -> str:
    """What happened, in a few words, such as `1 task failed, the run has ended`."""
    words = {
        NewsKind.BLOCKED: ("1 task is blocked", "{} tasks are blocked"),
        NewsKind.FAILED: ("1 task failed", "{} tasks failed"),
        NewsKind.BUDGET: ("the budget of 1 task is spent", "the budgets of {} tasks are spent"),
    }
    of_tasks = [one.kind for one in news if one.task_id is not None]
    counts = {kind: of_tasks.count(kind) for kind in words}
    told = [
        one if counts[kind] == 1 else many.format(counts[kind])
        for kind, (one, many) in words.items()
        if counts[kind]
    ]
    of_run = {one.kind for one in news if one.task_id is None}
    if NewsKind.BUDGET in of_run:
        told.append("the budget of the run is spent")
    elif of_run:
        told.append("the run has ended")
    return ", ".join(told)


def about(news: Sequence[News]) -> str:
    """The first of it in a line, for a terminal's own notice."""
    first, more = news[0], len(news) - 1
    what = f"{first.task_id}: {first.text}" if first.task_id is not None else first.text
    raises = raised_by(first)
    told = f"{what}; raise it: {raises}" if raises else what
    return neutral(told) + (f" (and {more} more)" if more else "")


def _news_line(one: News, now: datetime, *, says_what: bool) -> str:
    since = _age_of(one.raised_at, now)
    if one.task_id is None:
        why = neutral(one.text)  # the engine's own words
        what = "the run's budget is spent, it" if one.kind is NewsKind.BUDGET else "the run"
        return f"■ {what} ended {since} ago: {why}"
    start = f"■ {neutral(one.task_id, 80)} · {one.kind.value} · waits {since}"
    return f"{start} · {neutral(one.text)}" if says_what and one.text else start


def _news_commands(news: Sequence[News], aio_tui: str) -> list[str]:
    tasks = [one.task_id for one in news if one.task_id is not None]
    lines: list[str] = []
    if len(tasks) == 1:
        task = shlex.quote(neutral(tasks[0]))
        raises = next((raised_by(one) for one in news if one.task_id is not None), "")
        first = raises.replace("aio-tui", aio_tui, 1)
        lines = [
            f"see it: {aio_tui} task show {task}",
            f"raise it: {first}, then: {aio_tui} task retry {task}"
            if raises
            else f"once what hindered it is mended: {aio_tui} task retry {task}",
        ]
    elif tasks:
        lines = [f"see them: {aio_tui} task list"]
    lines += [
        f"raise it: {raised_by(one)}" for one in news if one.task_id is None and raised_by(one)
    ]
    if len(tasks) < len(news):
        lines.append(f"what it did: {aio_tui} report")
    return lines


def raised_by(one: News) -> str:
    """What gives more of the budget that is spent: a command, or a setting where only that does.
    Empty: none is.
    """
    if one.limit in _SETTINGS:
        then = ", then 'aio-tui run'" if one.task_id is None else ""
        return f"{_SETTINGS[one.limit]} under {_BUDGETS}{then}"
    if one.task_id is None or one.limit not in _OPTIONS:
        return ""
    return f"aio-tui task budget {shlex.quote(neutral(one.task_id))} {_OPTIONS[one.limit]}"


def _news_document(one: News, *, says_what: bool) -> dict[str, object]:
    named: dict[str, object] = {
        "kind": one.kind.value,
        "task_id": None if one.task_id is None else neutral(one.task_id),
        "at": one.raised_at.isoformat(),
        "times_told": one.times_told,
    }
    return named | ({"why": neutral(one.text)} if says_what or one.task_id is None else {})


def notice_of_test(*, repo: Path, project: str, host: str) -> Notice:
    """A notice that says that nothing waits."""
    where = f"{neutral(project)} on {neutral(host)}, in {neutral(str(repo))}"
    return Notice(
        title=f"A test of aio-tui: {neutral(project, 60)}",
        lines=(where, "nothing waits; this only shows that notices arrive"),
        document={"title": "A test of aio-tui", "project": neutral(project), "host": neutral(host),
                  "repo": neutral(str(repo)), "questions": []},
    )  # fmt: skip


def _line(asked: Escalation, now: datetime, *, says_what: bool) -> str:
    start = f"! {asked.severity.value} · {neutral(asked.task_id, 80)} · waits {_age(asked, now)}"
    if not says_what:
        return start
    return f"{start} · wants to {_wish(asked)} · stopped by {neutral(asked.rule, 60)}"


def _wish(asked: Escalation) -> str:
    return f"{_VERBS[asked.action.kind]} {neutral(asked.action.target)}"


def _commands(asked: Sequence[Escalation], at: str) -> list[str]:
    if len(asked) > 1:
        return [f"see them: {at} list"]
    escalation_id = shlex.quote(neutral(asked[0].escalation_id))
    return [
        f"see it: {at} show {escalation_id}",
        f"answer: {at} approve {escalation_id}",
        f"or: {at} deny {escalation_id} --reason 'WHY'",
    ]


def _document(asked: Escalation, now: datetime, at: str, *, says_what: bool) -> dict[str, object]:
    named: dict[str, object] = {
        "id": neutral(asked.escalation_id),
        "task_id": neutral(asked.task_id),
        "severity": asked.severity.value,
        "waits_s": max(int((now - asked.raised_at).total_seconds()), 0),
        "times_told": asked.times_told,
        "show": f"{at} show {shlex.quote(neutral(asked.escalation_id))}",
    }
    if says_what:
        named |= {"wants_to": _wish(asked), "rule": neutral(asked.rule)}
    return named


def _age(asked: Escalation, now: datetime) -> str:
    return _age_of(asked.raised_at, now)


def _age_of(at: datetime, now: datetime) -> str:
    seconds = (now - at).total_seconds()
    if seconds < _MINUTE_S:
        return "less than a minute"
    if seconds < _HOUR_S:
        return f"{int(seconds // _MINUTE_S)} min"
    return f"{int(seconds // _HOUR_S)} h {int(seconds % _HOUR_S // _MINUTE_S)} min"
