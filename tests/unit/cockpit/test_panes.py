"""The lines of each pane, for any text at any width."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aio_tui.widgets.bars import header_lines, tab_line
from aio_tui.widgets.evidence import verdict_lines
from aio_tui.widgets.inbox import inbox_lines
from aio_tui.widgets.line import Line
from aio_tui.widgets.queue_list import QueueList, queue_rows
from aio_tui.widgets.records import checkpoint_lines, knowledge_lines
from aio_tui.widgets.timeline import timeline_lines
from engine.domain.facts import IterationAbandoned, IterationStarted
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.usage import Usage
from engine.domain.verdict import CheckOutcome, CheckResult, Reason
from engine.ports.cockpit import Overview, RunState, TaskView
from tests.support.face import NOW, FakeFace
from tests.support.merge_scene import REVERTED, TAMPERED, TO_MERGE, merge_face
from tests.support.scene import RUNNING, busy_face
from tests.tui.test_hostile_text import FORBIDDEN, HOSTILE, hostile_face

WIDTHS = st.integers(20, 160)


async def read(face: FakeFace, task_id: str) -> tuple[Overview, TaskView]:
    return await face.overview(), await face.task_view(TaskId(task_id))


def drive(face: FakeFace, task_id: str) -> tuple[Overview, TaskView]:
    """Run `read`, which never waits, without a loop."""
    reading = read(face, task_id)
    try:
        reading.send(None)
    except StopIteration as done:
        overview, view = done.value
        return overview, view
    raise AssertionError("the fake face waited")


def all_lines(overview: Overview, view: TaskView, width: int) -> list[Line]:
    table = QueueList()
    return [
        *timeline_lines(view, width),
        *verdict_lines(view, width),
        *checkpoint_lines(view, width),
        *knowledge_lines(view, width),
        *inbox_lines(overview, overview.escalations[0], NOW, width),
        *header_lines("demo", overview, width),
        *(table.draw(row, width) for row in queue_rows(overview, NOW)),
    ]


@settings(deadline=None)
@given(HOSTILE, WIDTHS)
def test_no_pane_lets_a_control_character_through(text: str, width: int) -> None:
    overview, view = drive(hostile_face(text), "target")
    for line in all_lines(overview, view, width):
        assert not {char for char in line.text if unicodedata.category(char) in FORBIDDEN}


@settings(deadline=None)
@given(HOSTILE, st.integers(70, 160))
def test_evidence_is_wrapped_and_never_cut(text: str, width: int) -> None:
    overview, _ = drive(hostile_face(text), "target")
    lines = inbox_lines(overview, overview.escalations[0], NOW, width)
    assert all(line.cells <= width for line in lines)


async def test_a_task_without_iterations_has_panes_that_say_so() -> None:
    view = await busy_face().task_view(TaskId("fix-dates"))
    assert "no iteration has run yet" in texts(timeline_lines(view, 80))
    assert "no verdict yet: Ralph judges at the end of an iteration" in texts(
        verdict_lines(view, 80)
    )
    assert "no checkpoint yet: each finished iteration leaves one" in texts(
        checkpoint_lines(view, 80)
    )


async def test_an_iteration_that_was_given_up_is_not_said_never_to_have_run() -> None:
    face, task_id = busy_face(), TaskId("fix-dates")
    begun = IterationStarted(iteration=1, agent="claude")
    given_up = IterationAbandoned(iteration=1, cause="taken over by kim")
    await face.push(begun, given_up, task_id=task_id)
    shown = texts(timeline_lines(await face.task_view(task_id), 80))
    assert "no iteration has come to a result yet" in shown
    assert any("iteration 1 ended without a result: taken over by kim" in text for text in shown)


def texts(lines: list[Line]) -> list[str]:
    return [line.text.strip() for line in lines]


async def test_the_timeline_has_verdict_time_cost_and_decision_of_each_iteration() -> None:
    view = await busy_face().task_view(RUNNING)
    shown = texts(timeline_lines(view, 100))
    assert any(
        "✗ FAIL" in text and "1m01s" in text and "$0.07" in text and "again: 14" in text
        for text in shown
    )
    assert [line.key for line in timeline_lines(view, 100) if line.key is not None] == [1, 2, 3]


@pytest.mark.parametrize("outcome", list(CheckOutcome))
async def test_every_outcome_of_a_check_is_told_in_words(outcome: CheckOutcome) -> None:
    view = await busy_face().task_view(RUNNING)
    check = CheckResult(
        name="lint", command=("ruff", "check"), outcome=outcome, exit_code=None, duration_s=1.0,
        explanation="it was stopped at 600 s",
    )  # fmt: skip
    point = view.checkpoints[-1]
    view = replace(
        view, checkpoints=(replace(point, verdict=replace(point.verdict, checks=(check,))),)
    )
    shown = "\n".join(texts(verdict_lines(view, 100)))
    assert outcome.value in shown
    assert "no exit code" in shown
    assert "it was stopped at 600 s" in shown


async def test_many_failures_are_counted_instead_of_listed() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    check = replace(point.verdict.checks[0], failures=tuple(f"test_{n}" for n in range(120)))
    view = replace(
        view, checkpoints=(replace(point, verdict=replace(point.verdict, checks=(check,))),)
    )
    assert "and 70 more" in texts(verdict_lines(view, 100))


async def test_a_question_shows_how_long_it_waits_and_what_it_cost() -> None:
    overview = await busy_face().overview()
    later = NOW + timedelta(hours=2)
    shown = texts(inbox_lines(overview, overview.escalations[0], later, 100))
    assert "! high · waits 2h · cost so far at least $0.00" in shown


@pytest.mark.parametrize("width", [78, 98, 200])
def test_the_tabs_fit(width: int) -> None:
    assert tab_line(6, 12, width).cells <= width


async def test_in_80_columns_the_header_says_all_that_needs_somebody_and_what_it_costs() -> None:
    overview = await merge_face().overview()
    counts = {**overview.counts, TaskState.FAILED: 1}
    asked = (await busy_face().overview()).escalations
    header = header_lines("demo", replace(overview, counts=counts, escalations=asked), 80)[0]
    assert header.cells <= 80
    assert header.text.endswith(" · ! 3 wait (■ 1 blocked) · ✗ 1 failed · ⇡ 2 to merge · $0.00"), (
        header.text
    )


@pytest.mark.parametrize("run", list(RunState))
async def test_in_40_columns_the_header_keeps_what_needs_somebody(run: RunState) -> None:
    overview = replace(await merge_face().overview(), run=run)
    counts = {**overview.counts, TaskState.BLOCKED: 12, TaskState.FAILED: 1}
    header = header_lines("warehouse", replace(overview, counts=counts), 40 - 2)[0]
    assert header.cells <= 40 - 2
    assert "! 12 wait" in header.text
    assert header.text.endswith("✗ 1 failed")


@pytest.mark.parametrize("width", [40, 50, 60])
async def test_a_narrow_header_has_whole_words_and_the_inbox_its_number(width: int) -> None:
    overview = await busy_face().overview()
    header = header_lines("demo", overview, width)[0]
    assert header.cells <= width
    assert header.text.rsplit(" · ", 1)[-1] in (
        "! 3 wait for you (■ 1 blocked)", "✗ 1 failed", "2/4 busy", "66.1k tok", "$0.41+"
    )  # fmt: skip
    tabs = tab_line(1, 2, width)
    assert tabs.cells <= width
    assert "6 Inbox 2" in tabs.text


async def test_a_check_that_is_why_a_verdict_failed_has_not_only_known_findings() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    target, other = "t.py::test_gcd", "t.py::test_old"
    check = replace(
        point.verdict.checks[0], outcome=CheckOutcome.FINDINGS, exit_code=1,
        failures=(target, other), known=(target, other),
    )  # fmt: skip

    def shown(message: str) -> list[str]:
        reasons = (Reason(rule="target-test-red", message=message),)
        verdict = replace(point.verdict, checks=(check,), reasons=reasons)
        points = (replace(point, verdict=verdict),)
        return texts(verdict_lines(replace(view, checkpoints=points), 100))

    assert any("findings · exit 1" in row for row in shown(f"target {target!r} is red"))
    assert f"✗ {target}" in shown(f"target {target!r} is red")
    assert any("only known findings" in row for row in shown("no change was made"))


async def test_a_long_description_leaves_room_for_what_happened() -> None:
    view = await busy_face().task_view(RUNNING)
    long = replace(view, item=replace(view.item, description="many words " * 100))
    shown = texts(timeline_lines(long, 60))
    assert shown[2].endswith("…")
    assert shown[3].startswith("▶ running")


async def test_the_command_of_a_check_takes_one_line() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    check = replace(point.verdict.checks[0], command=("python", "-c", "pass;" * 100))
    view = replace(
        view, checkpoints=(replace(point, verdict=replace(point.verdict, checks=(check,))),)
    )
    lines = [line for line in verdict_lines(view, 80) if "pass;" in line.text]
    assert [line.cells <= 80 for line in lines] == [True]


async def test_an_effect_is_not_told_twice() -> None:
    overview = await busy_face().overview()
    asked = replace(overview.escalations[0], why="It deletes files", effect="it deletes files.")
    overview = replace(overview, escalations=(asked,))
    shown = texts(inbox_lines(overview, asked, NOW, 80))
    assert [text for text in shown if "deletes files" in text] == ["effect      it deletes files."]


async def proof_of(task_id: TaskId, width: int = 100) -> list[str]:
    return texts(verdict_lines(await merge_face().task_view(task_id), width))


async def test_a_pass_says_what_it_rests_on() -> None:
    shown = await proof_of(TO_MERGE)
    assert shown[0] == "✓ PASS  after iteration 1 · 41 tests executed · tree 9fceb02d0a"
    assert shown[2].startswith("1 target green, 41 tests executed, no new failure")
    for words in (
        "pytest  ~ only known findings · exit 1 · 2.3s · 41 tests executed",
        "$ ruff check .",
        "1 flaky: red, then green when tried again",
        "~ tests/test_clock.py::test_midnight",
        "~ 1 failure known before, left as it was: tests/test_legacy.py::test_of_the_year_2000",
        "known before    2 failures of the base commit left",
        "tree            9fceb02d0ae598e95dc970b74767f19372d61af8",
        "base commit     1f2e3d4c5b6a79880f1e2d3c4b5a69788796a5b4",
        "changed files   src/numbers.py",
    ):
        assert words in shown


async def test_of_a_blocked_task_the_part_of_the_human_comes_first() -> None:
    shown = await proof_of(REVERTED)
    assert shown[0].startswith("■ BLOCKED")
    assert shown[1] == "what you can do: run npm ci in the repository, then retry the task"


async def test_a_reason_names_its_file_and_line() -> None:
    shown = await proof_of(TAMPERED, 80)
    assert "· assertion-weakened  tests/test_numbers.py:12" in shown
    at = shown.index("· suppression-added")
    assert shown[at + 1].endswith("src/numbers.py:1234")


async def test_of_a_red_check_the_new_comes_first_and_what_was_known_is_one_line() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    known = tuple(f"old-{number}" for number in range(22))
    check = replace(point.verdict.checks[0], failures=(*known, "new"), known=known)
    view = replace(
        view, checkpoints=(replace(point, verdict=replace(point.verdict, checks=(check,))),)
    )
    shown = texts(verdict_lines(view, 100))
    old = "~ 22 failures known before, left as they were: old-0 and 21 more"
    assert [text for text in shown if "old-" in text] == [old]
    output = next(at for at, text in enumerate(shown) if text.startswith("output, last lines"))
    assert shown.index("✗ new") < output < shown.index(old)
    assert any(text.startswith("pytest  ✗ findings") for text in shown)
    told = [line for line in verdict_lines(view, 20) if "~ 22 fail" in line.text]
    assert [line.cells <= 20 for line in told] == [True]


async def test_what_a_reason_shows_of_an_output_is_not_shown_again_with_the_check() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    mine, other = "___ test_mine ___\nE assert 1 == 2", "___ test_other ___\nE assert 3 == 4"
    check = replace(point.verdict.checks[0], tail=f"{other}\n{mine}\n=== 2 failed")
    reason = replace(point.verdict.reasons[0], evidence=f"t.py:3: assert 1 == 2\n\n{mine}")
    judged = replace(point.verdict, checks=(check,), reasons=(reason, reason))
    shown = texts(verdict_lines(replace(view, checkpoints=(replace(point, verdict=judged),)), 100))
    assert shown.count("│ E assert 1 == 2") == 1
    assert shown.index("│ E assert 1 == 2") < shown.index("│ E assert 3 == 4")
    assert shown[-12:].count("│ t.py:3: assert 1 == 2") == 0


async def test_the_output_of_a_check_is_about_what_is_new() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    tail = (
        "F.F\n=== FAILURES ===\n___ TestIt.test_new ___\nE assert 1 == 2\n"
        "___ test_old ___\nE assert 3 == 4\n___ ERROR collecting tests/b.py ___\nE no\n"
        "=== summary ===\nFAILED tests/a.py::TestIt::test_new - assert 1 == 2\n"
        "FAILED tests/a.py::test_old - assert 3 == 4\nERROR tests/b.py\n3 failed in 1 s"
    )
    known = ("tests/a.py::test_old", "tests/b.py::collection")
    check = replace(
        point.verdict.checks[0],
        failures=("tests/a.py::TestIt::test_new", *known), known=known, tail=tail,
    )  # fmt: skip
    judged = replace(point.verdict, checks=(check,), reasons=())
    shown = texts(verdict_lines(replace(view, checkpoints=(replace(point, verdict=judged),)), 100))
    output = [text[2:] for text in shown if text.startswith("│ ")]
    assert output == [
        "F.F", "=== FAILURES ===", "___ TestIt.test_new ___", "E assert 1 == 2", "=== summary ===",
        "FAILED tests/a.py::TestIt::test_new - assert 1 == 2", "3 failed in 1 s",
    ]  # fmt: skip
    assert any(text.startswith("~ 2 failures known before") for text in shown)


async def test_rulers_of_an_output_are_no_wider_than_their_room() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    told = f"{'_' * 30} test_one {'_' * 30}\nE no"
    tail = (
        f".F{' ' * 60}[100%]\n{'=' * 34} FAILURES {'=' * 34}\n{told}\n"
        f"{'=' * 27} short test summary info {'=' * 27}\n{'=' * 70}\nx{'=' * 70}"
    )
    check = replace(point.verdict.checks[0], tail=tail)
    reason = replace(point.verdict.reasons[0], evidence=f"t.py:1: no\n\n{told}")
    judged = replace(point.verdict, checks=(check,), reasons=(reason,))
    lines = verdict_lines(replace(view, checkpoints=(replace(point, verdict=judged),)), 40)
    shown = texts(lines)
    assert all(each.cells <= 40 for each in lines if "│" in each.text)
    assert "│ .F [100%]" in shown
    assert not any("FAILURES" in text for text in shown)  # all of them are told above
    assert f"│ {'_' * 13} test_one {'_' * 13}" in shown
    assert f"│ {'=' * 36}" in shown


async def test_an_answer_from_a_kept_proof_says_when_the_checks_ran() -> None:
    view = await merge_face().task_view(TO_MERGE)
    point = view.checkpoints[-1]
    kept = replace(point, verdict=replace(point.verdict, proved_at=NOW))
    shown = texts(verdict_lines(replace(view, checkpoints=(kept,)), 100))
    assert "taken from proof 2026-01-05 22:00, of the same tree" in shown


async def test_a_verdict_without_checks_says_so() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    bare = replace(point, verdict=replace(point.verdict, checks=()))
    assert "no check was run" in texts(verdict_lines(replace(view, checkpoints=(bare,)), 100))


async def test_where_there_is_little_room_the_header_gives_up_tokens_before_money() -> None:
    overview = replace(await merge_face().overview(), usage=Usage(cost_usd=Decimal("1.25")))
    header = header_lines("demo", overview, 70)[0].text
    assert "⇡ 2 to merge" in header
    assert "$1.25" in header
    assert "tok" not in header


async def test_the_output_of_a_check_is_shown_once_with_the_check() -> None:
    view = await busy_face().task_view(RUNNING)
    point = view.checkpoints[-1]
    tail = point.verdict.checks[0].tail
    reason = replace(point.verdict.reasons[0], evidence=tail.split("\n")[-1])
    other = replace(reason, rule="other", evidence="said nowhere else")
    judged = replace(point, verdict=replace(point.verdict, reasons=(reason, other)))
    shown = texts(verdict_lines(replace(view, checkpoints=(judged,)), 100))
    assert sum("where 0 = gcd" in text for text in shown) == 1
    assert "│ said nowhere else" in shown
