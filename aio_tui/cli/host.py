"""Opens the engine behind a cockpit, and keeps it for as long as it is needed."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from aio_tui.arrival import Arrival
from engine.domain.errors import EngineError, EngineRunningError
from engine.domain.run import RunOptions

if TYPE_CHECKING:
    from engine.app.engine import Engine


class Host:
    """The owner of the process while a cockpit is its guest.

    Args:
        arrival: what the cockpit asks; the engine is opened at its first question.
        options: the run that begins at once; None: none does.
        on_failure: called when the engine cannot be opened; `failure` says why.
        tell: says a line on the screen.
    """

    def __init__(
        self,
        arrival: Arrival,
        options: RunOptions | None,
        *,
        on_failure: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self._arrival = arrival
        self._options = options
        self._on_failure = on_failure
        self._tell = tell
        self._left: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.failure: EngineError | None = None

    def leave(self, *, goes_on: bool) -> None:
        """The cockpit has ended; with `goes_on` a run under way is to come to its end."""
        self._left.set_result(goes_on)
        self._arrival.is_wanted.set()

    async def stay(self) -> None:
        """Open the engine when it is wanted; return when it is no longer needed."""
        await self._arrival.is_wanted.wait()
        if self._left.done():
            return
        try:
            await self._open()
        except EngineError as error:
            self.failure = error
            self._on_failure()

    async def _open(self) -> None:
        await asyncio.to_thread(importlib.import_module, "engine.app.engine")
        from engine.app.engine import open_engine

        settings = self._arrival.settings
        try:
            async with open_engine(settings, takes_work=True) as engine:
                await self._embed(engine)
        except EngineRunningError:
            async with open_engine(settings) as engine:
                self._tell("attached: the engine runs in another process")
                self._arrival.arrive(engine)
                await self._left

    async def _embed(self, engine: Engine) -> None:
        if self._options is not None:
            engine.start(replace(self._options, stays=True))
        self._arrival.arrive(engine)
        goes_on = await self._left
        await (engine.finish() if goes_on else engine.end_run())
