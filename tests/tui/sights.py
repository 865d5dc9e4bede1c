"""What is looked at in every size: each screen of the one list, each tab and each dialog.

A screen that `aio_tui.places` names is looked at without a line here; what else is to be seen on
it, or what has to be selected first, is said below.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aio_tui.places import COCKPIT, PLACES
from aio_tui.screens.edges import hint
from aio_tui.widgets.detail import Detail
from aio_tui.widgets.line import line
from aio_tui.widgets.queue_list import QueueList
from aio_tui.wording import Tone
from engine.domain.ids import TaskId
from engine.ports.cockpit import RunState
from tests.support.face import FakeFace
from tests.support.merge_scene import (
    MERGED,
    REVERTED,
    TAMPERED,
    TO_MERGE,
    facts_of_merges,
    merge_face,
)
from tests.support.scene import RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import Cabin
from tests.tui.screens import every_face


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Something to look at, and the way there from the cockpit."""

    name: str
    """Of its golden file."""
    keys: tuple[str, ...] = ()
    typed: str = ""
    """Behind the keys, and Enter if it ends in one."""
    task: TaskId = RUNNING
    """What is selected first."""
    read: str = ""
    """What is there, in every size, once what the first key leads to is read; more keys follow."""
    is_in_themes: bool = False
    """Whether it is looked at in every theme."""


_STORY, _CHANGE = "iteration 3 of 3", "Old notes."
_AT_PLACES: Mapping[str, Sight] = {
    "cockpit": Sight(name="cockpit", keys=("1",)),
    "task": Sight(name="task"),
    "review": Sight(name="review", task=TO_MERGE),
    "metrics": Sight(name="metrics"),
    "search": Sight(name="search", keys=("asterisk",), typed="gcd\n"),
}
"""Screens on which something has to be done first; all others are gone to by their key."""


def sight_of(place: str) -> Sight:
    """The screen of this name."""
    known = _AT_PLACES.get(place, Sight(name=place))
    key = next(each.key for each in PLACES if each.name == place)
    return replace(known, keys=known.keys or (key,), is_in_themes=True)


_TABS = tuple(
    Sight(name=name, keys=(str(number),))
    for number, name in enumerate(
        ("output", "ralph", "checkpoints", "knowledge-tab", "inbox-tab"), start=2
    )
)
_MORE = (
    Sight(name="details", keys=("6", "tab"), task=WAITING),
    Sight(name="task-tools", keys=("T", "left", "3"), read=_STORY),
    Sight(name="task-session", keys=("T", "left", "6"), read=_STORY),
    Sight(name="review-file", keys=("V", "right_square_bracket"), read=_CHANGE, task=TO_MERGE),
    Sight(name="review-columns", keys=("V", "vertical_line", "right_square_bracket"), read=_CHANGE,
          task=TO_MERGE),
    Sight(name="review-proof", keys=("V", "tab"), read=_CHANGE, task=TO_MERGE),
    Sight(name="metrics-next", keys=("N", "right_square_bracket")),
    Sight(name="filtered", keys=("slash",), typed="state:running\n"),
    Sight(name="refused", keys=("r",)),
)  # fmt: skip
DIALOGS = (
    Sight(name="help", keys=("question_mark",)),
    Sight(name="help-review", keys=("V", "question_mark")),
    Sight(name="tour", keys=("f1",)),
    Sight(name="question", keys=("I", "enter"), read="Question", task=WAITING),
    Sight(name="entry", keys=("L", "k", "enter"), read="error"),
    Sight(name="palette", keys=("ctrl+p",)),
    Sight(name="note", keys=("n",), typed="go on", is_in_themes=True),
    Sight(name="no-answer", keys=("n", "enter")),
    Sight(name="filter", keys=("slash",), typed="state:"),
    Sight(name="views", keys=("Y",)),
    Sight(name="looks", keys=("t",)),
    Sight(name="deny", keys=("d",), task=WAITING),
    Sight(name="edit", keys=("e",), task=WAITING),
    Sight(name="rule", keys=("w",), task=WAITING),
    Sight(name="override", keys=("v",), task=TO_MERGE),
    Sight(name="limits", keys=("f",)),
    Sight(name="cancel", keys=("x",)),
    Sight(name="revert", keys=("u",), task=MERGED),
    Sight(name="stop", keys=("S",)),
    Sight(name="halt", keys=("exclamation_mark",)),
    Sight(name="quit", keys=("q",)),
)
"""What lies over a screen."""
EVENING = (*(sight_of(place.name) for place in PLACES), *_TABS, *_MORE)
"""A run at work, with questions."""
MORNING = (
    Sight(name="to-merge", task=TO_MERGE),
    Sight(name="merged", task=MERGED),
    Sight(name="passed", task=TO_MERGE, keys=("3",)),
    Sight(name="reverted", task=REVERTED, keys=("3",)),
    Sight(name="tampered", task=TAMPERED, keys=("3",)),
)
"""Verified work on its way into the base branch, and verdicts of each kind."""
EMPTY = tuple(
    replace(sight_of(place.name), name=f"empty-{place.name}", is_in_themes=False)
    for place in PLACES
)
"""Each screen where nothing has happened yet."""
INTERRUPTED = (Sight(name="interrupted"),)
HALTED = (Sight(name="halted"),)


async def evening() -> FakeFace:
    face = await every_face()
    face.filters["kim", COCKPIT] = {"mine": "state:running", "red": "verdict:fail"}
    return face


async def morning() -> FakeFace:
    face = merge_face()
    for told_of, fact in facts_of_merges().items():
        await face.push(fact, task_id=told_of)
    return face


async def empty() -> FakeFace:
    face = await every_face()
    nothing = FakeFace()
    nothing.store = face.store
    nothing.settings = replace(nothing.settings, project="empty")
    return nothing


async def interrupted() -> FakeFace:
    face = busy_face()
    face.run, face.interrupted, face.warnings = RunState.STOPPED, 2, ("a session file is damaged",)
    return face


async def halted() -> FakeFace:
    face = busy_face()
    face.run, face.halted = RunState.HALTED, "by kim: it deletes things"
    return face


async def look_at(cabin: Cabin, sights: Sequence[Sight]) -> AsyncIterator[Sight]:
    """One after the other, each from a cockpit as it was at first."""
    for sight in sights:
        await home(cabin)
        if cabin.face.tasks:
            await cabin.select(sight.task)
        await _go(cabin, sight)
        yield sight


async def _go(cabin: Cabin, sight: Sight) -> None:
    first, *more = sight.keys or ("",)
    if first:
        await cabin.press(first)
    await cabin.until(lambda: sight.read in cabin.text(), sight.name)
    if more:
        await cabin.press(*more)
    await cabin.type(sight.typed.rstrip("\n"))
    if sight.typed.endswith("\n"):
        await cabin.press("enter")


async def home(cabin: Cabin) -> None:
    while len(cabin.app.screen_stack) > 1:
        await cabin.app.pop_screen()
    desk = cabin.desk
    desk.set_filter("")
    desk.query_one(Detail).tab = 1
    desk.query_one(QueueList).focus()
    desk.go_back()
    desk.told = line((hint(), Tone.MUTED))
    await cabin.pilot.pause()
