"""A run without a cockpit: to its end, with what happens as lines, and a summary."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines, warn
from aio_tui.cli.story import sentence
from aio_tui.cli.summary import as_document, as_lines
from aio_tui.notices import notice_text, ring
from engine.domain.facts import EscalationTold, NewsTold
from engine.domain.ids import EscalationId
from engine.domain.run import RunEnd, RunOptions
from engine.domain.settings import Settings
from engine.ports.cockpit import RunSummary, ToldNews

if TYPE_CHECKING:
    from engine.app.engine import Engine  # late: the first frame does not wait for it


async def run_headless(settings: Settings, options: RunOptions, *, as_json: bool) -> Exit:
    """Run to the end and print the summary; without --json also what happens, as it happens."""
    from engine.app.engine import open_engine

    async with open_engine(settings, takes_work=True) as engine, _stopped_by_signals(engine) as hit:
        lack = await engine.sandbox_warning()
        if lack:
            warn(lack)
        async with _ringing(engine):
            end = await (engine.run(options) if as_json else _run_aloud(engine, options))
        summary = await engine.summary(end)
    if as_json:
        print_json(as_document(summary) | {"exit_code": int(_exit(summary, hit()))})
    else:
        print_lines(as_lines(summary))
    if summary.failure:
        warn(summary.failure)
    return _exit(summary, hit())


async def _run_aloud(engine: Engine, options: RunOptions) -> RunEnd:
    seen = await engine.last_seq()
    async with asyncio.TaskGroup() as group:
        teller = group.create_task(_tell(engine, seen))
        end = await engine.run(options)
        teller.cancel()
    return end


@asynccontextmanager
async def _ringing(engine: Engine) -> AsyncIterator[None]:
    """Ring the terminal, if there is one, whenever notices go out, and for the end of the run."""
    if not sys.stderr.isatty():
        yield
        return
    ringer = _Ringer(engine, await engine.last_seq())
    async with asyncio.TaskGroup() as group:
        following = group.create_task(ringer.follow())
        yield
        following.cancel()
    await engine.tell_of_end()
    await ringer.ring_for_new()


class _Ringer:
    """Rings for what notices told above a number of the journal."""

    def __init__(self, engine: Engine, seq: int) -> None:
        self._engine = engine
        self._seq = seq

    async def follow(self) -> None:
        """Whenever the journal grows; ends by cancellation."""
        while True:
            await self._engine.wait_for_facts(self._seq)
            await self.ring_for_new()

    async def ring_for_new(self) -> None:
        """Once for all that was told since."""
        entries = await self._engine.facts_after(self._seq)
        told = [
            await self._engine.escalation(EscalationId(entry.fact.escalation_id))
            for entry in entries
            if isinstance(entry.fact, EscalationTold)
        ]
        news = [
            ToldNews(seq=entry.seq, headline=entry.fact.headline, about=entry.fact.about)
            for entry in entries
            if isinstance(entry.fact, NewsTold)
        ]
        if told or news:
            settings = self._engine.settings
            title, body = notice_text(told, news[-1] if news else None, settings)
            sys.stderr.write(ring(title, body, settings.notifications, os.environ))
            sys.stderr.flush()
        if entries:
            self._seq = entries[-1].seq


async def _tell(engine: Engine, seq: int) -> None:
    while True:
        await engine.wait_for_facts(seq)
        for entry in await engine.facts_after(seq):
            seq = entry.seq
            line = sentence(entry)
            if line:
                print_lines([line])


@asynccontextmanager
async def _stopped_by_signals(engine: Engine) -> AsyncIterator[Callable[[], bool]]:
    """SIGINT and SIGTERM end the run; a dropped terminal does not."""
    loop = asyncio.get_running_loop()
    hits: list[int] = []

    def on_stop(number: int) -> None:
        hits.append(number)
        engine.stop(at_once=True)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_stop, number)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    try:
        yield lambda: bool(hits)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)


def _exit(summary: RunSummary, is_interrupted: bool) -> Exit:
    if is_interrupted:
        return Exit.INTERRUPTED
    if summary.failure:
        return Exit.USAGE if summary.is_setup_wrong else Exit.FAILED
    if summary.waits_for_human:
        return Exit.WAITING
    return Exit.FAILED if summary.has_failed or summary.is_unfinished else Exit.DONE
