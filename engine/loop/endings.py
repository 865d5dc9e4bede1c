"""Every way an iteration can end without a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from engine.domain.errors import AgentError, WorkspaceError
from engine.domain.facts import IterationAbandoned
from engine.domain.state import TaskState, Trigger
from engine.domain.work import Claim, WorkItem
from engine.loop.parking import park, pause_if_asked
from engine.loop.services import LoopServices
from engine.loop.withdrawing import withdraw_open
from engine.ports.agent import AgentFailed
from engine.ports.store import Transaction
from engine.ports.workspace import Worktree
from engine.wiggum.patience import backoff_s, wait_after

_MAX_CRASHES = 3


class Endings:
    """Moves tasks whose iteration cannot be recorded, and remembers what keeps happening."""

    def __init__(self, services: LoopServices) -> None:
        self._services = services
        self._transient: dict[str, int] = {}
        self._crashes: dict[str, int] = {}

    def went_well(self, claim: Claim) -> None:
        """An iteration came to its record: what happened before no longer counts."""
        self._transient.pop(claim.item.task_id, None)
        self._crashes.pop(claim.item.task_id, None)

    async def end(self, claim: Claim, trigger: Trigger, reason: str, *, limit: str = "") -> None:
        """The task has ended (BLOCK or EXHAUST) for a reason that is not a verdict; `limit`: the
        rule of the one that was hit.
        """
        number = claim.item.iteration_count + 1
        await self._services.automatic.moved(claim.item, trigger, f"iteration {number}", reason)
        item = await self._services.store.write(lambda tx: _end(tx, claim, trigger, reason, limit))
        await self._services.tidy(item)

    async def postpone(self, claim: Claim, cause: str) -> None:
        """Back into the queue as it was."""
        await self._services.automatic.postponed(claim.item, cause)
        await self._services.store.write(lambda tx: _put_back(tx, claim, cause, {}))

    async def failed(self, claim: Claim, failure: AgentFailed) -> None:
        """The agent could not finish: wait and repeat, or ask a human.

        Raises:
            AgentError: no task of this agent can get further; nothing was changed.
        """
        task_id = claim.item.task_id
        attempt = self._transient.get(task_id, 0) + 1
        self._transient[task_id] = attempt
        wait_s = wait_after(failure, attempt=attempt, jitter=self._services.jitter())
        if failure.is_backend_wide and claim.item.model is None:
            raise AgentError(failure.message, hint="then run again: the queue is as it was")
        if wait_s is None:
            await self.end(claim, Trigger.BLOCK, failure.message)
            return
        await self._later(claim, failure.message, attempt=attempt, wait_s=wait_s)

    async def wait_out(self, claim: Claim, fault: str) -> None:
        """A fault of this machine, that may be over soon, kept the iteration from its end: repeat
        it later, however often.
        """
        task_id = claim.item.task_id
        attempt = self._transient.get(task_id, 0) + 1
        self._transient[task_id] = attempt
        wait_s = backoff_s(attempt, jitter=self._services.jitter())
        await self._later(claim, fault, attempt=attempt, wait_s=wait_s)

    async def _later(self, claim: Claim, fault: str, *, attempt: int, wait_s: float) -> None:
        not_before = self._services.clock.now() + timedelta(seconds=wait_s)
        cause = f"{fault}; again in {wait_s:.0f} s"
        await self._again(claim, f"outage {attempt} in a row", cause)
        await self._services.store.write(
            lambda tx: _abandon(tx, claim, cause, not_before=not_before)
        )

    async def crashed(self, claim: Claim, error: Exception) -> None:
        """A bug in the engine: repeat a few times, then set the task aside."""
        task_id = claim.item.task_id
        times = self._crashes.get(task_id, 0) + 1
        self._crashes[task_id] = times
        cause = f"the engine failed: {type(error).__name__}: {error}"
        if times >= _MAX_CRASHES:
            await self.end(claim, Trigger.BLOCK, f"{cause} ({times} times); see the log")
            return
        await self._again(claim, f"crash {times} in a row", cause)
        await self._services.store.write(lambda tx: _abandon(tx, claim, cause))

    async def _again(self, claim: Claim, value: str, cause: str) -> None:
        await self._services.automatic.moved(claim.item, Trigger.INTERRUPT, value, cause)

    async def give_up(self, claim: Claim, worktree: Worktree | None, cause: str) -> None:
        """The worker was cancelled by the end of the run, or the task was taken from it."""
        if worktree is not None:
            await self._keep_for_operator(claim, worktree)
        item = await self._services.store.write(lambda tx: _release(tx, claim, cause))
        if item.state is TaskState.CANCELLED and item.fence == claim.fence:
            if worktree is not None:
                await self._keep_unfinished(item, worktree)
            await self._services.tidy(item)

    async def _keep_for_operator(self, claim: Claim, worktree: Worktree) -> None:
        """What the agent of a task that is being taken over wrote is there for the operator."""
        store, task_id = self._services.store, claim.item.task_id
        item = await store.read(lambda reader: reader.task(task_id))
        is_ours = item.fence == claim.fence and item.orchestrator_id == claim.worker
        if not (is_ours and item.taken_by and item.base_commit):
            return
        message = f"{task_id}: unfinished and unverified, taken over\n"
        try:
            head = await self._services.workspace.commit(worktree, message)
        except WorkspaceError:
            return  # it lies in the worktree, which the operator gets as it is
        await store.write(lambda tx: tx.update_task(task_id, fence=claim.fence, head_commit=head))

    async def _keep_unfinished(self, item: WorkItem, worktree: Worktree) -> None:
        """A cancelled task's work is unverified, but not lost."""
        message = f"{item.task_id}: unfinished and unverified, cancelled\n"
        head = await self._services.workspace.commit(worktree, message)
        await self._services.store.write(lambda tx: tx.update_task(item.task_id, head_commit=head))


def _end(tx: Transaction, claim: Claim, trigger: Trigger, reason: str, limit: str = "") -> WorkItem:
    task_id, changes = claim.item.task_id, {"error_log": reason}
    item = tx.move(task_id, trigger, fence=claim.fence, reason=reason, limit=limit, changes=changes)
    withdraw_open(tx, task_id, f"its task is {item.standing}")
    return item


def _release(tx: Transaction, claim: Claim, cause: str) -> WorkItem:
    item = tx.task(claim.item.task_id)
    is_ours = item.fence == claim.fence and item.orchestrator_id == claim.worker
    if not is_ours:
        return item
    if item.state is TaskState.WAITING:
        return park(tx, item)
    halted = tx.control().halted
    cause = f"everything was halted: {halted}" if halted else cause
    if item.is_pause_requested:
        cause = f"taken over by {item.taken_by}" if item.taken_by else "paused at once"
    return _abandon(tx, claim, cause)


def _abandon(tx: Transaction, claim: Claim, cause: str, **changes: object) -> WorkItem:
    item = claim.item
    tx.append_facts(
        IterationAbandoned(
            iteration=item.iteration_count + 1, cause=cause, is_transient="not_before" in changes
        ),
        task_id=item.task_id,
        project=item.project,
    )
    return _put_back(tx, claim, cause, changes)


def _put_back(tx: Transaction, claim: Claim, cause: str, changes: Mapping[str, object]) -> WorkItem:
    item = tx.move(
        claim.item.task_id, Trigger.INTERRUPT, fence=claim.fence, reason=cause, changes=changes
    )
    return pause_if_asked(tx, item)
