"""The inbox, and how a question gets from any screen to its answer with two keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aio_tui.question_at_hand import LOOK_FIRST
from aio_tui.screens.inbox import InboxScreen
from aio_tui.screens.reader import ReaderScreen
from aio_tui.widgets.queue_list import QueueList
from engine.domain.action import Severity
from engine.domain.escalation import ApprovalScope, Escalation
from engine.domain.ids import EscalationId
from engine.domain.orders import (
    AcknowledgeEscalation,
    ApproveEscalation,
    DenyEscalation,
    Order,
    OrderStatus,
)
from tests.support.face import NOW, FakeFace
from tests.support.scene import RUNNING, WAITING, escalation
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.screens import every_face
from tests.tui.test_hostile_text import ATTACKS, assert_harmless, hostile_face

SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
NEW = escalation(0, RUNNING, 'git push --force origin "main"', severity=Severity.CRITICAL)


def inbox(cabin: Cabin) -> InboxScreen:
    screen = cabin.app.screen
    assert isinstance(screen, InboxScreen)
    return screen


async def open_inbox(cabin: Cabin) -> InboxScreen:
    await cabin.press("I")
    await cabin.until(lambda: "Question " in cabin.text(), "the evidence")
    return inbox(cabin)


async def arrives(face: FakeFace, asked: Escalation) -> None:
    face.escalations.insert(0, asked)
    await face.push()


@SIZES
@pytest.mark.parametrize(
    "way", [(), ("J",), ("question_mark",), ("J", "question_mark"), ("2",)], ids="-".join
)
async def test_a_new_question_is_noticed_anywhere_and_answered_with_two_keys(
    way: tuple[str, ...], size: tuple[int, int]
) -> None:
    face = await every_face()
    async with cockpit(face, size) as cabin:
        await cabin.press(*way)
        assert "I answers" not in cabin.text()
        await arrives(face, NEW)
        await cabin.until(lambda: "! fix-gcd asks (critical): run git push" in cabin.text(), "told")
        assert "I answers" in cabin.text()
        await cabin.press("I")
        await cabin.until(lambda: "Question 1 of 3 · fix-gcd" in cabin.text(), "the evidence")
        await cabin.press("a")
        await cabin.until(lambda: face.given, "answered")
        assert face.given == [ApproveEscalation(escalation_id=NEW.escalation_id)]
        await cabin.press("escape")
        assert "I answers" not in cabin.text()


async def test_what_waited_before_the_cockpit_was_opened_is_not_announced() -> None:
    async with cockpit(await every_face()) as cabin:
        assert "I answers" not in cabin.text()
        assert "wait for you" in cabin.lines()[0]


@pytest.mark.parametrize("end", ["answered", "acknowledged"])
async def test_the_announcement_goes_when_somebody_else_deals_with_it(end: str) -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        await arrives(face, NEW)
        await cabin.until(lambda: "I answers" in cabin.text(), "announced")
        seen = [replace(NEW, acknowledged_at=NOW, acknowledged_by="jo")]
        face.escalations[:1] = seen if end == "acknowledged" else []
        await face.push()
        await cabin.until(lambda: "I answers" not in cabin.text(), "gone")


async def test_several_new_ones_are_one_line_and_the_first_is_gone_to() -> None:
    face = await every_face()
    async with cockpit(face, NARROW) as cabin:
        face.escalations.append(escalation(7, "fix-slug", "ls", severity=Severity.LOW))
        await arrives(face, NEW)
        await cabin.until(lambda: "fix-gcd asks" in cabin.text(), "announced")
        assert "and 1 more  I answers" in cabin.text()
        screen = await open_inbox(cabin)
        assert screen.question == NEW
        await cabin.press("escape")
        await cabin.until(lambda: "fix-slug asks (low): run ls  I answers" in cabin.text())


async def test_the_inbox_opens_at_the_question_of_the_selected_task() -> None:
    async with cockpit(await every_face()) as cabin:
        await cabin.select("write-hosts")
        screen = await open_inbox(cabin)
        assert screen.question is not None
        assert screen.question.task_id == "write-hosts"


ESC_1 = EscalationId("esc-1")
ANSWERS: list[tuple[tuple[str, ...], Order]] = [
    (("a",), ApproveEscalation(escalation_id=ESC_1)),
    (("A", "y"), ApproveEscalation(escalation_id=ESC_1, scope=ApprovalScope.TASK)),
    (("e", "l", "s", "enter"), ApproveEscalation(escalation_id=ESC_1, edited="ls")),
    (("d", "n", "o", "enter"), DenyEscalation(escalation_id=ESC_1, reason="no")),
    (("D", "n", "o", "enter"), DenyEscalation(escalation_id=ESC_1, reason="no", pauses=True)),
]


@pytest.mark.parametrize(("keys", "order"), ANSWERS, ids=[keys[0] for keys, _ in ANSWERS])
async def test_after_an_answer_the_next_question_comes_up(
    keys: tuple[str, ...], order: Order
) -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        screen = await open_inbox(cabin)
        await cabin.press(*keys)
        await cabin.until(lambda: face.given == [order], f"given: {face.given}")
        await cabin.until(lambda: "Question 1 of 1 · write-hosts" in cabin.text(), "the next")
        await cabin.until(lambda: "✓ clean-cache: done as told" in screen.told.text, "told")
        await cabin.press("a")
        assert screen.told.text == LOOK_FIRST
        await cabin.press("a")
        await cabin.until(lambda: "✓ no question is open" in cabin.text(), "all answered")
        assert len(face.given) == 2


async def test_always_shows_the_rule_before_it_is_saved() -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        await open_inbox(cabin)
        rule = await face.always_rule(ESC_1)
        await cabin.press("w")
        await cabin.until(lambda: rule.splitlines()[1].strip() in cabin.text(), "the rule")
        assert face.given == []
        await cabin.press("y")
        await cabin.until(lambda: face.given, "given")
        assert face.given[0] == ApproveEscalation(
            escalation_id=ESC_1, scope=ApprovalScope.ALWAYS, shown_rule=rule
        )


async def test_a_seen_question_stays_in_the_list_and_says_so() -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        await open_inbox(cabin)
        await cabin.press("K")
        await cabin.until(lambda: face.given == [AcknowledgeEscalation(escalation_id=ESC_1)])
        face.escalations[0] = replace(
            face.escalations[0], acknowledged_at=NOW, acknowledged_by="kim"
        )
        await face.push()
        await cabin.until(lambda: "seen by     kim" in cabin.text(), "seen")
        assert "Question 1 of 2" in cabin.text()


async def test_a_refused_answer_brings_the_question_back() -> None:
    face = await every_face()

    async def refuse(order: Order, *, by: str) -> object:
        record = await FakeFace.give(face, order, by=by)
        face.escalations.insert(0, asked)
        return replace(record, status=OrderStatus.REFUSED, outcome="denied by a rule")

    asked = face.escalations[0]
    face.give = refuse  # type: ignore[method-assign,assignment]  # as an engine that refuses
    async with cockpit(face) as cabin:
        screen = await open_inbox(cabin)
        await cabin.press("a")
        await cabin.until(lambda: "refused: denied by a rule" in screen.told.text, "told")
        await cabin.until(lambda: "1 of 2" in cabin.text() or "2 of 2" in cabin.text(), "back")


async def test_no_answer_goes_to_a_question_that_slid_under_the_hand() -> None:
    """Somebody else answered the first one while the operator's finger was on its way."""
    face = await every_face()
    async with cockpit(face) as cabin:
        screen = await open_inbox(cabin)
        del face.escalations[0]
        await face.push()
        await cabin.until(lambda: "Question 1 of 1 · write-hosts" in cabin.text(), "the other")
        assert "is answered, or its task has ended" in screen.told.text
        await cabin.press("a")
        assert "this question came up just now" in screen.told.text
        assert face.given == []
        await cabin.press("a")
        await cabin.until(lambda: face.given, "pressed again")


async def test_the_question_at_hand_stays_when_a_worse_one_arrives() -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        screen = await open_inbox(cabin)
        await arrives(face, NEW)
        await cabin.until(lambda: "Question 2 of 3" in cabin.text(), "the list grew")
        assert "! fix-gcd asks (critical)" in cabin.text()
        await cabin.press("a")
        await cabin.until(lambda: face.given == [ApproveEscalation(escalation_id=ESC_1)])
        assert screen.table.total == 2
        await cabin.press("I")
        await cabin.until(lambda: "Question 1 of 2 · fix-gcd" in cabin.text(), "gone to")
        assert "I answers" not in cabin.text()


async def test_of_a_long_command_beginning_and_end_are_seen_and_enter_shows_all() -> None:
    face = await every_face()
    command = "\n".join(f"echo {number}" for number in range(500))
    face.escalations = [escalation(1, RUNNING, command)]
    async with cockpit(face, (200, 80)) as cabin:
        await open_inbox(cabin)
        assert "echo 0" in cabin.text()
        assert "echo 499" in cabin.text()
        assert "460 lines left out here" in cabin.text()
        await cabin.press("enter")
        reader = cabin.app.screen
        assert isinstance(reader, ReaderScreen)
        assert "echo 250" in "\n".join(row.text for row in reader._view.rows)
        await cabin.press("I")
        assert cabin.app.screen.query("#questions")


@SIZES
async def test_a_thousand_questions_do_not_slow_the_keys(size: tuple[int, int]) -> None:
    face = await every_face()
    face.escalations = [escalation(number, RUNNING, f"rm -rf {number}") for number in range(1000)]
    async with cockpit(face, size) as cabin:
        screen = await open_inbox(cabin)
        await cabin.press("G")
        await cabin.until(lambda: "Question 1000 of 1000" in cabin.text(), "the last")
        await cabin.press("slash", *"9", "9", "8", "enter")
        await cabin.until(lambda: len(screen.table.rows) == 1, "filtered")


@SIZES
async def test_a_hostile_question_is_announced_and_shown_as_text(size: tuple[int, int]) -> None:
    text = "".join(ATTACKS)
    face = hostile_face(text)
    async with cockpit(face, size) as cabin:
        asked = escalation(3, "target", text, rule=text, why=text, effect=text, wanted=text)
        await arrives(face, replace(asked, risk=text, foreseen=(text,), diff=text))
        await cabin.until(lambda: "I answers" in cabin.text(), "announced")
        assert_harmless(cabin)
        await open_inbox(cabin)
        assert_harmless(cabin)
        await cabin.press("enter")
        assert_harmless(cabin)


async def test_an_approval_for_the_task_says_first_what_it_will_allow() -> None:
    face = await every_face()
    async with cockpit(face, WIDE) as cabin:
        screen = await open_inbox(cabin)
        assert screen.question is not None
        await cabin.press("A")
        await cabin.until(lambda: "ask each time" in cabin.text(), "asked")
        assert f"all that rule {screen.question.rule}" in cabin.text()
        assert screen.question.effect in cabin.text()
        await cabin.press("n")
        assert face.given == []


async def test_what_nobody_can_take_back_is_never_approved_for_a_task() -> None:
    face = await every_face()
    push = escalation(0, RUNNING, "git push --force origin main", rule="git-push")
    async with cockpit(face, WIDE) as cabin:
        await arrives(face, push)
        await cabin.until(lambda: "! fix-gcd asks (high)" in cabin.text(), "announced")
        await cabin.press("I")
        await cabin.until(lambda: "Question 1 of 3 · fix-gcd" in cabin.text(), "the evidence")
        await cabin.press("A")
        await cabin.until(lambda: "asked about each time" in inbox(cabin).told.text, "told")
        assert face.given == []
        await cabin.press("a")
        await cabin.until(lambda: face.given, "answered")
        assert face.given == [ApproveEscalation(escalation_id=push.escalation_id)]


async def test_a_cockpit_that_is_slow_to_open_its_inbox_shows_the_announced_question_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face = await every_face()
    begin = InboxScreen._begin

    def begin_late(screen: InboxScreen) -> None:
        screen.tick()  # a second has passed before its first frame
        begin(screen)

    async with cockpit(face, WIDE) as cabin:
        await cabin.select(WAITING)
        await arrives(face, escalation(0, RUNNING, "git push", rule="git-push"))
        await cabin.until(lambda: "! fix-gcd asks (high)" in cabin.text(), "announced")
        monkeypatch.setattr(InboxScreen, "_begin", begin_late)
        await cabin.press("I")
        await cabin.until(lambda: "Question 1 of 3 · fix-gcd" in cabin.text(), "the evidence")
        assert "is answered" not in cabin.text()


async def test_a_question_says_each_thing_once() -> None:
    effect, command = "sends commits over the network", "git push --force origin main"
    asked = escalation(
        1, WAITING, command, rule="git-push", effect=effect, risk="high: others notice",
        why=f"{effect}: '{command}' (overwrites the branch there)",
    )  # fmt: skip
    face = await every_face()
    face.escalations = [asked]
    async with cockpit(face, NARROW) as cabin:
        rows = cabin.desk.query_one(QueueList).rows
        assert rows[0].headline == f"high: {command} - overwrites the branch there"
        await open_inbox(cabin)
        text = "\n".join(row.text for row in cabin.rows("#row"))
        assert text.count(effect) == 1
        assert "why         overwrites the branch there" in text


@pytest.mark.parametrize(("keys", "order"), ANSWERS, ids=[keys[0] for keys, _ in ANSWERS])
async def test_a_question_in_full_is_answered_where_it_is_read(
    keys: tuple[str, ...], order: Order
) -> None:
    face = await every_face()
    async with cockpit(face, NARROW) as cabin:
        screen = await open_inbox(cabin)
        await cabin.press("enter")
        await cabin.until(lambda: "a once" in cabin.lines()[-1], "the keys")
        await cabin.press(*keys)
        await cabin.until(lambda: face.given == [order], f"given: {face.given}")
        await cabin.until(lambda: "Question 1 of 1 · write-hosts" in cabin.text(), "the next")
        assert cabin.app.screen is screen


@pytest.mark.parametrize("key", ["d", "D", "A", "e", "w"])
async def test_who_thinks_again_is_back_at_the_question_in_full(key: str) -> None:
    face = await every_face()
    async with cockpit(face, NARROW) as cabin:
        await open_inbox(cabin)
        await cabin.press("enter")
        text = cabin.app.screen
        await cabin.press(key)
        await cabin.until(lambda: cabin.app.screen is not text, "it asks")
        await cabin.press("escape")
        assert cabin.app.screen is text
        await cabin.press("a")
        await cabin.until(lambda: face.given, "given")
        await cabin.until(lambda: "Question 1 of 1 · write-hosts" in cabin.text(), "the next")


async def test_a_question_in_full_has_help_and_comes_back() -> None:
    async with cockpit(await every_face(), NARROW) as cabin:
        await open_inbox(cabin)
        await cabin.press("enter")
        text = cabin.app.screen
        await cabin.press("question_mark")
        await cabin.until(lambda: "Keys · Inbox" in cabin.text(), "the help")
        await cabin.press("escape")
        assert cabin.app.screen is text


async def test_a_question_in_full_that_others_answered_meanwhile_leaves_the_next_alone() -> None:
    face = await every_face()
    async with cockpit(face, NARROW) as cabin:
        screen = await open_inbox(cabin)
        await cabin.press("enter")
        del face.escalations[0]
        await face.push()
        await cabin.until(lambda: screen.table.total == 1, "answered elsewhere")
        await cabin.press("a")
        assert "is answered, or its task has ended" in screen.told.text
        assert face.given == []
