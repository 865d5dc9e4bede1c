"""Every screen, tab and dialog in every size and theme looks as it did when it was looked at.

`golden/SIZE/NAME.txt` has what is to be seen and, below, how: names of meanings, which
`aio_tui/palette.py` gives their colours in each theme. So one file stands for all themes; that the
screen is really drawn so in each of them is looked at cell by cell.

`make snap UPDATE=1` writes the files anew; look at the difference before you commit it.
With AIO_TUI_PICTURES=FOLDER it also leaves an SVG of each.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Awaitable, Callable, Sequence
from difflib import unified_diff
from pathlib import Path

import pytest
from textual.screen import Screen
from textual.worker import WorkerState

import aio_tui.screens
from aio_tui.app import Cockpit
from aio_tui.looks import Looks
from aio_tui.palette import PALETTES
from aio_tui.places import PLACES
from aio_tui.screens.directory import screen_at
from aio_tui.screens.edges import EdgedScreen
from aio_tui.screens.frame import FrameScreen
from aio_tui.screens.queue_screen import QueueScreen
from aio_tui.screens.table_screen import TableScreen
from tests.support.face import FakeFace
from tests.tui.cockpit_run import NARROW, WIDE, Cabin, cockpit
from tests.tui.rendering import (
    MARKED,
    TITLE_OF_LOOKS,
    MarkedCockpit,
    Rendering,
    forget_plot_colours,
    rendering,
)
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

GOLDEN = Path(__file__).parent / "golden"
SMALL = (40, 15)
SIZES = (NARROW, WIDE, SMALL)
SCENES: dict[str, tuple[Callable[[], Awaitable[FakeFace]], Sequence[Sight]]] = {
    "evening": (evening, EVENING),
    "dialogs": (evening, DIALOGS),
    "morning": (morning, MORNING),
    "empty": (empty, EMPTY),
    "interrupted": (interrupted, INTERRUPTED),
    "halted": (halted, HALTED),
}
LIVE_THEMES: dict[tuple[int, int], set[str]] = {
    NARROW: {palette.name for palette in PALETTES},
    WIDE: {palette.name for palette in PALETTES},
    SMALL: set(),
}
"""In which it is looked at whether the screen is really drawn as the palette says."""
UPDATES = os.environ.get("AIO_TUI_UPDATE_SNAPSHOTS") == "1"
PICTURES = os.environ.get("AIO_TUI_PICTURES", "")
_PATIENT, _HASTY = 400, 40
"""How often it is looked for what is expected; less once something was not found."""


def name_of(size: tuple[int, int]) -> str:
    return "x".join(map(str, size))


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration screen tells what the environment sets."""
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "LANGFUSE_", "AIO_TUI_")):
            monkeypatch.delenv(name)


@pytest.mark.slow
@pytest.mark.timeout(900)  # many screens in one go
@pytest.mark.parametrize("size", SIZES, ids=name_of)
@pytest.mark.parametrize("scene", SCENES)
async def test_everything_looks_as_it_did(scene: str, size: tuple[int, int]) -> None:
    face, sights = SCENES[scene]
    faults: list[str] = []
    seen: set[type] = set()
    forget_plot_colours()
    looks = Looks(theme=MARKED.name)
    async with cockpit(await face(), size, kind=MarkedCockpit, looks=looks) as cabin:
        async for sight in look_at(cabin, sights):
            seen.add(type(cabin.app.screen))
            faults += await differences(cabin, sight, size, tries=_HASTY if faults else _PATIENT)
            if sight.is_in_themes and not faults and (PICTURES or not UPDATES):
                faults += await differences_of_themes(cabin, sight, size)
    assert faults == [], "\n" + "\n".join(faults)
    if scene == "dialogs":
        assert kinds_of_screens() - {screen_at(place.name) for place in PLACES} <= seen


async def differences(
    cabin: Cabin, sight: Sight, size: tuple[int, int], *, tries: int
) -> list[str]:
    """From the golden file, as a diff; none if it was to be written anew."""
    path = GOLDEN / name_of(size) / f"{sight.name}.txt"
    if UPDATES:
        path.parent.mkdir(exist_ok=True)
        path.write_text(golden_text(await settled(cabin)), encoding="utf-8")
    if not path.exists():
        return [f"{path.name} is not there: look at it, and keep it with make snap UPDATE=1"]
    known = path.read_text(encoding="utf-8")
    seen = ""
    for _ in range(tries):
        seen = golden_text(rendering(cabin.app).by_meaning())
        if seen == known:
            return []
        await cabin.pilot.pause(0.02)
    told = unified_diff(known.splitlines(), seen.splitlines(), str(path), "now", n=1, lineterm="")
    return ["\n".join(told)]


def golden_text(seen: Rendering) -> str:
    return f"{seen.text}{TITLE_OF_LOOKS}{seen.looks}\n"


async def settled(cabin: Cabin) -> Rendering:
    """The screen once nothing has changed for a while, and nobody reads any more."""
    seen, same = rendering(cabin.app), 0
    while same < 6:
        await cabin.pilot.pause(0.05)
        now = rendering(cabin.app)
        reading = [
            each
            for each in cabin.app.workers
            if each.state is WorkerState.RUNNING and each.group not in ("reading", "output")
        ]
        same = 0 if now != seen or reading else same + 1
        seen = now
    return seen.by_meaning()


async def differences_of_themes(cabin: Cabin, sight: Sight, size: tuple[int, int]) -> list[str]:
    """Between what the terminal gets in each theme and what the palette says."""
    by_meaning = rendering(cabin.app).by_meaning()
    faults = []
    for palette in PALETTES:
        if not PICTURES and palette.name not in LIVE_THEMES[size]:
            continue
        cabin.app.wear(Looks(theme=palette.name))
        if not await looks_like(cabin, by_meaning, palette.name):
            seen = rendering(cabin.app).without_dimmed(by_meaning).looks.splitlines()
            wanted = by_meaning.in_theme(palette.name).looks.splitlines()
            titles = f"{sight.name} in {palette.name} by the palette", "as it is drawn"
            faults.append("\n".join(unified_diff(wanted, seen, *titles, n=0, lineterm="")))
        keep_picture(cabin.app, f"{sight.name}-{name_of(size)}-{palette.name}")
    cabin.app.wear(Looks(theme=MARKED.name))
    await looks_like(cabin, by_meaning, MARKED.name)
    return faults


async def looks_like(cabin: Cabin, by_meaning: Rendering, theme: str) -> bool:
    """Whether the screen comes to look so."""
    for _ in range(_HASTY):
        await cabin.pilot.pause(0.005)
        seen = rendering(cabin.app)
        if theme == MARKED.name:
            if seen.by_meaning() == by_meaning:
                return True
        elif seen.without_dimmed(by_meaning) == by_meaning.in_theme(theme):
            return True
    return False


def keep_picture(app: Cockpit, name: str) -> None:
    if PICTURES:
        picture = app.export_screenshot(title=name)
        (Path(PICTURES) / f"{name}.svg").write_text(picture, encoding="utf-8")


def test_each_golden_file_is_looked_at_and_none_is_left_over() -> None:
    wanted = {sight.name for _, sights in SCENES.values() for sight in sights}
    for size in SIZES:
        kept = {path.stem for path in (GOLDEN / name_of(size)).glob("*.txt")}
        assert kept == wanted, name_of(size)


def kinds_of_screens() -> set[type]:
    """Of the cockpit's own, those of which there are any."""
    for module in pkgutil.iter_modules(aio_tui.screens.__path__, "aio_tui.screens."):
        importlib.import_module(module.name)
    known = {each for each in subclasses(Screen) if each.__module__.startswith("aio_tui.")}
    return known - {EdgedScreen, FrameScreen, QueueScreen, TableScreen}


def subclasses(kind: type) -> set[type]:
    found: set[type] = set(kind.__subclasses__())
    return found.union(*(subclasses(each) for each in found))
