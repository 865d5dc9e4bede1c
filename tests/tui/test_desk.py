"""What the operator sees when things happen."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.events import Key
from textual.widgets import Label

from aio_tui.app import Cockpit
from aio_tui.screens.dialogs import AskScreen, ChooseScreen
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.bars import terminal_title
from aio_tui.widgets.detail import Detail
from aio_tui.widgets.queue_list import QueueList
from engine.domain.errors import GuardrailError, StateError, StoreError
from engine.domain.ids import EscalationId, TaskId
from engine.domain.orders import DenyEscalation, Order, OrderRecord, OrderStatus
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.ports.cockpit import RunState
from tests.support.face import NOW, FakeFace
from tests.support.merge_scene import TO_MERGE, merge_face
from tests.support.scene import DONE, RUNNING, WAITING, busy_face, entry, escalation, item
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit

READY = TaskId("fix-wrap")
SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])


@SIZES
async def test_the_header_says_what_runs_who_waits_and_what_it_costs(
    size: tuple[int, int],
) -> None:
    async with cockpit(busy_face(), size) as cabin:
        header = cabin.lines()[0]
        wanted = ["▶ running", "demo", "! 2 wait for you", "■ 1 blocked", "1 failed", "$0.41"]
        for words in [*wanted, "2/4"] if size == WIDE else wanted:
            assert words in header


@SIZES
async def test_an_interrupted_run_says_how_to_go_on(size: tuple[int, int]) -> None:
    face = busy_face()
    face.run, face.interrupted = RunState.STOPPED, 2
    async with cockpit(face, size) as cabin:
        assert "2 begun tasks wait: press s to go on" in cabin.text()


async def test_lost_iterations_are_told_as_interruptions() -> None:
    face = busy_face()
    face.run, face.interrupted = RunState.STOPPED, 2
    face.tasks[READY] = replace(face.tasks[READY], interruptions=1)
    async with cockpit(face) as cabin:
        assert "1 task was interrupted: press s to go on" in cabin.text()


@SIZES
async def test_an_engine_that_ended_is_said_within_moments(size: tuple[int, int]) -> None:
    face = busy_face()
    face.is_embedded = False
    async with cockpit(face, size) as cabin:
        assert "▶ running" in cabin.lines()[0]
        face.run = RunState.NO_ENGINE
        await cabin.until(lambda: "no engine" in cabin.lines()[0], "seen without a fact")
        assert "the engine has ended: press s to go on in this process" in cabin.text()
        assert ("0/4" in cabin.lines()[0]) == (size == WIDE)  # no room is left for it elsewhere


async def test_a_long_line_is_told_on_two_rows() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        cabin.desk.say(" ".join(f"word{number}" for number in range(18)))
        await cabin.until(lambda: "word17" in cabin.text(), "the end of it")
        assert "word0 " in cabin.text()


async def test_the_notice_gives_way_to_the_first_key() -> None:
    app = Cockpit(busy_face(), operator="kim", notice="the words are scripted", now=lambda: NOW)
    async with app.run_test(size=NARROW) as pilot:
        cabin = Cabin(app, pilot, app._face)  # type: ignore[arg-type]  # the one from above
        await cabin.until(lambda: cabin.desk.view)
        assert "the words are scripted" in cabin.text()
        await cabin.press("j")
        assert "the words are scripted" not in cabin.text()


async def test_keys_are_named_by_what_they_do_now() -> None:
    face = busy_face()
    face.run = RunState.PAUSED
    face.set_state(RUNNING, TaskState.PAUSED)
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        await cabin.until(lambda: "p resume task" in cabin.text())
        assert "Space resume all" in cabin.text()


@pytest.mark.parametrize(
    ("task", "keys", "state", "told"),
    [
        (WAITING, ("a",), TaskState.RUNNING, "✓ clean-cache: done as told"),
        (WAITING, ("d", "n", "o", "enter"), TaskState.RUNNING, "✓ clean-cache: done as told"),
        (RUNNING, ("minus",), TaskState.COMPLETED, "✓ fix-gcd: done as told"),
        (TaskId("port-config"), ("r",), TaskState.QUEUED, "✓ port-config: done as told"),
        (TaskId("port-config"), ("v", "p", "o", "k", "enter"), TaskState.PASSED, "✓ port-config:"),
    ],
)
async def test_the_selection_stays_with_the_task_that_was_acted_on(
    task: TaskId, keys: tuple[str, ...], state: TaskState, told: str
) -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(task)
        queue = cabin.desk.query_one(QueueList)
        before = queue.cursor
        await cabin.press(*keys)
        face.set_state(task, state)
        await face.push()
        await cabin.until(lambda: queue.cursor != before, "the row has moved")
        await cabin.until(lambda: cabin.told().startswith(told), "told")
        assert queue.task_id == task
        assert cabin.desk.selected is not None
        assert cabin.desk.selected.task_id == task


async def test_a_second_press_answers_no_other_question() -> None:
    face = busy_face()
    face.escalations.insert(1, escalation(3, WAITING, "rm -rf ~/.config"))
    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        await cabin.press("a")
        await cabin.until(lambda: "~/.config" in cabin.text(), "the next question of the task")
        assert len(face.given) == 1
        await cabin.press("a")
        assert len(face.given) == 1
        await cabin.until(lambda: "this question came up just now" in cabin.told(), "told to look")
        await cabin.press("a")
        await cabin.until(lambda: len(face.given) == 2, "pressed again")


async def test_an_answer_on_its_way_is_not_given_twice() -> None:
    face, may_go = busy_face(), asyncio.Event()

    async def give_late(order: Order, *, by: str) -> OrderRecord:
        await may_go.wait()
        return await FakeFace.give(face, order, by=by)

    face.give = give_late  # type: ignore[method-assign]  # as an engine that is slow
    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        await cabin.press("a", "a")
        assert cabin.told() == "clean-cache: it has your answer already"
        may_go.set()
        await cabin.until(lambda: cabin.told().startswith("✓ clean-cache"), "told")
        assert len(face.given) == 1


async def test_an_answer_goes_to_the_task_that_is_selected_even_before_it_is_read() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        cabin.desk.query_one(QueueList).select_key("write-hosts")
        assert cabin.desk.question is not None
        assert cabin.desk.question.task_id == "write-hosts"


async def test_a_missing_transcript_is_said() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("2", "left_square_bracket")
        await cabin.until(lambda: "no transcript is kept of this iteration" in cabin.text())


async def test_a_stopped_run_with_ready_tasks_says_how_to_start() -> None:
    face = busy_face()
    face.run = RunState.STOPPED
    async with cockpit(face) as cabin:
        assert "! 2 tasks are ready: press s to start" in cabin.text()


@SIZES
async def test_warnings_are_shown_and_go_away(size: tuple[int, int]) -> None:
    face = busy_face()
    face.warnings = ("session-a-1.md is damaged", "the disk is nearly full")
    async with cockpit(face, size) as cabin:
        assert "! the disk is nearly full (and 1 more)" in cabin.text()
        face.warnings = ()
        await face.push()
        await cabin.until(lambda: "nearly full" not in cabin.text())


async def test_an_empty_queue_is_said_plainly() -> None:
    async with cockpit(FakeFace()) as cabin:
        assert "0 wait for you" in cabin.text()
        assert "The queue is empty." in cabin.text()


async def test_a_fact_moves_the_task_to_its_new_place() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        face.set_state(RUNNING, TaskState.COMPLETED)
        await face.push()
        await cabin.until(lambda: "✓ done       fix-gcd" in cabin.text(), "moved")
        assert cabin.desk.query_one(QueueList).task_id == RUNNING


async def test_the_selected_task_is_kept_when_others_come_and_go() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(RUNNING)
        del face.tasks[WAITING]
        face.tasks["new"] = item("new", "came later", TaskState.RUNNING, priority=0)  # type: ignore[index]
        await face.push()
        await cabin.until(lambda: "came later" in cabin.text())
        assert cabin.desk.query_one(QueueList).task_id == RUNNING


async def test_a_selected_task_that_vanishes_gives_way_to_its_neighbour() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        del face.tasks[WAITING]
        await face.push()
        await cabin.until(lambda: cabin.desk.view and cabin.desk.view.item.task_id == "write-hosts")


async def test_a_refused_order_says_so() -> None:
    face = busy_face()
    face.outcome = (OrderStatus.REFUSED, "answered already by sam")
    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        await cabin.press("a")
        told = "✗ clean-cache: approve the action: refused"
        await cabin.until(lambda: told in cabin.told())
        assert "answered already by sam" in cabin.told()


async def test_a_cockpit_that_only_looks_names_no_key_that_would_change_anything() -> None:
    app = Cockpit(busy_face(), operator="kim", now=lambda: NOW, is_read_only=True)
    async with app.run_test(size=NARROW) as pilot:
        cabin = Cabin(app, pilot, app._face)  # type: ignore[arg-type]  # the one from above
        await cabin.until(lambda: cabin.desk.view)
        for task in (WAITING, RUNNING, "port-config"):
            await cabin.select(task)
            assert cabin.lines()[-1].split("  ") == [" Enter open", "/ filter", "? help", "q quit"]
        await cabin.select(WAITING)
        await cabin.press("a")
        assert "this cockpit only looks" in cabin.told()
        assert cabin.face.given == []


async def test_a_rule_for_always_is_only_offered_where_there_can_be_one() -> None:
    face = busy_face()

    async def none(escalation_id: EscalationId) -> str:
        raise GuardrailError("no contract entry lets this pass", hint="answer it once")

    async with cockpit(face) as cabin:
        await cabin.select(WAITING)
        assert "w always" in cabin.lines()[-1]
        face.always_rule = none  # type: ignore[method-assign]  # as a contract that insists
        await cabin.select("write-hosts")
        await cabin.until(lambda: "w always" not in cabin.lines()[-1], "found out")
        await cabin.press("w")
        assert "no contract entry lets this pass" in cabin.told()


async def test_an_order_that_cannot_be_given_says_so() -> None:
    class Deaf(FakeFace):
        async def give(self, order, *, by):  # type: ignore[no-untyped-def]  # as in FakeFace
            raise StateError("the engine did not answer in 10 s", hint="look at its log")

    face = Deaf()
    face.tasks[RUNNING] = item(RUNNING, "x", TaskState.RUNNING)
    async with cockpit(face) as cabin:
        await cabin.press("p")
        await cabin.until(lambda: "failed: the engine did not answer in 10 s" in cabin.told())
        assert "look at its log" in cabin.told()


async def test_a_reading_that_fails_is_shown_not_hidden() -> None:
    face = busy_face()
    async with cockpit(face) as cabin:
        face.failure = StoreError("the database is locked", hint="end the other program")
        await face.push()
        await cabin.until(lambda: "reading the queue failed" in cabin.told(), "failure shown")
        assert "the database is locked" in cabin.told()


async def test_after_an_answer_the_next_question_comes_up() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.press("6")
        assert "Question 1 of 2 · clean-cache" in cabin.text()
        await cabin.press("a")
        await cabin.until(lambda: "Question 1 of 1 · write-hosts" in cabin.text())
        assert "+10.0.0.7 testserver" in cabin.text()
        await cabin.press("a")
        await cabin.until(lambda: "this question came up just now" in cabin.told(), "told to look")
        await cabin.press("a")
        await cabin.until(lambda: "no question is open · ■ blocked: port-config" in cabin.text())


async def test_in_the_inbox_answers_go_to_the_question_that_is_shown() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(WAITING)
        await cabin.press("6", "right_square_bracket", "a")
        await cabin.until(lambda: cabin.face.given)
        assert cabin.face.given[0].escalation_id == "esc-2"  # type: ignore[union-attr]


@SIZES
async def test_a_long_command_can_be_read_to_its_end(size: tuple[int, int]) -> None:
    face = busy_face()
    asked = face.escalations[0]
    command = "\n".join(f"echo step {number}" for number in range(80))
    face.escalations[0] = replace(asked, action=replace(asked.action, target=command))
    async with cockpit(face, size) as cabin:
        await cabin.press("6", "tab")
        assert "echo step 0" in cabin.text()
        assert "echo step 79" not in cabin.text()
        await cabin.press("pagedown", "pagedown", "pagedown", "pagedown", "pagedown", "pagedown")
        await cabin.press("G")
        assert "stopped by" in cabin.text()
        await cabin.press("pageup")
        assert "echo step 6" in cabin.text()


@SIZES
async def test_a_session_file_is_readable(size: tuple[int, int]) -> None:
    async with cockpit(busy_face(), size) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("4", "tab", "enter")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReaderScreen), "reader")
        assert "checkpoint 2" in cabin.text()
        assert "# Objective" in cabin.text()
        await cabin.press("escape")
        assert "session-fix-gcd-2.md" in cabin.text()


async def test_enter_on_an_iteration_shows_its_output() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("tab", "enter")
        await cabin.until(lambda: "iteration 1 ■ over" in cabin.text())
        assert cabin.desk.query_one(Detail).tab == 2


async def test_ralph_shows_reason_command_exit_code_tests_and_tree() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("3")
        for words in (
            "✗ FAIL", "target-test-red", "$ python -m pytest -q", "exit 1", "2.3s",
            "41 tests executed", "9fceb02d0ae598e9", "assert gcd(0, 9) == 9",
        ):  # fmt: skip
            assert words in cabin.text()


async def test_knowledge_says_when_none_was_used() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(DONE)
        await cabin.press("5")
        assert "no knowledge objects were used" in cabin.text()
        await cabin.select(RUNNING)
        await cabin.until(lambda: "KO-zero-args" in cabin.text())


async def test_quitting_asks_while_tasks_work_in_this_process() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.press("q")
        assert isinstance(cabin.app.screen, ChooseScreen)
        assert "Quitting ends their running iterations and" in cabin.text()
        await cabin.press("n")
        assert len(cabin.app.screen_stack) == 1
        await cabin.press("q", "y")
        assert cabin.app._exit
        assert not cabin.app.is_left


async def is_over(cabin: Cabin) -> None:
    """Return once the cockpit has ended; keys may still be on their way to it."""
    for _ in range(3000):
        if cabin.app._exit:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"the cockpit goes on:\n{cabin.text()}")


def said_in_dialog(cabin: Cabin) -> str:
    return str(cabin.app.screen.query(Label).first().render())


def asking_face(number: int) -> FakeFace:
    """A run that is left with nothing but questions."""
    face = busy_face()
    face.tasks = {WAITING: face.tasks[WAITING]}
    face.escalations = [escalation(each, WAITING, f"rm {each}") for each in range(1, number + 1)]
    face.run = RunState.IDLE
    return face


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1, "1 question waits for you: clean-cache since Mon 21:50, to run rm 1."),
        (
            5,
            "5 questions wait for you: clean-cache since Mon 21:50, clean-cache since Mon 21:40,"
            " clean-cache since Mon 21:30 and 2 more.",
        ),
    ],
)
async def test_quitting_asks_while_a_run_waits_for_nothing_but_answers(
    number: int, told: str
) -> None:
    async with cockpit(asking_face(number), NARROW) as cabin:
        await cabin.press("q")
        shown = said_in_dialog(cabin)
        assert shown.startswith(f"{told} Quitting ends the run; all that is recorded stays")
        await cabin.press("b")
        await is_over(cabin)
        assert cabin.app.is_left


def by_hand_face() -> FakeFace:
    """A run whose last task is in the operator's hands since four minutes."""
    face = FakeFace()
    face.tasks = {RUNNING: item(RUNNING, "gcd", TaskState.TAKEN, taken_by="kim")}
    face.run, face.waits_until = RunState.IDLE, NOW + timedelta(hours=2)
    return face


async def test_a_run_that_waits_for_a_task_in_your_hands_says_so_and_quitting_asks() -> None:
    async with cockpit(by_hand_face()) as cabin:
        assert (
            "! nothing is left but what is taken over (fix-gcd):"
            " the run waits until Tue 00:00, then it ends"
        ) in cabin.text()
        await cabin.press("q")
        assert said_in_dialog(cabin).startswith(
            "taken over and not handed back: fix-gcd since Mon 21:56. Quitting ends the run;"
        )
        await cabin.press("b")
        await is_over(cabin)
        assert cabin.app.is_left


async def test_quitting_does_not_ask_where_no_run_would_wait() -> None:
    face = asking_face(1)
    face.run = RunState.STOPPED
    async with cockpit(face) as cabin:
        await cabin.press("q")
        await is_over(cabin)


@pytest.mark.parametrize("run", [RunState.PAUSED, RunState.HALTED])
async def test_quitting_asks_while_a_run_waits_for_a_word_to_go_on(run: RunState) -> None:
    face = asking_face(1)
    face.run = run
    async with cockpit(face) as cabin:
        await cabin.press("q")
        assert said_in_dialog(cabin).startswith("1 question waits for you")


async def test_a_reason_is_demanded_before_a_denial() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(WAITING)
        await cabin.press("d", "enter")
        assert isinstance(cabin.app.screen, AskScreen)
        assert "say something" in cabin.text()
        await cabin.press("escape")
        assert cabin.face.given == []


async def test_a_budget_that_is_no_number_changes_nothing() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("b", "m", "a", "n", "y", "enter")
        assert "'many' is no whole number" in cabin.told()
        assert cabin.face.given == []


@pytest.mark.parametrize(
    ("task", "there"),
    [
        ("write-hosts", "Question 2 of 2 · write-hosts"),
        ("fix-median", "Review"),
        ("fix-json", "[3 Ralph]"),
        ("port-config", "[3 Ralph]"),
        (RUNNING, "[2 Output]"),
        ("fix-dates", "[1 Timeline]"),
    ],
)
async def test_enter_opens_what_the_row_is_about(task: str, there: str) -> None:
    face, merges = busy_face(), merge_face()
    face.tasks |= {TO_MERGE: merges.tasks[TO_MERGE]}
    face.tasks[TaskId("fix-json")] = item("fix-json", "escapes", TaskState.FAILED)
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(task)
        await cabin.press("enter")
        await cabin.until(lambda: there in cabin.text(), there)
        await cabin.press("escape")
        await cabin.until(lambda: "what it is about" in cabin.text(), "back in the list")
        assert cabin.desk.query_one(QueueList).task_id == task


async def test_enter_opens_the_question_of_the_row_though_another_has_just_come() -> None:
    face = busy_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select("write-hosts")
        face.escalations.insert(0, escalation(0, RUNNING, "git push --force"))
        await face.push()
        await cabin.until(lambda: "I answers" in cabin.text(), "announced")
        await cabin.press("enter")
        await cabin.until(lambda: "Question 3 of 3 · write-hosts" in cabin.text(), "the row's own")


async def test_work_that_can_be_read_is_offered_for_review_before_it_is_merged() -> None:
    async with cockpit(merge_face(), NARROW) as cabin:
        await cabin.select(TO_MERGE)
        keys = cabin.lines()[-1]
        assert "V review" in keys
        assert keys.index("V review") < keys.index("m merge")
        cabin.face.tasks[TO_MERGE] = replace(
            cabin.face.tasks[TO_MERGE], head_commit=cabin.face.tasks[TO_MERGE].base_commit
        )
        await cabin.face.push()
        await cabin.until(lambda: "V review" not in cabin.lines()[-1], "nothing to read")


async def test_in_a_narrow_terminal_enter_gives_the_details_the_whole_screen() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("enter")
        assert "what it is about" not in cabin.text()
        await cabin.press("escape")
        assert "what it is about" in cabin.text()


async def test_a_resized_terminal_shows_the_other_layout() -> None:
    async with cockpit(busy_face(), WIDE) as cabin:
        await cabin.pilot.resize_terminal(*NARROW)
        await cabin.until(lambda: cabin.desk.has_class("-narrow"))
        await cabin.until(lambda: "? help" in cabin.text(), "key bar fits again")
        await cabin.pilot.resize_terminal(20, 5)
        await cabin.pilot.resize_terminal(1, 1)
        await cabin.pilot.resize_terminal(*WIDE)
        await cabin.until(lambda: "Needs you · 3" in cabin.text(), "headings are back")


async def test_the_terminal_title_counts_those_who_wait() -> None:
    face = busy_face()
    assert terminal_title("demo", await face.overview()) == "(3) aio-tui · demo"
    face.tasks.clear()
    face.escalations.clear()
    assert terminal_title("demo", await face.overview()) == "aio-tui · demo"
    assert terminal_title("demo", None) == "aio-tui · demo"


async def test_the_palette_runs_a_command() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        await cabin.press("ctrl+p")
        await cabin.type("pause task")
        await cabin.until(lambda: "(p)" in cabin.text(), "found")
        await cabin.press("enter")
        await cabin.until(lambda: cabin.face.given, "given")
        assert cabin.face.given[0].kind == "pause_task"


async def test_a_filter_that_hides_all_says_so_where_the_task_was() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        cabin.desk.set_filter("state:merged")
        told = "nothing is selected: the filter hides all; Esc clears it"
        await cabin.until(lambda: told in cabin.text(), "told")
        assert "gcd of zero" not in cabin.text()
        await cabin.press("escape")
        await cabin.until(lambda: told not in cabin.text(), "cleared")


async def test_a_verdict_is_overridden_by_who_was_told_what_follows() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.select("port-config")
        await cabin.press("v")
        await cabin.until(lambda: "PASS: its work counts as verified" in cabin.text(), "told")
        assert "recorded with your name" in cabin.text()


async def test_why_a_key_does_nothing_names_how_far_the_branch_has_come() -> None:
    async with cockpit(merge_face(), NARROW) as cabin:
        await cabin.select(TO_MERGE)
        await cabin.press("p")
        assert "fix-median is verified and waits to be merged" in cabin.told()


async def test_the_help_begins_with_the_tour_and_can_be_searched() -> None:
    async with cockpit(busy_face(), NARROW) as cabin:
        await cabin.press("question_mark")
        assert "F1" in cabin.lines()[1]
        assert "/ search" in cabin.lines()[-1]
        await cabin.press("slash")
        await cabin.type("merge base")
        await cabin.press("enter")
        await cabin.until(lambda: "'merge base': 2 commands" in cabin.lines()[0], "searched")
        assert "approve" not in cabin.text()
        await cabin.press("escape")
        assert "approve for task" in cabin.text()
        await cabin.press("f1")
        assert "A tour of one minute" in cabin.text()
        await cabin.press("escape", "escape")
        assert len(cabin.app.screen_stack) == 1


async def test_keys_typed_faster_than_a_dialog_opens_reach_it() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(WAITING)
        for key in ("d", "n", "o", "enter"):
            cabin.app.post_message(Key(key, key if len(key) == 1 else None))
        await cabin.until(lambda: cabin.face.given, "denied")
        assert cabin.face.given == [
            DenyEscalation(escalation_id=EscalationId("esc-1"), reason="no")
        ]


async def test_a_notice_stands_in_the_status_line() -> None:
    app = Cockpit(busy_face(), operator="kim", notice="the model's words are scripted")
    async with app.run_test(size=NARROW) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert any("the model's words are scripted" in strip.text for strip in strips)


@pytest.mark.parametrize("size", [NARROW, (139, 40), (140, 40), WIDE])
@pytest.mark.parametrize("tab", ["1", "2"])
async def test_no_letter_of_a_long_word_is_lost_at_the_edge(
    size: tuple[int, int], tab: str
) -> None:
    word = "".join(chr(ord("a") + number % 26) for number in range(400))
    face = busy_face()
    face.tasks[RUNNING] = replace(face.tasks[RUNNING], error_log=word)
    face.stream(RUNNING, 3, entry(EntryKind.OUTPUT, word))
    async with cockpit(face, size) as cabin:
        await cabin.select(RUNNING)
        await cabin.press(tab)
        view = cabin.desk.query_one(Detail).active
        await cabin.until(lambda: any(word[:20] in row for row in cabin.lines()), "shown")
        region = view.scrollable_content_region
        rows = [row[region.x : region.right] for row in cabin.lines()[region.y : region.bottom]]
        assert word in "".join(row.removeprefix("│ ").strip() for row in rows)


async def test_enter_says_why_where_nothing_opens_and_is_not_offered_there() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(RUNNING)
        assert "Enter open" in cabin.lines()[-1]
        await cabin.press("tab")
        await cabin.until(lambda: "Enter open" in cabin.lines()[-1], "an iteration opens")
        await cabin.press("3")
        await cabin.until(lambda: "Enter open" not in cabin.lines()[-1], "a verdict does not")
        await cabin.press("enter")
        assert "open: all that there is stands here" in cabin.told()
