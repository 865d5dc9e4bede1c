"""A task in the operator's hands: its worktree is his until he gives it back.

Nothing here lives in memory: what is taken stays taken, with all that lies in the worktree, whoever
is killed meanwhile, and may be given back by another process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.app.parts import Parts
from engine.domain.errors import StateError, WorkspaceError
from engine.domain.ids import TaskId
from engine.domain.orders import HandBackTask, Order, OrderRecord, OrderStatus, TakeTask
from engine.domain.state import TaskState
from engine.domain.steps import NextStep, Step
from engine.domain.work import WorkItem

_WITHIN_S = 60.0
_MOST_PATHS = 30

Give = Callable[[Order], Awaitable[OrderRecord]]


class Taking:
    """For one operator.

    Args:
        parts: of the engine, or of a guest.
        give: gives an order and waits until it is settled.
        by: whose work it will be.
    """

    def __init__(self, parts: Parts, give: Give, *, by: str) -> None:
        self._store = parts.store
        self._workspace = parts.workspace
        self._give = give
        self._by = by

    async def take(self, task_id: TaskId) -> Path:
        """The worktree of the task, which nobody else touches from now on. What an iteration that
        was given up left in it is committed. Asked again, it is as the operator left it.

        Raises:
            UnknownTaskError: there is none.
            StateError: it cannot be taken over, or its worker did not let go in 60 s.
            WorkspaceError: git refuses; the task is taken over all the same.
        """
        item = await self._store.read(lambda reader: reader.task(task_id))
        is_first = item.state is not TaskState.TAKEN
        if is_first or item.taken_by != self._by:
            item = await self._taken(task_id)
        worktree = await self._workspace.adopt(item)
        if is_first:
            await self._workspace.commit(
                worktree, f"{task_id}: unfinished and unverified, taken over\n"
            )
        return worktree.path

    async def hand_back(self, task_id: TaskId, note: str) -> OrderRecord:
        """Commit what the operator did as his work, and let agents go on with it.

        Raises:
            UnknownTaskError: there is none.
            StateError: it is not taken over; nothing was done.
            WorkspaceError: git refuses; the task is still the operator's.
        """
        item = await self._store.read(lambda reader: reader.task(task_id))
        if item.state is not TaskState.TAKEN:
            raise StateError(
                f"task {task_id!r} is {item.standing}",
                hint=NextStep(words="work on it by hand", step=Step.TAKE, about=task_id),
            )
        worktree = await self._workspace.adopt(item)
        title = f"{task_id}: work of {self._by} by hand"
        try:
            head = await self._workspace.commit(
                worktree, f"{title}\n\n{note}\n".replace("\n\n\n", "\n"), author=self._by
            )
        except WorkspaceError as error:
            raise WorkspaceError(
                f"what you did in {str(worktree.path)!r} cannot be committed: {error.message}",
                hint=f"bring it onto branch {worktree.branch!r} and give it back again",
            ) from error
        changed = await self._workspace.changed_files(worktree.head_commit, head)
        order = HandBackTask(
            task_id=task_id,
            base_commit=worktree.base_commit,
            commit=head,
            changed=changed[:_MOST_PATHS],
            note=note,
        )
        return await self._give(order)

    async def _taken(self, task_id: TaskId) -> WorkItem:
        """Ask for the task until it is ours; it may come to a safe point just before we ask."""
        try:
            async with asyncio.timeout(_WITHIN_S):
                while True:
                    record = await self._give(TakeTask(task_id=task_id))
                    if record.status is OrderStatus.REFUSED:
                        look = NextStep(words="look at it", step=Step.SHOW_TASK, about=task_id)
                        raise StateError(record.outcome, hint=record.next_step or look)
                    item = await self._settled(task_id)
                    if item.state is TaskState.TAKEN:
                        return item
        except TimeoutError:
            raise StateError(
                f"the worker of task {task_id!r} did not let go in {_WITHIN_S:.0f} s",
                hint="it will be yours when it has: take it over again then",
            ) from None

    async def _settled(self, task_id: TaskId) -> WorkItem:
        """The task once it is ours, or nobody waits for it any more."""
        while True:
            seq = await self._store.read(lambda reader: reader.last_seq())
            item = await self._store.read(lambda reader: reader.task(task_id))
            if item.state is TaskState.TAKEN or not item.taken_by:
                return item
            await self._store.wait_for_facts(seq)
