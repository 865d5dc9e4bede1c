"""Any sequence of verbs leaves both stores in the same state, and dependencies true."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from engine.domain.errors import DependencyError, EngineError
from engine.domain.escalation import ApprovalScope, EscalationState
from engine.domain.ids import EscalationId, TaskId, WorkerId
from engine.domain.state import SATISFIES_DEPENDENTS, TaskState, Trigger
from engine.domain.work import NewTask
from engine.ports.store import Reader, Store, TaskQuery, Transaction
from engine.store.memory import MemoryStore
from engine.store.rules import check_dependencies, find_cycle
from engine.store.sqlite import SqliteStore
from tests.contract.stores import LEASE, checkpoint, escalation, task, used
from tests.support.clock import FakeClock

T = TypeVar("T")
NAMES = [f"t{number}" for number in range(8)]
PROJECTS = ["shop", "mill"]


def outcome(work: Callable[[Transaction], object]) -> Callable[[Transaction], object]:
    """Refusals as values, so that two stores can be compared. Nothing of a refused verb remains."""

    def run(tx: Transaction) -> object:
        try:
            return work(tx)
        except EngineError as exc:
            return type(exc), str(exc)

    return run


def everything(reader: Reader) -> dict[str, Any]:
    """All that can be seen."""
    tasks = reader.tasks(TaskQuery())
    ids = [item.task_id for item in tasks]
    return {
        "tasks": tasks,
        "working": reader.tasks(TaskQuery(states=frozenset({TaskState.RUNNING}), project="shop")),
        "counts": dict(reader.counts()),
        "shop": dict(reader.counts("shop")),
        "merges": dict(reader.merge_counts()),
        "stood": reader.stood_by(reader.last_seq()),
        "dependents": [reader.dependents(task_id) for task_id in ids],
        "checkpoints": [reader.checkpoints(task_id) for task_id in ids],
        "escalations": reader.escalations(),
        "facts": reader.facts_after(0),
        "usage": reader.usage(),
        "by_task": dict(reader.usage_by_task()),
        "notes": [reader.notes(task_id) for task_id in ids],
        "next": [reader.next_ready_at(project) for project in (None, *PROJECTS)],
    }


class TwoStores(RuleBasedStateMachine):
    """Does everything twice and compares."""

    tasks = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = FakeClock()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "work.db"
        opened = self.loop.run_until_complete(SqliteStore.open(path, clock=self.clock))
        self.stores: tuple[Store, Store] = (MemoryStore(self.clock), opened)
        self.escalations = 0

    def teardown(self) -> None:
        for store in self.stores:
            self.loop.run_until_complete(store.close())
        self.loop.close()
        self.folder.cleanup()

    def both(self, work: Callable[[Transaction], object]) -> object:
        first, second = (
            self.loop.run_until_complete(store.write(outcome(work))) for store in self.stores
        )
        assert first == second
        return first

    @initialize(target=tasks, project=st.sampled_from(PROJECTS))
    def begin(self, project: str) -> str:
        self.both(lambda tx: tx.add_tasks([task("t0", project=project)]))
        return "t0"

    @rule(
        target=tasks,
        name=st.sampled_from(NAMES),
        needs=st.lists(st.sampled_from(NAMES), max_size=3),
        project=st.sampled_from(PROJECTS),
        priority=st.integers(0, 9),
    )
    def add(self, name: str, needs: list[str], project: str, priority: int) -> str:
        new = task(name, *needs, project=project, priority=priority)
        self.both(lambda tx: tx.add_tasks([new]))
        return name

    @rule(
        project=st.sampled_from([None, *PROJECTS]),
        only=st.one_of(st.none(), tasks),
        count=st.integers(1, 3),
    )
    def claim(self, project: str | None, only: str | None, count: int) -> None:
        wanted = None if only is None else TaskId(only)
        worker = WorkerId(f"w{count}")
        self.both(
            lambda tx: [
                tx.claim(worker, lease=LEASE, project=project, only=wanted) for _ in range(count)
            ]
        )

    @rule(
        name=tasks,
        triggers=st.lists(st.sampled_from(sorted(Trigger)), min_size=1, max_size=4),
        delay_s=st.sampled_from([None, 0, 30, 90]),
        fence=st.sampled_from([None, None, 1, 2]),
    )
    def move(
        self, name: str, triggers: list[Trigger], delay_s: int | None, fence: int | None
    ) -> None:
        changes: dict[str, Any] = {}
        if delay_s is not None:
            changes["not_before"] = self.clock.now() + timedelta(seconds=delay_s)
        for trigger in triggers:
            self.both(
                lambda tx, t=trigger: tx.move(TaskId(name), t, fence=fence, changes=changes)  # type: ignore[misc]
            )

    @rule(
        name=tasks,
        changes=st.fixed_dictionaries(
            {},
            optional={
                "priority": st.integers(-1, 10),
                "interruptions": st.integers(0, 2),
                "orchestrator_id": st.none(),
                "not_before": st.none(),
                "error_log": st.text(max_size=5),
                "is_pause_requested": st.booleans(),
                "metadata": st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=2),
            },
        ),
    )
    def update(self, name: str, changes: dict[str, Any]) -> None:
        self.both(lambda tx: tx.update_task(TaskId(name), **changes))

    @rule(name=tasks, number=st.integers(1, 3))
    def record(self, name: str, number: int) -> None:
        point = checkpoint(name, number, self.clock)
        self.both(lambda tx: tx.add_checkpoint(point))
        self.both(
            lambda tx: tx.add_usage(
                TaskId(name), iteration=number, agent="a", model="m", usage=used()
            )
        )

    @rule(name=tasks, state=st.sampled_from(sorted(EscalationState)))
    def ask_and_answer(self, name: str, state: EscalationState) -> None:
        self.escalations += 1
        question = escalation(f"esc-{self.escalations}", name, self.clock)
        self.both(lambda tx: tx.add_escalation(question))
        answered = EscalationId(f"esc-{(self.escalations + 1) // 2}")
        scope = ApprovalScope.ONCE
        self.both(
            lambda tx: tx.answer_escalation(answered, state=state, by="b", reason="r", scope=scope)
        )
        self.both(lambda tx: tx.consume_answer(answered))

    @rule(name=tasks, text=st.text(max_size=10), read=st.integers(-1, 2))
    def note(self, name: str, text: str, read: int) -> None:
        self.both(lambda tx: tx.add_note(TaskId(name), text, is_urgent=read > 1))
        self.both(lambda tx: tx.urgent_notes(TaskId(name)))
        self.both(lambda tx: tx.mark_notes_read(TaskId(name), read))

    @rule(seconds=st.sampled_from([1, 30, 61]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.both(lambda tx: tx.expired_claims())

    @invariant()
    def same_to_every_eye(self) -> None:
        first, second = (
            self.loop.run_until_complete(store.read(everything)) for store in self.stores
        )
        assert first == second
        states = {item.task_id: item.state for item in first["tasks"]}
        for item in first["tasks"]:
            unmet = [n for n in item.depends_on if states[n] not in SATISFIES_DEPENDENTS]
            assert item.unmet_dependencies == len(unmet)


def test_both_stores_agree_after_any_sequence_of_verbs() -> None:
    run_state_machine_as_test(
        TwoStores,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


GRAPHS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=3)),
    unique_by=lambda pair: pair[0],
    min_size=1,
)


@given(graph=GRAPHS)
def test_cycle_is_found_exactly_when_no_order_exists(graph: list[tuple[str, list[str]]]) -> None:
    edges = {TaskId(name): [TaskId(needed) for needed in needs] for name, needs in graph}
    remaining = dict(edges)
    while ready := [n for n, needs in remaining.items() if not set(needs) & remaining.keys()]:
        for name in ready:
            del remaining[name]
    cycle = find_cycle(edges)
    assert bool(cycle) == bool(remaining)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(later in edges[name] for name, later in pairwise(cycle))


@given(size=st.integers(2, 5000))
def test_long_chain_is_no_cycle_and_its_closing_is_one(size: int) -> None:
    names = [f"n{number}" for number in range(size)]
    chain: list[NewTask] = [task(names[0])]
    chain += [task(name, before) for before, name in pairwise(names)]
    check_dependencies(chain, frozenset())
    chain[0] = task(names[0], names[-1])
    with pytest.raises(DependencyError) as caught:
        check_dependencies(chain, frozenset())
    assert caught.value.message.count("->") == size
