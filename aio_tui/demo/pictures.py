"""Takes the pictures of the README from the demo: `python -m aio_tui.demo.pictures [FOLDER]`."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from textual.pilot import Pilot

from aio_tui.app import Cockpit
from aio_tui.demo.opening import set_up
from aio_tui.looks import Looks
from engine.app.engine import open_engine
from engine.domain.run import RunOptions

_SIZE, _WIDE = (120, 34), (170, 40)
_TRIES, _PAUSE_S = 600, 0.1
_FONT = re.compile(r"@font-face\s*{[^}]*}", re.DOTALL)
"""Rich's pictures fetch a font from elsewhere; without, the viewer's own fixed font is taken."""

_ALL_IS_PROVED = "11 to merge"
"""All but the one that fails. The report is read now and then only: what is told last is to be in
it."""


async def take(folder: Path) -> None:
    """Run the demo and write one SVG for each screen into `folder`, which is there."""
    settings = await set_up(None)
    async with open_engine(settings, takes_work=True) as engine:
        engine.start(RunOptions())
        app = Cockpit(engine, operator="you", looks=Looks())
        async with app.run_test(size=_SIZE) as pilot:
            await _until(pilot, "asks you")
            await pilot.resize_terminal(*_WIDE)
            await _until(pilot, "▶ running", "◆ verifying", "✓ PASS", "✗ FAIL")
            _write(app, folder / "cockpit.svg")
            await pilot.resize_terminal(*_SIZE)
            await pilot.press("6")
            await _until(pilot, "Question 1 of 1")
            _write(app, folder / "question.svg")
            await pilot.press("a")
            await _until(pilot, "to merge", "PASS")
            await pilot.press("end", "3")
            await _until(pilot, "Checks, as the engine ran them")
            _write(app, folder / "verdict.svg")
            await pilot.press("J")
            await _until(pilot, "Cockpit > Decisions")
            _write(app, folder / "decisions.svg")
            await _until(pilot, _ALL_IS_PROVED)
            await pilot.press("B")
            await _until(pilot, f"Report  {_ALL_IS_PROVED}")
            _write(app, folder / "report.svg")
        await engine.end_run()


async def _until(pilot: Pilot[bool], *texts: str) -> None:
    for _ in range(_TRIES):
        await pilot.pause(_PAUSE_S)
        strips = pilot.app.screen._compositor.render_strips()  # noqa: SLF001  there is no public way
        shown = "\n".join(strip.text for strip in strips)
        if all(text in shown for text in texts):
            await pilot.pause(_PAUSE_S * 3)
            return
    sys.exit(f"never seen: {texts}\n{shown}")


def _prefix_like(length: int) -> str:
    """Where it might be installed: as long as where it is, which concerns nobody."""
    home, end = "/home/you/aio-tui-" + "checkout-" * 20, "/.venv"
    return home[: length - len(end)] + end


def _write(app: Cockpit, path: Path) -> None:
    picture = _FONT.sub("", app.export_screenshot(title="aio-tui"))
    picture = picture.replace(sys.prefix, _prefix_like(len(sys.prefix)))
    path.write_text("\n".join(line.rstrip() for line in picture.splitlines()) + "\n", "utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
