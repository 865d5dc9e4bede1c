"""A queue file that was exported, imported and exported again is the same file."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import EngineError
from engine.domain.ids import TaskId
from engine.domain.state import TaskState
from engine.domain.work import TEAM_OF_ROLE, AgentRole, NewTask, TaskType, WorkItem
from engine.exchange import QueueEntry, read_entries, read_queue, write_entries, write_queue
from engine.exchange.json_text import parse_json

MOMENT = datetime(2026, 1, 5, 22, 0, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
reserved = st.sampled_from(["id", "status", "metadata", "project", "progress", "priority"])
paths = st.lists(
    st.tuples(
        st.text(f"{ascii_lowercase}ä", min_size=1, max_size=8),
        st.just("") | st.text(ascii_lowercase, min_size=1, max_size=4).map("/{}".format),
    ).map(lambda parts: f"{''.join(parts)}.py"),
    unique=True,
)  # drawn twice as fast as from a regular expression


@st.composite
def work_items(draw: st.DrawFn, number: int) -> WorkItem:
    """The `number`-th item of a queue; it depends on earlier ones only."""
    role = draw(st.sampled_from(AgentRole))
    earlier = st.integers(0, number - 1).map(lambda n: TaskId(f"T-{n}"))
    return WorkItem(
        task_id=TaskId(f"T-{number}"),
        project="shop",
        description=draw(texts.filter(lambda text: bool(text.strip()))),
        type=draw(st.sampled_from(TaskType)),
        role=role,
        team=TEAM_OF_ROLE[role],
        branch=f"fix/T-{number}",
        priority=draw(st.integers(0, 9)),
        state=draw(st.sampled_from(TaskState)),
        created_at=MOMENT,
        updated_at=MOMENT,
        depends_on=tuple(draw(st.lists(earlier, unique=True, max_size=2))) if number else (),
        files=tuple(draw(paths)),
        tests=tuple(draw(paths)),
        backend=draw(st.none() | st.just("fixer")),
        max_iterations=draw(st.none() | st.integers(1, 1000)),
        complexity=draw(st.none() | st.just("simple")),
        estimated_value_usd=draw(st.none() | st.floats(0, 1e6)),
        metadata=draw(st.dictionaries(reserved | texts, json_values, max_size=3)),
        iteration_count=draw(st.integers(0, 50)),
        retry_count=draw(st.integers(0, 3)),
        error_log=draw(texts),
        head_commit=draw(st.none() | st.just("a" * 40)),
    )


queues = st.integers(0, 4).flatmap(
    lambda count: st.tuples(*(work_items(number) for number in range(count)))
)


def queued(task: NewTask) -> WorkItem:
    """The task as a queue takes it in."""
    return WorkItem(
        task_id=task.task_id,
        project=task.project,
        description=task.description,
        type=task.type,
        role=task.agent_role,
        team=TEAM_OF_ROLE[task.agent_role],
        branch=task.branch_name,
        priority=task.priority,
        state=TaskState.QUEUED,
        created_at=MOMENT,
        updated_at=MOMENT,
        depends_on=task.depends_on,
        files=task.files,
        tests=task.tests,
        backend=task.backend,
        max_iterations=task.max_iterations,
        complexity=task.complexity,
        estimated_value_usd=task.estimated_value_usd,
        metadata=task.metadata,
    )


@settings(max_examples=60, deadline=None)
@given(queues)
def test_a_file_keeps_everything_through_reading_and_writing(items: tuple[WorkItem, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.json", Path(folder) / "second.json"
        write_queue(first, items, project="shop")
        entries = read_entries(first, project="shop")
        write_entries(second, entries, project="shop")
        assert second.read_bytes() == first.read_bytes()
        assert [entry.state for entry in entries] == [item.state for item in items]
        assert [entry.task.metadata for entry in entries] == [item.metadata for item in items]


@settings(max_examples=60, deadline=None)
@given(queues)
def test_tasks_that_are_taken_in_come_out_as_they_were_wanted(items: tuple[WorkItem, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first.json", Path(folder) / "second.json"
        write_queue(first, items, project="shop")
        taken_in = [queued(task) for task in read_queue(first, project="shop")]
        write_queue(second, taken_in, project="shop")
        before = {entry.task.task_id: entry for entry in read_entries(first, project="shop")}
        after = read_entries(second, project="shop")
    todo = {name for name, entry in before.items() if not entry.is_done}
    assert {entry.task.task_id for entry in after} == todo
    for entry in after:
        told = dict(entry.task.metadata)
        past: Any = told.pop("imported")
        original = before[entry.task.task_id]
        assert _wanted(replace(entry.task, metadata=told)) == _wanted(original.task)
        assert past["state"] == original.state
        assert past["progress"] == original.progress


def _wanted(task: NewTask) -> NewTask:
    """Which of the dependencies were met already may have changed their order."""
    return replace(task, depends_on=tuple(sorted(task.depends_on)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=60) | st.text('[]{}":,idA-1e \n', max_size=40).map(str.encode))
def test_no_bytes_at_all_cause_anything_but_a_value_or_one_clear_line(raw: bytes) -> None:
    try:
        answer: object = (parse_json(Path("queue.json"), raw),)
    except EngineError as error:
        answer = str(error)
    assert isinstance(answer, tuple) or str(answer).startswith("queue file queue.json: ")


def test_an_entry_without_any_past_is_imported_as_it_is() -> None:
    task = NewTask(task_id=TaskId("A"), project="shop", description="repair it")
    assert QueueEntry(task=task).new_task is task
