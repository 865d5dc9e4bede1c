"""What becomes of tasks that the merge queue is done with: one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.domain.decision import DecisionKind
from engine.domain.errors import WorkspaceError
from engine.domain.facts import MergeRefused, TaskMerged
from engine.domain.ids import TaskId
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.state import TaskState, Trigger
from engine.domain.verdict import Verdict
from engine.domain.work import MergeState, WorkItem
from engine.loop.merging_services import MergeServices
from engine.ports.merging import Conflict
from engine.ports.store import Transaction
from engine.wiggum.limits import iteration_budget

_SHOWN_REASONS = 5
_UNDER_WAY = frozenset({MergeStep.INTENDED, MergeStep.LANDED, MergeStep.REVERTING})


class Outcomes:
    """Moves tasks out of MERGING."""

    def __init__(self, services: MergeServices) -> None:
        self._services = services

    async def put_back(self, task_ids: Sequence[TaskId]) -> None:
        """Into the merge queue again, as if nothing had been tried."""

        def write(tx: Transaction) -> None:
            for task_id in task_ids:
                is_open = tx.merges(task_id=task_id, steps=_UNDER_WAY)
                if tx.task(task_id).state is TaskState.MERGING and not is_open:
                    tx.move(task_id, Trigger.LAND, changes={"merge_state": MergeState.QUEUED})

        if task_ids:
            await self._services.store.write(write)

    async def set_aside(self, task_ids: Sequence[TaskId], why: str) -> None:
        """As `wait`, but what has begun to land is left to the next look at it."""

        def write(tx: Transaction) -> None:
            for task_id in task_ids:
                if not tx.merges(task_id=task_id, steps=_UNDER_WAY):
                    _wait(
                        tx, task_id, "blocked", f"{why}; see the log, then approve the merge again"
                    )

        await self._services.store.write(write)

    async def wait(self, task_ids: Sequence[TaskId], *, cause: str, why: str) -> None:
        """Until the operator has done what `why` says and approves again."""

        def write(tx: Transaction) -> None:
            for task_id in task_ids:
                _wait(tx, task_id, cause, why)

        if task_ids:
            await self._services.store.write(write)

    async def present(self, items: Sequence[WorkItem], base: str) -> None:
        """The base branch holds their work already, without our doing."""
        changes = {"merge_state": MergeState.MERGED, "merged_commit": base}

        def write(tx: Transaction) -> None:
            for item in items:
                tx.move(item.task_id, Trigger.LAND, reason="merged before", changes=changes)

        if items:
            await self._services.store.write(write)

    async def merged(self, records: Sequence[MergeRecord], *, doubt: str = "") -> None:
        """The base branch holds them, and its checks say so; `doubt`: why they could not."""

        def write(tx: Transaction) -> None:
            for record in records:
                tx.update_merge(record.number, step=MergeStep.MERGED, reason=doubt)
                _land(tx, record, doubt)

        await self._services.store.write(write)

    async def conflicting(self, item: WorkItem, conflict: Conflict, base: str) -> None:
        """It does not fit onto `base`: back to its agent, with the conflict in its files."""
        paths = ", ".join(conflict.paths)
        why = f"it conflicts with the base branch in {paths}"
        note = (
            f"Your verified work could not be merged: meanwhile the base branch has changed {paths}"
            " too. The base branch is now joined into your branch. Files with conflicts hold both"
            " versions between the marks '<<<<<<<', '=======' and '>>>>>>>': above the middle mark"
            " stands your version, below it that of the base branch. Resolve every one so that both"
            f" purposes are kept, then run the tests. The places, as they were found:\n"
            f"{conflict.hunks}"
        )
        await self._send_back(item, MergeState.CONFLICT, base, why, note)

    async def red(self, item: WorkItem, found: str, base: str) -> None:
        """It fits onto `base`, but the checks do not hold there: back to its agent. `found` are
        the reasons, one in a line.
        """
        why = f"together with the base branch it fails: {found.splitlines()[0]}"
        note = (
            "Your work passes by itself, but not together with what the base branch holds by now."
            " The base branch is joined into your branch; run the tests there and mend what fails."
            f" What was found:\n{found}"
        )
        await self._send_back(item, MergeState.RED, base, why, note)

    async def _send_back(
        self,
        item: WorkItem,
        state: MergeState,
        base: str,
        why: str,
        note: str,
    ) -> None:
        changes: dict[str, Any] = {"merge_state": state, "base_commit": base, "error_log": ""}
        changes["last_verdict"] = None  # nobody has judged what the branch holds from now on
        trigger = Trigger.AGAIN
        try:
            changes["head_commit"] = await self._services.git.follow(item, base)
        except WorkspaceError as error:
            trigger, changes = Trigger.BLOCK, {"merge_state": state}
            why = f"{why}; {error}"
        if trigger is Trigger.AGAIN and not self._has_budget(item):
            trigger = Trigger.BLOCK
            why = f"{why}; its iterations are used up: 'aio-tui task retry' gives it new ones"
        if trigger is Trigger.BLOCK:
            changes["error_log"] = why
        culprit = item.task_id if state is MergeState.RED else ""
        fact = MergeRefused(cause=state.value, why=why, culprit=culprit)
        kind = DecisionKind.STOP if trigger is Trigger.BLOCK else DecisionKind.RETRY
        await self._services.decide(kind, item.task_id, f"on {base}", reason=why)

        def write(tx: Transaction) -> None:
            tx.add_note(item.task_id, note)
            tx.append_facts(fact, task_id=item.task_id, project=item.project)
            tx.move(item.task_id, trigger, reason=why, changes=changes)

        await self._services.store.write(write)

    def _has_budget(self, item: WorkItem) -> bool:
        return item.iteration_count < iteration_budget(item, self._services.settings.budgets)


def found_in(verdict: Verdict) -> str:
    """The reasons of a verdict, one in a line."""
    reasons = [f"{reason.rule}: {reason.message}" for reason in verdict.reasons]
    return "\n".join(reasons[:_SHOWN_REASONS]) or verdict.kind.value


def _wait(tx: Transaction, task_id: TaskId, cause: str, why: str) -> None:
    changes: dict[str, Any] = {"merge_state": MergeState.WAITING, "error_log": why}
    item = tx.task(task_id)
    if item.state is TaskState.MERGING:
        tx.move(task_id, Trigger.LAND, reason=why, changes=changes)
    elif item.merge_state is MergeState.QUEUED:
        tx.update_task(task_id, **changes)
    else:
        return
    tx.append_facts(MergeRefused(cause=cause, why=why), task_id=task_id, project=item.project)


def _land(tx: Transaction, record: MergeRecord, doubt: str) -> None:
    changes: dict[str, Any] = {
        "merge_state": MergeState.MERGED,
        "merged_commit": record.result,
        "error_log": doubt,
    }
    item = tx.task(record.task_id)
    reason = f"merged into {record.base_branch}"
    if item.state is TaskState.MERGING:
        tx.move(record.task_id, Trigger.LAND, reason=reason, changes=changes)
    else:
        tx.update_task(record.task_id, **changes)
    fact = TaskMerged(base_branch=record.base_branch, commit=record.result, tag=record.tag)
    tx.append_facts(fact, task_id=record.task_id, project=record.project)
