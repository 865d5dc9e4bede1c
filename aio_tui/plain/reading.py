"""What plain mode reads when it is asked to, as lines, what matters most first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from aio_tui.charts import Chart, charts, figures
from aio_tui.cli.report_text import asking, dollars, headline, left_out, money, not_named, wasted
from aio_tui.cli.report_text import figures as task_figures
from aio_tui.cli.report_text import period as span
from aio_tui.cli.since import since_of
from aio_tui.plain.speech import said, spoken
from aio_tui.plain.telling import transcript_texts
from aio_tui.whole_transcript import whole_transcript
from aio_tui.widgets.call_lines import call_lines, prompt_lines
from aio_tui.widgets.evidence import verdict_lines
from aio_tui.wording import amount, counted
from engine.domain.decision import Decision
from engine.domain.errors import InputError
from engine.domain.ids import TaskId
from engine.domain.steps import Way
from engine.domain.words import decided_words, decision_words, value_words
from engine.ports.cockpit import EngineFace, Overview, TaskView
from engine.ports.report import Chapter, Report, ReportedTask
from engine.ports.search import SearchGroup, SearchHit

WIDTH = 4000
"""Wide enough that nothing is broken into lines: whoever reads decides where to break."""
_MOST = 200
"""Newest decisions, or entries of the log."""
_MOST_COSTS = 20
_AT_ONCE = 8
"""Places of each kind that a search tells in one turn, so that the first page has some of each."""
_LAST = 30
"""Lines of an output, where nobody asked for an iteration."""


async def report_texts(face: EngineFace, period: str, now: datetime, way: Way) -> list[str]:
    """What became of each task since the last run began, or in another period."""
    since = since_of(period or None, now)
    told = await face.report(since=since, is_last_run=not period)
    return list(_report_lines(told, way))


def _report_lines(told: Report, way: Way) -> Iterator[str]:
    yield f"{told.project}, {headline(told)}"
    yield f"{span(told)}: {money(told)}"
    for asked in told.questions:
        yield f"{asked.task_id} {asking(asked)}; 'question {asked.escalation_id}' reads it"
    for chapter in Chapter:
        tasks = [task for task in told.tasks if task.chapter is chapter]
        if tasks:
            many = counted(told.count_of(chapter), "task")
            yield f"{chapter.value[0].upper()}{chapter.value[1:]}, {many}:"
        for task in tasks:
            yield from _reported(task, way)
        if more := not_named(told, chapter):
            yield f"  {more}"
    if rest := left_out(told):
        yield rest
    if told.guardrails:
        yield "Guardrails that asked: " + ", ".join(f"{rule} {n}x" for rule, n in told.guardrails)
    yield from (f"Warning: {text}" for text in told.warnings)


def _reported(task: ReportedTask, way: Way) -> Iterator[str]:
    yield f"  {task.item.task_id}: {' '.join(task.item.description.split())}"
    if task.why:
        yield f"    why: {task.why}"
    if task.next_step is not None:
        yield f"    next: {task.next_step.told(way)}"
    lost = f"; {told}" if (told := wasted(task)) else ""
    yield f"    {said(task_figures(task))}{lost}"


async def search_texts(face: EngineFace, words: str) -> list[str]:
    """Where the words stand, and how one gets there: the newest places of each kind first, then
    those that come after them.
    """
    found: dict[SearchGroup, list[SearchHit]] = {group: [] for group in SearchGroup}
    notes: dict[SearchGroup, str] = {}
    async with aclosing(face.search(words)) as parts:
        async for part in parts:
            found[part.group] += part.hits
            if part.note:
                notes[part.group] = part.note
    count = sum(map(len, found.values()))
    if not count:
        return [*(f"{group.value}: {note}" for group, note in notes.items()), "nothing found"]
    kinds = [_found_of(group, hits, notes) for group, hits in found.items()]
    order = ", the newest of each first" if sum(map(bool, found.values())) > 1 else ""
    head = f"{counted(count, 'place')} found: {', '.join(filter(None, kinds))}{order}"
    return [head, *map(_hit_text, _by_turns(found.values()))]


def _found_of(
    group: SearchGroup, hits: Sequence[SearchHit], notes: Mapping[SearchGroup, str]
) -> str:
    note = f" ({notes[group]})" if group in notes else ""
    return f"{len(hits)} in {group.value}{note}" if hits or note else ""


def _by_turns(groups: Iterable[Sequence[SearchHit]]) -> list[SearchHit]:
    """A few of each group, then the next few of each."""
    placed = [(at // _AT_ONCE, hit) for hits in groups for at, hit in enumerate(hits)]
    return [hit for _, hit in sorted(placed, key=lambda each: each[0])]


def _hit_text(hit: SearchHit) -> str:
    more = f", and {hit.more} more there" if hit.more else ""
    return f"{hit.group.value}: {hit.where}{more}: {hit.excerpt}"


async def decisions_texts(face: EngineFace, task_id: TaskId | None) -> list[str]:
    """Who decided what, newest first; before that what is wrong with the trail."""
    made, unreadable = await face.decisions(task_id)
    problems = list(dict.fromkeys((*unreadable, *await face.audit_problems())))
    whole = [f"THE TRAIL IS NOT WHOLE: {text}" for text in problems] or ["the trail is whole"]
    about = f" about {task_id}" if task_id else ""
    head = f"{counted(len(made), 'decision')}{about}, newest first"
    left = len(made) - _MOST
    rest = [f"and {left} older ones: 'aio-tui decisions show' has them"] if left > 0 else []
    return [head, *whole, *map(_decision_line, made[: -_MOST - 1 : -1]), *rest]


def _decision_line(made: Decision) -> str:
    why = f", because {made.reason}" if made.reason else ""
    return (
        f"{made.at:%Y-%m-%d %H:%M:%S} UTC, {made.task_id or 'the run'}: {decision_words(made.kind)}"
        f", {decided_words(made.decision)}: {value_words(made.value)}; by {made.approver}{why}"
    )


async def metrics_texts(face: EngineFace, overview: Overview | None) -> list[str]:
    """Figures, then what each task cost, then what the plots show."""
    project = face.settings.project
    found = await face.read(lambda reader: reader.metrics(project, since=None))
    used = overview.usage_by_task if overview is not None else {}
    dear = sorted(used.items(), key=lambda one: one[1].cost_usd, reverse=True)[:_MOST_COSTS]
    return [
        *(f"{name}: {told}" for name, told in figures(found)),
        *(f"cost of {task_id}: {dollars(usage.cost_usd)}, {amount(usage.tokens)} tokens"
          for task_id, usage in dear),
        *(text for chart in charts(found) for text in _chart_texts(chart)),
    ]  # fmt: skip


def _chart_texts(chart: Chart) -> Iterator[str]:
    if chart.nothing:
        yield f"{chart.title}: {chart.nothing}"
        return
    yield f"{chart.title}:"
    for label, shown in zip(chart.labels, chart.shown, strict=True):
        yield f"  {label}: {shown}"


async def log_texts(face: EngineFace) -> list[str]:
    """The newest entries of the engine's log, newest first."""
    logged = await face.log_lines()
    texts = [
        f"{f'{one.at:%H:%M:%S} UTC' if one.at else 'at an unknown time'}, {one.level.name.lower()}"
        f"{f', {one.task_id}' if one.task_id else ''}: {' '.join(one.text.split())}"
        for one in logged[: -_MOST - 1 : -1]
    ]
    return texts or ["the log is empty"]


async def config_texts(face: EngineFace) -> list[str]:
    """Each setting in force, and where it comes from."""
    from engine.app.configuration import settings_sources  # late: few look at it

    found = await asyncio.to_thread(settings_sources, face.settings.repo)
    return [f"{one.key}: {one.value}, from {one.source}" for one in found]


async def knowledge_texts(face: EngineFace, ko_id: str) -> list[str]:
    """All knowledge objects, or one of them in full.

    Raises:
        InputError: there is none of this id.
    """
    files = await face.knowledge_objects()
    if not ko_id:
        head = f"{counted(len(files), 'knowledge object')}"
        more = "; 'knowledge ID' reads one" if files else ""
        return [
            f"{head}{more}",
            *(f"{one.ko_id}, {one.shelf.value}, consulted {one.consulted} times: {one.title}"
              for one in files),
        ]  # fmt: skip
    texts = [
        text
        for one in files
        if one.ko_id.casefold() == ko_id.casefold()
        for text in (f"{one.ko_id}, {one.shelf.value}, {one.file}:", *one.text.splitlines())
    ]
    if not texts:
        raise InputError(f"there is no knowledge object {ko_id!r}", hint="'knowledge' lists them")
    return texts


async def output_texts(face: EngineFace, view: TaskView, iteration: int | None) -> list[str]:
    """What an iteration said and did, the newest unless another one is wanted."""
    task_id, number = view.item.task_id, _wanted(view, iteration)
    if iteration is None:
        chunk = await face.transcript(task_id, number, after=-1)
        entries = chunk.entries
    else:
        entries = await whole_transcript(face, task_id, number)
    is_live = number == view.live_iteration
    head = f"{task_id}, iteration {number}, {'it goes on' if is_live else 'it is over'}"
    texts = transcript_texts(entries)
    if iteration is None and len(texts) > _LAST:
        more = f"the last {_LAST} lines; 'output {task_id} {number}' reads it from its beginning"
        return [f"{head}, {more}:", *texts[-_LAST:]]
    return [f"{head}:", *(texts or ["nothing was said yet"])]


async def prompt_texts(face: EngineFace, view: TaskView, iteration: int | None) -> list[str]:
    """The prompt of an iteration as it was sent."""
    number = _wanted(view, iteration)
    entries = await whole_transcript(face, view.item.task_id, number)
    head = f"{view.item.task_id}, prompt of iteration {number}:"
    return [head, *(each.text for each in prompt_lines(entries, WIDTH))]


async def tools_texts(face: EngineFace, view: TaskView, iteration: int | None) -> list[str]:
    """The tool calls of an iteration."""
    number = _wanted(view, iteration)
    entries = await whole_transcript(face, view.item.task_id, number)
    head = f"{view.item.task_id}, tool calls of iteration {number}:"
    return [head, *spoken(call_lines(entries, WIDTH))]


async def session_texts(face: EngineFace, view: TaskView, iteration: int | None) -> list[str]:
    """The session file that an iteration left behind."""
    number = iteration or view.item.iteration_count
    if not any(point.iteration_count == number for point in view.checkpoints):
        raise InputError(
            f"{view.item.task_id} has no session file of iteration {number}",
            hint="one is written at the end of each iteration",
        )
    text = await face.session_text(view.item.task_id, number)
    return [f"{view.item.task_id}, session file of iteration {number}:", *text.splitlines()]


def verdict_texts(view: TaskView, iteration: int | None) -> list[str]:
    """The newest verdict with its proof, or that of another iteration.

    Raises:
        InputError: that iteration has none.
    """
    points = view.checkpoints
    if iteration is not None:
        points = tuple(point for point in points if point.iteration_count == iteration)
        if not points:
            raise InputError(
                f"iteration {iteration} of {view.item.task_id} has no verdict",
                hint=f"'timeline {view.item.task_id}' lists its iterations",
            )
    lines = verdict_lines(replace(view, checkpoints=points), WIDTH)
    return [f"{view.item.task_id}:", *spoken(lines)]


def _wanted(view: TaskView, iteration: int | None) -> int:
    newest = view.live_iteration or view.item.iteration_count
    number = newest if iteration is None else iteration
    if not 1 <= number <= newest:
        has = f"it has {counted(newest, 'iteration')}" if newest else "none has begun"
        raise InputError(
            f"there is no iteration {number or 1} of {view.item.task_id}", hint=f"{has}"
        )
    return number
