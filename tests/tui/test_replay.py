"""A past run or task again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from aio_tui.screens.dialogs import AskScreen
from aio_tui.screens.replay import ReplayScreen
from engine.domain.facts import (
    EscalationRaised,
    Fact,
    IterationFinished,
    IterationStarted,
    RunEnded,
    RunStarted,
    TaskMoved,
    WarningRaised,
)
from engine.domain.ids import TaskId
from engine.domain.orders import BranchTask
from engine.domain.transcript import EntryKind, TranscriptEntry
from engine.domain.work import NewTask
from engine.ports.cockpit import RunState
from engine.ports.replay import Scope
from engine.store.memory import MemoryStore
from tests.support.clock import FakeClock
from tests.support.face import NOW, FakeFace
from tests.support.scene import RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.kept import compare
from tests.tui.test_hostile_text import ATTACKS, assert_harmless

TINY = (40, 15)
BEGAN = NOW - timedelta(hours=2)
STORY: tuple[tuple[int, TaskId | None, Fact], ...] = (
    (0, None, RunStarted(worker="w", parallel=2)),
    (10, RUNNING, TaskMoved(before="queued", after="running", trigger="start")),
    (10, RUNNING, IterationStarted(iteration=1, agent="scripted")),
    (60, WAITING, TaskMoved(before="queued", after="running", trigger="start")),
    (60, WAITING, IterationStarted(iteration=1, agent="scripted")),
    (90, WAITING, EscalationRaised(escalation_id="esc-1", rule="destructive-path",
                                   severity="high", summary="rm -rf ~/.cache/demo")),
    (90, WAITING, TaskMoved(before="running", after="waiting_for_operator", trigger="ask")),
    (300, RUNNING, WarningRaised(text="the session file is damaged: the copy is used")),
    (610, RUNNING, IterationFinished(iteration=1, verdict="FAIL", decision="again",
                                     duration_s=600.0, cost_usd="0.07", tokens=12_900)),
    (610, RUNNING, TaskMoved(before="verifying", after="queued", trigger="again")),
    (900, None, RunEnded(cause="stopped by kim")),
)  # fmt: skip


def said(second: int, kind: EntryKind, text: str) -> TranscriptEntry:
    at = (BEGAN + timedelta(seconds=second)).isoformat()
    return TranscriptEntry(at=at, kind=kind, text=text)


async def face_with_run(*, text: str = "I look at gcd first.\n") -> FakeFace:
    """A run of fifteen minutes, two hours ago; the engine is stopped by now."""
    face = busy_face()
    face.run = RunState.STOPPED
    clock = FakeClock(BEGAN - timedelta(minutes=5))
    store = face.store = MemoryStore(clock)
    tasks = [NewTask(task_id=name, project="demo", description="d") for name in (RUNNING, WAITING)]
    await store.write(lambda tx: tx.add_tasks(tasks))
    begun_s = (BEGAN - clock.now()).total_seconds()
    for second, task_id, fact in STORY:
        clock.advance(begun_s + second - (clock.now() - BEGAN).total_seconds() - begun_s)
        await store.write(lambda tx, t=task_id, f=fact: tx.append_facts(f, task_id=t))  # type: ignore[misc]
    face.transcripts = {}
    face.stream(
        RUNNING, 1,
        said(11, EntryKind.TEXT, text),
        said(200, EntryKind.TOOL, "sed -n 1,40p src/numbers.py"),
        said(400, EntryKind.TOOL, "pytest -q tests/test_numbers.py"),
    )  # fmt: skip
    face.stream(WAITING, 1, said(61, EntryKind.TOOL, "rm -rf ~/.cache/demo"))
    return face


@asynccontextmanager
async def replaying(
    face: FakeFace, size: tuple[int, int] = NARROW, *, what: str = "1"
) -> AsyncIterator[Cabin]:
    """On the screen, with the last run chosen, or with `what` else is offered."""
    async with cockpit(face, size) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("P")
        await cabin.until(lambda: seen(cabin)._then, "read")
        await cabin.press("w")
        await cabin.until(lambda: "Replay what?" in cabin.text(), "offered")
        await cabin.press(what)
        await cabin.until(lambda: isinstance(cabin.app.screen, ReplayScreen), "chosen")
        await cabin.until(lambda: seen(cabin)._wanted and seen(cabin)._then, "read anew")
        yield cabin


def seen(cabin: Cabin) -> ReplayScreen:
    screen = cabin.app.screen
    assert isinstance(screen, ReplayScreen)
    return screen


def second(cabin: Cabin) -> float:
    """Of the run, at which the screen is."""
    then = seen(cabin)._then
    assert then is not None
    return (then.moment.position.at - BEGAN).total_seconds()


def scope_of(cabin: Cabin) -> Scope:
    then = seen(cabin)._then
    assert then is not None
    return then.moment.scope


def row_of(cabin: Cabin, task_id: TaskId) -> str:
    """The line of a task in the list of tasks."""
    return next(line for line in cabin.lines() if f" {task_id} " in line[:40])


async def goes(cabin: Cabin, key: str, to: float) -> None:
    await cabin.press(key)
    await cabin.until(lambda: second(cabin) == to, f"{key} to {to}")


@pytest.mark.parametrize("size", [TINY, NARROW, WIDE], ids=["40x15", "80x24", "200x50"])
async def test_the_moment_looks_as_it_did(size: tuple[int, int]) -> None:
    async with replaying(await face_with_run(), size) as cabin:
        await cabin.press("g", "e")
        await cabin.until(lambda: second(cabin) == 90, "the question")
        await cabin.press("up", "up")
        await cabin.until(lambda: "clean-cache  iteration 1" in cabin.text(), "selected")
        compare(f"replay-{size[0]}x{size[1]}", cabin.text())


async def test_the_selected_task_is_replayed_first() -> None:
    async with cockpit(await face_with_run(), WIDE) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("P")
        await cabin.until(lambda: seen(cabin)._then, "read")
        assert "Cockpit > Replay  fix-gcd · 15m" in cabin.text()
        await cabin.until(lambda: "pytest -q tests/test_numbers.py" in cabin.text(), "output")


async def test_keys_lead_from_fact_to_fact_and_from_kind_to_kind() -> None:
    async with replaying(await face_with_run()) as cabin:
        assert second(cabin) == 900
        for key, to in (
            ("left", 610), ("h", 610), ("h", 300), ("right", 610), ("l", 610), ("l", 900),
            ("g", 0), ("G", 900), ("R", 610), ("E", 90), ("X", 90), ("x", 300), ("r", 610),
            ("home", 0), ("e", 90), ("right_square_bracket", 135), ("left_square_bracket", 90),
            ("end", 900),
        ):  # fmt: skip
            await goes(cabin, key, to)
        await cabin.press("r")
        await cabin.until(lambda: "no later verdict in run of" in cabin.text(), "said")
        assert second(cabin) == 900


async def test_what_was_said_goes_with_the_time() -> None:
    async with replaying(await face_with_run(), WIDE) as cabin:
        await goes(cabin, "E", 90)
        await cabin.until(lambda: "fix-gcd  iteration 1" in cabin.text(), "the first task")
        assert "I look at gcd first." in row_of(cabin, RUNNING)
        assert "I look at gcd first." in cabin.text()
        assert "sed -n" not in cabin.text()
        await goes(cabin, "x", 300)
        await cabin.until(lambda: "$ sed -n 1,40p" in row_of(cabin, RUNNING), "what it did")
        assert "pytest -q" not in cabin.text()
        await cabin.press("k")
        await cabin.until(lambda: "clean-cache  iteration 1" in cabin.text(), "other task")
        assert "$ rm -rf ~/.cache/demo" in cabin.text()


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """No frame comes by itself."""
    monkeypatch.setattr("aio_tui.screens.playing._FRAME_S", 1e6)


async def frame(cabin: Cabin) -> None:
    """Let a tenth of a second be played."""
    screen = seen(cabin)
    screen._play_on(0.1)
    await cabin.until(lambda: not screen._moves, "played")


@pytest.mark.usefixtures("by_hand")
async def test_it_plays_to_the_end_and_holds_there() -> None:
    async with replaying(await face_with_run()) as cabin:
        await goes(cabin, "g", 0)
        for _ in range(3):
            await cabin.press("plus")
        await cabin.press("equals_sign")
        assert "plays 1000 times as fast" in cabin.text()
        await cabin.press("p")
        assert "▶ x1000" in cabin.text()
        assert "Space hold" in cabin.lines()[-1]
        passed = [second(cabin)]
        while seen(cabin).is_playing and len(passed) < 50:
            await frame(cabin)
            passed.append(second(cabin))
        assert passed == [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]
        assert "■ end" in cabin.text()


@pytest.mark.usefixtures("by_hand")
async def test_playing_at_the_end_begins_anew_and_any_step_holds_it() -> None:
    async with replaying(await face_with_run()) as cabin:
        await cabin.press("minus", "minus", "minus")
        await goes(cabin, "p", 0)
        assert "▶ x1 " in cabin.text()
        await frame(cabin)
        assert second(cabin) == 8, "of the ten seconds without a fact two are played"
        await cabin.press("p")
        assert not seen(cabin).is_playing
        await goes(cabin, "G", 900)
        await goes(cabin, "p", 0)
        await goes(cabin, "l", 10)
        assert not seen(cabin).is_playing


async def test_space_plays_and_holds_here_and_leaves_the_run_alone() -> None:
    face = await face_with_run()
    async with replaying(face, WIDE) as cabin:
        assert "Space play" in cabin.lines()[-1]
        assert "pause all" not in cabin.lines()[-1]
        await cabin.press("space")
        assert seen(cabin).is_playing
        await cabin.press("space")
        assert not seen(cabin).is_playing
        assert face.given == []


async def test_from_an_older_iteration_one_comes_to_its_end() -> None:
    face = await face_with_run()
    async with cockpit(face, WIDE) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("T")
        await cabin.until(lambda: "iteration 3 of 3" in cabin.text(), "the task")
        await cabin.press("left", "left")
        await cabin.until(lambda: "iteration 1 of 3" in cabin.text(), "the first")
        await cabin.press("P")
        await cabin.until(
            lambda: isinstance(cabin.app.screen, ReplayScreen) and seen(cabin)._then, "replayed"
        )
        await cabin.until(lambda: second(cabin) == 610, "its verdict")
        await cabin.press("escape", "right")
        await cabin.until(lambda: "iteration 2 of 3" in cabin.text(), "the second")
        await cabin.press("P")
        await cabin.until(lambda: "no end of iteration 2 in fix-gcd" in cabin.text(), "said")


async def test_a_task_that_is_not_listed_is_replayed_by_its_id() -> None:
    async with replaying(await face_with_run(), WIDE) as cabin:
        await cabin.press("w")
        await cabin.until(lambda: "another task, by its id" in cabin.text(), "offered")
        await cabin.press("i")
        await cabin.type("ghost\n".strip())
        await cabin.press("enter")
        await cabin.until(lambda: "what: " in cabin.text() and "ghost" in cabin.text(), "refused")
        await cabin.press("w")
        await cabin.until(lambda: "another task, by its id" in cabin.text(), "offered again")
        await cabin.press("i")
        await cabin.type(WAITING)
        await cabin.press("enter")
        await cabin.until(lambda: f"Replay  {WAITING}" in cabin.text(), "alone")


async def test_panes_the_filter_and_the_task_alone() -> None:
    async with replaying(await face_with_run(), WIDE) as cabin:
        for pane in ("happened", "then-output", "then"):
            await cabin.press("tab")
            assert cabin.app.screen.focused is not None
            assert cabin.app.screen.focused.id == pane
        table = seen(cabin)._table
        assert [row.task_id for row in table.rows] == [WAITING, RUNNING]
        seen(cabin).set_filter("state:asks")
        await cabin.until(lambda: [row.task_id for row in table.rows] == [WAITING], "filtered")
        seen(cabin).set_filter("")
        await cabin.press("G", "enter")
        await cabin.until(lambda: f"Replay  {table.key}" in cabin.text(), "alone")
        await cabin.press("enter")
        await cabin.until(lambda: "Cockpit > Replay > Task" in cabin.text(), "the task")
        await cabin.press("escape")
        await cabin.until(lambda: f"Replay  {table.key}" in cabin.text(), "back")


async def test_a_branch_begins_at_the_checkpoint_that_had_been_reached() -> None:
    face = await face_with_run()
    async with replaying(face, WIDE) as cabin:
        await goes(cabin, "E", 90)
        await cabin.until(lambda: seen(cabin).selected, "selected")
        await cabin.press("y")
        assert "branch: no iteration of fix-gcd had ended here" in cabin.text()
        await goes(cabin, "r", 610)
        await cabin.press("y")
        await cabin.until(lambda: "Branch fix-gcd after iteration 1" in cabin.text(), "asked")
        for key, answer, told in (
            ("s", "mind", "otherwise: mind"),
            ("o", "m-2", "model: m-2"),
            ("n", "7", "iterations in all: 7"),
            ("m", "2.50", "money in all: $2.50"),
            ("t", "many", "tokens in all: as configured"),
            ("t", "9000", "tokens in all: 9000"),
        ):
            await cabin.press(key)
            await cabin.until(lambda: isinstance(cabin.app.screen, AskScreen), key)
            await cabin.type(answer)
            await cabin.press("enter")
            await cabin.until(lambda told=told: told in cabin.text(), told)  # type: ignore[misc]
            assert face.given == []
        await cabin.press("y")
        await cabin.until(lambda: face.given, "ordered")
    assert face.given == [
        BranchTask(
            task_id=RUNNING, iteration=1, say="mind", model="m-2", max_iterations=7,
            max_cost_cents=250, max_tokens=9000,
        )
    ]  # fmt: skip


async def test_what_goes_on_is_followed_until_one_goes_back() -> None:
    face = await face_with_run()
    face.run = RunState.RUNNING
    async with replaying(face, WIDE, what="t") as cabin:
        assert "● now" in cabin.text()
        news = WarningRaised(text="the disk is nearly full")
        assert face.store is not None
        await face.store.write(lambda tx: tx.append_facts(news, task_id=RUNNING))
        await face.push()
        await cabin.until(lambda: "the disk is nearly full" in cabin.text(), "followed")
        await cabin.press("left")
        await cabin.until(lambda: "‖ held" in cabin.text(), "held")
        await face.store.write(lambda tx: tx.append_facts(news, task_id=RUNNING))
        last = scope_of(cabin).last
        await face.push()
        await cabin.until(lambda: scope_of(cabin).last > last, "grown")
        await cabin.until(lambda: "15m10s of 2h05m" in cabin.text(), "the distance")
        assert "nearly full" not in cabin.text()


async def test_the_end_of_a_run_that_is_quiet_is_left_step_by_step() -> None:
    """Its newest fact is older than a twentieth of its time."""
    face = await face_with_run()
    face.run = RunState.RUNNING
    async with replaying(face, WIDE, what="t") as cabin:
        assert "● now" in cabin.text()
        at_end = f"{NOW:%H:%M:%S}  2h05m of 2h05m"
        await cabin.until(lambda: at_end in cabin.text(), "the clock and the distance")
        await goes(cabin, "[", 7200 - 375)
        await cabin.until(lambda: "‖ held" in cabin.text(), "held")
        await goes(cabin, "[", 7200 - 2 * 375)
        await cabin.until(lambda: "1h52m of 2h05m" in cabin.text(), "the distance")
        await goes(cabin, "]", 7200 - 375)
        await goes(cabin, "]", 7200)
        await cabin.until(lambda: "● now" in cabin.text(), "followed again")


async def test_nothing_to_replay_says_so() -> None:
    face = FakeFace()
    face.store = MemoryStore(FakeClock(NOW))
    async with cockpit(face) as cabin:
        await cabin.press("P")
        await cabin.until(lambda: "'last' is neither a task nor a run" in cabin.text(), "said")
        await cabin.press("p", "right", "r", "E", "X", "escape")
        assert cabin.app.screen is cabin.desk


async def test_hostile_text_is_only_text() -> None:
    async with replaying(await face_with_run(text="".join(ATTACKS)), WIDE) as cabin:
        await cabin.until(lambda: "fix-gcd  iteration 1" in cabin.text(), "output")
        assert_harmless(cabin)


async def test_the_fact_one_jumps_to_is_seen_though_the_tasks_need_more_room_by_then() -> None:
    face = await face_with_run()
    more = [NewTask(task_id=TaskId(f"more-{n}"), project="demo", description="d") for n in range(9)]
    assert face.store is not None
    await face.store.write(lambda tx: tx.add_tasks(more))
    async with replaying(face, what="a") as cabin:
        table, happened = seen(cabin)._table, cabin.app.screen.query_one("#happened")
        await cabin.press("g")
        await cabin.until(lambda: len(table.rows) == 1, "the begin")
        room = happened.size.height
        await cabin.press("G")
        await cabin.until(lambda: happened.size.height < room, "less room")
        await cabin.until(lambda: happened.scroll_offset.y == happened.max_scroll_y > 0, "the end")


async def test_beyond_the_newest_fact_there_is_none_and_that_is_said() -> None:
    async with replaying(await face_with_run()) as cabin:
        await goes(cabin, "G", 900)
        await cabin.press("right")
        await cabin.until(lambda: "this is the newest fact" in seen(cabin).told.text, "said")
