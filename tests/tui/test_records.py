"""Report, Log, Config and Knowledge: what they show, and where their keys lead."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from aio_tui.places import place_named
from aio_tui.screens.log import LogScreen
from aio_tui.screens.reader import ReaderScreen
from aio_tui.screens.table_screen import TableScreen
from engine.domain.facts import WarningRaised
from engine.domain.ids import TaskId
from engine.domain.orders import MergeTask, RetryTask
from engine.domain.work import MergeState
from engine.store.memory import MemoryStore
from tests.support.clock import FakeClock
from tests.support.face import NOW, FakeFace
from tests.support.scene import DONE, busy_face
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.kept import compare
from tests.tui.screens import every_face

SIZES = pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "200x50"])
HOSTILE = "\x1b]52;c;aGk=\x07\x1b[31m[@click=app.exit]x[/] \u202e\u200b\x9b2J"


async def opened(cabin: Cabin, name: str) -> TableScreen:
    await cabin.press(place_named(name).key)
    screen = cabin.app.screen
    assert isinstance(screen, TableScreen)
    await cabin.until(lambda: screen.overview and "reading" not in cabin.text(), "read")
    return screen


@SIZES
async def test_the_configuration_looks_as_it_did(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-hidden")
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    (tmp_path / ".aibrain").mkdir()
    (tmp_path / ".aibrain" / "aio.toml").write_text('[project]\nname = "demo"\nparallel = 5\n')
    face = await every_face()
    face.settings = replace(face.settings, repo=tmp_path)
    async with cockpit(face, size) as cabin:
        screen = await opened(cabin, "config")
        assert "sk-hidden" not in cabin.text()
        screen.set_filter("key:project,environment")
        await cabin.until(lambda: " 8 of " in cabin.text(), "read and filtered")
        shown = re.sub(r" 8 of \d\d", " 8 of NN", cabin.text(), count=1)
        compare(f"config-screen-{size[0]}x{size[1]}", shown)
        await cabin.press("j", "j", "j")
        await cabin.until(lambda: "It is set in .aibrain/aio.toml:3." in cabin.text(), "source")


async def test_a_configuration_that_is_wrong_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / ".aibrain").mkdir()
    (tmp_path / ".aibrain" / "aio.toml").write_text("[project]\nparalel = 5\n")
    face = await every_face()
    face.settings = replace(face.settings, repo=tmp_path)
    async with cockpit(face) as cabin:
        await cabin.press("C")
        await cabin.until(lambda: "line 2: [project] has no key 'paralel'" in cabin.text(), "told")


async def test_the_keys_of_the_report_are_about_the_selected_task_and_enter_goes_there() -> None:
    face = await every_face()
    face.tasks[DONE] = replace(
        face.tasks[DONE],
        merge_state=MergeState.WAITING,
        base_commit="1" * 40,
        head_commit="2" * 40,
    )
    async with cockpit(face) as cabin:
        screen = await opened(cabin, "report")
        screen.table.select_key("fix-csv")
        await cabin.press("r")
        await cabin.until(lambda: face.given, "retry")
        screen.table.select_key(DONE)
        await cabin.press("m")
        await cabin.until(lambda: len(face.given) == 2, "merge")
        assert face.given == [
            RetryTask(task_id=TaskId("fix-csv")),
            MergeTask(task_id=DONE, after_s=5.0),
        ]
        screen.set_filter("is:failed wasted:>0.1")
        await cabin.until(lambda: len(screen.table.rows) == 1, "filtered")
        await cabin.press("enter")
        await cabin.until(lambda: "Report > Task" in cabin.text(), "the task")
        assert "fix-csv" in cabin.text()
        await cabin.press("escape")
        assert cabin.app.screen is screen


async def test_the_log_follows_until_one_looks_back_and_shows_what_matters() -> None:
    face = await every_face()
    store = face.store
    assert store is not None
    async with cockpit(face) as cabin:
        screen = await opened(cabin, "log")
        assert isinstance(screen, LogScreen)
        count = len(screen.table.rows)
        assert screen.table.cursor == count - 1

        async def grow(text: str) -> None:
            await store.write(lambda tx: tx.append_facts(WarningRaised(text=text)))
            await face.push()

        await grow("news")
        await cabin.until(lambda: len(screen.table.rows) == count + 1, "grown")
        assert screen.table.cursor == count
        await cabin.press("k", "k")
        await grow("more news")
        await cabin.until(lambda: len(screen.table.rows) == count + 2, "grown again")
        assert screen.table.cursor == count - 2
        assert "G follows" in cabin.text()
        await cabin.press("l")
        levels = {row.said.level.name for row in screen.table.rows}
        assert levels == {"WARNING", "ERROR"}
        assert "warning and above" in cabin.text()
        await cabin.press("l", "enter")
        assert isinstance(cabin.app.screen, ReaderScreen)
        assert "ValueError: no" in cabin.text()


async def test_without_knowledge_the_screen_says_what_will_be_there() -> None:
    async with cockpit(FakeFace(), NARROW) as cabin:
        await cabin.press("O")
        await cabin.until(lambda: "no knowledge objects yet" in cabin.text(), "told")
        assert ".aibrain/knowledge/approved" in cabin.text()


@pytest.mark.parametrize("name", ["report", "log", "knowledge", "search"])
async def test_what_others_wrote_is_shown_as_text(name: str) -> None:
    face = await every_face()
    assert face.told_report is not None
    first = face.told_report.tasks[0]
    item = replace(first.item, description=HOSTILE, branch=HOSTILE)
    face.told_report = replace(
        face.told_report, tasks=(replace(first, item=item, why=HOSTILE),), warnings=(HOSTILE,)
    )
    face.log = [replace(line, text=HOSTILE, source=HOSTILE) for line in face.log]
    face.knowledge_files = [
        replace(known, ko_id=HOSTILE, title=HOSTILE, text=HOSTILE, tags=(HOSTILE,))
        for known in face.knowledge_files
    ]
    face.found = [
        replace(
            part,
            note=HOSTILE,
            hits=tuple(replace(hit, where=HOSTILE, excerpt=HOSTILE) for hit in part.hits),
        )
        for part in face.found
    ]
    async with cockpit(face) as cabin:
        if name == "search":
            await cabin.press("asterisk")
            await cabin.type("x")
            await cabin.press("enter")
        else:
            await cabin.press(place_named(name).key)
        await cabin.until(lambda: "[@click=app.exit]x[/]" in cabin.text(), "shown")
        assert not set(cabin.text()) & set("\x1b\x07\u202e\u200b\x9b")
        await cabin.press("enter")
        assert not set(cabin.text()) & set("\x1b\x07\u202e\u200b\x9b")


async def test_a_warning_of_the_journal_is_not_called_one_twice() -> None:
    face = busy_face()
    store = face.store = MemoryStore(FakeClock(NOW))
    await store.write(lambda tx: tx.append_facts(WarningRaised(text="the disk is nearly full")))
    async with cockpit(face) as cabin:
        await cabin.press("L")
        await cabin.until(lambda: "the disk is nearly full" in cabin.text(), "read")
        assert "warning: the disk" not in cabin.text()


async def test_a_list_shows_by_what_it_is_sorted_in_its_titles_and_in_its_path() -> None:
    async with cockpit(await every_face(), NARROW) as cabin:
        screen = await opened(cabin, "report")
        for name, arrow in (("task", "↑"), ("task", "↓"), ("cost", "↑"), ("cost", "↓")):
            await cabin.press("o")
            assert f"{name}{arrow}" in cabin.rows("#table-titles")[0].text
            assert f"by {name} {arrow}" in cabin.text()
        costs = [row.usage.cost_usd for row in screen.table.rows]
        assert costs == sorted(costs, reverse=True)
        await cabin.press(*["o"] * 5)
        assert not set("↑↓") & set(cabin.text())
