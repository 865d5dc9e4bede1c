"""Landing a proved batch: the intention, the tags, the move, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.decision import DecisionKind
from engine.domain.errors import EngineError, StoreError, WorkspaceError
from engine.domain.facts import WarningRaised
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.verdict import VerdictKind
from engine.loop.merging_batch import Layer, judge_landed
from engine.loop.merging_outcomes import Outcomes, found_in
from engine.loop.merging_services import MergeServices
from engine.loop.merging_undoing import Undoing
from engine.ports.merging import BaseTip, Refusal
from engine.ports.store import Reader, Transaction


class Lander:
    """Moves the base branch to what is proved, then looks whether that was right."""

    def __init__(self, services: MergeServices, outcomes: Outcomes, undoing: Undoing) -> None:
        self._services = services
        self._outcomes = outcomes
        self._undoing = undoing

    async def land(self, base: BaseTip, layers: Sequence[Layer]) -> bool:
        """Move the base branch over all layers at once; whether it moved. If not, the tasks wait:
        for the operator, or, where the branch has moved meanwhile, for the next try.
        """
        if await self._is_denied(base, layers):
            return False
        for layer in layers:
            await self._services.decide(
                DecisionKind.MERGE,
                layer.item.task_id,
                f"{base.branch}: {layer.onto}..{layer.result}",
                reason="the checks hold on the result",
            )
        records = await self._intend(base, layers)
        refusal = await self._move(base, records)
        step = MergeStep.LANDED if refusal is None else MergeStep.GIVEN_UP
        await self._mark(records, step, "" if refusal is None else refusal.why)
        if refusal is not None:
            await self.refused(records, refusal)
            return False
        for layer in layers:
            hooks = self._services.hooks_of(layer.item)
            await hooks.after_merge(base.branch, layer.onto, layer.result)
        return True

    async def _is_denied(self, base: BaseTip, layers: Sequence[Layer]) -> bool:
        """Ask the hooks; a task that one denies waits, the others are put together without it."""
        fine = []
        for layer in layers:
            hooks = self._services.hooks_of(layer.item)
            why = await hooks.before_merge(base.branch, layer.onto, layer.result)
            if why is None:
                fine.append(layer.item.task_id)
            else:
                await self._outcomes.wait([layer.item.task_id], cause="hook", why=why)
        if len(fine) == len(layers):
            return False
        await self._outcomes.put_back(fine)
        return True

    async def refused(self, records: Sequence[MergeRecord], refusal: Refusal) -> None:
        """The base branch could not be moved: what its tasks wait for."""
        ids = [record.task_id for record in records]
        if refusal.cause == "moved":
            await self._outcomes.put_back(ids)
        else:
            await self._outcomes.wait(ids, cause=refusal.cause, why=refusal.why)

    async def check_landed(self) -> bool:
        """Run the checks on the base branch for each batch that landed, and take back what makes
        them fail; whether there was one.
        """
        landed = await self._services.store.read(_landed)
        for records in by_tip(landed):
            await self._check(records)
        return bool(landed)

    async def _check(self, records: list[MergeRecord]) -> None:
        try:
            verdict = await judge_landed(self._services, records)
            if verdict.kind is VerdictKind.FAIL:
                # Ralph passed exactly this tree a moment ago: once more, before work is taken back.
                verdict = await judge_landed(self._services, records)
        except StoreError:
            raise
        except EngineError as error:
            await self._merged_in_doubt(records, str(error))
            return
        match verdict.kind:
            case VerdictKind.FAIL:
                await self._undoing.take_back(records, found_in(verdict))
            case VerdictKind.BLOCKED:
                await self._merged_in_doubt(records, found_in(verdict).splitlines()[0])
            case _:
                await self._outcomes.merged(records)

    async def _merged_in_doubt(self, records: Sequence[MergeRecord], why: str) -> None:
        """It was proved before it landed, so it stays; but the operator is to look."""
        first = records[0]
        doubt = (
            f"merged, but the checks on {first.base_branch} could not be judged afterwards: {why};"
            " run them there"
        )
        await self._outcomes.merged(records, doubt=doubt)
        await self._services.store.write(
            lambda tx: tx.append_facts(
                WarningRaised(text=doubt), task_id=first.task_id, project=first.project
            )
        )

    async def _intend(self, base: BaseTip, layers: Sequence[Layer]) -> list[MergeRecord]:
        now, project = self._services.clock.now(), self._services.settings.project

        def write(tx: Transaction) -> list[MergeRecord]:
            return [
                tx.add_merge(
                    MergeRecord(
                        task_id=layer.item.task_id,
                        project=project,
                        at=now,
                        step=MergeStep.INTENDED,
                        base_branch=base.branch,
                        head=layer.item.head_commit or "",
                        was=base.commit,
                        onto=layer.onto,
                        result=layer.result,
                        tip=layers[-1].result,
                        tag=_tag(tx, layer),
                    )
                )
                for layer in layers
            ]

        return await self._services.store.write(write)

    async def _move(self, base: BaseTip, records: Sequence[MergeRecord]) -> Refusal | None:
        git = self._services.git
        try:
            await git.tag([record.tag for record in records], base.commit)
            return await git.land(base, records[-1].tip)
        except WorkspaceError as error:
            if await git.contains(base.branch, records[-1].tip):
                return None
            return Refusal(cause="checkout", why=str(error))

    async def _mark(self, records: Sequence[MergeRecord], step: MergeStep, reason: str) -> None:
        def write(tx: Transaction) -> None:
            for record in records:
                tx.update_merge(record.number, step=step, reason=reason)

        await self._services.store.write(write)


def by_tip(records: Sequence[MergeRecord]) -> list[list[MergeRecord]]:
    """The records of each batch, in order."""
    batches: dict[tuple[str, str], list[MergeRecord]] = {}
    for record in records:
        batches.setdefault((record.was, record.tip), []).append(record)
    return list(batches.values())


def _landed(reader: Reader) -> list[MergeRecord]:
    return reader.merges(steps=frozenset({MergeStep.LANDED}))


def _tag(reader: Reader, layer: Layer) -> str:
    number = len(reader.merges(task_id=layer.item.task_id)) + 1
    return f"aio/before-merge/{layer.item.task_id}/{number}"
