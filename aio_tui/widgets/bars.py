"""What stands at the edges: header, tabs, keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aio_tui.commands.base import AnyCommand, Desk, Topic
from aio_tui.commands.catalogue import key_of
from aio_tui.places import COCKPIT, REVIEW
from aio_tui.text import fit, wrap
from aio_tui.widgets.line import Line, Link, Piece, line, linked, signed
from aio_tui.wording import (
    ANSWERED,
    CUT_OFF,
    GROUP_WORDS,
    TASK_SIGNS,
    Group,
    Tone,
    amount,
    cost,
    end_words,
    lack_words,
    merging_count,
    run_sign,
    short_cost,
    sign_of,
    wait_words,
    working_count,
)
from engine.domain.state import HELD, TaskState
from engine.domain.work import MergeState
from engine.ports.cockpit import Health, Overview, RunState

TABS = ("Timeline", "Output", "Ralph", "Checkpoints", "Knowledge", "Inbox")
_SHORT_TABS = ("Time", "Out", "Ralph", "Check", "Know", "Inbox")
_WIDE, _TABS_NEED, _SHORT_TABS_NEED = 110, 72, 54
_LEAST_NAME, _FAIR_NAME = 4, 10
"""Cells of the project's name that nothing may take, and that only the first fact may take."""
_NEEDS_SOMEBODY, _LAST_NEEDED = 1, 4
"""Up to these ranks facts are worth the project's name, and shorter words."""
_RARE = frozenset({Group.BY_HAND, Group.CANCELLED})
_TOLD_APART = (Group.NEEDS_YOU, Group.FAILED, Group.MERGE)
"""Groups that the header has facts of their own about."""
_LAST = frozenset({"help", "quit"})
_TAIL = ("start", "pause_or_resume_all", "back", "help", "quit")
"""What is the same on every screen stands last, and is named whenever it does something: the header
calls for the first two."""
_ROOMY = 60
"""Below this width only what one cannot do without stands in the tail."""


Fact = tuple[int, Piece]
"""A piece of the header, and the rank in which it gives way: the highest first."""


def waiting_count(overview: Overview) -> int:
    """How much only the operator can move: open questions, and tasks that are blocked."""
    return len(overview.escalations) + blocked_count(overview)


def blocked_count(overview: Overview) -> int:
    """How many tasks only a human can move, though they ask nothing."""
    return overview.counts.get(TaskState.BLOCKED, 0)


def merge_count(overview: Overview) -> int:
    """How many verified branches wait for the operator's merge."""
    return sum(
        item.state is TaskState.COMPLETED and item.merge_state is MergeState.WAITING
        for item in overview.tasks
    )


def on_their_way(overview: Overview) -> str:
    """How many other verified branches are not merged yet, by how far they have come, such as `3 in
    line, 1 conflict`; empty: none. Those that are merging just now are told with the work.
    """
    others = Counter(
        sign_of(item).word
        for item in overview.tasks
        if item.state is TaskState.COMPLETED
        and item.merge_state is not MergeState.WAITING
        and sign_of(item).group is Group.MERGE
    )
    return ", ".join(f"{number} {word}" for word, number in others.items())


def terminal_title(project: str, overview: Overview | None) -> str:
    """The title of the terminal's window; counts those who wait."""
    waiting = waiting_count(overview) if overview else 0
    name = f"aio-tui · {fit(project, min(len(project), 80)).rstrip()}"
    return f"({waiting}) {name}" if waiting else name


def header_lines(
    project: str, overview: Overview | None, width: int, *, only_looks: bool = False
) -> list[Line]:
    """Run state, who waits, work, cost; below it what is wrong, if anything is, and the key that
    helps, unless one `only_looks`.
    """
    if overview is None:
        return [line(("aio-tui", Tone.STRONG), f" · {fit(project, 30).rstrip()} · reading ...")]
    return [_glance(project, overview, width), *_alarms(overview, width, only_looks=only_looks)]


def _glance(project: str, overview: Overview, width: int) -> Line:
    run = signed(run_sign(overview))
    facts = _facts(overview, is_wide=width >= _WIDE)
    short = [(0, _who_waits(overview, "wait")), *facts[1:]]
    room = width - min(len(project), _FAIR_NAME)
    before = (run, " · ")
    fitting = _fitting(facts, room, before)
    if _lacks(fitting, facts, _LAST_NEEDED):
        fitting = max(fitting, _fitting(short, room, before), key=len)
    if _lacks(fitting, facts, _NEEDS_SOMEBODY):
        return line(run, " · ", *_pieces(_fitting(short, width, (run,))))
    after = [" · ", *_pieces(fitting)]
    room = width - line(*before, *after).cells
    return line(
        *before,
        (fit(project, min(len(project), max(room, _LEAST_NAME))).rstrip(), Tone.STRONG),
        *after,
    )


def _facts(overview: Overview, *, is_wide: bool) -> list[Fact]:
    """What the header tells, as it stands there; the first is who waits."""
    to_merge = merge_count(overview)
    spent = cost(overview.usage) if is_wide else short_cost(overview.usage)
    tokens = f" · {amount(overview.usage.tokens)} {'tokens' if is_wide else 'tok'}"
    working = f" · {working_count(overview)}/{overview.parallel} {'at work' if is_wide else 'busy'}"
    if merging := merging_count(overview):
        working += f", {merging} merging"
    facts: list[Fact] = [(0, _who_waits(overview, "wait for you"))]
    if blocked := blocked_count(overview):
        facts.append((2, (f" (■ {blocked} blocked)", Tone.WARN)))
    failed = overview.counts.get(TaskState.FAILED, 0)
    if failed:
        facts.append((1, (f" · ✗ {failed} failed", Tone.WARN)))
    if to_merge:
        facts.append((4, (f" · ⇡ {to_merge} to merge", Tone.WARN)))
    if told := on_their_way(overview):
        facts.append((6, (f"{',' if to_merge else ' · ⇡'} {told}", Tone.NORMAL)))
    facts.extend(((5, working), (7, tokens), (3, f" · {spent}")))
    if is_wide:
        facts.append((8, (f" · {_group_counts(overview)}", Tone.MUTED)))
    return facts


def _who_waits(overview: Overview, words: str) -> Piece:
    waiting = waiting_count(overview)
    if not waiting:
        return (f"0 {words}", Tone.MUTED)
    said = words.replace("wait", "waits", 1) if waiting == 1 else words
    return (f"! {waiting} {said}", Tone.WARN)


def _fitting(facts: Sequence[Fact], width: int, before: tuple[Piece, ...]) -> list[Fact]:
    """As many of `facts` as fit behind `before` and a separator; always the first."""
    kept = list(facts)
    while len(kept) > 1 and line(*before, " · ", *_pieces(kept)).cells > width:
        kept.remove(max(kept, key=lambda fact: fact[0]))
    return kept


def _pieces(facts: Sequence[Fact]) -> list[Piece]:
    return [piece for _, piece in facts]


def _lacks(fitting: Sequence[Fact], facts: Sequence[Fact], rank: int) -> bool:
    """Whether some of `facts` up to this rank did not fit."""
    wanted = {each for each, _ in facts if each <= rank}
    return not wanted <= {each for each, _ in fitting}


def _group_counts(overview: Overview) -> str:
    """The groups that the header says nothing else of; of those that are rare, what there is."""
    counts = dict.fromkeys(Group, 0)
    for state, number in overview.counts.items():
        is_lost = state in HELD and overview.run is RunState.NO_ENGINE
        counts[(CUT_OFF if is_lost else TASK_SIGNS[state]).group] += number
    asking = {question.task_id for question in overview.escalations}
    answered = sum(
        item.state is TaskState.WAITING and item.task_id not in asking for item in overview.tasks
    )
    counts[ANSWERED.group] += answered
    merging = sum(
        item.state is TaskState.COMPLETED and sign_of(item).group is Group.MERGE
        for item in overview.tasks
    )
    counts[TASK_SIGNS[TaskState.COMPLETED].group] -= merging
    for group in _TOLD_APART:
        del counts[group]
    shown = [group for group in counts if counts[group] or group not in _RARE]
    return ", ".join(f"{counts[group]} {GROUP_WORDS[group].lower()}" for group in shown)


def _alarms(overview: Overview, width: int, *, only_looks: bool) -> list[Line]:
    lines: list[Line] = []
    start = key_of("start")
    if overview.halted:
        key = "" if only_looks else f" ({key_of('pause_or_resume_all')} goes on)"
        text = f"■ everything is halted {overview.halted}{key}"
        lines.extend(told_lines(line((text, Tone.BAD)), width))
    if overview.run is RunState.NO_ENGINE:
        key = "" if only_looks else f": press {start} to go on in this process"
        sign = run_sign(overview)
        text = f"{sign.glyph} {end_words(overview)}{key}"
        lines.extend(told_lines(line((text, sign.tone)), width))
    elif overview.interrupted:
        key = "" if only_looks else f": press {start} to go on"
        lines.append(line((f"! {_left_words(overview)}{key}", Tone.WARN)))
    elif overview.run is RunState.STOPPED and (ready := ready_count(overview)):
        tasks = "1 task is" if ready == 1 else f"{ready} tasks are"
        key = ", but nothing runs" if only_looks else f": press {start} to start"
        lines.append(line((f"! {tasks} ready{key}", Tone.WARN)))
    if waits := wait_words(overview):
        lines.extend(told_lines(line((f"! {waits}", Tone.WARN)), width))
    for lack in lack_words(overview):
        lines.extend(told_lines(line((f"! {lack}", Tone.WARN)), width))
    stalled = [task for task, told in overview.activity.items() if told.health is Health.STALLED]
    if stalled:
        others = f" and {len(stalled) - 1} more" if len(stalled) > 1 else ""
        text = f"! stalled: {stalled[0]}{others}: no record for far longer than usual"
        lines.append(line((text, Tone.WARN)))
    warnings = [text for text in overview.warnings if text not in overview.lacking.values()]
    if warnings:
        more = len(warnings) - 1
        rest = f" (and {more} more)" if more else ""
        text = fit(warnings[-1], max(2 * width - len(rest) - 12, 8)).rstrip()
        lines.extend(told_lines(line((f"! {text}{rest}", Tone.WARN)), width))
    return lines


def _left_words(overview: Overview) -> str:
    """What a stopped run left: iterations that were lost, or just tasks that are not done."""
    queued = [item for item in overview.tasks if item.state is TaskState.QUEUED]
    lost = sum(item.interruptions > 0 for item in queued)
    if lost:
        return "1 task was interrupted" if lost == 1 else f"{lost} tasks were interrupted"
    number = overview.interrupted
    return "1 begun task waits" if number == 1 else f"{number} begun tasks wait"


def told_lines(told: Line, width: int) -> list[Line]:
    """A line for the operator in at most two lines; only what is longer still is cut."""
    if told.cells <= width or not told.pieces:
        return [told]
    tone = told.pieces[0][1]
    first, *rest = wrap(told.text, max(width, 2))
    return [line((first, tone)), line((fit(" ".join(rest), width).rstrip(), tone))]


def ready_count(overview: Overview) -> int:
    """Tasks that a run would begin."""
    return sum(item.is_ready_but_for_time for item in overview.tasks)


def tab_line(current: int, open_questions: int, width: int) -> Line:
    """The tabs with their keys; the current one in brackets, so that colour is not needed."""
    pieces: list[Link] = []
    for number, name in enumerate(_tab_names(current, width), start=1):
        shown = f"{name} {open_questions}" if name == "Inbox" and open_questions else name
        words = f"{number} {shown}".rstrip()
        command = f"show_{TABS[number - 1].lower()}"
        if number == current:
            pieces.append(Link(f"[{words}]", Tone.STRONG, command))
        else:
            pieces.append(Link(f" {words} ", Tone.MUTED, command))
    return linked(*pieces)


def _tab_names(current: int, width: int) -> tuple[str, ...]:
    if width >= _TABS_NEED:
        return TABS
    if width >= _SHORT_TABS_NEED:
        return _SHORT_TABS
    kept = {current, len(TABS)}
    names = enumerate(_SHORT_TABS, start=1)
    return tuple(name if number in kept else "" for number, name in names)


def key_line(desk: Desk, width: int) -> Line:
    """The keys that do something now: those of the screen, as many as there is room for, then those
    of `_TAIL`.
    """
    possible = _read_first([each for each in desk.commands if _is_named(each, desk)])
    tail = sorted(
        (each for each in possible if each.name in _TAIL and _is_needed(each, desk, width)),
        key=lambda each: _TAIL.index(each.name),
    )
    room = width + 2 - sum(_key_cells(command, desk) for command in tail)
    shown: list[AnyCommand] = []
    for command in possible:
        if command.name not in _TAIL:
            room -= _key_cells(command, desk)
            shown.extend([command] if room >= 0 else [])
    pieces: list[Piece | Link] = []
    for command in (*shown, *tail):
        pieces.extend(_pressable(command, command.label_at(desk)))
    return linked(*pieces)


def _read_first(commands: list[AnyCommand]) -> list[AnyCommand]:
    """The way to the change stands before what can be done with it."""
    read = [each for each in commands if each.name == f"go_to_{REVIEW}"]
    others = [each for each in commands if each not in read]
    at = next((n for n, each in enumerate(others) if each.topic is not Topic.QUESTIONS), 0)
    return [*others[:at], *read, *others[at:]]


def _pressable(command: AnyCommand, label: str) -> tuple[Piece | Link, ...]:
    """Its key and what it does; both can be clicked."""
    key, name = command.key_signs[0], command.name
    return Link(key, Tone.KEY, name), Link(f" {label}", Tone.NORMAL, name), "  "


def _is_named(command: AnyCommand, desk: Desk) -> bool:
    is_way_back = command.name == "back" and desk.hides_something
    return (command.is_named(desk) or is_way_back) and not command.obstacle_here(desk)


def _is_needed(command: AnyCommand, desk: Desk, width: int) -> bool:
    """Where there is little room, to pause all can wait; to go on again cannot. On other screens
    than the first, the way back and the help are enough.
    """
    if width >= _ROOMY:
        return True
    is_pause = command.name == "pause_or_resume_all" and command.label_at(desk) == command.label
    return not is_pause if desk.place == COCKPIT else command.name in ("back", "help")


def short_key_line(desk: Desk, commands: Sequence[AnyCommand], width: int) -> Line:
    """As `key_line`, but `commands` go before all others, by the shortest name each has."""
    possible = [each for each in commands if not each.obstacle_here(desk)]
    if not possible:
        return key_line(desk, width)
    always = [each for each in desk.commands if each.name in _LAST]
    room = width + 2 - sum(_key_cells(each, desk) for each in always)
    pieces: list[Piece | Link] = []
    for command in possible:
        name = command.short or command.label
        room -= len(command.key_signs[0]) + len(name) + 3
        if room >= 0:
            pieces.extend(_pressable(command, name))
    for command in always:
        pieces.extend(_pressable(command, command.label))
    return linked(*pieces)


def answer_keys(desk: Desk, commands: Sequence[AnyCommand], width: int) -> Line:
    """What `commands` are possible now, by the shortest name each has, over a text: Esc leads back
    from there.
    """
    tail = [each for each in desk.commands if each.name in ("back", "help")]
    room = width + 2 - sum(_key_cells(each, desk) for each in tail)
    pieces: list[Piece | Link] = []
    for command in commands:
        name = command.short or command.label
        room -= len(command.key_signs[0]) + len(name) + 3
        if room >= 0 and not command.obstacle_here(desk):
            pieces.extend(_pressable(command, name))
    for command in sorted(tail, key=lambda each: each.name):
        pieces.extend(_pressable(command, command.label))
    return linked(*pieces)


def _key_cells(command: AnyCommand, desk: Desk) -> int:
    return len(command.key_signs[0]) + len(command.label_at(desk)) + 3
