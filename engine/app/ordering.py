"""What guests want done: orders to the engine, and tasks for its queue."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

from engine.app.lock import EngineLock
from engine.app.parts import BACKENDS, Parts
from engine.app.taking import Taking
from engine.app.unpriced import is_unpriced, refuse_unpriced, told_unpriced
from engine.domain.errors import InputError, StateError
from engine.domain.facts import OrderGiven
from engine.domain.ids import OrderId, TaskId
from engine.domain.orders import (
    UNDO_WITHIN_S,
    BranchTask,
    Order,
    OrderRecord,
    OrderStatus,
    SetAgent,
    UndoOrder,
)
from engine.domain.work import NewTask, WorkItem
from engine.loop.branch_orders import point_of
from engine.loop.undo_choice import NEWEST_ORDERS, next_to_undo, rest_of_go, told_as_one
from engine.ports.store import TaskQuery, Transaction

SETTLED_WITHIN_S = 10.0
_EVERYTHING = 1_000_000_000


class Ordering:
    """Writes what is wanted into the store, and waits until the owner of the engine settles it."""

    def __init__(self, parts: Parts, lock: EngineLock) -> None:
        self._parts = parts
        self._store = parts.store
        self._lock = lock

    async def give(self, order: Order, *, by: str) -> OrderRecord:
        """See `EngineFace.give`."""
        if isinstance(order, SetAgent | BranchTask):
            await self._refuse_agent(order)
        if isinstance(order, BranchTask):
            await self._refuse_lost_point(order)
        order_id = await self._write_order(order, by)
        return self._told_of_agent(await self._settled(order_id))

    async def undo(self, *, by: str) -> OrderRecord:
        """See `EngineFace.undo`."""
        newest = await self._newest_orders()
        chosen = next_to_undo(newest, by, self._parts.clock.now())
        if not chosen:
            own = (record.order for record in newest if record.by == by)
            tried_before = any(isinstance(order, UndoOrder) for order in own)
            raise StateError(
                f"there is nothing {'more ' if tried_before else ''}to undo",
                hint=f"only what you ordered in the last {UNDO_WITHIN_S:.0f} s can be",
            )
        tried: list[OrderRecord] = []
        undone: list[OrderRecord] = []
        while chosen:
            undone += [
                await self.give(UndoOrder(order_id=record.order_id), by=by) for record in chosen
            ]
            tried += chosen
            chosen = rest_of_go(await self._newest_orders(), tried)
        return told_as_one(undone)

    async def _newest_orders(self) -> list[OrderRecord]:
        return await self._store.read(lambda reader: reader.newest_orders(NEWEST_ORDERS))

    async def take(self, task_id: TaskId, *, by: str) -> Path:
        """See `EngineFace.take`."""
        return await Taking(self._parts, partial(self.give, by=by), by=by).take(task_id)

    async def hand_back(self, task_id: TaskId, note: str, *, by: str) -> OrderRecord:
        """See `EngineFace.hand_back`."""
        return await Taking(self._parts, partial(self.give, by=by), by=by).hand_back(task_id, note)

    async def add_tasks(self, tasks: list[NewTask]) -> list[WorkItem]:
        """Queue them, all or none.

        Raises:
            InputError: a task names an agent that there is not, or its id holds what may not be
                written; nothing was added.
            DuplicateTaskError, DependencyError: nothing was added.
        """
        for task in tasks:
            self._refuse_secret_id(task.task_id)
            if task.backend is not None:
                _refuse_unknown_backend(task.task_id, task.backend)
        return await self._store.write(lambda tx: tx.add_tasks(tasks))

    async def import_queue(self, path: Path) -> list[WorkItem]:
        """Queue the tasks of a queue file, all or none; those it calls completed are left out.

        Raises:
            ConfigError, InputError: the file is wrong; nothing was added.
        """
        from engine.exchange import read_queue

        project = self._parts.settings.project
        tasks = await asyncio.to_thread(read_queue, path, project=project)
        return await self.add_tasks(tasks)

    async def export_queue(self, path: Path) -> int:
        """Write the project's tasks as a queue file; how many there are."""
        from engine.exchange import write_queue

        project = self._parts.settings.project
        items = await self._store.read(
            lambda reader: reader.tasks(TaskQuery(project=project, limit=_EVERYTHING))
        )
        await asyncio.to_thread(write_queue, path, items, project=project)
        return len(items)

    async def _refuse_agent(self, order: SetAgent | BranchTask) -> None:
        """A backend that there is not, or a model with which a limit of money could not be kept.

        Raises:
            InputError, UnknownTaskError: nothing was ordered.
        """
        if order.backend is not None:
            _refuse_unknown_backend(order.task_id, order.backend)
        settings = self._parts.settings
        if not is_unpriced(settings, order.backend, order.model):
            return
        item = await self._store.read(lambda reader: reader.task(order.task_id))
        limit = order.max_cost_cents if isinstance(order, BranchTask) else None
        refuse_unpriced(
            settings, order.task_id, order.backend, order.model,
            is_limited=(item.max_cost_cents if limit is None else limit) is not None,
        )  # fmt: skip

    def _told_of_agent(self, record: OrderRecord) -> OrderRecord:
        """With what is not known of the model that was asked for."""
        order = record.order
        if not isinstance(order, SetAgent | BranchTask) or record.status is not OrderStatus.APPLIED:
            return record
        if not is_unpriced(self._parts.settings, order.backend, order.model):
            return record
        return replace(record, outcome=f"{record.outcome}; {told_unpriced(str(order.model))}")

    async def _refuse_lost_point(self, order: BranchTask) -> None:
        """A checkpoint whose commit is gone from the repository, or an id that may not be written.

        Raises:
            InputError, WorkspaceError: nothing was ordered.
        """
        self._refuse_secret_id(order.new_id)
        point = await self._store.read(lambda reader: point_of(reader, order))
        await self._parts.workspace.resolve(point.commit)

    def _refuse_secret_id(self, task_id: str) -> None:
        redact = self._parts.secrecy.redact
        if redact(task_id) != task_id:
            raise InputError(
                f"task id {redact(task_id)!r} would hold a secret or personal data",
                hint="ids stay readable everywhere: name the task after what is to be done",
            )

    async def _write_order(self, order: Order, by: str) -> OrderId:
        order_id = OrderId(self._parts.ids.new("ord"))
        record = OrderRecord(
            order_id=order_id, order=order, by=by, given_at=self._parts.clock.now()
        )

        def write(tx: Transaction) -> None:
            tx.add_order(record)
            tx.append_facts(OrderGiven(order_id=order_id, order_kind=order.kind, by=by))

        await self._store.write(write)
        return order_id

    async def _settled(self, order_id: OrderId) -> OrderRecord:
        try:
            async with asyncio.timeout(SETTLED_WITHIN_S):
                return await self._wait_until_settled(order_id)
        except TimeoutError:
            pid = self._lock.holder().get("pid", "unknown")
            raise StateError(
                f"order {order_id!r} was not settled in {SETTLED_WITHIN_S:.0f} s",
                hint=f"it stays in the store and is settled first of all by the engine (process"
                f" {pid}) or the next one; one that hangs can be ended with 'kill -9 {pid}'",
            ) from None

    async def _wait_until_settled(self, order_id: OrderId) -> OrderRecord:
        while True:
            seq = await self._store.read(lambda reader: reader.last_seq())
            record = await self._store.read(lambda reader: reader.order(order_id))
            if record.status is not OrderStatus.PENDING:
                return record
            await self._store.wait_for_facts(seq)


def _refuse_unknown_backend(task_id: TaskId, backend: str) -> None:
    if backend not in BACKENDS:
        raise InputError(
            f"task {task_id!r} wants agent backend {backend!r}, which is unknown",
            hint=f"use one of {', '.join(BACKENDS)}",
        )
