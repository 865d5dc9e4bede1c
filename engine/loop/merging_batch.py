"""A batch of branches, one on top of the other, and how much of it is proved."""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.errors import EngineError, StoreError
from engine.domain.merge import MergeRecord
from engine.domain.values import dataclass
from engine.domain.verdict import Verdict, VerdictKind
from engine.domain.work import WorkItem
from engine.loop.merging_services import MergeServices, Silence
from engine.loop.verifying.case import Stage
from engine.ports.merging import Conflict

_BROKEN_BY_UNDOING = frozenset({"new-failure", "check-broken", "check-timeout", "no-tests"})
"""Rules about what the checks say; the others ask about the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One task's work in the batch."""

    item: WorkItem
    onto: str
    """The base branch, or the result before."""
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What can be put together on the base branch."""

    layers: tuple[Layer, ...]
    conflicts: tuple[tuple[WorkItem, Conflict], ...]
    """Tasks that do not even fit onto the base branch alone."""
    deferred: tuple[WorkItem, ...]
    """Tasks that fit onto the base branch, but not onto what came before them in the batch."""
    present: tuple[WorkItem, ...]
    """Tasks whose work the base branch holds already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How much of a batch may land."""

    green: tuple[Layer, ...]
    """A proved beginning of the batch; may be empty."""
    culprit: Layer | None
    """With it the beginning is no longer proved; None: all is green."""
    verdict: Verdict
    """Of the culprit on top of what is green; of everything if all is green."""
    rest: tuple[Layer, ...] = ()
    """What comes after the culprit."""


async def stack(services: MergeServices, items: Sequence[WorkItem], base: str) -> Batch:
    """Put the branches one on top of the other, in this order. Touches no branch."""
    layers: list[Layer] = []
    conflicts: list[tuple[WorkItem, Conflict]] = []
    deferred: list[WorkItem] = []
    present: list[WorkItem] = []
    onto = base
    for item, grafted in zip(items, await services.git.graft(items, base), strict=True):
        if isinstance(grafted, Conflict):
            alone = grafted if onto == base else (await services.git.graft([item], base))[0]
            if isinstance(alone, Conflict):
                conflicts.append((item, alone))
            else:
                deferred.append(item)
            continue
        if grafted.result == onto:
            (present if onto == base else deferred).append(item)
            continue
        layers.append(Layer(item=item, onto=onto, result=grafted.result))
        onto = grafted.result
    return Batch(
        layers=tuple(layers),
        conflicts=tuple(conflicts),
        deferred=tuple(deferred),
        present=tuple(present),
    )


async def prove(services: MergeServices, layers: tuple[Layer, ...], base: str) -> Proof:
    """Judge the whole batch; if it does not pass, halve until the first layer that breaks it is
    found. What is called green was judged as exactly that tree.
    """
    verdict = await judge(services, layers, base)
    if verdict.kind is VerdictKind.PASS:
        return Proof(green=layers, culprit=None, verdict=verdict)
    green, broken = 0, len(layers)
    while broken - green > 1:
        middle = (green + broken) // 2
        found = await judge(services, layers[:middle], base)
        if found.kind is VerdictKind.PASS:
            green = middle
        else:
            broken, verdict = middle, found
    return Proof(
        green=layers[:green],
        culprit=layers[green],
        verdict=verdict,
        rest=layers[green + 1 :],
    )


async def judge(services: MergeServices, layers: Sequence[Layer], base: str) -> Verdict:
    """Ralph's verdict on these layers together; all are of one task type."""
    items = [layer.item for layer in layers]
    return await _verify(services, items, base, layers[-1].result, Stage.BATCH)


async def judge_landed(services: MergeServices, records: Sequence[MergeRecord]) -> Verdict:
    """Ralph's verdict on what a batch made of the base branch, from a fresh run."""
    ids = [record.task_id for record in records]
    items = await services.store.read(lambda reader: [reader.task(task_id) for task_id in ids])
    return await _verify(services, items, records[0].was, records[-1].tip, Stage.LANDED)


async def _verify(
    services: MergeServices, items: Sequence[WorkItem], base: str, head: str, stage: Stage
) -> Verdict:
    targets = dict.fromkeys(test for item in items for test in item.tests)
    return await services.prover.verify(
        base,
        head,
        task_type=items[0].type,
        targets=tuple(targets),
        notes=Silence(),
        needs_effect=False,
        fresh=True,
        stage=stage,
    )


async def failures_after(services: MergeServices, record: MergeRecord) -> str:
    """What fails on the base branch because a merge was undone, or why that is not known, in one
    line; empty: nothing. An undoing takes tests away too, so it is no proof.
    """
    found = await services.store.read(lambda reader: reader.merges(task_id=record.task_id))
    item = await services.store.read(lambda reader: reader.task(record.task_id))
    undo = next(one.undo for one in found if one.number == record.number)
    try:
        verdict = await services.prover.verify(
            await services.git.parent(undo),
            undo,
            task_type=item.type,
            targets=(),
            notes=Silence(),
            needs_effect=False,
            fresh=True,
        )
    except StoreError:
        raise
    except EngineError as error:
        return f"whether the checks hold after it could not be judged: {error}"
    if verdict.kind is VerdictKind.BLOCKED:
        return f"whether the checks hold after it could not be judged: {verdict.next_step}"
    new = [reason.message for reason in verdict.reasons if reason.rule in _BROKEN_BY_UNDOING]
    return f"after it the checks fail: {new[0]}" if new else ""
