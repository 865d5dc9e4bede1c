"""What a start does about the way the last one ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.domain.action import Severity
from engine.domain.decision import Decision, DecisionKind
from engine.domain.facts import IterationAbandoned
from engine.domain.ids import TaskId
from engine.domain.settings import Settings
from engine.domain.state import HELD, TaskState, Trigger
from engine.domain.values import dataclass
from engine.domain.work import WorkItem
from engine.loop.parking import park, pause_if_asked
from engine.loop.scribes import Recorder
from engine.ports.clock import Clock
from engine.ports.store import Store, TaskQuery, Transaction
from engine.wiggum.patience import rest_s

_ABANDONED = HELD | {TaskState.WAITING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What was found."""

    requeued: tuple[TaskId, ...]
    """Their running iteration is repeated."""
    set_aside: tuple[TaskId, ...]
    """They ended their process too often in a row."""
    passed: tuple[WorkItem, ...]
    """Proved, but not tidied up yet."""


async def recover(store: Store, settings: Settings, decisions: Recorder, clock: Clock) -> Recovered:
    """Put back what a dead process held. Only the holder of the engine lock may call this: then
    whoever has a claim is dead, whatever its lease says.
    """
    query = TaskQuery(project=settings.project, states=_ABANDONED, limit=1_000_000)
    held = [item for item in await store.read(lambda r: r.tasks(query)) if item.orchestrator_id]
    running = [item for item in held if item.state is not TaskState.WAITING]
    poisoned = running if len(running) == 1 and _dies_often(running[0], settings) else []
    for item in running:
        line = _set_aside if item in poisoned else _repeated
        await decisions.record(line(item, settings, clock))

    def put_back(tx: Transaction) -> None:
        for item in held:
            if item not in running:
                park(tx, item)
        for place, item in enumerate(running, start=1):
            _put_back(tx, item, clock.now(), place=place, is_poisoned=item in poisoned)

    if held:
        await store.write(put_back)
    waiting = TaskQuery(states=frozenset({TaskState.PASSED}), limit=1_000_000)
    return Recovered(
        requeued=tuple(item.task_id for item in held if item not in poisoned),
        set_aside=tuple(item.task_id for item in poisoned),
        passed=tuple(await store.read(lambda r: r.tasks(waiting))),
    )


def _dies_often(item: WorkItem, settings: Settings) -> bool:
    return item.interruptions + 1 >= settings.max_interruptions


def _put_back(
    tx: Transaction, item: WorkItem, now: datetime, *, place: int, is_poisoned: bool
) -> None:
    """Tasks that died together rest for different times, so that the one to blame comes to run
    alone: only then is it set aside.
    """
    times = item.interruptions + 1
    rest = timedelta(seconds=rest_s(times) * place)
    changes: dict[str, object] = {
        "interruptions": times,
        "not_before": now + rest if rest else None,
    }
    trigger, reason = Trigger.INTERRUPT, "its process ended"
    if is_poisoned:
        trigger = Trigger.BLOCK
        reason = f"its process ended {times} times in a row while it ran; look before you retry it"
        changes["error_log"] = reason
    tx.append_facts(
        IterationAbandoned(iteration=item.iteration_count + 1, cause=reason),
        task_id=item.task_id,
        project=item.project,
    )
    pause_if_asked(tx, tx.move(item.task_id, trigger, reason=reason, changes=changes))


def _repeated(item: WorkItem, settings: Settings, clock: Clock) -> Decision:
    return Decision(
        at=clock.now(),
        kind=DecisionKind.RETRY,
        task_id=item.task_id,
        repo=settings.project,
        decision=Trigger.INTERRUPT.value,
        value=f"interruption {item.interruptions + 1} in a row",
        confidence=1.0,
        severity=Severity.LOW,
        approver="engine",
        reason="its process ended; the iteration begins again",
        ref=f"{item.task_id}/{item.iteration_count + 1}",
    )


def _set_aside(item: WorkItem, settings: Settings, clock: Clock) -> Decision:
    return Decision(
        at=clock.now(),
        kind=DecisionKind.POISON,
        task_id=item.task_id,
        repo=settings.project,
        decision="set aside",
        value=f"{item.interruptions + 1} interruptions in a row",
        confidence=1.0,
        severity=Severity.HIGH,
        approver="engine",
        reason="it kept ending its process",
    )
