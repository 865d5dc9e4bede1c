"""The demo, ready to be opened: a sample repository whose queue is filled."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aio_tui.demo.builder import prepare_demo
from engine.app.configuration import load_settings
from engine.app.engine import open_engine
from engine.domain.settings import Settings
from engine.ports.store import TaskQuery

NOTICE = (
    "This is the demo: the model's words are scripted. The repository, its defects, the tools, "
    "the guardrails, the checks, the verdicts and the branches are real."
)


async def set_up(folder: Path | None) -> Settings:
    """Settings of the demo in `folder`, built there if it is empty; None: in a new folder.

    Raises:
        ConfigError: the folder holds something else.
    """
    home = folder or Path(tempfile.mkdtemp(prefix="aio-tui-demo-"))
    paths = prepare_demo(home.resolve())
    settings = load_settings(paths.repo)
    async with open_engine(settings) as engine:
        if not await engine.tasks(TaskQuery(limit=1)):
            await engine.import_queue(paths.queue_file)
    return settings
