"""Which task next: takes ready tasks, several at once, until there is no more to do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.domain.errors import AgentError, EngineError, StaleClaimError
from engine.domain.facts import RunEnded, RunStarted
from engine.domain.ids import TaskId, WorkerId
from engine.domain.run import BudgetSpent, RunEnd, RunOptions
from engine.domain.settings import Settings
from engine.domain.work import Claim
from engine.loop.backends_down import BackendsDown, down_warning
from engine.loop.iteration import IterationLoop
from engine.loop.lost_workers import take_back
from engine.loop.outlook import Outlook
from engine.loop.scope import alongside, ungrouped
from engine.loop.slots import Slots
from engine.ports.clock import Clock
from engine.ports.store import Reader, RunControl, Store, Transaction

_log = logging.getLogger(__name__)
_NOTHING_READY = frozenset({RunEnd.DRAINED, RunEnd.WAITING, RunEnd.BROKEN})

_LETS_MERGE = frozenset({RunEnd.LIMIT, RunEnd.BUDGET})
"""No more iterations, but what they proved still lands: that costs nothing."""


class AutonomousLoop:
    """One run over the queue. Make a new one for each run."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        iteration: IterationLoop,
        slots: Slots,
        worker: WorkerId,
        clock: Clock,
        options: RunOptions,
        on_state: Callable[[str], None],
        on_wait: Callable[[datetime | None], None] = lambda _: None,
        is_merging: Callable[[Reader], bool] = lambda _: False,
        is_at_hand: Callable[[TaskId], bool] = lambda _: False,
    ) -> None:
        self._settings = settings
        self._store = store
        self._iteration = iteration
        self._slots = slots
        self._worker = worker
        self._clock = clock
        self._options = options
        self._stays = options.stays
        self._outlook = Outlook(
            settings=settings,
            clock=clock,
            options=options,
            is_merging=is_merging,
            is_at_hand=is_at_hand,
        )
        self._on_state = on_state
        self._on_wait = on_wait
        self._is_merging = is_merging
        self._wake = asyncio.Event()
        self._workers: dict[TaskId, tuple[Claim, asyncio.Task[None]]] = {}
        self._under_way: set[tuple[TaskId, int]] = set()
        """Claims (task and fence) whose workers have begun."""
        self._not_wanted: set[tuple[TaskId, int]] = set()
        """Claims that were given up before that."""
        self._begun: set[TaskId] = set()
        self._iterations = 0
        self._is_stopping = False
        self._gave_up = 0
        """How often all running iterations were given up."""
        self._failure: EngineError | None = None
        self._down = BackendsDown(settings)
        self._spent: BudgetSpent | None = None

    @property
    def touched(self) -> frozenset[TaskId]:
        """Tasks that this run worked on."""
        return frozenset(self._begun)

    @property
    def failure(self) -> EngineError | None:
        """Why the run cannot go on, if it ended BROKEN, or which backends could not work."""
        return self._failure or self._down.problem

    def wake(self) -> None:
        """Look at the queue again: something changed."""
        self._wake.set()

    def stop(self, *, at_once: bool) -> None:
        """End the run: at the next safe point of each task, or by giving up running iterations."""
        self._is_stopping = True
        self._on_state("stopping")
        if at_once:
            self._cancel_all()
        self._wake.set()

    def stay_no_longer(self, *, waits_s: float) -> None:
        """End when nothing more can happen by itself, even if it was to wait for more; for answers
        and for tasks in the hands of operators it still waits `waits_s`. 0: not at all.
        """
        self._stays = False
        self._outlook.wait_at_most(waits_s)
        self._wake.set()

    def give_up_all(self) -> None:
        """Give up all running iterations; the run goes on as the queue's control lets it."""
        self._cancel_all()
        self._wake.set()

    def cancel_task(self, task_id: TaskId) -> bool:
        """Give up the iteration of a task; whether it has one."""
        is_held = task_id in self._workers
        if is_held:
            self._cancel(task_id)
        return is_held

    async def run(self) -> RunEnd:
        """Work until there is a reason to end. Cancellation gives up running iterations; they are
        back in the queue when this raises.

        Raises:
            UnknownTaskError: the only task to work on does not exist.
        """
        await self._begin_run()
        try:
            with ungrouped():
                async with (
                    asyncio.TaskGroup() as group,
                    alongside(self._keep_leases(), name="leases"),
                ):
                    end = await self._dispatch(group)
        finally:
            self._on_wait(None)
            self._on_state("stopped")
        is_ordered = end is RunEnd.STOPPED
        spent = self._spent if self.failure is None and not is_ordered else None
        trouble = "" if is_ordered else str(self.failure or spent or "")
        ended = RunEnded(
            cause=trouble or self._outlook.in_words(end),
            is_budget_spent=spent is not None,
            limit="" if spent is None else spent.limit,
            next_step=None if trouble else end.next_step,
        )
        await self._store.write(lambda tx: tx.append_facts(ended))
        return end

    async def _begin_run(self) -> None:
        only, project = self._options.only, self._settings.project
        fact = RunStarted(worker=self._worker, parallel=self._slots.size)

        def tell(tx: Transaction) -> None:
            if only is not None:
                tx.task(only)
            tx.append_facts(fact, project=project)

        await self._store.write(tell)

    async def _dispatch(self, group: asyncio.TaskGroup) -> RunEnd:
        while True:
            self._wake.clear()
            self._outlook.waits_until = self._outlook.look_again_at = None
            control = await self._store.read(lambda reader: reader.control())
            self._slots.resize(self._size(control))
            end = self._reason_to_end()
            if control.halted:
                self._cancel_all()
            gave_up = self._gave_up
            claim = await self._next_claim() if control.lets_begin and not end else None
            if claim is not None:
                self._begin(group, claim, is_late=gave_up != self._gave_up)
                continue
            end = end or await self._is_drained(control)
            if end is not None and self._may_leave():
                if end in _NOTHING_READY and await self._begin_late(group):
                    continue
                if end not in _LETS_MERGE or not await self._store.read(self._is_merging):
                    return await self._leave(end)
            self._show(control)
            await self._rest()

    def _size(self, control: RunControl) -> int:
        return self._options.parallel or control.parallel or self._settings.parallel

    def _reason_to_end(self) -> RunEnd | None:
        limit = self._options.max_iterations
        if self._failure is not None:
            return RunEnd.BROKEN
        if self._spent:
            return RunEnd.BUDGET
        if self._is_stopping:
            return RunEnd.STOPPED
        if limit is not None and self._iterations >= limit:
            return RunEnd.LIMIT
        return None

    async def _begin_late(self, group: asyncio.TaskGroup) -> bool:
        """Take a task whose back-off ended between the last claim and the look at the queue."""
        gave_up = self._gave_up
        claim = await self._next_claim()
        if claim is not None:
            self._begin(group, claim, is_late=gave_up != self._gave_up)
        return claim is not None

    async def _next_claim(self) -> Claim | None:
        if not self._slots.has_room:
            return None
        limit = self._options.max_tasks
        if limit is None or len(self._begun) < limit:
            return await self._claim(self._options.only)
        for task_id in sorted(self._begun - self._workers.keys()):
            claim = await self._claim(task_id)
            if claim is not None:
                return claim
        return None

    async def _claim(self, only: TaskId | None) -> Claim | None:
        lease = timedelta(seconds=self._settings.lease_s)
        project = self._settings.project

        def claim(tx: Transaction) -> Claim | None:
            if not tx.control().lets_begin:
                return None
            for one in self._down.choices(tx, only):
                held = tx.claim(self._worker, lease=lease, project=project, only=one)
                if held is not None:
                    return held
            return None

        return await self._store.write(claim)

    def _begin(self, group: asyncio.TaskGroup, claim: Claim, *, is_late: bool) -> None:
        """Work on the claimed task; one that `is_late` was claimed while all were given up."""
        task_id = claim.item.task_id
        self._slots.take()
        self._iterations += 1
        self._begun.add(task_id)
        before = self._workers.get(task_id)
        earlier = None if before is None else before[1]
        worker = group.create_task(self._work(claim, earlier), name=f"iteration of {task_id}")
        self._workers[task_id] = (claim, worker)
        if is_late:
            self._cancel(task_id)
        self._on_state("running")

    async def _work(self, claim: Claim, earlier: asyncio.Task[None] | None) -> None:
        """One iteration, once the worker that was given up before has left the worktree."""
        task_id = claim.item.task_id
        if earlier is not None:
            await asyncio.wait([earlier])
        held = (task_id, claim.fence)
        self._under_way.add(held)
        try:
            if held in self._not_wanted:
                await self._iteration.give_back(claim)
            else:
                await self._iteration.run(claim)
        except StaleClaimError as error:
            _log.warning("%s", error)
        except BudgetSpent as spent:
            self._spent = spent
        except AgentError as error:
            await self._give_up_backend(claim, error)
        except EngineError as error:
            _log.info("task %s: %s", task_id, error)
            self._failure = self._failure or error
        finally:
            if self._workers.get(task_id, (claim, None))[0] is claim:
                self._workers.pop(task_id, None)
            self._under_way.discard(held)
            self._not_wanted.discard(held)
            self._slots.free()
            self._wake.set()

    async def _give_up_backend(self, claim: Claim, error: AgentError) -> None:
        """Take none of its tasks any more in this run; those of other backends go on."""
        if not self._down.add(claim.item, error):
            return
        item = claim.item
        warning = down_warning(self._down.backend_of(item), error)
        await self._store.write(
            lambda tx: tx.append_facts(warning, task_id=item.task_id, project=item.project)
        )

    async def _is_drained(self, control: RunControl) -> RunEnd | None:
        """Why nothing more can happen by itself, or None."""
        is_waiting_for_more = self._stays and self._down.problem is None
        if is_waiting_for_more or self._slots.taken > 0:
            return None
        if not control.lets_begin:
            return await self._store.read(lambda reader: self._outlook.held_end(reader, control))
        self._outlook.not_held()
        end = await self._store.read(self._end_without_work)
        return RunEnd.BROKEN if end is not None and self._down.problem else end

    def _end_without_work(self, reader: Reader) -> RunEnd | None:
        return self._outlook.end(reader, begun=self._begun, working=self._workers.keys())

    def _next_ready_at(self, reader: Reader) -> datetime | None:
        return self._outlook.next_ready_at(reader, self._begun)

    def _may_leave(self) -> bool:
        """Whether only workers are left that wait for the operator."""
        return self._slots.taken == 0

    async def _leave(self, end: RunEnd) -> RunEnd:
        waiting = [worker for _, worker in self._workers.values()]
        self._cancel_all()
        if waiting:
            await asyncio.wait(waiting)
        return end

    def _cancel_all(self) -> None:
        self._gave_up += 1
        for task_id in list(self._workers):
            self._cancel(task_id)

    def _cancel(self, task_id: TaskId) -> None:
        """A worker that is cancelled before its first step would never take one, and keep all that
        it holds: it is told instead.
        """
        claim, worker = self._workers[task_id]
        if (task_id, claim.fence) in self._under_way:
            worker.cancel()
        else:
            self._not_wanted.add((task_id, claim.fence))

    def _show(self, control: RunControl) -> None:
        working = "running" if self._workers else "idle"
        state = "paused" if control.is_paused else working
        state = "halted" if control.halted else state
        self._on_wait(self._outlook.waits_until)
        self._on_state("stopping" if self._is_stopping else state)

    async def _rest(self) -> None:
        """Until something changes, or a task's back-off or the wait for operators is over."""
        soon = await self._store.read(self._next_ready_at)
        outlook = self._outlook
        times = [at for at in (soon, outlook.waits_until, outlook.look_again_at) if at]
        wait_s = (min(times) - self._clock.now()).total_seconds() if times else None
        if wait_s is None:
            await self._wake.wait()
            return
        async with alongside(self._wake_after(max(wait_s, 0.01)), name="back-off"):
            await self._wake.wait()

    async def _wake_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._wake.set()

    async def _keep_leases(self) -> None:
        while True:
            await self._clock.sleep(self._settings.lease_s / 3)
            for claim, _ in list(self._workers.values()):
                if not await self._renew(claim):
                    self.cancel_task(claim.item.task_id)
            await self._take_back_lost()

    async def _take_back_lost(self) -> None:
        """Put back tasks whose workers are gone and whose leases are over."""
        project, now = self._settings.project, self._clock.now()
        living = {(claim.item.task_id, claim.fence) for claim, _ in self._workers.values()}
        try:
            lost = await self._store.write(
                lambda tx: take_back(tx, project, living=living, expired_at=now)
            )
        except EngineError as error:
            _log.warning("what lost workers held is not taken back yet: %s", error)
            return
        if lost:
            self.wake()

    async def _renew(self, claim: Claim) -> bool:
        lease = timedelta(seconds=self._settings.lease_s)
        try:
            await self._store.write(
                lambda tx: tx.renew_lease(claim.item.task_id, claim.fence, lease=lease)
            )
        except StaleClaimError:
            return False
        except EngineError as error:
            self._failure = error
            self.wake()
        return True
