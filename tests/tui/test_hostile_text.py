"""Whatever agents and files say, the terminal gets no instruction from it and nothing crashes."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aio_tui.places import PLACES
from aio_tui.screens.dialogs import AskScreen
from aio_tui.screens.frame import FrameScreen
from aio_tui.widgets.bars import terminal_title
from engine.domain.action import Action, ActionKind
from engine.domain.facts import (
    EscalationAnswered,
    IterationAbandoned,
    MergeRefused,
    MergeReverted,
    PullRequestOpened,
    TaskMerged,
)
from engine.domain.ids import TaskId
from engine.domain.orders import OrderStatus
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.verdict import Reason, VerdictKind
from engine.domain.work import MergeState
from engine.ports.cockpit import KnowledgeHit
from tests.support.face import FakeFace
from tests.support.scene import checkpoint, entry, escalation, item
from tests.tui.cockpit_run import NARROW, Cabin, cockpit
from tests.tui.screens import decision, journal, knowledge_files, log_lines

FORBIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
ATTACKS = (
    "\x1b]52;c;aGFja2Vk\x07", "\x1b[2J\x1b[H", "\x9b31m", "\x1b]0;owned\x07", "\u202edesrever",
    "[@click=app.exit]x[/]", "[/]", "[link=http://x]y[/link]", "[red]", "$primary", "\x00",
    "\u200b\u2066\ufeff", "漢" * 300, "e" + "\u0301" * 50, "\ud800", "👩‍👩‍👧", "a\tb\r\nc\x0bd",
)  # fmt: skip
HOSTILE = st.one_of(
    st.sampled_from(ATTACKS),
    st.text(st.characters(), max_size=200),
    st.binary(max_size=100).map(lambda raw: raw.decode("latin-1")),
    st.lists(st.sampled_from(ATTACKS), max_size=6).map("".join),
)


def hostile_face(text: str) -> FakeFace:
    """`text` wherever something from outside can stand."""
    face = FakeFace(project="demo")
    task_id = TaskId("target")
    face.tasks[task_id] = item(
        "target",
        text + " x",
        TaskState.WAITING,
        branch=text,
        error_log=text,
        iteration_count=1,
        merge_state=MergeState.MERGED,
        merged_commit=text,
    )
    point = checkpoint("target", 1, VerdictKind.FAIL, text, text)
    verdict = replace(
        point.verdict,
        reasons=(Reason(rule=text, message=text, evidence=text, path=text, line=3),),
        checks=tuple(
            replace(
                check, name=text, command=(text, text), tail=text, explanation=text,
                failures=(text, "seen before"), flaky=(text,), known=("seen before",),
            )
            for check in point.verdict.checks
        ),
        changed_files=(text,), next_step=text, tree_hash=text, base_commit=text,
    )  # fmt: skip
    face.checkpoints[task_id] = [
        replace(point, verdict=verdict, session_text=text, session_ref=text, commit=text)
    ]
    action = Action(kind=ActionKind.WRITE_FILE, target=text, detail=text)
    face.escalations = [
        escalation(1, "target", "", action=action, rule=text, why=text, effect=text),
        escalation(2, "target", text, rule=text),
    ]
    face.knowledge[task_id] = (KnowledgeHit(ko_id=text, title=text, iteration=1, score=0.5),)
    face.notes[task_id] = [text]
    face.live[task_id] = 2
    face.transcripts[task_id, 2] = [entry(kind, text) for kind in EntryKind]
    face.warnings = (text,)
    face.outcome = (OrderStatus.REFUSED, text)
    return face


def assert_harmless(cabin: Cabin) -> None:
    for strip in cabin.app.screen._compositor.render_strips():
        bad = {char for char in strip.text if unicodedata.category(char) in FORBIDDEN}
        assert not bad
    assert all(strip.cell_length == cabin.app.size.width for strip in
               cabin.app.screen._compositor.render_strips())  # fmt: skip


async def tour(text: str) -> None:
    """Through every tab, a prompt, the reader and the status line."""
    face = hostile_face(text)
    await face.push(
        EscalationAnswered(escalation_id="e", answer=text, by=text, reason=text),
        IterationAbandoned(iteration=1, cause=text),
        MergeRefused(cause=text, why=text, culprit=text),
        TaskMerged(base_branch=text, commit=text, tag=text),
        MergeReverted(base_branch=text, commit=text, reason=text, by=text),
        PullRequestOpened(url=text),
        task_id="target",
    )
    async with cockpit(face, NARROW) as cabin:
        for key in "123456":
            await cabin.press(key)
            assert_harmless(cabin)
        await cabin.press("4", "tab", "enter")
        await cabin.until(lambda: len(cabin.app.screen_stack) == 2, "reader")
        assert_harmless(cabin)
        await cabin.press("escape", "escape", "n")
        assert isinstance(cabin.app.screen, AskScreen)
        cabin.app.screen.query_one("CleanInput").insert_text_at_cursor(text)  # type: ignore[attr-defined]
        await cabin.pilot.pause()
        assert_harmless(cabin)
        await cabin.press("escape", "a")
        await cabin.until(lambda: "refused" in cabin.told(), "outcome")
        cabin.desk.set_filter(text)
        await cabin.pilot.pause()
        assert_harmless(cabin)


@pytest.mark.slow
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
def test_no_text_reaches_the_terminal_as_an_instruction(text: str) -> None:
    asyncio.run(tour(text))


@pytest.mark.slow
async def test_all_known_attacks_together_are_harmless() -> None:
    await tour("".join(ATTACKS))


@pytest.mark.slow
async def test_all_known_attacks_together_are_harmless_on_every_screen() -> None:
    text = "".join(ATTACKS)
    face = hostile_face(text)
    face.made_decisions = [decision(1, task_id=TaskId("target"), decision=text, value=text,
                                    approver=text, reason=text, repo=text, ref=text)]  # fmt: skip
    face.log = [replace(each, text=text, source=text) for each in log_lines()]
    face.knowledge_files = [
        replace(each, title=text, file=text, tags=(text,)) for each in knowledge_files()
    ]
    face.told_report = None
    face.store = await journal()
    async with cockpit(face, NARROW) as cabin:
        for place in PLACES[1:]:
            await cabin.press(place.key)
            await cabin.until(lambda: cabin.app.screen.overview, place.name)  # type: ignore[attr-defined]  # a screen of ours
            await cabin.pilot.pause()
            assert_harmless(cabin)
            await cabin.press("enter")
            assert_harmless(cabin)
            while not isinstance(cabin.app.screen, FrameScreen):
                cabin.app.pop_screen()
                await cabin.pilot.pause()


async def test_markup_is_shown_as_it_is() -> None:
    async with cockpit(hostile_face("[@click=app.exit]x[/]")) as cabin:
        assert "[@click=app.exit]x[/]" in cabin.text()


async def test_the_terminal_title_takes_no_control_characters() -> None:
    title = terminal_title("demo\x07\x1b]0;owned", None)
    assert "\x07" not in title
    assert "\x1b" not in title


async def test_a_paste_of_a_megabyte_is_cut_and_cleaned() -> None:
    from textual.events import Paste

    async with cockpit(hostile_face("x"), NARROW) as cabin:
        await cabin.press("n")
        field = cabin.app.screen.query_one("CleanInput")
        field.post_message(Paste("\x1b[31m" + "y" * 1_000_000))
        await cabin.until(lambda: "y" in field.value)  # type: ignore[attr-defined]  # CleanInput
        assert len(field.value) <= 4010  # type: ignore[attr-defined]  # CleanInput
        assert_harmless(cabin)
