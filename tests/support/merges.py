"""Verified branches on a small real repository, ready for the merge queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.ids import TaskId
from engine.domain.work import MergeState, WorkItem
from engine.ports.store import TaskQuery
from tests.support.engines import Bench, Step, make_bench, say
from tests.support.repos import git

AUTO = '[merge]\npolicy = "auto"\n'


@dataclass(frozen=True, kw_only=True)
class Change:
    """What the agent of one task does."""

    task_id: str
    steps: Sequence[Step]
    again: Sequence[Step] = ()
    """Its second iteration, if the work comes back."""
    tests: tuple[str, ...] = ()


def write(path: str, text: str) -> Step:
    """The agent writes a file."""
    return {"create": {"path": path, "file_text": text}}


def swap(path: str, old: str, new: str) -> Step:
    """The agent replaces a text in a file."""
    return {"str_replace": {"path": path, "old_str": old, "new_str": new}}


def new_module(name: str, value: int = 1) -> list[Step]:
    """A module and the test that demands it."""
    return [
        write(f"sums/{name}.py", f"def {name}():\n    return {value}\n"),
        write(
            f"tests/test_{name}.py",
            f"from sums.{name} import {name}\n\n\ndef test_{name}():\n"
            f"    assert {name}() == {value}\n",
        ),
    ]


async def make_merging_bench(
    folder: Path, changes: Sequence[Change], *, more: str = "", **config: object
) -> Bench:
    """A repository whose queue holds one task for each change."""
    tasks = {
        change.task_id: [[*steps, say()] for steps in (change.steps, change.again) if steps]
        for change in changes
    }
    bench = make_bench(folder, tasks, more=more, **config)
    for change in changes:
        await bench.add(change.task_id, tests=change.tests, **_KIND)
    return bench


_KIND: Mapping[str, object] = {"type": "feature"}


async def merge_states(bench: Bench) -> dict[str, MergeState | None]:
    """Merge state by task."""
    async with bench.engine(takes_work=False) as engine:
        items = await engine.tasks(TaskQuery())
    return {item.task_id: item.merge_state for item in items}


async def view_of(bench: Bench, task_id: str) -> WorkItem:
    """The task as the store has it."""
    async with bench.engine(takes_work=False) as engine:
        return (await engine.task_view(TaskId(task_id))).item


def subjects(repo: Path, ref: str = "main") -> list[str]:
    """First lines of the messages of a branch, the oldest first."""
    return git(repo, "log", "--reverse", "--format=%s", ref).splitlines()


def reaches(repo: Path, commit: str) -> bool:
    """Whether any branch or tag of the repository holds the commit."""
    return bool(git(repo, "for-each-ref", "--contains", commit, "--format=%(refname)").strip())
