"""What stands at the edges: header, tabs, keys."""

from __future__ import annotations

from aio_tui.commands import COMMANDS, Command, Desk
from aio_tui.text import fit
from aio_tui.widgets.line import Line, Piece, line, signed
from aio_tui.wording import GROUP_WORDS, RUN_SIGNS, TASK_SIGNS, Group, Tone, amount, cost
from engine.domain.state import TaskState
from engine.ports.cockpit import Overview, RunState

TABS = ("Timeline", "Output", "Ralph", "Checkpoints", "Knowledge", "Inbox")
_SHORT_TABS = ("Time", "Out", "Ralph", "Check", "Know", "Inbox")
_WIDE, _TABS_NEED = 110, 72
_ALWAYS = frozenset({"help", "quit"})


def waiting_count(overview: Overview) -> int:
    """How many tasks need a human: those that ask, and those that are blocked."""
    tasks = {question.task_id for question in overview.escalations}
    blocked = {item.task_id for item in overview.tasks if item.state is TaskState.BLOCKED}
    return len(tasks | blocked)


def terminal_title(project: str, overview: Overview | None) -> str:
    """The title of the terminal's window; counts those who wait."""
    waiting = waiting_count(overview) if overview else 0
    name = f"aio-tui · {fit(project, min(len(project), 80)).rstrip()}"
    return f"({waiting}) {name}" if waiting else name


def header_lines(project: str, overview: Overview | None, width: int) -> list[Line]:
    """Run state, who waits, work, cost; below it what is wrong, if anything is."""
    if overview is None:
        return [line(("aio-tui", Tone.STRONG), f" · {fit(project, 30).rstrip()} · reading ...")]
    return [_glance(project, overview, width), *_alarms(overview, width)]


def _glance(project: str, overview: Overview, width: int) -> Line:
    waiting, is_wide = waiting_count(overview), width >= _WIDE
    verb = "waits" if waiting == 1 else "wait"
    tone = Tone.WARN if waiting else Tone.MUTED
    before: list[Piece] = [signed(RUN_SIGNS[overview.run]), " · "]
    after: list[Piece] = [
        " · ",
        (f"{'! ' if waiting else ''}{waiting} {verb} for you", tone),
        f" · {overview.working}/{overview.parallel} {'at work' if is_wide else 'busy'}",
        f" · {amount(overview.usage.tokens)} {'tokens' if is_wide else 'tok'}",
        f" · {cost(overview.usage)}",
    ]
    if is_wide:
        after.append((f" · {_group_counts(overview)}", Tone.MUTED))
    room = width - line(*before, *after).cells
    return line(
        *before, (fit(project, min(len(project), max(room, 4))).rstrip(), Tone.STRONG), *after
    )


def _group_counts(overview: Overview) -> str:
    counts = dict.fromkeys(Group, 0)
    for state, number in overview.counts.items():
        counts[TASK_SIGNS[state].group] += number
    return ", ".join(f"{counts[group]} {GROUP_WORDS[group].lower()}" for group in Group)


def _alarms(overview: Overview, width: int) -> list[Line]:
    lines: list[Line] = []
    if overview.interrupted:
        number = overview.interrupted
        tasks = "1 task was" if number == 1 else f"{number} tasks were"
        lines.append(line((f"! {tasks} interrupted: press s to go on", Tone.WARN)))
    elif overview.run is RunState.STOPPED and (ready := _ready_count(overview)):
        tasks = "1 task is" if ready == 1 else f"{ready} tasks are"
        lines.append(line((f"! {tasks} ready: press s to start", Tone.WARN)))
    if overview.warnings:
        more = len(overview.warnings) - 1
        rest = f" (and {more} more)" if more else ""
        text = fit(overview.warnings[-1], max(width - len(rest) - 2, 8)).rstrip()
        lines.append(line((f"! {text}{rest}", Tone.WARN)))
    return lines


def _ready_count(overview: Overview) -> int:
    return sum(item.is_ready_but_for_time for item in overview.tasks)


def tab_line(current: int, open_questions: int, width: int) -> Line:
    """The tabs with their keys; the current one in brackets, so that colour is not needed."""
    pieces: list[Piece] = []
    for number, name in enumerate(TABS if width >= _TABS_NEED else _SHORT_TABS, start=1):
        shown = f"{name} {open_questions}" if name == "Inbox" and open_questions else name
        if number == current:
            pieces.append((f"[{number} {shown}]", Tone.STRONG))
        else:
            pieces.append((f" {number} {shown} ", Tone.MUTED))
    return line(*pieces)


def key_line(desk: Desk, width: int) -> Line:
    """The keys that do something now, as many as there is room for; help and quit always."""
    possible = [command for command in COMMANDS if command.is_in_bar and not command.obstacle(desk)]
    always = [command for command in possible if command.name in _ALWAYS]
    room = width - sum(map(_key_cells, always))
    pieces: list[Piece] = []
    for command in possible:
        if command not in always:
            room -= _key_cells(command)
        if command in always or room >= 0:
            pieces.extend(((command.key_signs[0], Tone.KEY), f" {command.label}  "))
    return line(*pieces)


def _key_cells(command: Command) -> int:
    return len(command.key_signs[0]) + len(command.label) + 3
