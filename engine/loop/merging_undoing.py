"""Undoing merges with a commit on top: because the checks fail afterwards, or by order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from engine.domain.decision import DecisionKind
from engine.domain.errors import WorkspaceError
from engine.domain.facts import MergeRefused, MergeReverted, WarningRaised
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.state import TaskState, Trigger
from engine.domain.work import MergeState
from engine.loop.merging_batch import failures_after
from engine.loop.merging_outcomes import Outcomes
from engine.loop.merging_services import MergeServices
from engine.ports.merging import Conflict
from engine.ports.store import Reader, Transaction

ENGINE = "engine"
_TRIES = 10
_TWICE = (
    "its merge made the checks of the base branch fail twice although they hold in a checkout of"
    " their own; look for what differs there, then retry it"
)


class Undoing:
    """Takes merged work out of the base branch; nothing leaves its past."""

    def __init__(self, services: MergeServices, outcomes: Outcomes) -> None:
        self._services = services
        self._outcomes = outcomes

    async def take_back(self, records: Sequence[MergeRecord], found: str) -> None:
        """Undo a batch by ourselves. A batch of one goes back to its agent; the tasks of a larger
        one are merged again by halves, which shows whose fault it is.
        """
        first = found.splitlines()[0]
        prefix = f"the checks on {records[0].base_branch} fail after the merge: "
        reason = prefix + first.removeprefix(prefix)
        await self._note(records, reason, ENGINE)
        problem = await self._undo(records, reason, ENGINE)
        if problem is None:
            await self.finish(records, found=found)
            return
        why = f"{reason}; and it could not be undone: {problem}"

        def write(tx: Transaction) -> None:
            for record in records:
                changes = {"error_log": why, "merge_state": MergeState.RED}
                if tx.task(record.task_id).state is TaskState.MERGING:
                    tx.move(record.task_id, Trigger.BLOCK, reason=why, changes=changes)

        await self._services.store.write(write)

    async def carry_out(self, record: MergeRecord) -> None:
        """Undo one merge because the operator wants it. His word does not wait for the checks, but
        he hears what they say.
        """
        problem = await self._undo([record], record.reason, record.by)
        if problem is None:
            await self.finish([record], doubt=await failures_after(self._services, record))
            return
        why = f"the merge could not be reverted: {problem}"

        def write(tx: Transaction) -> None:
            tx.update_merge(record.number, step=MergeStep.MERGED, undo="", reason="", by=ENGINE)
            tx.update_task(record.task_id, error_log=why)
            fact = MergeRefused(cause="conflict", why=why)
            tx.append_facts(fact, task_id=record.task_id, project=record.project)

        await self._services.store.write(write)

    async def finish(
        self, records: Sequence[MergeRecord], *, found: str = "", doubt: str = ""
    ) -> None:
        """Write down that the base branch holds the commit that undoes them, and what is wrong with
        that.
        """
        for record in records:
            earlier = await self._services.store.read(partial(_earlier, record))
            await self._services.store.write(partial(_reverted, record, doubt))
            if record.by == ENGINE:
                await self._after_taking_back(record, found or record.reason, earlier)

    async def resume(self, record: MergeRecord) -> None:
        """What `finish` did not come to, because its process ended in it."""
        earlier = await self._services.store.read(partial(_earlier, record))
        await self._after_taking_back(record, record.reason, earlier - 1)

    async def _after_taking_back(self, record: MergeRecord, found: str, earlier: int) -> None:
        item = await self._services.store.read(lambda reader: reader.task(record.task_id))
        if item.state is not TaskState.MERGING:
            return
        if record.onto != record.was or record.result != record.tip:
            await self._outcomes.put_back([item.task_id])
        elif earlier:
            changes = {"merge_state": MergeState.RED, "error_log": _TWICE}
            await self._services.store.write(
                lambda tx: tx.move(item.task_id, Trigger.BLOCK, reason=_TWICE, changes=changes)
            )
        else:
            base = await self._services.git.base()
            await self._outcomes.red(item, found, base.commit)

    async def _undo(self, records: Sequence[MergeRecord], reason: str, by: str) -> str | None:
        """Why it could not be done; None: it is done, and the records name the commit."""
        git, first = self._services.git, records[0]
        try:
            for _ in range(_TRIES):
                base = await git.base()
                if base.branch != first.base_branch:
                    return f"it is in {first.base_branch!r}, and {base.branch!r} is the base now"
                undo = await git.undo(
                    base,
                    before=first.onto,
                    after=records[-1].result,
                    message=_message(records, reason, by),
                )
                if isinstance(undo, Conflict):
                    return f"later work changed the same places of {', '.join(undo.paths)}"
                await self._intend(records, undo)
                for record in records:
                    await self._services.decide(
                        DecisionKind.MERGE_REVERT,
                        record.task_id,
                        f"{base.branch}: {undo}",
                        reason=reason,
                        by=by,
                    )
                refusal = await git.land(base, undo)
                if refusal is None:
                    return None
                if refusal.cause != "moved":
                    return refusal.why
        except WorkspaceError as error:
            return str(error)
        return f"{first.base_branch!r} moves all the time"

    async def _note(self, records: Sequence[MergeRecord], reason: str, by: str) -> None:
        def write(tx: Transaction) -> None:
            for record in records:
                tx.update_merge(record.number, step=MergeStep.REVERTING, reason=reason, by=by)

        await self._services.store.write(write)

    async def _intend(self, records: Sequence[MergeRecord], undo: str) -> None:
        def write(tx: Transaction) -> None:
            for record in records:
                tx.update_merge(record.number, undo=undo)

        await self._services.store.write(write)


def _earlier(record: MergeRecord, reader: Reader) -> int:
    """How often a merge of this task alone was taken back by ourselves before."""
    found = reader.merges(task_id=record.task_id, steps=frozenset({MergeStep.REVERTED}))
    return sum(one.by == ENGINE and one.onto == one.was and one.result == one.tip for one in found)


def _reverted(record: MergeRecord, doubt: str, tx: Transaction) -> None:
    now = tx.update_merge(record.number, step=MergeStep.REVERTED)
    item = tx.task(record.task_id)
    fact = MergeReverted(base_branch=now.base_branch, commit=now.undo, reason=now.reason, by=now.by)
    tx.append_facts(fact, task_id=item.task_id, project=item.project)
    if now.by == ENGINE:
        return
    why = f"its merge was reverted by {now.by}: {now.reason}"
    if doubt:
        why = f"{why}; {doubt}"
        warning = WarningRaised(text=doubt)
        tx.append_facts(warning, task_id=item.task_id, project=item.project)
    changes: dict[str, Any] = {
        "merge_state": MergeState.REVERTED,
        "merged_commit": None,
        "error_log": why,
    }
    if item.state is TaskState.COMPLETED:
        tx.move(item.task_id, Trigger.REVERT, reason=why, changes=changes)
    else:
        tx.update_task(item.task_id, **changes)
    tx.add_note(item.task_id, f"Your work was merged and then reverted: {now.reason}")


def _message(records: Sequence[MergeRecord], reason: str, by: str) -> str:
    names = ", ".join(dict.fromkeys(record.task_id for record in records))
    results = "\n".join(f"Reverts: {record.result}" for record in records)
    return f"Revert {names}\n\n{reason}\n\nReverted-by: {by}\n{results}\n"
