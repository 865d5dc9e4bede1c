"""From the engine's face to messages: the only place of the cockpit that reads.

One loop waits for facts and reads the overview and what else the screen shows; another follows a
transcript.
Both tell the screen by one message each time, at most ten times a second; of a flood five times.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from textual.message import Message

from engine.domain.ids import TaskId
from engine.domain.transcript import TranscriptEntry
from engine.ports.cockpit import EngineFace, Overview

_PAUSE_S = 0.1
"""Between two readings of a transcript, so that many lines cost one repaint."""
_SILENT_PAUSE_S = 0.5
"""What that pause grows to while nothing is said, as looking is not free."""
_FLOOD_PAUSE_S = 0.2
"""The same for output that comes faster than anybody reads, and from one overview to the next while
facts keep coming; the first of them is read at once.
"""
_CALM_PAUSE_S = 1.0
"""The same for those who want little to move."""
_PULSE_S = 1.5
"""How long an attached cockpit believes that the engine's process lives without hearing of it, and
how often any cockpit looks what tasks at work are doing."""


class OutputPlace(NamedTuple):
    """Which transcript is shown."""

    task_id: TaskId
    iteration: int


class Refreshed(Message):
    """The queue, or what else the screen shows, has changed."""

    def __init__(self, overview: Overview, view: Any) -> None:
        super().__init__()
        self.overview = overview
        self.view = view


class OutputRead(Message):
    """A transcript was opened, or has grown."""

    def __init__(
        self, place: OutputPlace, entries: tuple[TranscriptEntry, ...], *, is_new: bool
    ) -> None:
        super().__init__()
        self.place = place
        self.entries = entries
        self.is_new = is_new


STALE = object()
"""What was read is about something that is not looked at any more."""


class Bridge:
    """Reads for one screen and tells it.

    Args:
        face: what is read.
        tell: gets the messages.
        read: reads what the screen shows besides the overview; `STALE`: it is not to be told.
    """

    def __init__(
        self,
        face: EngineFace,
        tell: Callable[[Message], object],
        read: Callable[[], Awaitable[Any]],
    ) -> None:
        self._face = face
        self._tell = tell
        self._read = read
        self._overview: Overview | None = None
        self._known: Overview | None = None
        self.live_place: OutputPlace | None = None
        """The transcript that is being written now, if the selected task has one."""
        self.is_calm: Callable[[], bool] = lambda: False
        """Whether news may come once a second only."""

    def _pause_s(self, pause_s: float) -> float:
        return _CALM_PAUSE_S if self.is_calm() else pause_s

    def begin_with(self, overview: Overview | None) -> None:
        """The first view need not wait for an overview: this one was read a moment ago."""
        self._known = overview

    async def follow_facts(self) -> None:
        """Read and tell now, and again whenever the journal grows; ends by cancellation."""
        seen, self._known = self._known, None
        if seen is not None:
            self._overview = seen
            await self.read_view()
        while True:
            read_at = time.monotonic()
            self._overview = overview = await self._face.overview()
            if overview != seen:
                seen = overview
                await self.read_view()
            await self._wait(overview)
            pause_s = self._pause_s(_FLOOD_PAUSE_S)
            await asyncio.sleep(max(read_at + pause_s - time.monotonic(), 0.0))

    async def _wait(self, overview: Overview) -> None:
        """For news; while tasks are at work also for a moment, as their records are no news."""
        if self._face.is_embedded and not overview.working:
            await self._face.wait_for_facts(overview.seq)
            return
        try:
            await asyncio.wait_for(self._face.wait_for_facts(overview.seq), _PULSE_S)
        except TimeoutError:
            return

    async def read_view(self) -> None:
        """Read what the screen shows, and tell."""
        if self._overview is None:
            return
        view = await self._read()
        if view is not STALE:
            self._tell(Refreshed(self._overview, view))

    async def follow_output(self, place: OutputPlace) -> None:
        """Read the transcript from its last part on; returns once nobody writes to it."""
        chunk = await self._face.transcript(place.task_id, place.iteration, after=-1)
        self._tell(OutputRead(place, chunk.entries, is_new=True))
        is_live, pause_s = True, _PAUSE_S
        while is_live:
            is_live = self.live_place == place
            if chunk.entries:
                pause_s = _FLOOD_PAUSE_S if len(chunk.entries) > 1 else _PAUSE_S
            else:
                pause_s = min(pause_s * 2, _SILENT_PAUSE_S)
            await asyncio.sleep(self._pause_s(pause_s))
            chunk = await self._face.transcript(
                place.task_id, place.iteration, after=chunk.next_offset
            )
            if chunk.entries:
                self._tell(OutputRead(place, chunk.entries, is_new=False))
