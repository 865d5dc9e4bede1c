"""Every key that a screen names is pressed on that screen, and something comes of it.

`EFFECTS` says of each command what that is; a command that is not in it fails the test. What cannot
be done in this scene is in `IMPOSSIBLE`, and says so in one line. The orders that come of dialogs
are looked at in test_keys.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from textual.screen import ModalScreen

from aio_tui.commands.base import AnyCommand
from aio_tui.commands.catalogue import ALWAYS
from aio_tui.places import COCKPIT, PLACES
from aio_tui.question_at_hand import QuestionAtHand
from aio_tui.screens.desk import DeskScreen
from aio_tui.screens.directory import commands_at
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.inbox import InboxScreen
from aio_tui.screens.table_screen import TableScreen
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.ports.cockpit import RunState
from tests.support.face import FakeFace
from tests.support.merge_scene import MERGED, TO_MERGE
from tests.support.scene import RUNNING, WAITING
from tests.tui.cockpit_run import NARROW, Cabin, cockpit
from tests.tui.rendering import Rendering, rendering
from tests.tui.sights import empty, evening, home

_SHARES = 6
FAILED, TAKEN = TaskId("fix-csv"), TaskId("fix-mine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What can be seen of a cockpit, and what it has told the engine."""

    top: object
    orders: tuple[str, ...]
    told: str
    drawn: Rendering
    is_over: bool


Effect = Callable[[Sight, Sight], bool]


def gives(kind: str) -> Effect:
    """The order of this kind."""
    return lambda _, after: (kind,) == after.orders


def asks(_: Sight, after: Sight) -> bool:
    """Something lies over the screen."""
    return isinstance(after.top, ModalScreen)


def shows(place: str) -> Effect:
    """The screen of this name."""
    return lambda _, after: isinstance(after.top, FrameScreen) and place == after.top.PLACE


def draws(before: Sight, after: Sight) -> bool:
    """The screen has changed, or says why it has not."""
    return after.top is not before.top or after.drawn != before.drawn


def ends(_: Sight, after: Sight) -> bool:
    """The cockpit."""
    return after.is_over


EFFECTS: dict[str, Effect] = {
    "approve_once": gives("approve_escalation"),
    "acknowledge": gives("acknowledge_escalation"),
    "merge": gives("merge_task"),
    "pause_or_resume": gives("pause_task"),
    "pause_now": gives("pause_task"),
    "retry": gives("retry_task"),
    "more_urgent": gives("shift_priority"),
    "less_urgent": gives("shift_priority"),
    "start": gives("resume_run"),
    "pause_or_resume_all": gives("pause_run"),
    "undo": gives("undo_order"),
    "more_parallel": gives("set_parallelism"),
    "less_parallel": gives("set_parallelism"),
    **dict.fromkeys(
        (
            "approve_for_task", "deny", "edit_and_approve", "approve_always", "deny_and_pause",
            "merge_all", "reject", "send_back", "revert", "remark", "override", "steer",
            "message_now", "grant", "limits", "branch", "cancel", "take_over", "hand_back", "halt",
            "stop", "filter", "views", "find", "help", "tour", "palette", "theme", "quit",
            "choose_scope", "discard_work",
        ),
        asks,
    ),
    **dict.fromkeys(
        (
            "open", "back", "sort", "switch_pane", "down", "up", "page_down", "page_up", "first",
            "last", "show_timeline", "show_output", "show_ralph", "show_checkpoints",
            "show_knowledge", "show_inbox", "next_tab", "previous_tab", "next_page",
            "previous_page", "previous_iteration", "next_iteration", "next_part", "part_output",
            "part_prompt", "part_tools", "part_verdict", "part_knowledge", "part_session",
            "next_hunk", "previous_hunk", "next_file", "previous_file", "switch_columns", "play",
            "next_fact", "previous_fact", "next_verdict", "previous_verdict", "next_escalation",
            "previous_escalation", "next_error", "previous_error", "faster", "slower", "forward",
            "backward", "next_other", "previous_other", "next_first", "next_chart",
            "previous_chart", "period", "levels", "step_aside",
        ),
        draws,
    ),
    **{f"go_to_{place.name}": shows(place.name) for place in PLACES},
    "leave": ends,
}  # fmt: skip
TASK_OF = {
    **dict.fromkeys(
        ("merge", "merge_all", "reject", "send_back", "override", "remark", "next_hunk",
         "previous_hunk", "next_file", "previous_file", "switch_columns"),
        TO_MERGE,
    ),
    **dict.fromkeys(
        ("approve_once", "approve_for_task", "deny", "edit_and_approve", "approve_always",
         "deny_and_pause", "acknowledge"),
        WAITING,
    ),
    "revert": MERGED,
    "discard_work": TO_MERGE,
    "retry": FAILED,
    "hand_back": TAKEN,
}  # fmt: skip
"""What is selected when the key is pressed, where it is not the running task."""
IMPOSSIBLE: dict[str, set[str]] = {
    **{place.name: set() for place in PLACES},
    "task": {"branch"},
    "replay": {"branch"},
    "review": {"filter"},
    "search": {"sort"},
    "compare": {"next_other", "previous_other", "next_first"},
    "report": {
        "approve_once", "approve_for_task", "deny", "edit_and_approve", "approve_always",
        "deny_and_pause", "acknowledge", "revert", "hand_back",
    },
}  # fmt: skip
"""By screen, what the selected task does not allow there."""
STILL = {
    ("task", "up"), ("metrics", "up"), ("replay", "page_up"), ("compare", "first"),
    ("review", "page_down"), ("search", "last"),
}  # fmt: skip
"""On which screens which keys have nothing to move, and nothing to say of it."""


async def face_with_a_taken_task() -> FakeFace:
    face = await evening()
    mine = replace(face.tasks[RUNNING], task_id=TAKEN, state=TaskState.TAKEN, taken_by="kim")
    face.tasks[TAKEN] = mine
    for place in PLACES:
        face.filters["kim", place.name] = {"mine": "gcd"}
    return face


def sight(cabin: Cabin) -> Sight:
    top = cabin.app.screen
    told = top.told.text if isinstance(top, FrameScreen) else ""
    orders = tuple(order.kind for order in cabin.face.given)
    return Sight(
        top=top,
        orders=orders,
        told=told,
        drawn=rendering(cabin.app),
        is_over=cabin.app._exit is True,
    )


async def stand_at(cabin: Cabin, place: str, task: TaskId | None) -> FrameScreen:
    """On this screen, with nothing over it, about this task."""
    if place == COCKPIT:
        await home(cabin)
    while not shows(place)(sight(cabin), sight(cabin)):
        if len(cabin.app.screen_stack) > 1:
            await cabin.app.pop_screen()
        else:
            cabin.desk.go_to(place)
        await cabin.pilot.pause()
    screen = cabin.app.screen
    assert isinstance(screen, FrameScreen)
    await cabin.until(lambda: screen.overview is not None, place)
    if screen.filter_words:
        screen.set_filter("")
    if task is not None:
        await aim(cabin, screen, task)
    return screen


async def aim(cabin: Cabin, screen: FrameScreen, task: TaskId) -> None:
    if isinstance(screen, DeskScreen):
        if screen.subject != task:
            await cabin.select(task)
    elif isinstance(screen, TableScreen):
        screen.table.move_to_end(is_last=False)
        screen.table.select_key(task)
    elif screen.subject != task:
        screen.turn_to(task)
    await cabin.pilot.pause()


def pressed_at(place: str) -> list[AnyCommand]:
    """What is pressed there, what ends the cockpit last: in the cockpit everything, elsewhere all
    that is not on every screen, and of that a sixth: each is pressed on two more screens at least.
    """
    share = [place.name for place in PLACES].index(place) % _SHARES
    elsewhere = {each.name for at, each in enumerate(ALWAYS) if at % _SHARES != share}
    commands = commands_at(place)
    pressed = [each for each in commands if place == COCKPIT or each.name not in elsewhere]
    return sorted(pressed, key=lambda each: each.name == "leave")


async def prepare(cabin: Cabin, command: AnyCommand, known: FakeFace) -> None:
    """The store as it was at first, and what the command needs."""
    face = cabin.face
    face.given.clear()
    wanted = RunState.STOPPED if command.name == "start" else RunState.RUNNING
    if face.run is not wanted or face.tasks != known.tasks or face.escalations != known.escalations:
        face.run, face.tasks = wanted, dict(known.tasks)
        face.escalations = list(known.escalations)
        seen = face.overviews_read
        await face.push()
        await cabin.until(lambda: face.overviews_read > seen, "read again")


def look_at_questions(screen: FrameScreen) -> None:
    """Those that were answered are back, and have been seen."""
    if isinstance(screen, DeskScreen | InboxScreen):
        screen._hand = QuestionAtHand(screen._now)


async def fault_of(cabin: Cabin, screen: FrameScreen, command: AnyCommand, key: str) -> str:
    """Press the key; what is wrong with what came of it."""
    if command.name in ("down", "page_down", "last"):
        screen.move_to_end(is_last=False)
    if command.name in ("up", "page_up", "first"):
        screen.move_to_end(is_last=True)
    if command.name == "show_timeline" and isinstance(screen, DeskScreen):
        screen.show_tab(2)
    if command.name == "back" and isinstance(screen, DeskScreen):
        screen.switch_pane()
    await cabin.pilot.pause()
    look_at_questions(screen)
    place, obstacle, before = screen.PLACE, command.obstacle(screen), sight(cabin)
    known_obstacle = command.name in {*IMPOSSIBLE[place], f"go_to_{place}"}
    if bool(obstacle) is not known_obstacle:
        return f"an obstacle: {obstacle!r}"
    await cabin.press(key)
    if obstacle:
        told = sight(cabin).told
        return "" if obstacle in told and "\n" not in told else f"{obstacle!r} is told as {told!r}"
    if (place, command.name) in STILL:
        return "" if sight(cabin) == before else "it does something after all"
    for _ in range(200):
        if EFFECTS[command.name](before, sight(cabin)):
            return ""
        await cabin.pilot.pause(0.02)
    after = sight(cabin)
    return f"nothing came of it: told {after.told!r}, orders {after.orders}, {after.top}"


@pytest.mark.slow
@pytest.mark.timeout(600)  # many keys in one go
@pytest.mark.parametrize("place", [place.name for place in PLACES])
async def test_each_key_of_the_screen_has_its_effect_or_says_why_not(place: str) -> None:
    unknown = [each.name for each in commands_at(place) if each.name not in EFFECTS]
    assert unknown == [], "say in EFFECTS what these do"
    known, face, faults = await face_with_a_taken_task(), await face_with_a_taken_task(), []
    async with cockpit(face, NARROW) as cabin:
        for command in pressed_at(place):
            for key in command.keys if place == COCKPIT else command.keys[:1]:
                if cabin.app._exit:
                    continue
                await prepare(cabin, command, known)
                task = TASK_OF.get(command.name, RUNNING)
                screen = await stand_at(cabin, place, task)
                fault = await fault_of(cabin, screen, command, key)
                if fault:
                    faults.append(f"{command.name} ({key}): {fault}")
    assert faults == [], "\n".join([place, *faults])


@pytest.mark.slow
@pytest.mark.timeout(600)  # many keys in one go
@pytest.mark.parametrize("place", [place.name for place in PLACES])
async def test_where_nothing_is_each_key_that_can_do_nothing_says_why(place: str) -> None:
    always = {each.name for each in ALWAYS}
    async with cockpit(await empty(), NARROW) as cabin:
        for command in commands_at(place):
            if command.name in always:
                continue
            screen = await stand_at(cabin, place, None)
            obstacle = command.obstacle(screen)
            await cabin.press(command.keys[0])
            if obstacle:
                told = sight(cabin).told
                assert obstacle in told, command.name
                assert "\n" not in told, command.name
            assert cabin.face.given == [], command.name
