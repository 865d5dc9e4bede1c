"""What a start does about merges that were under way when the last process ended.

The store says what was intended, git says what happened: the base branch holds the intended commit
or it does not. An update of the operator's checkout that was cut short is brought to its end first,
because what it was moving to had been proved.
"""

from __future__ import annotations

from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.state import TaskState
from engine.loop.merging_landing import Lander, by_tip
from engine.loop.merging_outcomes import Outcomes
from engine.loop.merging_services import MergeServices
from engine.loop.merging_undoing import ENGINE, Undoing
from engine.ports.merging import BaseTip, Refusal
from engine.ports.store import Reader, TaskQuery, Transaction

_NOT_MOVED = Refusal(cause="moved", why="the process ended before the base branch was moved")
_EVERYTHING = 1_000_000_000


async def recover_merges(
    services: MergeServices, outcomes: Outcomes, lander: Lander, undoing: Undoing
) -> None:
    """Finish or give up what was begun. Only for the holder of the engine's lock.

    Raises:
        WorkspaceError: git cannot be asked; nothing is decided, the next start tries again.
    """
    intended = await services.store.read(lambda reader: _of(reader, MergeStep.INTENDED))
    for records in by_tip(intended):
        await _look_at_landing(services, lander, records)
    for record in await services.store.read(lambda reader: _of(reader, MergeStep.REVERTING)):
        if record.undo:
            await _look_at_undoing(services, undoing, record)
    await outcomes.put_back([record.task_id for record in intended])
    merging = TaskQuery(
        project=services.settings.project,
        states=frozenset({TaskState.MERGING}),
        limit=_EVERYTHING,
    )
    for record in await services.store.read(lambda reader: _taken_back(reader, merging)):
        await undoing.resume(record)
    left = await services.store.read(lambda reader: reader.tasks(merging))
    await outcomes.put_back([item.task_id for item in left])


async def _look_at_landing(
    services: MergeServices, lander: Lander, records: list[MergeRecord]
) -> None:
    first = records[0]
    refusal = await services.git.mend(
        BaseTip(branch=first.base_branch, commit=first.was), first.tip
    )
    has_landed = await services.git.contains(first.base_branch, first.tip)
    outcome = None if has_landed else refusal or _NOT_MOVED

    def write(tx: Transaction) -> None:
        for record in records:
            if outcome is None:
                tx.update_merge(record.number, step=MergeStep.LANDED)
            else:
                tx.update_merge(record.number, step=MergeStep.GIVEN_UP, reason=outcome.why)

    await services.store.write(write)
    if outcome is not None:
        await lander.refused(records, outcome)


async def _look_at_undoing(services: MergeServices, undoing: Undoing, record: MergeRecord) -> None:
    git = services.git
    before = BaseTip(branch=record.base_branch, commit=await git.parent(record.undo))
    await git.mend(before, record.undo)
    if await git.contains(record.base_branch, record.undo):
        await undoing.finish([record])
    else:
        await services.store.write(lambda tx: tx.update_merge(record.number, undo=""))


def _taken_back(reader: Reader, merging: TaskQuery) -> list[MergeRecord]:
    """Merges that were undone by ourselves, of tasks that nobody has told yet."""
    attempts = [reader.merges(task_id=item.task_id) for item in reader.tasks(merging)]
    last = [records[-1] for records in attempts if records]
    return [one for one in last if one.step is MergeStep.REVERTED and one.by == ENGINE]


def _of(reader: Reader, step: MergeStep) -> list[MergeRecord]:
    return reader.merges(steps=frozenset({step}))
