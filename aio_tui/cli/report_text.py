"""The report as lines for a terminal, and what it says of one task in any form."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal

from aio_tui.ways import key_for
from aio_tui.wording import counted, duration
from engine.domain.steps import NextStep
from engine.ports.report import Chapter, Report, ReportedQuestion, ReportedTask

_CENT = Decimal("0.01")


def headline(told: Report) -> str:
    """The night in one line."""
    counts = ((chapter, told.count_of(chapter)) for chapter in Chapter)
    stood = [f"{count} {chapter.value}" for chapter, count in counts if count]
    return "; ".join(stood) or "nothing happened"


def period(told: Report) -> str:
    """From when to when, in the time of this machine."""
    until = f"{told.until.astimezone():%Y-%m-%d %H:%M}"
    if told.since is None:
        return f"until {until}"
    return f"{told.since.astimezone():%Y-%m-%d %H:%M} to {until}"


def money(told: Report) -> str:
    """What it cost, and what of that brought nothing."""
    unpriced = told.usage.unpriced_calls
    least = "at least " if unpriced else ""
    more = f" (the cost of {counted(unpriced, 'call')} is unknown)" if unpriced else ""
    before = f"; {dollars(told.before_usd)} before that" if told.before_usd else ""
    return (
        f"{least}{dollars(told.usage.cost_usd)}{unpaid(told)}, {told.usage.tokens} tokens{more}; "
        f"wasted {dollars(told.wasted_usd)} and {duration(told.wasted_s)}{before}"
    )


def unpaid(told: Report) -> str:
    """What nobody paid of it, in words that follow the sum; empty: nothing."""
    if not told.unpaid_usd:
        return ""
    part = "" if told.unpaid_usd == told.usage.cost_usd else f"{dollars(told.unpaid_usd)} of it "
    return f" ({part}a script's words, not paid)"


def left_out(told: Report) -> str:
    """What lies before the period and is not listed, and the command that lists it."""
    more = told.left_out
    if not more.tasks:
        return ""
    return (
        f"{counted(more.tasks, 'task')} that ended before, for {dollars(more.cost_usd)}: "
        "aio-tui report --since all"
    )


def not_begun(told: Report) -> str:
    """How many tasks wait for their begin and are not listed, and the command that lists them."""
    number = told.left_out.not_begun
    return f"and {counted(number, 'task')} not begun: aio-tui task list" if number else ""


def chapter_title(told: Report, chapter: Chapter) -> str:
    """Such as `Verified and merged (3)`."""
    return f"{chapter.value[0].upper()}{chapter.value[1:]} ({told.count_of(chapter)})"


def not_named(told: Report, chapter: Chapter) -> str:
    """How many tasks of a chapter are counted and not named, and the command that names them."""
    more = told.unlisted.counts.get(chapter, 0)
    if not more:
        return ""
    since = "all" if told.since is None else f"{told.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"and {counted(more, 'task')} more: aio-tui report --since {since} --every-task"


def dollars(amount: Decimal) -> str:
    """To the cent; less than a cent shows its first digits."""
    return f"${amount:.2f}" if amount >= _CENT or not amount else f"${amount:.4f}"


def asking(asked: ReportedQuestion) -> str:
    """Such as `asks (high), waits 12m: run rm -rf build; stopped by shell.delete`."""
    waits = duration(max(asked.waits_s, 0))
    return f"asks ({asked.severity}), waits {waits}: {asked.words}; stopped by {asked.rule}"


def figures(task: ReportedTask) -> str:
    """Branch, cost and time in one line, and how much of it is older than the period."""
    return f"{task.item.branch} · {whole_cost(task)} · {work(task)}{older(task)}"


def whole_cost(task: ReportedTask) -> str:
    """All that it ever cost, as far as that is known."""
    return f"{'at least ' if task.whole_unpriced else ''}{dollars(task.whole_usd)}"


def work(task: ReportedTask) -> str:
    """Such as `1m30s in 2 iterations`; what was given up before it was recorded is no iteration."""
    if not task.whole_iterations and task.waste.given_up:
        return "no iteration recorded"
    return f"{duration(task.whole_s)} in {counted(task.whole_iterations, 'iteration')}"


def older(task: ReportedTask) -> str:
    """How much of it lies before the period, in words that follow the whole; empty: nothing."""
    before = task.before
    if not before.cost_usd and not before.iterations:
        return ""
    if not task.usage.cost_usd and not task.iterations:
        return ", all before this period"
    return (
        f", of that {dollars(before.cost_usd)} · {duration(before.work_s)} in "
        f"{counted(before.iterations, 'iteration')} before this period"
    )


def wasted(task: ReportedTask) -> str:
    """What of it brought nothing, in words; empty: nothing of it."""
    waste = task.waste
    parts = [f"{counted(waste.given_up, 'iteration')} given up"] * bool(waste.given_up)
    parts += [f"{counted(waste.unchanged, 'iteration')} without a change"] * bool(waste.unchanged)
    parts += [dollars(waste.cost_usd)] * bool(waste.cost_usd)
    parts += [duration(waste.time_s)] * bool(waste.time_s)
    return "wasted: " + ", ".join(parts) if parts else ""


def step(next_step: NextStep, *, has_keys: bool = True) -> str:
    """Such as `merge it: m, or aio-tui merge approve BUG-1`."""
    key = key_for(next_step) if has_keys else ""
    return next_step.told(lambda wanted: ", or ".join(filter(None, (key, wanted.command))))


def as_lines(told: Report) -> Iterator[str]:
    """For a terminal."""
    yield f"{told.project}, {period(told)}"
    yield headline(told)
    yield money(told)
    if told.questions:
        yield ""
        yield f"{counted(len(told.questions), 'question')} for you"
    for asked in told.questions:
        yield f"  {asked.task_id}  {asking(asked)}"
        yield f"    aio-tui escalations show {asked.escalation_id}"
    for chapter in Chapter:
        tasks = [task for task in told.tasks if task.chapter is chapter]
        if tasks:
            yield ""
            yield chapter_title(told, chapter)
        for task in tasks:
            yield f"  {task.item.task_id}  {task.item.description}"
            yield f"    {figures(task)}"
            yield from (f"    {text}" for text in remarks(task))
        if more := not_named(told, chapter):
            yield f"  {more}"
    yield from rest(told)


def remarks(task: ReportedTask) -> Iterator[str]:
    """What is to be said of a task beside its figures, line by line; the next step is the last."""
    if task.item.branched_from:
        yield f"begins where iteration {task.item.branched_at} of {task.item.branched_from} ended"
    if task.why:
        yield task.why
    if told := wasted(task):
        yield told
    if task.next_step is not None:
        yield f"next: {step(task.next_step)}"


def rest(told: Report) -> Iterator[str]:
    """What stands below the tasks; empty lines divide it."""
    for more in filter(None, (not_begun(told), left_out(told))):
        yield ""
        yield more
    if told.guardrails:
        fired = ", ".join(f"{rule} {count}x" for rule, count in told.guardrails)
        yield ""
        yield f"Guardrails that asked: {fired}"
    if told.warnings:
        yield ""
        yield from (f"Warning: {text}" for text in told.warnings)
