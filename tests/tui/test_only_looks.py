"""A cockpit that only looks offers nothing that it refuses: no hint, empty state, help or palette
names a key that would order something.

Each such key is a letter here that no screen has otherwise, so it is found wherever it is named.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from aio_tui.app import Cockpit
from aio_tui.keyboard import rebind
from aio_tui.merge_news import MergeNews
from aio_tui.places import PLACES
from aio_tui.plain.telling import help_texts, question_texts, task_texts
from aio_tui.plain.words import PLAIN
from aio_tui.screens.directory import commands_at
from aio_tui.tour import tour_lines
from aio_tui.widgets.bars import header_lines
from aio_tui.widgets.line import Line
from engine.domain.work import MergeState
from engine.ports.cockpit import RunState
from tests.support.face import NOW, FakeFace
from tests.support.merge_scene import MERGED, TO_MERGE, merge_face
from tests.support.scene import RUNNING
from tests.tui.cockpit_run import Cabin
from tests.tui.sights import (
    DIALOGS,
    EMPTY,
    EVENING,
    HALTED,
    INTERRUPTED,
    MORNING,
    Sight,
    empty,
    evening,
    halted,
    interrupted,
    look_at,
    morning,
)

_LETTERS = "ԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖ"
_NAMES = {place.name for place in PLACES} | {"inbox-tab", "help", "tour", "palette", "views"}
"""What is looked at besides what stands where nothing is, and after a night."""


@pytest.fixture(autouse=True)
def _letters() -> Iterator[None]:
    """Each order's key is a letter of another alphabet."""
    commands = (each for place in PLACES for each in commands_at(place.name))
    names = sorted({each.name for each in commands if each.is_order})
    rebind({name: (letter,) for name, letter in zip(names, _LETTERS, strict=False)})
    assert len(names) <= len(_LETTERS)
    yield
    rebind({})


@asynccontextmanager
async def looking(face: FakeFace) -> AsyncIterator[Cabin]:
    app = Cockpit(face, operator="kim", now=lambda: NOW, is_read_only=True)
    async with app.run_test(size=(140, 40)) as pilot:
        cabin = Cabin(app, pilot, face)
        await cabin.until(lambda: cabin.desk.overview, "first overview")
        yield cabin


def offered(text: str) -> set[str]:
    return set(text) & set(_LETTERS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scene", "sights"),
    [
        (evening, [each for each in (*EVENING, *DIALOGS) if each.name in _NAMES]),
        (morning, MORNING),
        (empty, EMPTY),
        (interrupted, INTERRUPTED),
        (halted, HALTED),
    ],
    ids=("evening", "morning", "empty", "interrupted", "halted"),
)
async def test_no_screen_names_a_key_that_would_be_refused(scene, sights) -> None:  # type: ignore[no-untyped-def]  # of sights.py
    async with looking(await scene()) as cabin:
        async for sight in look_at(cabin, sights):
            assert offered(cabin.text()) == set(), f"{sight.name}\n{cabin.text()}"


async def test_the_keys_would_be_found() -> None:
    """Else the tests of this file could not fail."""
    app = Cockpit(await evening(), operator="kim", now=lambda: NOW)
    async with app.run_test(size=(200, 50)) as pilot:
        cabin = Cabin(app, pilot, app._face)  # type: ignore[arg-type]  # the one from above
        await cabin.until(lambda: cabin.desk.overview, "first overview")
        async for _ in look_at(cabin, [Sight(name="help", keys=("question_mark",))]):
            assert offered(cabin.text())


async def test_a_question_in_full_has_no_answer_keys() -> None:
    async with looking(await evening()) as cabin:
        await cabin.press("I")
        await cabin.press("enter")
        await cabin.until(lambda: "Question of" in cabin.text(), "in full")
        assert offered(cabin.text()) == set()


async def test_what_stands_above_and_below_offers_nothing() -> None:
    overview = await (await interrupted()).overview()
    for run in RunState:
        for counted in (0, 2):
            told = replace(overview, run=run, interrupted=counted, halted="by kim: stop")
            assert offered(_text(header_lines("demo", told, 200, only_looks=True))) == set(), run
    items = merge_face().tasks
    was = [replace(items[TO_MERGE], merge_state=MergeState.QUEUED), items[MERGED]]
    for n, ended in ((0, MergeState.MERGED), (1, MergeState.REVERTED)):
        for only_looks in (True, False):
            news = MergeNews()
            news.hear(was, None)
            told_of = news.hear([replace(was[n], merge_state=ended)], "main", only_looks=only_looks)
            assert told_of is not None
            assert bool(offered(told_of.text)) is not only_looks


async def test_the_plain_cockpit_offers_nothing_either() -> None:
    face = await evening()
    overview, view = await face.overview(), await face.task_view(RUNNING)
    nobody = replace(overview, escalations=())
    texts = [
        *question_texts(overview, NOW, only_looks=True),
        *question_texts(nobody, NOW, only_looks=True),
        *(text for tab in range(1, 6) for text in task_texts(view, tab, only_looks=True)),
        *help_texts([each for each in PLAIN if not each.is_order]),
        _text(tour_lines(76, only_looks=True)),
    ]
    assert offered("\n".join(texts)) == set()


def _text(lines: list[Line]) -> str:
    return "\n".join(each.text for each in lines)
