"""What the operator sees of merges, and what the keys for them refuse."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from aio_tui.screens.dialogs import ChooseScreen
from aio_tui.widgets.queue_list import QueueList
from engine.domain.ids import TaskId
from engine.domain.orders import MergeTask, Order, OrderRecord, OrderStatus
from engine.domain.state import TaskState
from engine.domain.steps import NextStep, Step
from engine.domain.work import MergeState
from engine.ports.cockpit import Overview, RunState
from tests.support.face import FakeFace
from tests.support.merge_scene import (
    CONFLICT,
    IN_LINE,
    MERGED,
    MERGED_COMMIT,
    MERGING,
    PROPOSED,
    RED,
    REVERTED,
    TO_MERGE,
    facts_of_merges,
    merge_face,
)
from tests.support.scene import DONE, RUNNING, WAITING, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit


def shows(cabin: Cabin, text: str) -> bool:
    return text in cabin.text()


SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])


@SIZES
async def test_the_header_counts_the_branches_that_wait_for_the_operators_merge(
    size: tuple[int, int],
) -> None:
    async with cockpit(merge_face(), size) as cabin:
        assert "! 1 waits for you (■ 1 blocked) · ⇡ 2 to merge" in cabin.lines()[0]


async def test_a_queue_without_verified_work_does_not_speak_of_merging() -> None:
    async with cockpit(busy_face()) as cabin:
        assert "to merge" not in cabin.text()


@SIZES
async def test_row_and_details_say_how_far_the_branch_has_come(size: tuple[int, int]) -> None:
    async with cockpit(merge_face(), size) as cabin:
        for task_id, row, detail in (
            (TO_MERGE, "⇡ to merge", "merge  ⇡ to merge: verified, press m to let it in"),
            (IN_LINE, "⇡ in line", "merge  ⇡ in line: the merge queue takes it next"),
            (MERGING, "⇡ merging", "merge  ⇡ merging: proved again"),
            (MERGED, "5d41402a", f"merge  ✓ merged as {MERGED_COMMIT}"),
            (
                CONFLICT,
                "after a merge conflict",
                "✗ conflict: it does not fit onto the base branch",
            ),
            (RED, "red when merged", "✗ red: the checks fail on the merged tree"),
            (REVERTED, "reverted by kim", "↩ reverted: it was merged, and undone"),
            (PROPOSED, "◇ PR open", "◇ PR open: others decide"),
        ):
            await cabin.select(task_id)
            await cabin.until(partial(shows, cabin, detail), detail)
            shown = [line for line in cabin.lines() if task_id in line]
            assert any(row in line for line in shown), task_id


async def test_the_timeline_tells_what_became_of_the_merge() -> None:
    face, facts = merge_face(), facts_of_merges()
    told = {
        MERGED: "merged into main as 5d41402abc; aio/before/7 holds what was there before",
        CONFLICT: "not merged (conflict): src/numbers.py does not fit onto main",
        RED: "not merged (red): check pytest has 1 new failure; culprit: fix-range",
        REVERTED: "undone on main by 5d41402abc (kim): it broke the import",
    }
    for task_id in told:
        await face.push(facts[task_id], task_id=task_id)
    async with cockpit(face) as cabin:
        for task_id, words in told.items():
            await cabin.select(task_id)
            await cabin.until(partial(shows, cabin, words), words)


async def test_what_the_state_does_not_allow_is_refused_with_the_reason() -> None:
    async with cockpit(merge_face()) as cabin:
        for task_id, key, why in (
            (MERGED, "m", "fix-sum is merged"),
            (MERGING, "m", "fix-mode is being merged"),
            (MERGED, "v", "fix-sum is merged; press u to revert it"),
            (MERGING, "R", "fix-mode is merging: only verified work is rejected"),
            (MERGED, "R", "fix-sum is merged; press u to revert it"),
            (IN_LINE, "m", "fix-mean is in line already"),
            (CONFLICT, "m", "fix-range is in the queue: only verified work is merged"),
            (TO_MERGE, "u", "fix-median is not merged"),
            (REVERTED, "u", "fix-rank is not merged"),
        ):
            await cabin.select(task_id)
            assert why not in cabin.told()
            await cabin.press(key)
            assert why in cabin.told()
        assert cabin.face.given == []


async def test_unverified_work_and_no_work_are_not_merged() -> None:
    async with cockpit(busy_face()) as cabin:
        for task_id, why in (
            (RUNNING, "fix-gcd is running: only verified work is merged"),
            (WAITING, "clean-cache is waiting for your answer: only verified work is merged"),
            (DONE, "fix-median changed nothing"),
        ):
            await cabin.select(task_id)
            await cabin.press("m")
            assert why in cabin.told()
        await cabin.press("M")
        assert "no verified work waits for your merge" in cabin.told()


async def test_a_revert_is_asked_about_twice() -> None:
    async with cockpit(merge_face()) as cabin:
        await cabin.select(MERGED)
        await cabin.press("u", "enter")
        assert "say something" in cabin.text()
        await cabin.press("n", "o", "enter")
        await cabin.until(lambda: isinstance(cabin.app.screen, ChooseScreen), "asked again")
        assert "A commit on the base branch undoes it" in cabin.text()
        await cabin.press("n")
        assert cabin.face.given == []


class Choosy(FakeFace):
    """Refuses to merge one task."""

    async def overview(self) -> Overview:
        self.outcome = (OrderStatus.APPLIED, "queued for merging")
        return await super().overview()

    async def give(self, order: Order, *, by: str) -> OrderRecord:
        if isinstance(order, MergeTask) and order.task_id == TO_MERGE:
            self.outcome = (OrderStatus.REFUSED, "the base branch is gone")
        return await super().give(order, by=by)


async def test_of_several_merges_the_one_that_is_refused_is_told() -> None:
    face = Choosy()
    scene = merge_face()
    face.tasks, face.checkpoints = scene.tasks, scene.checkpoints
    async with cockpit(face) as cabin:
        await cabin.press("M", "y")
        await cabin.until(
            lambda: "merge the task: refused: the base branch is gone" in cabin.told(), "told"
        )
        assert "of 2 went wrong" in cabin.told()


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (
            RunState.NO_ENGINE,
            "; no engine runs, it is done when one does: s, or in a shell 'aio-tui merge run'",
        ),
        (RunState.HALTED, "; everything is halted, it is done when s lets all go on"),
        (RunState.STOPPED, " (z takes it back until its merge begins)"),
    ],
)
async def test_a_merge_that_cannot_begin_now_says_why_and_what_lets_it(
    run: RunState, told: str
) -> None:
    face = merge_face()
    face.run, face.is_embedded = run, run is not RunState.NO_ENGINE
    face.outcome = (OrderStatus.APPLIED, "queued for merging")
    async with cockpit(face) as cabin:
        await cabin.select(TO_MERGE)
        await cabin.press("m")
        await cabin.until(lambda: f"✓ {TO_MERGE}: queued for merging{told}" in cabin.told())


@pytest.mark.parametrize(
    ("key", "merged"),
    [
        ("y", ["fix-hist"]),
        ("a", [TO_MERGE, "fix-hist", "again-2", "again-3"]),
        ("n", []),
    ],
)
async def test_of_a_task_and_its_branches_none_is_merged_unasked(
    key: str, merged: list[str]
) -> None:
    face = merge_face()
    before = face.tasks[TO_MERGE]
    for name, origin in (("again-2", TO_MERGE), ("again-3", "again-2")):
        task_id = TaskId(name)
        face.tasks[task_id] = replace(before, task_id=task_id, branched_from=TaskId(origin))
    async with cockpit(face, NARROW) as cabin:
        await cabin.press("M")
        asked = " ".join(cabin.text().replace("│", " ").split())
        named = {TO_MERGE, "again-2", "again-3"}
        told = asked.partition(" do the same work")[0]
        assert all(name in told for name in named)
        assert "y merge 1 task" in asked
        await cabin.press(key)
        assert sorted(order.task_id for order in face.given) == sorted(merged)  # type: ignore[union-attr]  # orders to merge


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("state:verified", [TO_MERGE, "fix-hist", IN_LINE, MERGING, PROPOSED]),
        ("state:to merge", [TO_MERGE, "fix-hist"]),
        ("state:waiting", [TO_MERGE, "fix-hist"]),
        ("state:merged", [MERGED]),
        ("state:pr open", [PROPOSED]),
        ("state:reverted", [REVERTED]),
    ],
)
async def test_merge_states_can_be_filtered_for(words: str, expected: list[str]) -> None:
    async with cockpit(merge_face()) as cabin:
        cabin.desk.set_filter(words)
        await cabin.until(lambda: "shown)" in cabin.text(), "filtered")
        rows = cabin.desk.query_one("#queue").rows  # type: ignore[attr-defined]  # QueueList
        assert [row.item.task_id for row in rows if row.item] == expected


async def test_after_a_merge_the_cursor_stays_with_the_task() -> None:
    """The next is let in only by somebody who went there."""
    face = merge_face()
    async with cockpit(face) as cabin:
        await cabin.select(TO_MERGE)
        await cabin.press("m")
        await cabin.until(lambda: f"✓ {TO_MERGE}: done" in cabin.told(), "given")
        for state in (MergeState.QUEUED, MergeState.MERGED):
            face.tasks[TO_MERGE] = replace(
                face.tasks[TO_MERGE], merge_state=state, merged_commit=MERGED_COMMIT
            )
            await face.push()
            await cabin.until(lambda: "2 to merge" not in cabin.lines()[0], "it has gone on")
            assert cabin.desk.query_one(QueueList).task_id == TO_MERGE
        await cabin.until(lambda: "fix-median is merged" in cabin.told(), "told")


async def test_a_merge_that_is_refused_keeps_the_cursor() -> None:
    face = merge_face()
    face.outcome = (OrderStatus.REFUSED, "the base branch is gone")
    async with cockpit(face) as cabin:
        await cabin.select(TO_MERGE)
        await cabin.press("m")
        await cabin.until(lambda: "refused: the base branch is gone" in cabin.told(), "told")
        await face.push()
        assert cabin.desk.query_one(QueueList).task_id == TO_MERGE


async def test_a_long_project_name_keeps_its_beginning_before_tokens_are_told() -> None:
    face = merge_face()
    face.settings = replace(face.settings, project="warehouse-of-the-north")
    async with cockpit(face, NARROW) as cabin:
        assert "· warehouse" in cabin.lines()[0]
        assert "tok" not in cabin.lines()[0]
        assert "$0.00" in cabin.lines()[0]


async def test_quitting_asks_while_a_merge_is_under_way() -> None:
    async with cockpit(merge_face()) as cabin:
        await cabin.press("q")
        assert "1 task merging in this process" in cabin.text()
        await cabin.press("n")
        assert not cabin.app._exit


async def test_many_are_merged_with_the_answers_in_sight() -> None:
    face = merge_face()
    for number in range(100):
        task_id = TaskId(f"{'long-name-' * 7}{number:03}")
        face.tasks[task_id] = replace(face.tasks[TO_MERGE], task_id=task_id)
    async with cockpit(face, NARROW) as cabin:
        await cabin.press("M")
        assert "y  merge 102 tasks" in cabin.text()
        assert "and 92 more" in cabin.text()
        await cabin.press("y")
        await cabin.until(lambda: " and 99 more: done as told" in cabin.told(), "told")


async def test_the_end_of_a_merge_is_told_once_and_wipes_what_went_wrong_before() -> None:
    face = merge_face()
    async with cockpit(face) as cabin:
        face.outcome = (OrderStatus.REFUSED, "there is nothing to undo")
        await cabin.press("z")
        await cabin.until(lambda: "✗ undo: refused" in cabin.told(), "refused")
        face.tasks[IN_LINE] = replace(
            face.tasks[IN_LINE], merge_state=MergeState.MERGED, merged_commit=MERGED_COMMIT
        )
        await face.push()
        told = "✓ fix-mean is merged into the base branch as 5d41402; u reverts it"
        await cabin.until(lambda: cabin.told() == told, "told")
        await cabin.press("I")
        await cabin.until(lambda: cabin.app.screen.told.text == "? shows all keys", "said once")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"state": TaskState.QUEUED, "merge_state": MergeState.CONFLICT},
            "it conflicts with the base branch; it is with its agent again",
        ),
        (
            {"merge_state": MergeState.WAITING, "error_log": "commit what you changed first"},
            "commit what you changed first",
        ),
    ],
)
async def test_work_that_could_not_be_merged_is_told(changes: dict[str, Any], told: str) -> None:
    face = merge_face()
    async with cockpit(face) as cabin:
        face.tasks[IN_LINE] = replace(face.tasks[IN_LINE], **changes)
        await face.push()
        await cabin.until(lambda: cabin.told() == f"✗ fix-mean is not merged: {told}", "told")


async def test_what_the_engine_calls_a_command_is_told_as_its_key() -> None:
    face = merge_face()
    face.outcome = (OrderStatus.REFUSED, "the merge of 'x' has begun")
    face.next_step = NextStep(words="undo it later", step=Step.REVERT, about="x")
    async with cockpit(face) as cabin:
        await cabin.press("z")
        await cabin.until(lambda: "has begun; undo it later: u" in cabin.told(), "told")


async def test_a_merge_that_is_being_undone_is_shown_so() -> None:
    face = merge_face()
    face.reverting = frozenset({MERGED})
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(MERGED)
        assert any(line.split()[:3] == ["↩", "reverting", "fix-sum"] for line in cabin.lines())
        undoes = f"merge  ↩ reverting: {MERGED_COMMIT[:12]} is being undone"
        await cabin.until(lambda: undoes in cabin.text(), "the details")
        face.reverting = frozenset()
        await face.push()
        await cabin.until(lambda: any("✓ merged" in line for line in cabin.lines()), "not any more")


async def test_a_task_taken_over_does_not_count_as_running() -> None:
    face = merge_face()
    face.tasks[REVERTED] = replace(face.tasks[REVERTED], state=TaskState.TAKEN, taken_by="kim")
    async with cockpit(face, WIDE) as cabin:
        assert "0 running, 1 by hand" in cabin.lines()[0]
        assert "By hand · 1" in cabin.text()
