"""Nothing twice, nothing lost, nothing closed for want of evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.facts import TaskChanged
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import TaskState, Trigger
from engine.domain.work import MergeState, NewTask, WorkItem
from engine.ports.store import Store, TaskQuery, Transaction
from engine.store.memory import MemoryStore
from tests.support.clock import FakeClock
from tests.support.scans import added, finding, reconcile, red, scanned, seen

ONE = seen(finding("a.py", 1))
TWO = seen(finding("a.py", 1), finding("a.py", 2))


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    memory = MemoryStore(FakeClock())
    yield memory
    await memory.close()


async def tasks(store: Store) -> list[WorkItem]:
    return await store.read(lambda reader: reader.tasks(TaskQuery()))


async def only_task(store: Store) -> WorkItem:
    [item] = await tasks(store)
    return item


async def move(store: Store, task_id: str, *triggers: Trigger) -> None:
    def work(tx: Transaction) -> None:
        for trigger in triggers:
            if trigger is Trigger.CLAIM:
                tx.claim(WorkerId("w"), lease=timedelta(seconds=60), only=TaskId(task_id))
            else:
                tx.move(TaskId(task_id), trigger, reason="by the operator")

    await store.write(work)


COMPLETED = (Trigger.ACCEPT, Trigger.COMPLETE)


async def test_a_second_scan_adds_nothing(store: Store) -> None:
    first = await reconcile(store, scanned(TWO))
    again = await reconcile(store, scanned(TWO))
    assert len(added(first)) == 1
    assert (again.added, again.updated, again.closed) == ((), (), ())


async def test_known_findings_make_no_task(store: Store) -> None:
    made = await reconcile(store, scanned(TWO, known=[TWO[0].id]))
    [task] = [one.task for one in made.added]
    assert task.metadata["discovery"]["findings"] == [TWO[1].id]


async def test_a_queued_task_whose_finding_has_gone_is_closed(store: Store) -> None:
    await reconcile(store, scanned(ONE))
    made = await reconcile(store, scanned([]))
    assert len(made.closed) == 1
    assert (await only_task(store)).state is TaskState.CANCELLED


async def test_a_check_that_could_not_work_closes_nothing(store: Store) -> None:
    await reconcile(store, scanned(ONE))
    made = await reconcile(store, scanned([], whole=["pytest"]))
    assert made.closed == ()
    assert (await only_task(store)).state is TaskState.QUEUED


async def test_a_begun_task_is_left_alone_and_told(store: Store) -> None:
    [task_id] = added(await reconcile(store, scanned(ONE)))
    await move(store, task_id, Trigger.CLAIM)
    made = await reconcile(store, scanned([]))
    assert [one.entry.item.task_id for one in made.left_alone] == [task_id]
    assert (await only_task(store)).state is TaskState.CLAIMED


async def test_a_queued_task_gets_the_new_findings_of_its_group(store: Store) -> None:
    [task_id] = added(await reconcile(store, scanned(ONE)))
    made = await reconcile(store, scanned(TWO))
    item = await only_task(store)
    assert (made.added, item.task_id) == ((), task_id)
    assert "Clear 2 findings" in item.description
    notes = await store.read(lambda reader: reader.notes(TaskId(task_id)))
    assert notes == ["the last scan found 1 more and misses 0 of its findings"]
    facts = await store.read(lambda reader: reader.task_facts(TaskId(task_id)))
    assert any(isinstance(entry.fact, TaskChanged) for entry in facts)


async def test_a_begun_task_gets_no_more_findings(store: Store) -> None:
    [task_id] = added(await reconcile(store, scanned(ONE)))
    await move(store, task_id, Trigger.CLAIM)
    assert added(await reconcile(store, scanned(TWO))) == [f"{task_id}-2"]


async def test_targets_follow_the_findings(store: Store) -> None:
    tests = [red("tests/test_a.py::one"), red("tests/test_a.py::two")]
    await reconcile(store, scanned(seen(*tests, name="pytest")))
    await reconcile(store, scanned(seen(tests[1], name="pytest")))
    assert (await only_task(store)).tests == ("tests/test_a.py::two",)


async def test_completed_work_that_is_not_merged_yet_is_not_done_twice(store: Store) -> None:
    [task_id] = added(await reconcile(store, scanned(ONE)))
    await move(store, task_id, *COMPLETED)
    assert added(await reconcile(store, scanned(ONE, landed={task_id: False}))) == []


async def test_a_finding_that_came_back_after_its_merge_is_a_new_task(store: Store) -> None:
    [task_id] = added(await reconcile(store, scanned(ONE)))
    await move(store, task_id, *COMPLETED)
    assert added(await reconcile(store, scanned(ONE, landed={task_id: True}))) == [f"{task_id}-2"]


async def test_what_the_operator_cancelled_stays_cancelled(store: Store) -> None:
    [task_id] = added(await reconcile(store, scanned(ONE)))
    await move(store, task_id, Trigger.CANCEL)
    assert added(await reconcile(store, scanned(ONE))) == []


async def test_what_a_scan_closed_comes_back_with_its_finding(store: Store) -> None:
    [task_id] = added(await reconcile(store, scanned(ONE)))
    await reconcile(store, scanned([]))
    assert added(await reconcile(store, scanned(ONE))) == [f"{task_id}-2"]


async def test_an_id_that_somebody_else_took_is_not_taken_twice(store: Store) -> None:
    [task_id] = added(await reconcile(MemoryStore(FakeClock()), scanned(ONE)))
    foreign = NewTask(task_id=TaskId(task_id), project="other", description="mine")
    await store.write(lambda tx: tx.add_tasks([foreign]))
    assert added(await reconcile(store, scanned(ONE))) == [f"{task_id}-2"]


async def test_many_findings_of_one_rule_become_several_tasks(store: Store) -> None:
    many = seen(*(finding("a.py", line, message=chr(96 + line)) for line in range(1, 46)))
    made = await reconcile(store, scanned(many))
    assert sorted(one.finding_count for one in made.added) == [5, 20, 20]
    assert added(await reconcile(store, scanned(many))) == []


async def test_a_limit_takes_the_most_urgent_and_leaves_the_rest_for_the_next_scan(
    store: Store,
) -> None:
    found = [*ONE, *seen(red("tests/test_a.py::t"), name="pytest")]
    first = await reconcile(store, scanned(found, at_most=1))
    assert (first.postponed, first.added[0].task.tests) == (1, ("tests/test_a.py::t",))
    second = await reconcile(store, scanned(found, at_most=1))
    assert (second.postponed, len(second.added)) == (0, 1)


async def test_metadata_that_no_scan_wrote_is_passed_over(store: Store) -> None:
    values: list[Any] = [None, 7, [], {}, {"key": 1}, {"key": "k", "check": "ruff"}]
    strange = [
        NewTask(
            task_id=TaskId(f"t{number}"),
            project="shop",
            description="x",
            metadata={"discovery": value},
        )
        for number, value in enumerate(values)
    ]
    await store.write(lambda tx: tx.add_tasks(strange))
    made = await reconcile(store, scanned([]))
    assert made.closed == ()


@given(st.lists(st.frozensets(st.integers(1, 60), max_size=60), min_size=1, max_size=6))
async def test_after_any_scan_each_finding_is_in_exactly_one_open_task(
    scans: list[frozenset[int]],
) -> None:
    store = MemoryStore(FakeClock())
    for lines in scans:
        found = seen(*(finding("a.py", line, message=f"m{chr(200 + line)}") for line in lines))
        await reconcile(store, scanned(found))
        open_tasks = [item for item in await tasks(store) if item.state is TaskState.QUEUED]
        held = [one for item in open_tasks for one in item.metadata["discovery"]["findings"]]
        assert sorted(held) == sorted(one.id for one in found)
        assert all(len(item.metadata["discovery"]["findings"]) <= 20 for item in open_tasks)
    await store.close()


@pytest.mark.parametrize("target", ["tests/test_a.py::test_one", "tests/test_a.py"])
async def test_a_red_test_that_the_operator_asked_for_gets_no_second_task(
    store: Store, target: str
) -> None:
    own = NewTask(task_id=TaskId("own"), project="shop", description="mend", tests=(target,))
    await store.write(lambda tx: tx.add_tasks([own]))
    found = seen(red("tests/test_a.py::test_one"), red("tests/test_b.py::test_two"), name="pytest")

    first = await reconcile(store, scanned(found))
    assert [one.task.tests for one in first.added] == [("tests/test_b.py::test_two",)]

    await move(store, "own", Trigger.CANCEL)
    again = await reconcile(store, scanned(found))
    assert [one.task.tests for one in again.added] == [("tests/test_a.py::test_one",)]


@pytest.mark.parametrize(
    ("merge_state", "is_asked"),
    [(MergeState.WAITING, True), (MergeState.MERGED, False), (None, False)],
)
async def test_what_the_operator_asked_for_counts_until_it_is_merged(
    store: Store, merge_state: MergeState | None, is_asked: bool
) -> None:
    test = "tests/test_a.py::test_one"
    own = NewTask(task_id=TaskId("own"), project="shop", description="mend", tests=(test,))
    await store.write(lambda tx: tx.add_tasks([own]))
    await move(store, "own", *COMPLETED)
    await store.write(lambda tx: tx.update_task(TaskId("own"), merge_state=merge_state))

    made = await reconcile(store, scanned(seen(red(test), name="pytest")))

    assert bool(added(made)) is not is_asked
