"""Every key of the command list is pressed, and its effect looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from textual.widgets import Label

from aio_tui.commands.base import Topic
from aio_tui.places import PLACES
from aio_tui.screens.dialogs import AskScreen
from aio_tui.screens.directory import commands_at
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.detail import Detail
from aio_tui.widgets.queue_list import QueueList
from aio_tui.widgets.transcript_view import TranscriptView
from engine.domain.escalation import ApprovalScope
from engine.domain.ids import EscalationId, OrderId, TaskId
from engine.domain.orders import (
    AcknowledgeEscalation,
    ApproveEscalation,
    BranchTask,
    CancelTask,
    DenyEscalation,
    DiscardWork,
    GrantIterations,
    HaltRun,
    HandBackTask,
    MergeTask,
    MessageTask,
    Order,
    OverrideVerdict,
    PauseRun,
    PauseTask,
    ResumeRun,
    RetryTask,
    RevertMerge,
    SetAgent,
    SetMoney,
    SetParallelism,
    SetTokens,
    ShiftPriority,
    SteerTask,
    StopRun,
    TakeTask,
    UndoableOrder,
    UndoOrder,
)
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.verdict import VerdictKind
from engine.ports.cockpit import RunState
from tests.support.face import FakeFace
from tests.support.merge_scene import ALSO_TO_MERGE, MERGED, TO_MERGE, merge_face
from tests.support.scene import DONE, RUNNING, WAITING, busy_face, entry
from tests.tui.cockpit_run import NARROW, Cabin, cockpit

COMMANDS = commands_at("cockpit")
Check = Callable[[Cabin, str], Awaitable[None]]
ESC_1 = EscalationId("esc-1")


async def _gives(cabin: Cabin, order: Order) -> None:
    await cabin.until(lambda: cabin.face.given, f"no order; {cabin.told()}")
    assert cabin.face.given == [order]
    await cabin.until(lambda: "done as told" in cabin.told(), "outcome shown")
    is_undoable = isinstance(order, UndoableOrder)
    assert ("(z takes it back " in cabin.told()) is is_undoable


def order_on(task_id: TaskId, order: Order, *then: str) -> Check:
    """Pressing the key with this task selected, then `then`, gives the order."""

    async def check(cabin: Cabin, key: str) -> None:
        await cabin.select(task_id)
        await cabin.press(key, *then)
        await _gives(cabin, order)

    return check


def at_run(state: RunState, order: Order, *then: str) -> Check:
    """Pressing the key in this state of the run gives the order."""

    async def check(cabin: Cabin, key: str) -> None:
        cabin.face.run = state
        await cabin.face.push()
        await cabin.until(lambda: cabin.overview.run is state)
        await cabin.press(key, *then)
        await _gives(cabin, order)

    return check


def shows_tab(start: int, end: int) -> Check:
    async def check(cabin: Cabin, key: str) -> None:
        detail = cabin.desk.query_one(Detail)
        detail.tab = start
        await cabin.press(key)
        assert detail.tab == end
        assert f"[{end} " in cabin.rows("#tabs")[0].text

    return check


def moves_to(start: str, end: str) -> Check:
    async def check(cabin: Cabin, key: str) -> None:
        await cabin.select(start)
        await cabin.press(key)
        assert cabin.desk.query_one(QueueList).task_id == end

    return check


async def merges_all(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    assert "Merge the verified work of 2 tasks: fix-median, fix-hist?" in cabin.text()
    await cabin.press("n", key, "y")
    await cabin.until(lambda: "✓ fix-median, fix-hist: done as told" in cabin.told(), "told")
    first, second = cabin.face.given
    assert isinstance(first, MergeTask)
    assert first.together
    assert first == MergeTask(task_id=TO_MERGE, after_s=5.0, together=first.together)
    assert second == MergeTask(task_id=ALSO_TO_MERGE, after_s=5.0, together=first.together)


async def approves_always(cabin: Cabin, key: str) -> None:
    await cabin.select(WAITING)
    await cabin.press(key)
    await cabin.until(lambda: "Save this in the contract, and approve?" in cabin.text(), "rule")
    rule = await cabin.face.always_rule(ESC_1)
    assert rule.splitlines()[1].strip() in cabin.text()
    await cabin.press("y")
    await _gives(
        cabin,
        ApproveEscalation(escalation_id=ESC_1, scope=ApprovalScope.ALWAYS, shown_rule=rule),
    )


async def quits(cabin: Cabin, key: str) -> None:
    cabin.face.is_embedded = False
    await cabin.press(key)
    assert not cabin.app.is_running or cabin.app._exit


async def says_that_no_shell_waits(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    assert "no shell waits for this cockpit" in cabin.text()


async def leaves(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    assert cabin.app.is_left


async def switches_pane(cabin: Cabin, key: str) -> None:
    queue = cabin.desk.query_one(QueueList)
    await cabin.press(key)
    assert not queue.has_focus
    await cabin.press(key)
    assert queue.has_focus


async def enters_the_task(cabin: Cabin, key: str) -> None:
    await cabin.select(RUNNING)
    await cabin.press(key)
    assert cabin.desk.query_one("#output").has_focus


async def goes_back(cabin: Cabin, key: str) -> None:
    await cabin.press("tab", key)
    assert cabin.desk.query_one(QueueList).has_focus


async def filters(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    await cabin.type("state:running")
    await cabin.press("enter")
    queue = cabin.desk.query_one(QueueList)
    assert [row.item.task_id for row in queue.rows if row.item] == [RUNNING]
    assert "filter: state:running (1 shown)" in cabin.text()
    await cabin.press("escape")
    assert len(queue.rows) > 2


async def shows_views(cabin: Cabin, key: str) -> None:
    cabin.face.filters["kim", "cockpit"] = {"mine": "state:running"}
    await cabin.press(key, "1")
    await cabin.until(lambda: cabin.desk.filter_words == "state:running", "picked")


async def searches(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    await cabin.type("gcd")
    await cabin.press("enter")
    await cabin.until(lambda: "'gcd': nothing found" in cabin.text(), "searched")
    assert cabin.face.searched == ["gcd"]


async def shows_help(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    assert isinstance(cabin.app.screen, ReaderScreen)
    assert "approve for task" in cabin.text()


async def shows_tour(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    assert isinstance(cabin.app.screen, ReaderScreen)
    assert "A tour of one minute" in cabin.text()
    await cabin.press("escape")
    assert len(cabin.app.screen_stack) == 1


async def shows_palette(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    await cabin.until(lambda: "approve for task  (A)" in cabin.text(), "commands in the palette")


async def shows_themes(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    await cabin.until(lambda: "dark: light text on a dark ground  (now)" in cabin.text(), "themes")
    await cabin.press("2")
    await cabin.until(lambda: cabin.app.looks.theme == "light", "worn")
    assert 'theme = "light"' in cabin.told()
    await cabin.press(key, "a")
    await cabin.until(lambda: cabin.text().replace("漢字", "").isascii(), "drawn with ASCII")
    await cabin.press(key, "m")
    await cabin.until(lambda: cabin.app.looks.is_calm, "calm")


def turns_question(step_shows: str) -> Check:
    async def check(cabin: Cabin, key: str) -> None:
        await cabin.press("6", key)
        assert step_shows in cabin.text()

    return check


def goes_to(place: str) -> Check:
    async def check(cabin: Cabin, key: str) -> None:
        await cabin.press(key)
        screen = cabin.app.screen
        assert isinstance(screen, FrameScreen)
        assert place == screen.PLACE

    return check


async def is_there(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    assert cabin.told() == "cockpit: you are there"


async def takes_over(cabin: Cabin, key: str) -> None:
    await cabin.select(RUNNING)
    await cabin.press(key, "y")
    await cabin.until(lambda: "fix-gcd is yours in" in cabin.told(), "taken")
    assert cabin.face.given == [TakeTask(task_id=RUNNING)]


async def hands_back(cabin: Cabin, key: str) -> None:
    cabin.face.set_state(RUNNING, TaskState.TAKEN)
    await cabin.face.push()
    await cabin.select(RUNNING)
    await cabin.until(lambda: cabin.desk.selected and cabin.desk.selected.state is TaskState.TAKEN)
    await cabin.press(key, "g", "o", "enter")
    await cabin.until(lambda: "✓ fix-gcd: done as told" in cabin.told(), "told")
    [order] = cabin.face.given
    assert isinstance(order, HandBackTask)
    assert order.note == "go"


CHECKS: dict[str, Check] = {
    **{f"go_to_{place.name}": goes_to(place.name) for place in PLACES},
    "go_to_cockpit": is_there,
    "approve_once": order_on(WAITING, ApproveEscalation(escalation_id=ESC_1)),
    "approve_for_task": order_on(
        WAITING, ApproveEscalation(escalation_id=ESC_1, scope=ApprovalScope.TASK), "y"
    ),
    "deny": order_on(
        WAITING, DenyEscalation(escalation_id=ESC_1, reason="no"), "n", "o", "enter"
    ),
    "edit_and_approve": order_on(
        WAITING,
        ApproveEscalation(escalation_id=ESC_1, edited="ls"),
        "l", "s", "enter",
    ),
    "approve_always": approves_always,
    "deny_and_pause": order_on(
        WAITING,
        DenyEscalation(escalation_id=ESC_1, reason="no", pauses=True),
        "n", "o", "enter",
    ),
    "acknowledge": order_on(WAITING, AcknowledgeEscalation(escalation_id=ESC_1)),
    "merge": order_on(TO_MERGE, MergeTask(task_id=TO_MERGE, after_s=5.0)),
    "merge_all": merges_all,
    "reject": order_on(
        TO_MERGE,
        OverrideVerdict(task_id=TO_MERGE, verdict=VerdictKind.FAIL, reason="no"),
        "n", "o", "enter",
    ),
    "revert": order_on(
        MERGED, RevertMerge(task_id=MERGED, reason="no"), "n", "o", "enter", "y"
    ),
    "discard_work": order_on(TO_MERGE, DiscardWork(task_id=TO_MERGE), "y"),
    "start": at_run(RunState.STOPPED, ResumeRun()),
    "pause_or_resume_all": at_run(RunState.RUNNING, PauseRun()),
    "halt": at_run(RunState.RUNNING, HaltRun(reason="no"), "n", "o", "enter"),
    "take_over": takes_over,
    "hand_back": hands_back,
    "undo": at_run(RunState.RUNNING, UndoOrder(order_id=OrderId("ord-0"))),
    "pause_now": order_on(RUNNING, PauseTask(task_id=RUNNING, at_once=True)),
    "pause_or_resume": order_on(RUNNING, PauseTask(task_id=RUNNING)),
    "retry": order_on(TaskId("fix-csv"), RetryTask(task_id=TaskId("fix-csv"))),
    "override": order_on(
        DONE,
        OverrideVerdict(task_id=DONE, verdict=VerdictKind.FAIL, reason="no"),
        "f", "n", "o", "enter",
    ),
    "steer": order_on(RUNNING, SteerTask(task_id=RUNNING, note="go"), "g", "o", "enter"),
    "message_now": order_on(RUNNING, MessageTask(task_id=RUNNING, text="go"), "g", "o", "enter"),
    "limits": order_on(
        RUNNING, SetMoney(task_id=RUNNING, max_cost_cents=250), "m", "2", ".", "5", "enter"
    ),
    "grant": order_on(RUNNING, GrantIterations(task_id=RUNNING, iterations=5), "enter"),
    "branch": order_on(
        RUNNING,
        BranchTask(task_id=RUNNING, iteration=2, say="ok", model="m"),
        *("enter", "s", "o", "k", "enter", "o", "m", "enter", "y"),
    ),
    "cancel": order_on(RUNNING, CancelTask(task_id=RUNNING), "y"),
    "more_urgent": order_on(RUNNING, ShiftPriority(task_id=RUNNING, steps=-1)),
    "less_urgent": order_on(RUNNING, ShiftPriority(task_id=RUNNING, steps=1)),
    "stop": at_run(RunState.RUNNING, StopRun(), "y"),
    "more_parallel": at_run(RunState.RUNNING, SetParallelism(parallel=5)),
    "less_parallel": at_run(RunState.RUNNING, SetParallelism(parallel=3)),
    "open": enters_the_task,
    "back": goes_back,
    "switch_pane": switches_pane,
    "filter": filters,
    "find": searches,
    "views": shows_views,
    "help": shows_help,
    "tour": shows_tour,
    "palette": shows_palette,
    "theme": shows_themes,
    "quit": quits,
    "leave": leaves,
    "step_aside": says_that_no_shell_waits,
    "show_timeline": shows_tab(2, 1),
    "show_output": shows_tab(1, 2),
    "show_ralph": shows_tab(1, 3),
    "show_checkpoints": shows_tab(1, 4),
    "show_knowledge": shows_tab(1, 5),
    "show_inbox": shows_tab(1, 6),
    "next_tab": shows_tab(6, 1),
    "previous_tab": shows_tab(1, 6),
    "next_page": turns_question("Question 2 of 2"),
    "previous_page": turns_question("Question 2 of 2"),
    "down": moves_to("clean-cache", "write-hosts"),
    "up": moves_to("write-hosts", "clean-cache"),
    "page_down": moves_to("clean-cache", "fix-old"),
    "page_up": moves_to("fix-old", "clean-cache"),
    "first": moves_to("fix-gcd", "clean-cache"),
    "last": moves_to("fix-gcd", "fix-old"),
}  # fmt: skip

PRESSES = [(command.name, command.keys[0]) for command in COMMANDS]
"""Its other keys are pressed in test_every_key.py."""


@pytest.mark.parametrize(("name", "key"), PRESSES, ids=[f"{n}-{k}" for n, k in PRESSES])
async def test_the_key_does_what_the_list_says(name: str, key: str) -> None:
    is_of_merges = any(each.name == name and each.topic is Topic.MERGE for each in COMMANDS)
    async with cockpit(merge_face() if is_of_merges else busy_face()) as cabin:
        await CHECKS[name](cabin, key)


async def test_space_resumes_a_paused_run() -> None:
    async with cockpit(busy_face()) as cabin:
        await at_run(RunState.PAUSED, ResumeRun())(cabin, "space")


async def test_a_task_that_asks_is_taken_over_only_once_it_is_said_what_is_lost() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        await cabin.press("ctrl+t")
        await cabin.until(lambda: "Its question is withdrawn" in cabin.text(), "asked first")
        await cabin.press("n")
        await cabin.until(lambda: cabin.app.screen is cabin.desk, "left alone")
        assert face.given == []
        await cabin.press("ctrl+t")
        await cabin.until(lambda: "Its question is withdrawn" in cabin.text(), "asked again")
        await cabin.press("y")
        await cabin.until(lambda: face.given, "taken")
        assert face.given == [TakeTask(task_id=WAITING)]
        blocked = TaskId("port-config")  # nothing is lost by this one
        await cabin.until(lambda: "is yours in" in cabin.told(), "told")
        await cabin.select(blocked)
        await cabin.press("ctrl+t")
        await cabin.until(lambda: face.given[1:] == [TakeTask(task_id=blocked)], "taken at once")


async def test_each_limit_is_asked_for_and_a_wrong_one_changes_nothing() -> None:
    face = busy_face()
    face.tasks[RUNNING] = replace(face.tasks[RUNNING], backend="fixer", model="m-1", max_tokens=9)
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        for key, answer in (("t", "1000"), ("o", "default"), ("a", "scripted")):
            await cabin.press("f", key)
            await cabin.type(answer)
            await cabin.press("enter")
            await cabin.until(lambda: "done as told" in cabin.told())
        assert face.given == [
            SetTokens(task_id=RUNNING, max_tokens=1000),
            SetAgent(task_id=RUNNING, backend="fixer", model=None),
            SetAgent(task_id=RUNNING, backend="scripted", model="m-1"),
        ]
        await cabin.press("f", "m")
        await cabin.type("much")
        await cabin.press("enter")
        assert "'much' is no amount of money" in cabin.told()
        assert len(face.given) == 3


async def test_the_bar_names_the_keys_that_the_header_calls_for() -> None:
    """At 80x24 with a question, whose keys are many."""
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(WAITING)
        assert "Space pause all" in cabin.lines()[-1]
        face.run, face.interrupted = RunState.STOPPED, 1
        await face.push()
        await cabin.until(lambda: "press s to go on" in cabin.text(), "called for")
        for shown in ("a approve", "s start", "? help", "q quit"):
            assert shown in cabin.lines()[-1]


async def test_a_message_to_an_agent_that_is_done_is_said_to_come_late() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select("fix-slug")
        await cabin.press("c")
        asked = "it is done, and reads this only if the task tries again"
        await cabin.until(lambda: isinstance(cabin.app.screen, AskScreen), "asked")
        assert asked in str(cabin.app.screen.query(Label).first().content)


async def test_an_emergency_stop_needs_two_keys_and_no_words() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.press("exclamation_mark")
        await cabin.until(lambda: "Enter stops now" in " ".join(cabin.text().split()), "asked")
        await cabin.press("enter")
        await _gives(cabin, HaltRun())


async def test_after_an_emergency_stop_going_on_is_asked_for_twice() -> None:
    face = busy_face()
    face.run, face.halted = RunState.HALTED, "by kim: it deletes things"
    async with cockpit(face, NARROW) as cabin:
        assert "everything is halted by kim: it deletes things" in cabin.text()
        for key in ("space", "s"):
            await cabin.press(key, "n")
            assert face.given == []
        await cabin.press("exclamation_mark")
        assert "everything is halted by kim" in cabin.told()
        await cabin.press("space", "y")
        await _gives(cabin, ResumeRun())


async def test_a_run_is_stopped_at_once() -> None:
    async with cockpit(busy_face()) as cabin:
        await at_run(RunState.RUNNING, StopRun(at_once=True), "a")(cabin, "S")


async def test_p_resumes_a_task_whose_pause_is_requested() -> None:
    face = busy_face()
    face.tasks[RUNNING] = replace(face.tasks[RUNNING], is_pause_requested=True)
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("p")
        await cabin.until(lambda: face.given)
        assert face.given[0].kind == "resume_task"


async def test_a_key_that_can_do_nothing_now_says_why() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        for key, why in (
            ("a", "this task asks nothing; press I for the inbox"),
            ("r", "fix-gcd is running"),
            ("s", "it is running"),
            ("v", "no verdict to override now"),
        ):
            await cabin.press(key)
            assert why in cabin.told()
        assert cabin.face.given == []


async def test_without_any_task_no_key_gives_an_order() -> None:
    async with cockpit(FakeFace()) as cabin:
        for command in COMMANDS:
            if command.topic in (Topic.QUESTIONS, Topic.TASKS, Topic.MERGE):
                await cabin.press(command.keys[0])
                assert ":" in cabin.told()
        assert cabin.face.given == []


async def test_brackets_turn_through_the_iterations_of_the_output() -> None:
    face = busy_face()
    face.stream(RUNNING, 2, entry(EntryKind.TEXT, "what I said before"))
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("2", "left_square_bracket")
        await cabin.until(lambda: "what I said before" in cabin.text(), "iteration 2")
        assert "iteration 2 ■ over" in cabin.text()
        await cabin.press("right_square_bracket")
        await cabin.until(lambda: "iteration 3 ▶ live" in cabin.text(), "iteration 3")
        assert cabin.desk.query_one(TranscriptView).rows


@pytest.mark.parametrize("key", ["s", "space", "S"])
async def test_a_run_that_is_stopping_is_left_to_stop(key: str) -> None:
    async with cockpit(busy_face()) as cabin:
        cabin.face.run = RunState.STOPPING
        await cabin.face.push()
        await cabin.until(lambda: cabin.overview.run is RunState.STOPPING)
        assert "▪ stopping" in cabin.lines()[0]
        await cabin.press(key)
        assert "it is stopping" in cabin.told()
        assert cabin.face.given == []
