"""Runs over the queue, one after the other: asked for and waited for, or in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from engine.app.at_hand import is_at_hand
from engine.app.beginning import record_beginning
from engine.app.complaints import Complaints
from engine.app.parts import Backends, Parts, build_services
from engine.app.secrecy import contracts_in_force
from engine.domain.errors import AgentError, EngineError, StoreError
from engine.domain.ids import TaskId, WorkerId
from engine.domain.run import RunEnd, RunOptions
from engine.loop.answers import Answers
from engine.loop.autonomous import AutonomousLoop
from engine.loop.iteration import IterationLoop
from engine.loop.lost_workers import take_back
from engine.loop.services import LoopServices
from engine.loop.slots import Slots
from engine.ports.cockpit import RunState
from engine.ports.store import Reader

_log = logging.getLogger(__name__)
_RUN = "the run"
_TRY_AGAIN_S = 5.0
"""Between two tries to write what could not be written."""


class Runs:
    """At most one run is under way at any time.

    Args:
        parts: of the engine.
        on_state: told whenever what the engine is doing changes.
        on_wait: told until when a run waits for answers and nothing else; None: it does not.
        complaints: hear why a run in the background could not go on.
        is_merging: whether the merge queue has work, which may bring tasks back.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        on_state: Callable[[str], None],
        on_wait: Callable[[datetime | None], None],
        complaints: Complaints,
        is_merging: Callable[[Reader], bool],
    ) -> None:
        self._parts = parts
        self._on_state = on_state
        self._on_wait = on_wait
        self._complaints = complaints
        self._is_merging = is_merging
        self.answers = Answers()
        self._slots = Slots(parts.settings.parallel, on_freed=self.wake)
        self._loop: AutonomousLoop | None = None
        self._wanted: asyncio.Queue[RunOptions] = asyncio.Queue()
        self._stop_at_once: bool | None = None
        self._is_watched = True
        self._is_at_rest = asyncio.Event()
        self._is_at_rest.set()
        self.touched: frozenset[TaskId] = frozenset()
        """Tasks that the last run worked on."""
        self.only: TaskId | None = None
        """The one task that the last run was asked for."""
        self.failure = ""
        self._ended_unwritten = False
        """The last run ended because the store could not be written."""
        self.is_setup_wrong = False
        """The failure is that a backend has no key, no credit or no program."""
        """Why the last run could not go on; empty if it could."""

    async def run(self, options: RunOptions) -> RunEnd:
        """Work on the queue until there is a reason to end.

        Raises:
            GuardrailError: a contract cannot be read; nothing was started.
            UnknownTaskError: the only task to work on does not exist; nothing was started.
            WorkspaceError: there is no commit that branches could start from.
        """
        self._stop_at_once = None
        try:
            return await self._run(options)
        finally:
            await self._took_back()

    def start(self, options: RunOptions) -> None:
        """Begin to work in the background, unless a run is under way."""
        if self._is_at_rest.is_set():
            self._is_at_rest.clear()
            self._stop_at_once = None
            self._on_state(RunState.IDLE.value)
            self._wanted.put_nowait(options)

    @property
    def is_at_rest(self) -> bool:
        """No run is under way or about to begin."""
        return self._is_at_rest.is_set()

    async def refuse_if_hopeless(self) -> None:
        """Let nobody be told that a run begins which could not.

        Raises:
            GuardrailError: a contract cannot be read.
            WorkspaceError: there is no commit that branches could start from.
        """
        if self._is_at_rest.is_set():
            await self._parts.workspace.base_commit()
            await asyncio.to_thread(contracts_in_force, self._parts.settings)

    async def serve(self) -> None:
        """Do what `start` asks for; runs until it is cancelled."""
        while True:
            options = await self._next_wanted()
            self._complaints.settle(_RUN)
            self._ended_unwritten = False
            try:
                await self._run(options)
            except EngineError as error:
                _log.error("the run could not go on: %s", error)
                self._ended_unwritten = isinstance(error, StoreError)
                self.failure = str(error)
            if self.failure:
                await self._complaints.make(self.failure, about=_RUN)

    async def _next_wanted(self) -> RunOptions:
        """What `start` asks for. What the last run could not put back on a disk that was full is
        put back meanwhile, as soon as there is room.
        """
        while not await self._took_back():
            with suppress(TimeoutError):
                async with asyncio.timeout(_TRY_AGAIN_S):
                    return await self._wanted.get()
        if self._ended_unwritten:
            self._complaints.settle(_RUN)
        return await self._wanted.get()

    async def _took_back(self) -> bool:
        """Put back what workers of ended runs still hold; False: it cannot be written."""
        try:
            await self._take_back()
        except EngineError as error:
            _log.warning("what ended workers held is not taken back yet: %s", error)
            return False
        return True

    async def _take_back(self) -> None:
        project = self._parts.settings.project
        await self._parts.store.write(lambda tx: take_back(tx, project, living=()))

    def stop(self, *, at_once: bool) -> None:
        """End the run: at the next safe points, or by giving up running iterations."""
        self._stop_at_once = at_once
        if self._loop is not None:
            self._loop.stop(at_once=at_once)

    async def finish(self) -> None:
        """Return once no run is under way. Nobody watches from now on: a run that would have
        waited for answers and new tasks ends when nothing more can happen by itself; for
        answers, and tasks to be handed back, it waits as long as `[escalations] run_waits_s` says.
        """
        self._is_watched = False
        if self._loop is not None:
            self._loop.stay_no_longer(waits_s=self._waits_s)
        await self._is_at_rest.wait()

    def wake(self) -> None:
        """Something changed that a run may be waiting for."""
        if self._loop is not None:
            self._loop.wake()

    def give_up_all(self) -> None:
        """Give up all running iterations; the run goes on as the queue's control lets it."""
        if self._loop is not None:
            self._loop.give_up_all()

    def cancel_task(self, task_id: TaskId) -> bool:
        """Give up the iteration of a task; whether it has one."""
        return self._loop is not None and self._loop.cancel_task(task_id)

    async def _run(self, options: RunOptions) -> RunEnd:
        self._is_at_rest.clear()
        self.failure, self.is_setup_wrong, self.only = "", False, options.only
        parts = self._parts
        backends = Backends(parts.settings, parts.clock, outgoing=parts.secrecy.outgoing)
        try:
            await self._parts.workspace.base_commit()
            await self._take_back()
            services = build_services(parts, backends, answers=self.answers, slots=self._slots)
            await record_beginning(parts, services.contracts)
            self._loop = self._new_loop(options, services)
            return await self._loop.run()
        finally:
            await backends.close()
            if self._loop is not None:
                failure = self._loop.failure
                self.touched, self.failure = self._loop.touched, str(failure or "")
                self.is_setup_wrong = isinstance(failure, AgentError)
            self._loop = None
            self._on_state(RunState.STOPPED.value)
            self._is_at_rest.set()

    @property
    def _waits_s(self) -> float:
        return self._parts.settings.escalations.run_waits_s

    def _unwatched(self, options: RunOptions) -> RunOptions:
        return replace(options, stays=False, waits=self._waits_s > 0, waits_s=self._waits_s)

    def _new_loop(self, options: RunOptions, services: LoopServices) -> AutonomousLoop:
        parts = self._parts
        loop = AutonomousLoop(
            settings=parts.settings,
            store=parts.store,
            iteration=IterationLoop(services),
            slots=self._slots,
            worker=WorkerId(parts.ids.new("engine")),
            clock=parts.clock,
            options=options if self._is_watched else self._unwatched(options),
            on_state=self._on_state,
            on_wait=self._on_wait,
            is_merging=self._is_merging,
            is_at_hand=partial(is_at_hand, parts.settings.state),
        )
        if self._stop_at_once is not None:
            loop.stop(at_once=self._stop_at_once)
        return loop
