"""A change is read line by line, commented, merged or sent back."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from aio_tui.commands.review import REVIEW as OWN
from aio_tui.screens.review import ReviewScreen
from aio_tui.widgets.pane import PaneView
from engine.domain.change import ChangedFile, ChangedFiles, FileFate, FilePatch
from engine.domain.errors import WorkspaceError
from engine.domain.orders import MergeTask, OverrideVerdict, RetryTask, RevertMerge, SteerTask
from engine.domain.state import TaskState
from engine.domain.verdict import VerdictKind
from tests.support.change_scene import HEAD, change_face
from tests.support.face import FakeFace
from tests.support.merge_scene import MERGED, TO_MERGE
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.kept import compare
from tests.tui.test_hostile_text import FORBIDDEN, HOSTILE

SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
NOTE = "Comment on src/numbers.py:12 (`middle = len(ordered) // 2`): why so"


@asynccontextmanager
async def reviewing(
    face: FakeFace | None = None, size: tuple[int, int] = WIDE, task: str = TO_MERGE
) -> AsyncIterator[Cabin]:
    """The review of a task's change, as it is when its first file has its colours."""
    async with cockpit(face or change_face(), size) as cabin:
        await cabin.select(task)
        await cabin.press("V")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReviewScreen), "there")
        await cabin.until(lambda: review(cabin)._reading or cabin.app.screen.overview, "read")  # type: ignore[attr-defined]
        await cabin.until(lambda: review(cabin)._reading, "read")
        yield cabin


def review(cabin: Cabin) -> ReviewScreen:
    screen = cabin.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


def at(cabin: Cabin) -> str:
    return review(cabin).line_words


async def to_numbers(cabin: Cabin) -> None:
    """To the second file, on its first new line."""
    await cabin.press("right_square_bracket")
    await cabin.until(lambda: at(cabin).startswith("src/numbers.py"), "second file")
    while at(cabin) != "src/numbers.py:12":
        await cabin.press("j")


async def has_colours(cabin: Cabin) -> None:
    await cabin.until(
        lambda: review(cabin)._diffs.colours_at(review(cabin)._place or ("", "", "")), "colours"
    )


@SIZES
async def test_side_by_side_with_a_comment_looks_as_it_did(size: tuple[int, int]) -> None:
    async with reviewing(size=size) as cabin:
        await to_numbers(cabin)
        await cabin.press("vertical_line", "c")
        await cabin.type("why so")
        await cabin.press("enter")
        await has_colours(cabin)
        assert at(cabin) == "src/numbers.py:12"
        compare(f"review-columns-{size[0]}x{size[1]}", cabin.text())


async def test_on_a_small_screen_the_verdict_takes_the_place_of_the_change() -> None:
    async with reviewing(size=NARROW) as cabin:
        assert "Old notes." in cabin.text()
        await cabin.press("tab")
        assert "Checks, as the engine ran them" in cabin.text()
        assert "Old notes." not in cabin.text()
        await cabin.press("escape")
        assert "Old notes." in cabin.text()
        await cabin.press("escape")
        assert cabin.app.screen is cabin.desk


async def turns_files(cabin: Cabin, key: str) -> None:
    step = 1 if key in ("right", "right_square_bracket") else -1
    await cabin.press("right_square_bracket")
    await cabin.until(lambda: at(cabin).startswith("src/"), "second")
    await cabin.press(key)
    wanted = "tests/" if step > 0 else "docs/"
    await cabin.until(lambda: at(cabin).startswith(wanted), wanted)
    await cabin.press(key)
    assert "file" in review(cabin).told.text


async def turns_changes(cabin: Cabin, key: str) -> None:
    is_next = key == "right_curly_bracket"
    await cabin.press("right_curly_bracket")
    await cabin.until(lambda: at(cabin) == "src/numbers.py:12 (before the change)", "next file")
    await cabin.press("right_curly_bracket")
    assert at(cabin) == "src/numbers.py:24 (before the change)"
    if not is_next:
        await cabin.press(key)
        assert at(cabin) == "src/numbers.py:12 (before the change)"
        await cabin.press(key)
        await cabin.until(lambda: at(cabin).startswith("docs/"), "the file before")


async def switches_columns(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    assert review(cabin).is_side_by_side
    await cabin.press(key)
    assert not review(cabin).is_side_by_side


async def switches_pane(cabin: Cabin, key: str) -> None:
    for name in ("proof", "files", "diff"):
        await cabin.press(key)
        assert cabin.app.screen.query_one(f"#{name}").has_focus


async def comments(cabin: Cabin, key: str) -> None:
    await to_numbers(cabin)
    await cabin.press(key)
    assert "Comment on src/numbers.py:12" in cabin.text()
    await cabin.type("why so")
    await cabin.press("enter")
    assert review(cabin).remarks == [NOTE]
    assert "✎ why so" in cabin.text()
    await cabin.press(key, *["backspace"] * 6, "enter")
    assert review(cabin).remarks == []


async def test_the_dialog_of_a_comment_quotes_its_line_also_while_the_verdict_covers_it() -> None:
    async with reviewing(size=NARROW) as cabin:
        await to_numbers(cabin)
        text = review(cabin).line_text.strip()
        await cabin.press("tab")
        await cabin.until(lambda: text not in cabin.text(), "covered")
        await cabin.press("c")
        await cabin.until(lambda: f"│ {text}" in cabin.text(), "quoted")
        await cabin.type("why so")
        await cabin.press("enter")
        await cabin.until(lambda: review(cabin).remarks == [NOTE], "said")
        assert "✎ 1 comment not sent: R sends" in cabin.lines()[1]


async def merges(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    await cabin.until(lambda: cabin.face.given == [MergeTask(task_id=TO_MERGE, after_s=5.0)])


async def sends_back(cabin: Cabin, key: str) -> None:
    await cabin.press(key)
    await cabin.type("no")
    await cabin.press("enter")
    order = OverrideVerdict(task_id=TO_MERGE, verdict=VerdictKind.FAIL, reason="no")
    await cabin.until(lambda: cabin.face.given == [order])


async def reverts(cabin: Cabin, key: str) -> None:
    review(cabin).turn_to(MERGED)
    await cabin.until(lambda: review(cabin).selected and review(cabin).selected.task_id == MERGED)  # type: ignore[union-attr]
    await cabin.press(key, "n", "o", "enter", "y")
    await cabin.until(lambda: cabin.face.given == [RevertMerge(task_id=MERGED, reason="no")])


CHECKS: dict[str, Callable[[Cabin, str], Awaitable[None]]] = {
    "merge": merges,
    "remark": comments,
    "send_back": sends_back,
    "next_file": turns_files,
    "previous_file": turns_files,
    "next_hunk": turns_changes,
    "previous_hunk": turns_changes,
    "switch_columns": switches_columns,
    "switch_pane": switches_pane,
    "revert": reverts,
}
PRESSES = [(command.name, key) for command in OWN for key in command.keys]


@pytest.mark.parametrize(("name", "key"), PRESSES, ids=[f"{n}-{k}" for n, k in PRESSES])
async def test_the_key_does_what_the_list_says(name: str, key: str) -> None:
    async with reviewing() as cabin:
        await CHECKS[name](cabin, key)


async def test_comments_are_sent_with_the_work_and_are_gone_then() -> None:
    async with reviewing() as cabin:
        await comment_on_twelve(cabin)
        await cabin.press("escape", "V")
        await cabin.until(lambda: review(cabin).remarks == [NOTE], "kept over leaving the screen")
        await cabin.press("R", "enter")
        await cabin.until(lambda: len(cabin.face.given) == 2, "orders")
        assert cabin.face.given == [
            SteerTask(task_id=TO_MERGE, note=NOTE),
            OverrideVerdict(
                task_id=TO_MERGE, verdict=VerdictKind.FAIL,
                reason="see 1 comment on lines of the change",
            ),
        ]  # fmt: skip
        assert review(cabin).remarks == []
        told = f"✓ {TO_MERGE}: done as told"
        await cabin.until(lambda: told in review(cabin).told.text, "told")


async def comment_on_twelve(cabin: Cabin) -> None:
    await to_numbers(cabin)
    await cabin.press("c")
    await cabin.type("why so")
    await cabin.press("enter")


async def test_a_failed_task_is_sent_back_with_comments_and_put_into_the_queue() -> None:
    face = change_face()
    face.tasks[TO_MERGE] = replace(face.tasks[TO_MERGE], state=TaskState.FAILED, merge_state=None)
    async with reviewing(face) as cabin:
        await cabin.press("R")
        assert "press c to comment on a line first" in review(cabin).told.text
        await comment_on_twelve(cabin)
        await cabin.press("R", "enter")
        await cabin.until(lambda: len(face.given) == 2, "orders")
        assert face.given == [
            SteerTask(task_id=TO_MERGE, note=NOTE),
            RetryTask(task_id=TO_MERGE),
        ]


async def test_a_merge_asks_while_comments_are_not_sent() -> None:
    async with reviewing() as cabin:
        await comment_on_twelve(cabin)
        await cabin.press("m")
        assert "1 comment of yours would not be sent" in cabin.text()
        await cabin.press("n")
        assert cabin.face.given == []
        await cabin.press("m", "y")
        await cabin.until(lambda: cabin.face.given == [MergeTask(task_id=TO_MERGE, after_s=5.0)])


async def test_work_that_goes_on_is_read_anew_and_the_cursor_stays() -> None:
    face = change_face()
    async with reviewing(face) as cabin:
        await to_numbers(cabin)
        face.changes["3" * 40] = face.changes[HEAD][1:]
        face.tasks[TO_MERGE] = replace(face.tasks[TO_MERGE], head_commit="3" * 40)
        await face.push()
        await cabin.until(lambda: "file 1 of 2" in cabin.text(), "the new change")


async def test_a_change_that_git_cannot_read_says_why() -> None:
    face = change_face()
    async with cockpit(face, NARROW) as cabin:
        await cabin.select(TO_MERGE)
        listed = face.changed_files

        async def refuse(base: str, head: str) -> object:
            raise WorkspaceError("the commit is gone", hint="look at the branch")

        face.changed_files = refuse  # type: ignore[method-assign,assignment]  # only here
        await cabin.press("V")
        await cabin.until(lambda: "the commit is gone; look at the branch" in cabin.text(), "why")
        face.changed_files = listed  # type: ignore[method-assign]  # as it was


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"base_commit": None, "head_commit": None}, "no iteration has begun"),
     ({"head_commit": "9" * 40}, "the branch changes nothing")],
)  # fmt: skip
async def test_a_task_without_a_change_says_so(changes: dict[str, str], words: str) -> None:
    face = change_face()
    face.tasks[TO_MERGE] = replace(face.tasks[TO_MERGE], **changes)  # type: ignore[arg-type]
    async with reviewing(face) as cabin:
        await cabin.until(lambda: words in cabin.text(), words)
        await cabin.press("c")
        assert "put the cursor on a line" in review(cabin).told.text


async def test_a_cut_diff_and_a_binary_file_say_what_they_are() -> None:
    face = change_face()
    file, patch = face.changes[HEAD][1]
    binary = ChangedFile(
        path="a.png", raw_path="a.png", fate=FileFate.CHANGED, added=None, removed=None
    )
    told = FilePatch(text="diff --git a/a.png b/a.png\nBinary files a/a.png and b/a.png differ\n")
    face.changes[HEAD] = [(binary, told), (file, replace(patch, is_cut=True))]
    async with reviewing(face, NARROW) as cabin:
        assert "Binary files a/a.png and b/a.png differ" in cabin.text()
        await cabin.press("right")
        await cabin.until(lambda: "src/numbers.py" in cabin.lines()[5], "second")
        await cabin.press("G", "j", "j")
        rows = review(cabin).query_one("#diff", PaneView).rows
        assert rows[-1].text == "the rest is too long to be shown: read it with git"


async def hostile_tour(text: str) -> None:
    face = change_face()
    name = text.replace("\0", "") or "x"
    file = ChangedFile(path=name, raw_path=name, fate=FileFate.CHANGED, added=1, removed=1)
    line = text.replace("\n", " ")
    diff = f"@@ -1 +1 @@ {line}\n-{line}\n+{line}\n"
    face.changes[HEAD] = [(file, FilePatch(text=diff))]
    async with reviewing(face, NARROW) as cabin:
        assert_harmless(cabin)
        await cabin.press("vertical_line")
        assert_harmless(cabin)
        await cabin.press("c", "x", "enter")
        assert_harmless(cabin)
        await cabin.press("R")
        assert_harmless(cabin)


def assert_harmless(cabin: Cabin) -> None:
    for strip in cabin.app.screen._compositor.render_strips():
        assert not {unicodedata.category(char) for char in strip.text} & FORBIDDEN
        assert strip.cell_length == cabin.app.size.width


@pytest.mark.slow
@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
def test_hostile_names_and_lines_reach_the_screen_as_plain_text(text: str) -> None:
    asyncio.run(hostile_tour(text))


@SIZES
async def test_work_that_is_not_committed_is_shown_and_marked(size: tuple[int, int]) -> None:
    face = change_face()
    tree = "5" * 40
    face.changes[tree] = face.changes[HEAD][1:]
    face.unfinished_trees[TO_MERGE] = tree
    async with reviewing(face, size) as cabin:
        await cabin.until(lambda: "uncommitted work, not verified" in cabin.text(), "marked")
        await cabin.until(lambda: "src/numbers.py" in cabin.text(), "its files")
        face.unfinished_trees.clear()
        await face.push()
        await cabin.until(lambda: "uncommitted work" not in cabin.text(), "committed")


async def test_keys_that_come_before_the_change_is_read_wait_for_it() -> None:
    """Each counts: the first leads to the second change, the others on from there."""
    face, may_read = change_face(), asyncio.Event()
    changed_files = face.changed_files

    async def read_slowly(base: str, head: str) -> ChangedFiles:
        await may_read.wait()
        return await changed_files(base, head)

    face.changed_files = read_slowly  # type: ignore[method-assign]  # as a slow disk
    async with cockpit(face) as cabin:
        await cabin.select(TO_MERGE)
        await cabin.press("V")
        await cabin.until(lambda: isinstance(cabin.app.screen, ReviewScreen), "there")
        await cabin.until(lambda: cabin.app.screen.overview, "overview")  # type: ignore[attr-defined]  # of that screen
        await cabin.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        assert "no change" not in review(cabin).told.text
        assert "next file" in cabin.lines()[-1]
        await cabin.press("c")
        assert review(cabin).told.text == "comment: the change is being read"
        may_read.set()
        await cabin.until(lambda: at(cabin).startswith("src/numbers.py"), "one file on")


async def test_where_no_change_is_no_key_leads_through_one() -> None:
    face = change_face()
    face.tasks[TO_MERGE] = replace(face.tasks[TO_MERGE], base_commit=None, head_commit=None)
    async with reviewing(face) as cabin:
        await cabin.until(lambda: "nothing to read yet" in cabin.text(), "nothing")
        assert "next file" not in cabin.lines()[-1]
        await cabin.press("right_curly_bracket")
        assert review(cabin).told.text == "next change: there is no change to read"
