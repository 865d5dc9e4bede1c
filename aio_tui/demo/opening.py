"""The demo, ready to be opened: a sample repository whose queue is filled."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from aio_tui.demo.builder import prepare_demo
from engine.app.configuration import load_settings
from engine.app.engine import open_engine
from engine.app.lock import EngineLock
from engine.domain.errors import EngineError
from engine.domain.settings import Settings
from engine.ports.store import TaskQuery

NOTICE = (
    "This is the demo: the model's words are scripted; what they would cost is counted, and never "
    "paid. The repository, its defects, the tools, the guardrails, the checks, the verdicts and "
    "the branches are real."
)


SHORT_NOTICE = "Demo: the model's words are scripted and not paid, all else is real."
"""Where the tour may be offered beside it."""
_PREFIX = "aio-tui-demo-"


def demo_left() -> Path | None:
    """The newest demo in a folder of its own that an engine of this user works on, or worked on
    until it was killed.
    """
    own = [
        folder
        for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")
        if not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == os.getuid()
    ]
    newest_first = sorted(own, key=lambda folder: folder.stat().st_mtime, reverse=True)
    return next(filter(_is_left, newest_first), None)


def built_at(folder: Path) -> datetime:
    """When the demo there was made."""
    made = (folder / ".aibrain" / "aio.toml").stat().st_mtime
    return datetime.fromtimestamp(made, UTC)


def _is_left(folder: Path) -> bool:
    try:
        lock = EngineLock(load_settings(folder).state)
        return lock.is_held_elsewhere() or lock.was_cut_off()
    except EngineError:
        return False


async def set_up(folder: Path | None) -> Settings:
    """Settings of the demo in `folder`, built there if it is empty; None: in a new folder.

    Raises:
        ConfigError: the folder holds something else.
    """
    home = folder or Path(tempfile.mkdtemp(prefix=_PREFIX))
    paths = prepare_demo(home.resolve())
    settings = load_settings(paths.repo)
    async with open_engine(settings) as engine:
        if not await engine.tasks(TaskQuery(limit=1)):
            await engine.import_queue(paths.queue_file)
    return settings
