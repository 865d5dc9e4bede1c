"""The merge queue of an engine: put together, kept at work beside the runs, recovered at start."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from engine.app.complaints import Complaints
from engine.app.parts import Parts
from engine.app.secrecy import contracts_in_force
from engine.domain.errors import EngineError, GuardrailError, StateError
from engine.domain.facts import JournalEntry, RunResumed, TaskChanged, TaskMoved, WarningRaised
from engine.domain.merge import MergeStep
from engine.domain.state import TaskState
from engine.domain.steps import NextStep, Step
from engine.domain.work import MergeState, WorkItem
from engine.governance.contract_builtin import default_contracts
from engine.loop.merge_policy import merge_state_of
from engine.loop.merging import MergeQueue
from engine.loop.merging_services import MergeServices
from engine.loop.scope import ungrouped
from engine.ports.store import Reader
from engine.workspace.merging import GitMerging

_log = logging.getLogger(__name__)
_STUCK = "merging could not go on"
_UNDER_WAY = frozenset({MergeStep.INTENDED, MergeStep.LANDED, MergeStep.REVERTING})


class Merges:
    """Only for the holder of the engine's lock.

    Args:
        parts: of the engine.
        complaints: hear why merging could not go on.
    """

    def __init__(self, parts: Parts, *, complaints: Complaints) -> None:
        self._store = parts.store
        self._clock = parts.clock
        self._complaints = complaints
        self._is_broken = False
        self._under_way: asyncio.Task[None] | None = None
        self.failure = ""
        """Why the queue could not go on at some time; empty: it always could."""
        self._queue = MergeQueue(
            MergeServices(
                settings=parts.settings,
                store=parts.store,
                git=GitMerging(parts.settings, parts.runner, os.environ, parts.clock),
                prover=parts.verifier,
                decisions=parts.decisions,
                clock=parts.clock,
                hooks=parts.hooks,
            )
        )

    def has_work(self, reader: Reader) -> bool:
        """Whether a run has to wait for the queue; False if the queue cannot go on."""
        can_go_on = not self._is_broken and not reader.control().halted
        return can_go_on and self._queue.has_work(reader)

    async def was_interrupted(self) -> bool:
        """Whether the last process ended in the middle of a merge."""
        return bool(await self._store.read(lambda reader: reader.merges(steps=_UNDER_WAY)))

    async def recover(self) -> None:
        """Finish or give up what was under way; it is said, not raised, if git cannot be asked."""
        try:
            await self._queue.recover()
        except EngineError as error:
            await self._fail(error)

    async def run(self) -> None:
        """Work through the queue once.

        An error of any kind ends neither the runs nor the engine: it is told, and the queue is
        tried again when something changes.
        """
        self._is_broken = False
        try:
            await self._run_unless_halted()
        except Exception as error:  # noqa: BLE001  the top of a task
            await self._fail(error)
        else:
            self._complaints.settle(_STUCK)

    async def _run_unless_halted(self) -> None:
        try:
            with ungrouped():
                async with asyncio.TaskGroup() as group:
                    self._under_way = group.create_task(self._queue.run(), name="merging")
        finally:
            self._under_way = None

    def give_up(self) -> None:
        """Leave what has not landed where it was; a landing under way is brought to its end."""
        if self._under_way is not None:
            self._under_way.cancel()

    async def serve(self) -> None:
        """Work through the queue whenever there may be something; runs until it is cancelled."""
        while True:
            seq = await self._store.read(lambda reader: reader.last_seq())
            await self.run()
            await self._wait_for_work(seq)

    async def _wait_for_work(self, seq: int) -> None:
        """Return when the journal says so, or when a merge can be taken back no longer."""
        begins_at = await self._store.read(self._queue.begins_at)
        wait_s = None if begins_at is None else (begins_at - self._clock.now()).total_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._hear_of_work(seq)

    async def _hear_of_work(self, seq: int) -> None:
        while True:
            await self._store.wait_for_facts(seq)
            entries = await self._store.read(partial(_facts_after, seq))
            if any(_may_bring_work(entry) for entry in entries):
                return
            seq = entries[-1].seq

    async def _fail(self, error: Exception) -> None:
        is_foreseen = isinstance(error, EngineError)
        _log.error("%s", _STUCK, exc_info=None if is_foreseen else error)
        self._is_broken = True
        told = str(error) if is_foreseen else f"{type(error).__name__}: {error}; see the log"
        self.failure = f"{_STUCK}: {told}"
        await self._complaints.make(self.failure, about=_STUCK)


def refuse_if_halted(reader: Reader) -> None:
    """Let nobody wait for what does not begin by itself.

    Raises:
        StateError: everything was stopped in an emergency.
    """
    control = reader.control()
    if control.halted:
        raise StateError(
            f"everything is halted by {control.halted_by}: {control.halted}",
            hint=NextStep(words="let it go on", step=Step.RESUME_ALL),
        )


def refuse_if_stuck(entries: Iterable[JournalEntry]) -> None:
    """Let nobody wait for an engine that has said that it cannot go on merging.

    Raises:
        StateError: it has.
    """
    for entry in entries:
        if isinstance(entry.fact, WarningRaised) and entry.fact.about == _STUCK:
            again = NextStep(words="mend that, then merge again", step=Step.RUN_MERGES)
            raise StateError(entry.fact.text, hint=again)


def merge_state_for(parts: Parts) -> Callable[[WorkItem], MergeState | None]:
    """See `engine.loop.merge_policy`, with the contracts as they are when a task has passed."""

    def decide(item: WorkItem) -> MergeState | None:
        try:
            contracts = contracts_in_force(parts.settings)
        except GuardrailError:
            contracts = default_contracts()
        return merge_state_of(item, parts.settings.merge, contracts.for_role)

    return decide


def _facts_after(seq: int, reader: Reader) -> list[JournalEntry]:
    return reader.facts_after(seq)


def _may_bring_work(entry: JournalEntry) -> bool:
    match entry.fact:
        case TaskMoved(after=after):
            return after == TaskState.COMPLETED.value
        case TaskChanged(what=what):
            return what == "merge"
        case RunResumed():
            return True
        case _:
            return False
