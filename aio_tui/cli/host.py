"""Opens the engine behind a cockpit, and keeps it for as long as it is needed."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from aio_tui.arrival import Arrival
from aio_tui.cli.absence import absence_in_words
from aio_tui.wording import ATTACHED
from engine.domain.errors import EngineError, EngineRunningError
from engine.domain.run import RunOptions

if TYPE_CHECKING:
    from engine.app.engine import Engine


class Host:
    """The owner of the process while a cockpit is its guest.

    Args:
        arrival: what the cockpit asks; the engine is opened at its first question.
        options: the run that begins at once; None: none does.
        operator: whose absence is told when he is back.
        on_failure: called when the engine cannot be opened; `failure` says why.
        tell: says a line on the screen.
        where: said of an engine that runs elsewhere already.
    """

    def __init__(
        self,
        arrival: Arrival,
        options: RunOptions | None,
        *,
        operator: str,
        on_failure: Callable[[], None],
        tell: Callable[[str], None],
        where: str = "",
    ) -> None:
        self._arrival = arrival
        self._options = options
        self._operator = operator
        self._on_failure = on_failure
        self._tell = tell
        self._where = where
        self._left: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._heir: asyncio.Future[None] | None = None
        self._is_called = asyncio.Event()
        """The cockpit has left, or wants the engine in this process."""
        self._engine: Engine | None = None
        self.failure: EngineError | None = None
        self.is_run_ended = False
        """By `end_run`, before it came to its end."""

    def leave(self, *, goes_on: bool) -> None:
        """The cockpit has ended; with `goes_on` a run under way is to come to its end."""
        self._left.set_result(goes_on)
        self._is_called.set()
        self._arrival.is_wanted.set()

    def end_run(self) -> None:
        """Give up the run that goes on without a cockpit; what runs is back in the queue then."""
        if self._engine is not None:
            self.is_run_ended = True
            self._engine.stop(at_once=True)

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
        if self._arrival.is_read_only:
            await self._attach("only looking: orders are refused")
            return
        from engine.app.engine import open_engine

        try:
            async with open_engine(self._arrival.settings, takes_work=True) as engine:
                await self._embed(engine)
        except EngineRunningError:
            await self._attach(" · ".join(filter(None, (self._where, ATTACHED))))

    async def _embed(self, engine: Engine) -> None:
        if self._options is not None:
            engine.start(replace(self._options, stays=True))
        self._arrival.arrive(engine)
        await self._tell_absence(engine, "")
        goes_on = await self._left
        if goes_on:
            await engine.leave_post()
        await engine.leave_seen(self._operator)
        self._engine = engine
        try:
            await (engine.finish() if goes_on else engine.end_run())
        finally:
            self._engine = None

    async def _attach(self, notice: str) -> None:
        """Be a guest until the cockpit ends, or until it wants to go on after the engine died."""
        from engine.app.engine import open_engine

        async with open_engine(self._arrival.settings) as guest:
            self._arrival.arrive(guest, inherit=self._inherit)
            await self._tell_absence(guest, notice)
            while not self._left.done():
                await self._is_called.wait()
                self._is_called.clear()
                if self._heir is not None:
                    await self._take_over(self._heir)
                    self._heir = None
            await guest.leave_post()
            if not self._arrival.is_read_only:
                await guest.leave_seen(self._operator)

    async def _inherit(self) -> None:
        """Ask for the engine in this process, and wait until it is here.

        Raises:
            EngineError: it cannot be opened; all is as before.
        """
        if self._heir is None:
            self._heir = asyncio.get_running_loop().create_future()
            self._is_called.set()
        await asyncio.shield(self._heir)

    async def _take_over(self, heir: asyncio.Future[None]) -> None:
        from engine.app.engine import open_engine

        try:
            async with open_engine(self._arrival.settings, takes_work=True) as engine:
                heir.set_result(None)
                await self._embed(engine)
        except EngineError as error:
            if heir.done():
                raise
            if isinstance(error, EngineRunningError):  # another cockpit was quicker
                heir.set_result(None)
            else:
                heir.set_exception(error)

    async def _tell_absence(self, engine: Engine, notice: str) -> None:
        """What happened since the operator was here last, and `notice`."""
        absence = await engine.since_seen(self._operator)
        told = absence_in_words(absence) if absence is not None else ""
        lines = [text for text in (notice, told) if text]
        if lines:
            self._tell(" · ".join(lines))
