"""Adding, claiming, moving and changing tasks, on every store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import (
    BranchTakenError,
    DependencyError,
    DuplicateTaskError,
    IllegalTransitionError,
    InputError,
    UnknownTaskError,
)
from engine.domain.facts import TaskAdded, TaskMoved
from engine.domain.ids import TaskId, WorkerId
from engine.domain.state import SEED_STATUS, TaskState, Trigger
from engine.domain.work import AgentRole, MergeState, NewTask, TaskType, Team, WorkItem
from engine.ports.store import Reader, Store, TaskQuery, TaskSlice, Transaction
from engine.store.rules import ATTENTION
from tests.contract.stores import (
    KINDS,
    complete,
    drive,
    opened,
    take,
    taken,
    task,
)
from tests.support.clock import FakeClock

A, B, C = TaskId("a"), TaskId("b"), TaskId("c")


def add(tasks: list[NewTask], tx: Transaction) -> None:
    tx.add_tasks(tasks)


def look_up(task_id: TaskId, reader: Reader) -> WorkItem:
    return reader.task(task_id)


def move(trigger: Trigger, fence: int, tx: Transaction) -> WorkItem:
    return tx.move(A, trigger, fence=fence)


def drive_by(name: str, triggers: tuple[Trigger, ...], tx: Transaction) -> None:
    drive(tx, name, *triggers)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock
) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path, clock) as store:
        yield store


async def test_added_task_reads_back_as_it_was_given(store: Store, clock: FakeClock) -> None:
    new = task(
        "cart-7",
        type=TaskType.FEATURE,
        description="Überweisung: total 'is' \"wrong\" \x00 \u202e",
        priority=2,
        files=("cart.py", "a b.py"),
        tests=("tests/test_cart.py",),
        backend="api",
        max_iterations=4,
        complexity="high",
        estimated_value_usd=12.5,
        metadata={"ticket": {"n": 7, "tags": ["x"]}},
    )
    (added,) = await store.write(lambda tx: tx.add_tasks([new]))
    assert added == await store.read(lambda reader: reader.task(new.task_id))
    assert added == WorkItem(
        task_id=TaskId("cart-7"),
        project="shop",
        description=new.description,
        type=TaskType.FEATURE,
        role=AgentRole.FEATURE_BUILDER,
        team=Team.DEV,
        branch="feature/cart-7",
        priority=2,
        state=TaskState.QUEUED,
        created_at=clock.now(),
        updated_at=clock.now(),
        files=("cart.py", "a b.py"),
        tests=("tests/test_cart.py",),
        backend="api",
        max_iterations=4,
        complexity="high",
        estimated_value_usd=12.5,
        metadata={"ticket": {"n": 7, "tags": ["x"]}},
    )


async def test_adding_is_written_in_the_journal(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a", priority=3)]))
    (entry,) = await store.read(lambda reader: reader.facts_after(0))
    assert (entry.task_id, entry.project, entry.fact) == ("a", "shop", TaskAdded(priority=3))


async def test_taken_id_is_refused_and_nothing_is_added(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    for batch in ([task("b"), task("a")], [task("c"), task("c")]):
        with pytest.raises(DuplicateTaskError):
            await store.write(partial(add, batch))
    assert await store.read(lambda reader: reader.counts()) == {TaskState.QUEUED: 1}


async def test_a_branch_belongs_to_one_task(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a"), task("b", branch="fix/own")]))
    for batch in (
        [task("c", branch="fix/a")],
        [task("own")],
        [task("c"), task("d", branch="fix/c")],
        [task("d", branch="fix/c"), task("c")],
    ):
        with pytest.raises(BranchTakenError, match="which is that of task"):
            await store.write(partial(add, batch))
    assert await store.read(lambda reader: reader.counts()) == {TaskState.QUEUED: 2}


@pytest.mark.parametrize(
    "branch",
    ["main", "fix", "fix/", "fix/a..b", "fix/a/", "fix//a", "-x", "fix/-x", "fix/a.lock",
     "fix/\u65e5", "feature/a b", "fix/.a", "fix/a.lock/b", "fix/a.", "", "fix/" + "a" * 200],
)  # fmt: skip
def test_a_branch_that_is_not_for_tasks_is_refused_before_it_is_queued(branch: str) -> None:
    with pytest.raises(InputError, match="use a branch below fix/ or feature/"):
        task("a", branch=branch)


async def test_unknown_dependency_is_refused(store: Store) -> None:
    with pytest.raises(DependencyError, match="unknown task 'ghost'"):
        await store.write(lambda tx: tx.add_tasks([task("a", "ghost")]))


async def test_cycle_is_refused_and_named(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("root")]))
    cycle = [task("a", "root", "b"), task("b", "c"), task("c", "a")]
    with pytest.raises(DependencyError, match="a -> b -> c -> a"):
        await store.write(lambda tx: tx.add_tasks(cycle))
    with pytest.raises(DependencyError, match="s -> s"):
        await store.write(lambda tx: tx.add_tasks([task("s", "s")]))
    assert await store.read(lambda reader: reader.tasks(TaskQuery())) == [
        await store.read(lambda reader: reader.task(TaskId("root")))
    ]


async def test_unknown_task_is_an_error(store: Store) -> None:
    with pytest.raises(UnknownTaskError, match="'ghost'"):
        await store.read(lambda reader: reader.task(TaskId("ghost")))
    with pytest.raises(UnknownTaskError):
        await store.write(lambda tx: tx.move(TaskId("ghost"), Trigger.CANCEL))


async def test_dependent_waits_until_all_it_needs_has_passed(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a"), task("b"), task("c", "a", "b", "a")]))
    assert (await store.read(lambda reader: reader.task(C))).unmet_dependencies == 2
    await store.write(lambda tx: drive(tx, "a", Trigger.ACCEPT))
    assert await store.write(lambda tx: take(tx, only=C)) is None
    await store.write(lambda tx: complete(tx, "b"))
    assert (await store.write(lambda tx: taken(tx, only=C))).item.unmet_dependencies == 0
    assert await store.read(lambda reader: reader.dependents(A)) == [C]


async def test_rejected_pass_takes_the_ground_from_dependents(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a"), task("b", "a")]))
    await store.write(lambda tx: complete(tx, "a"))
    await store.write(lambda tx: tx.add_tasks([task("c", "a")]))
    assert (await store.read(lambda reader: reader.task(C))).unmet_dependencies == 0
    await store.write(lambda tx: tx.move(A, Trigger.REJECT))
    assert [(await store.read(partial(look_up, name))).unmet_dependencies for name in (B, C)] == [
        1,
        1,
    ]


async def test_move_sets_fields_and_appends_the_fact(store: Store, clock: FakeClock) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    clock.advance(1)
    moved = await store.write(
        lambda tx: tx.move(A, Trigger.BLOCK, reason="no key", changes={"error_log": "no key"})
    )
    assert (moved.state, moved.error_log, moved.updated_at) == (
        TaskState.BLOCKED,
        "no key",
        clock.now(),
    )
    assert moved == await store.read(lambda reader: reader.task(A))
    (entry,) = await store.read(lambda reader: reader.facts_after(1))
    assert entry.at == clock.now()
    assert entry.fact == TaskMoved(
        before="queued", after="blocked", trigger="block", reason="no key"
    )


async def test_pair_outside_the_table_changes_nothing(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    before = await store.read(lambda reader: (reader.task(A), reader.last_seq()))
    with pytest.raises(IllegalTransitionError, match="'a' is in the queue"):
        await store.write(lambda tx: tx.move(A, Trigger.PASS))
    assert before == await store.read(lambda reader: (reader.task(A), reader.last_seq()))


@pytest.mark.parametrize(
    "field",
    sorted(
        {field.name for field in fields(WorkItem)}
        - {"task_id", "project", "state", "depends_on", "unmet_dependencies", "fence"}
        - {"created_at", "updated_at"}
    ),
)
async def test_every_other_field_can_be_changed(store: Store, clock: FakeClock, field: str) -> None:
    values: dict[str, Any] = {
        "type": TaskType.TEST,
        "role": AgentRole.TEST_WRITER,
        "team": Team.OPS,
        "last_verdict": None,
        "merge_state": MergeState.MERGED,
        "priority": 9,
        "files": ("x.py",),
        "tests": ("t.py",),
        "metadata": {"k": [1, None]},
        "estimated_value_usd": 0.1,
        "orchestrator_id": WorkerId("w9"),
        "lease_expires_at": clock.now(),
        "not_before": clock.now(),
        "is_pause_requested": True,
    }
    numbers = {"max_iterations", "iteration_count", "iterations_granted", "retry_count"}
    wanted = values.get(field, 3 if field in numbers | {"interruptions"} else "text")
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    changed = await store.write(lambda tx: tx.update_task(A, **{field: wanted}))
    assert getattr(changed, field) == wanted
    assert changed == await store.read(lambda reader: reader.task(A))


@pytest.mark.parametrize(
    "changes",
    [{"state": TaskState.PASSED}, {"unmet_dependencies": 9}, {"colour": "red"}, {"priority": 10}],
)
async def test_field_that_cannot_be_set_is_refused(store: Store, changes: dict[str, Any]) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a")]))
    before = await store.read(lambda reader: reader.task(A))
    with pytest.raises(InputError):
        await store.write(lambda tx: tx.update_task(A, **changes))
    assert before == await store.read(lambda reader: reader.task(A))


async def test_list_puts_those_that_need_a_human_first(store: Store) -> None:
    ways = {
        "done": (Trigger.ACCEPT, Trigger.COMPLETE),
        "queued": (),
        "running": (Trigger.CLAIM, Trigger.START),
        "blocked": (Trigger.BLOCK,),
        "waiting": (Trigger.CLAIM, Trigger.START, Trigger.ASK),
        "cancelled": (Trigger.CANCEL,),
    }
    priorities = {"waiting": 1, "done": 4}
    tasks = [task(name, priority=priorities.get(name, 5)) for name in ways]
    await store.write(lambda tx: tx.add_tasks(tasks))
    for name, triggers in ways.items():
        await store.write(partial(drive_by, name, triggers))
    listed = await store.read(lambda reader: reader.tasks(TaskQuery()))
    assert [item.task_id for item in listed] == [
        "waiting",
        "blocked",
        "running",
        "queued",
        "done",
        "cancelled",
    ]
    assert await store.read(lambda reader: reader.tasks(TaskQuery(limit=2))) == listed[:2]


async def test_list_can_be_narrowed(store: Store) -> None:
    tasks = [task("a"), task("b", project="mill", description="Größe prüfen"), task("c")]
    await store.write(lambda tx: tx.add_tasks(tasks))
    await store.write(lambda tx: complete(tx, "c"))

    async def names(query: TaskQuery) -> list[str]:
        return [item.task_id for item in await store.read(lambda reader: reader.tasks(query))]

    assert await names(TaskQuery(project="mill")) == ["b"]
    assert await names(TaskQuery(states=frozenset({TaskState.COMPLETED}))) == ["c"]
    assert await names(TaskQuery(text="GRÖSSE")) == ["b"]
    assert await names(TaskQuery(text="%")) == []
    assert await names(TaskQuery(project="shop", text="REPAIR A")) == ["a"]
    assert await names(TaskQuery(project="ghost")) == []


async def test_counts_are_by_state_and_project(store: Store) -> None:
    await store.write(lambda tx: tx.add_tasks([task("a"), task("b", project="mill"), task("c")]))
    await store.write(lambda tx: complete(tx, "c"))
    assert await store.read(lambda reader: reader.counts()) == {
        TaskState.QUEUED: 2,
        TaskState.COMPLETED: 1,
    }
    assert await store.read(lambda reader: reader.counts("mill")) == {TaskState.QUEUED: 1}
    assert await store.read(lambda reader: reader.counts("ghost")) == {}


async def test_verified_work_is_counted_and_found_by_how_far_it_has_come(store: Store) -> None:
    """In whichever state its task is: work on the way is done, merging or, sent back, queued."""
    at = {"a": MergeState.MERGED, "b": MergeState.WAITING, "c": MergeState.WAITING, "d": None}
    tasks = [task(name, priority=9 - place) for place, name in enumerate(at)]
    await store.write(lambda tx: tx.add_tasks([*tasks, task("e", project="mill")]))
    await store.write(lambda tx: complete(tx, "a"))
    await store.write(lambda tx: complete(tx, "c"))

    def note(tx: Transaction) -> None:
        for name, merge_state in {**at, "e": MergeState.QUEUED}.items():
            tx.update_task(TaskId(name), merge_state=merge_state)

    await store.write(note)
    assert await store.read(lambda reader: reader.merge_counts("shop")) == {
        MergeState.MERGED: 1,
        MergeState.WAITING: 2,
    }
    assert (await store.read(lambda reader: reader.merge_counts()))[MergeState.QUEUED] == 1
    assert await store.read(lambda reader: reader.merge_counts("ghost")) == {}

    async def names(query: TaskQuery) -> list[str]:
        return [item.task_id for item in await store.read(lambda reader: reader.tasks(query))]

    everywhere = frozenset(MergeState)
    assert await names(TaskQuery(project="shop", merge_states=everywhere)) == ["b", "c", "a"]
    assert await names(TaskQuery(merge_states=frozenset({MergeState.QUEUED}))) == ["e"]
    done = frozenset({TaskState.COMPLETED})
    assert await names(TaskQuery(states=done, merge_states=everywhere, limit=1)) == ["c"]
    await store.write(lambda tx: tx.update_task(B, merge_state=None))
    assert await names(TaskQuery(project="shop", merge_states=everywhere)) == ["c", "a"]


def test_every_state_has_a_place_in_lists_and_a_seed_status() -> None:
    assert set(ATTENTION) == set(TaskState) == set(SEED_STATUS)


async def test_words_are_looked_for_newest_first_and_slice_by_slice(store: Store) -> None:
    names = ("one", "two", "three", "four", "five")
    tasks = [task(name, description=f"Mend {name.upper()} ÄRGER") for name in names]
    await store.write(partial(add, tasks))

    async def found(*words: str, look_at: int = 100, limit: int = 100) -> list[str]:
        ids, before, slices = list[str](), None, 0
        while before is not None or not slices:
            piece = await store.read(
                partial(_find, words=words, before=before, look_at=look_at, limit=limit)
            )
            ids.extend(item.task_id for item in piece.items)
            before, slices = piece.before, slices + 1
        return ids

    assert await found("mend", "ärger") == ["five", "four", "three", "two", "one"]
    assert await found("mend", look_at=2) == ["five", "four", "three", "two", "one"]
    assert await found("mend", limit=2) == ["five", "four", "three", "two", "one"]
    assert await found("two") == ["two"]
    assert await found("two", "three") == []
    assert await store.read(partial(_find, words=("mend",), project="other")) == TaskSlice(
        items=[], before=None
    )


def _find(
    reader: Reader,
    *,
    words: tuple[str, ...],
    before: int | None = None,
    look_at: int = 100,
    limit: int = 100,
    project: str | None = None,
) -> TaskSlice:
    return reader.find_tasks(words, project=project, before=before, look_at=look_at, limit=limit)
