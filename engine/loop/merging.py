"""The merge queue: brings verified branches into the base branch, one batch at a time.

Each batch is put on top of the present base branch without touching it, proved there as a whole,
halved if it fails until the culprit is known, and then lands in one move. What must survive the
death of this process is written to the store before it happens; what really happened is read from
git at the next start (`engine.loop.merging_recovery`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from engine.domain.errors import EngineError, StoreError, WorkspaceError
from engine.domain.facts import MergeStarted, PullRequestOpened
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.settings import MergePolicy
from engine.domain.state import TaskState, Trigger
from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import MergeState, WorkItem
from engine.loop.merging_batch import Layer, Proof, prove, stack
from engine.loop.merging_choice import next_batch
from engine.loop.merging_landing import Lander, by_tip
from engine.loop.merging_outcomes import Outcomes, found_in
from engine.loop.merging_recovery import recover_merges
from engine.loop.merging_services import MergeServices
from engine.loop.merging_size import BatchSize
from engine.loop.merging_undoing import ENGINE, Undoing
from engine.loop.scope import to_the_end, ungrouped
from engine.ports.merging import BaseTip
from engine.ports.store import Reader, TaskQuery, Transaction

_OPEN = frozenset({MergeStep.INTENDED, MergeStep.LANDED})
_PROPOSAL = frozenset({MergeStep.PROPOSED, MergeStep.GIVEN_UP})
_EVERYTHING = 1_000_000_000


class MergeQueue:
    """One for each repository; only the holder of the engine's lock may run it."""

    def __init__(self, services: MergeServices) -> None:
        self._services = services
        self._outcomes = Outcomes(services)
        self._undoing = Undoing(services, self._outcomes)
        self._lander = Lander(services, self._outcomes, self._undoing)
        self._size = BatchSize(services.settings.merge.batch)
        self._one_at_a_time = asyncio.Lock()

    def has_work(self, reader: Reader) -> bool:
        """Whether there is anything to merge, to check or to undo."""
        return bool(
            reader.merges(steps=_OPEN) or _wanted_back(reader) or self._queued(reader)
        ) or bool(reader.tasks(self._query(TaskState.MERGING)))

    def begins_at(self, reader: Reader) -> datetime | None:
        """When the first of those that can still be taken back may begin; None: there are none."""
        now = self._services.clock.now()
        times = (item.not_before for item in self._queued(reader))
        return min((at for at in times if at is not None and at > now), default=None)

    async def recover(self) -> None:
        """Finish or give up what a killed process had begun; before anything else is done."""
        await recover_merges(self._services, self._outcomes, self._lander, self._undoing)

    async def run(self) -> None:
        """Work until nothing is left to do. Cancelled, it leaves what has not landed queued.

        Raises:
            StoreError: the database cannot be written.
        """
        async with self._one_at_a_time:
            unfinished = await self._services.store.read(_being_taken_back)
            for records in by_tip(unfinished):
                await self._undoing.take_back(records, records[0].reason)
            while await self._step():
                pass

    async def _step(self) -> bool:
        """One batch, one undoing, or what remained of an earlier one; False: nothing was left, or
        everything is halted.
        """
        if await self._services.store.read(lambda reader: reader.control().halted):
            return False
        wanted_back = await self._services.store.read(_wanted_back)
        if wanted_back:
            await self._lander.check_landed()
            await self._undoing.carry_out(wanted_back[0])
            return True
        items = await self._services.store.read(self._next_batch)
        with ungrouped():
            async with asyncio.TaskGroup() as group:
                landed = group.create_task(self._lander.check_landed(), name="checks after landing")
                if items:
                    await self._take(items, landed)
        return bool(items) or landed.result()

    async def _take(self, items: list[WorkItem], landed: asyncio.Task[bool]) -> None:
        """Merge them; nothing lands before all is known of what `landed` earlier."""
        ids = [item.task_id for item in items]
        try:
            base = await self._services.git.base()
        except WorkspaceError as error:
            await self._outcomes.wait(ids, cause="checkout", why=str(error))
            return
        if await self._services.store.read(lambda reader: self._is_proposal(reader, items[0])):
            items, ids = items[:1], ids[:1]
        try:
            await self._merge(await self._begin(items, base), base, landed)
        except StoreError:
            raise
        except EngineError as error:
            await self._outcomes.wait(ids, cause="blocked", why=str(error))
        except asyncio.CancelledError:
            await to_the_end(self._outcomes.put_back(ids))
            raise
        except Exception as error:
            # A bug must not be repeated for ever: nobody takes these tasks again by itself.
            await self._outcomes.set_aside(
                ids, f"the engine failed: {type(error).__name__}: {error}"
            )
            raise

    async def _begin(self, items: Sequence[WorkItem], base: BaseTip) -> list[WorkItem]:
        """Take those that nobody has taken out of the queue since it was read."""
        fact = MergeStarted(base_branch=base.branch, onto=base.commit)

        def write(tx: Transaction) -> list[WorkItem]:
            queued = {item.task_id for item in self._queued(tx)}
            taken = [item for item in items if item.task_id in queued]
            for item in taken:
                tx.append_facts(fact, task_id=item.task_id, project=item.project)
            return [tx.move(item.task_id, Trigger.MERGE) for item in taken]

        return await self._services.store.write(write)

    async def _merge(
        self, items: list[WorkItem], base: BaseTip, landed: asyncio.Task[bool]
    ) -> None:
        if not items:
            return
        if await self._services.store.read(lambda reader: self._is_proposal(reader, items[0])):
            await self._propose(items[0], base)
            return
        batch = await stack(self._services, items, base.commit)
        proof = await prove(self._services, batch.layers, base.commit) if batch.layers else None
        if await self._is_taken_back(base, landed):
            await self._outcomes.put_back([item.task_id for item in items])
            return
        for item, conflict in batch.conflicts:
            await self._outcomes.conflicting(item, conflict, base.commit)
        await self._outcomes.present(batch.present, base.commit)
        await self._outcomes.put_back([item.task_id for item in batch.deferred])
        if proof is not None:
            await to_the_end(self._settle(base, proof))

    async def _is_taken_back(self, base: BaseTip, landed: asyncio.Task[bool]) -> bool:
        """Whether what landed before did not hold, so that `base` is no longer what it was."""
        await asyncio.wait([landed])
        return landed.result() and await self._services.git.base() != base

    async def _settle(self, base: BaseTip, proof: Proof) -> None:
        rest = [layer.item.task_id for layer in proof.rest]
        if proof.culprit is None:
            self._size.held(len(proof.green))
        else:
            self._size.broke()
        if proof.green and not await self._lander.land(base, proof.green):
            culprit = [proof.culprit.item.task_id] if proof.culprit else []
            await self._outcomes.put_back([*culprit, *rest])
            return
        if proof.culprit is not None:
            onto = proof.green[-1].result if proof.green else base.commit
            await self._accuse(proof.culprit, proof.verdict, onto)
        await self._outcomes.put_back(rest)

    async def _accuse(self, culprit: Layer, verdict: Verdict, onto: str) -> None:
        found = found_in(verdict)
        if verdict.kind is VerdictKind.BLOCKED:
            why = f"the merge could not be judged: {found.splitlines()[0]} {verdict.next_step}"
            await self._outcomes.wait([culprit.item.task_id], cause="blocked", why=why.strip())
        else:
            await self._outcomes.red(culprit.item, found, onto)

    async def _propose(self, item: WorkItem, base: BaseTip) -> None:
        try:
            url = await self._services.git.propose(item, base.branch)
        except WorkspaceError as error:
            await self._note_proposal(item, base, MergeStep.GIVEN_UP, str(error))
            why = f"no pull request: {error}"
            await self._outcomes.wait([item.task_id], cause="pull-request", why=why)
            return
        await self._note_proposal(item, base, MergeStep.PROPOSED, url)

        def write(tx: Transaction) -> None:
            changes = {"merge_state": MergeState.PULL_REQUEST, "error_log": ""}
            tx.append_facts(PullRequestOpened(url=url), task_id=item.task_id, project=item.project)
            tx.move(item.task_id, Trigger.LAND, reason=f"pull request {url}", changes=changes)

        await self._services.store.write(write)

    async def _note_proposal(
        self, item: WorkItem, base: BaseTip, step: MergeStep, reason: str
    ) -> None:
        head = item.head_commit or ""
        record = MergeRecord(
            task_id=item.task_id,
            project=item.project,
            at=self._services.clock.now(),
            step=step,
            base_branch=base.branch,
            head=head,
            was=base.commit,
            onto=base.commit,
            result=head,
            tip=head,
            reason=reason,
        )
        await self._services.store.write(lambda tx: tx.add_merge(record))

    def _is_proposal(self, reader: Reader, item: WorkItem) -> bool:
        """Whether others are to decide. Asked again for the same work, it is merged here."""
        if self._services.settings.merge.policy is not MergePolicy.PULL_REQUEST:
            return False
        tried = reader.merges(task_id=item.task_id, steps=_PROPOSAL)
        return not any(record.head == item.head_commit and not record.tag for record in tried)

    def _next_batch(self, reader: Reader) -> list[WorkItem]:
        """See `next_batch`. None while one more may join them that can still be taken back."""
        return next_batch(reader, self._due(reader), self._size.now)

    def _due(self, reader: Reader) -> list[WorkItem]:
        queued, now = self._queued(reader), self._services.clock.now()
        due = [item for item in queued if item.not_before is None or item.not_before <= now]
        is_full = len(due) >= self._size.now
        return due if is_full or len(due) == len(queued) else []

    def _queued(self, reader: Reader) -> list[WorkItem]:
        return reader.tasks(self._query(TaskState.COMPLETED, MergeState.QUEUED))

    def _query(self, state: TaskState, *merge_states: MergeState) -> TaskQuery:
        return TaskQuery(
            project=self._services.settings.project,
            states=frozenset({state}),
            merge_states=frozenset(merge_states),
            limit=_EVERYTHING,
        )


def _wanted_back(reader: Reader) -> list[MergeRecord]:
    """Merges that the operator wants undone."""
    asked = reader.merges(steps=frozenset({MergeStep.REVERTING}))
    return [record for record in asked if record.by != ENGINE]


def _being_taken_back(reader: Reader) -> list[MergeRecord]:
    """Merges that we have to undo and could not yet."""
    asked = reader.merges(steps=frozenset({MergeStep.REVERTING}))
    return [record for record in asked if record.by == ENGINE]
