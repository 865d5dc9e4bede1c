"""Orders and answers: what they go to, what they ask first, and what became of them."""

from __future__ import annotations

import asyncio

from textual.events import Key

from aio_tui.app import Cockpit
from aio_tui.screens.dialogs import AskScreen
from aio_tui.widgets.queue_list import QueueList
from engine.domain.errors import GuardrailError, StateError
from engine.domain.ids import EscalationId
from engine.domain.orders import DenyEscalation, Order, OrderRecord, OrderStatus
from engine.domain.state import TaskState
from tests.support.face import NOW, FakeFace
from tests.support.merge_scene import TO_MERGE, merge_face
from tests.support.scene import RUNNING, WAITING, busy_face, escalation, item
from tests.tui.cockpit_run import NARROW, Cabin, cockpit


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
        assert "fix-median is verified and to merge" in cabin.told()


async def test_keys_typed_faster_than_a_dialog_opens_reach_it() -> None:
    async with cockpit(busy_face()) as cabin:
        await cabin.select(WAITING)
        for key in ("d", "n", "o", "enter"):
            cabin.app.post_message(Key(key, key if len(key) == 1 else None))
        await cabin.until(lambda: cabin.face.given, "denied")
        assert cabin.face.given == [
            DenyEscalation(escalation_id=EscalationId("esc-1"), reason="no")
        ]
