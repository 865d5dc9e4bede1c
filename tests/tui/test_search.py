"""The global search: found from everywhere, grouped, and Enter goes there."""

from __future__ import annotations

from dataclasses import replace

from aio_tui.screens.reader import ReaderScreen
from aio_tui.screens.search import SearchScreen
from aio_tui.widgets.pane import PaneView
from aio_tui.widgets.queue_list import QueueList
from aio_tui.wording import Tone
from engine.domain.transcript import EntryKind
from engine.ports.cockpit import Overview
from engine.ports.knowledge import KnowledgeFile, Shelf
from tests.support.face import NOW, FakeFace
from tests.support.scene import DONE, RUNNING, entry
from tests.tui.cockpit_run import NARROW, Cabin, cockpit
from tests.tui.screens import every_face


async def search(cabin: Cabin, words: str = "gcd zero") -> SearchScreen:
    await cabin.press("asterisk")
    await cabin.type(words)
    await cabin.press("enter")
    await cabin.until(lambda: isinstance(cabin.app.screen, SearchScreen), "there")
    screen = cabin.app.screen
    assert isinstance(screen, SearchScreen)
    await cabin.until(lambda: len(screen.table.rows) == 4 and screen.overview, "found")
    return screen


async def test_a_hit_opens_its_task_at_its_iteration_and_esc_leads_back_to_the_hit() -> None:
    face = await every_face()
    face.stream(RUNNING, 2, entry(EntryKind.TEXT, "so I return n at once"))
    async with cockpit(face) as cabin:
        await cabin.press("T")  # a task's screen on the way does not take the search's place
        screen = await search(cabin)
        screen.table.select_row(3)
        await cabin.press("enter")
        await cabin.until(lambda: "so I return n at once" in cabin.text(), "output")
        assert "Task > Search > Task" in cabin.text()
        assert "iteration 2 of" in cabin.text()
        await cabin.press("escape")
        assert cabin.app.screen is screen
        assert screen.table.row is not None
        assert screen.table.row.number == 3


async def test_a_decision_is_shown_in_full_and_a_knowledge_object_as_its_file() -> None:
    face = await every_face()
    face.knowledge_files = [
        KnowledgeFile(
            ko_id="KO-zero-args", title="gcd(0, n) is n", shelf=Shelf.APPROVED,
            file="approved/KO-zero-args.md", tags=("math",), consulted=3, changed_at=NOW,
            text="# gcd\nthe whole lesson",
        )
    ]  # fmt: skip
    async with cockpit(face) as cabin:
        screen = await search(cabin)
        screen.table.select_row(1)
        await cabin.press("enter")
        assert isinstance(cabin.app.screen, ReaderScreen)
        assert "before packages are installed" in cabin.text()
        await cabin.press("escape")
        screen.table.select_row(2)
        await cabin.press("enter")
        await cabin.until(lambda: "the whole lesson" in cabin.text(), "file")


async def test_in_80_columns_a_row_shows_the_word_that_was_sought_with_a_mark_on_it() -> None:
    face = await every_face()
    [hit] = face.found[0].hits
    late = replace(hit, excerpt=f"…{'it stands far behind ' * 3}gcd of zero and n")
    face.found[0] = replace(face.found[0], hits=(late,))
    async with cockpit(face, NARROW) as cabin:
        screen = await search(cabin)
        table, row = screen.table, screen.table.rows[0]
        assert ("gcd", Tone.KEY) in table.draw(row, table.room).pieces
        pane = screen.query_one("#row", PaneView)
        await cabin.until(lambda: pane.rows, "the row in full")
        assert ("gcd", Tone.KEY) in [piece for line in pane.rows for piece in line.pieces]


class Crowded(FakeFace):
    """Its queue is too long for one task to be listed."""

    async def overview(self) -> Overview:
        told = await super().overview()
        return replace(told, tasks=tuple(each for each in told.tasks if each.task_id != RUNNING))


async def test_a_task_that_the_queue_does_not_list_is_shown_on_its_own_screen() -> None:
    known = await every_face()
    face = Crowded()
    face.tasks, face.checkpoints, face.found = known.tasks, known.checkpoints, known.found
    async with cockpit(face) as cabin:
        await search(cabin)
        await cabin.press("enter")
        await cabin.until(lambda: "Cockpit > Search > Task" in cabin.text(), "there")
        await cabin.until(lambda: "gcd of zero and n must be n" in cabin.text(), "read")


async def test_hits_can_be_filtered_and_a_new_search_takes_their_place() -> None:
    face = await every_face()
    async with cockpit(face) as cabin:
        screen = await search(cabin)
        screen.set_filter("in:transcripts iteration:>1")
        await cabin.until(lambda: len(screen.table.rows) == 1, "filtered")
        await cabin.press("escape")
        await cabin.until(lambda: len(screen.table.rows) == 4, "all again")
        face.found = []
        await cabin.press("asterisk")
        await cabin.type("other")
        await cabin.press("enter")
        await cabin.until(lambda: "'other': nothing found" in cabin.text(), "nothing")
        assert screen.table.rows == []
        assert face.searched == ["gcd zero", "other"]
        assert cabin.desk.query_one(QueueList).task_id != DONE


async def test_what_was_found_is_sorted_by_the_key_of_all_lists() -> None:
    async with cockpit(await every_face()) as cabin:
        screen = await search(cabin)
        await cabin.press("o")
        assert "by where ↑" in cabin.text()
        assert [row.hit.where for row in screen.table.rows] == sorted(
            row.hit.where for row in screen.table.rows
        )
