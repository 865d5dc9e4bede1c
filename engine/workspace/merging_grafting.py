"""Putting the branches of tasks one on top of the other, with git's objects alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from engine.domain.errors import WorkspaceError
from engine.domain.settings import MergeMethod
from engine.domain.values import dataclass
from engine.domain.verdict import VerdictKind
from engine.domain.work import WorkItem
from engine.ports.merging import Conflict, Grafted
from engine.workspace.gitcall import GitCall
from engine.workspace.merging_trees import TreeMerger

_STEP = "%H%n%T%n%P%n%B%x00"
_STEPS_CAP_BYTES = 20_000_000
_READERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One commit of a task's branch."""

    commit: str
    parents: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was read once for a whole row."""

    drivers: tuple[str, ...]
    steps: dict[tuple[str, str], list[_Step]]
    """By base and head; empty for those that could not be read."""


class Grafting:
    """Makes rows of tasks' work in one repository, with as few calls of git as that takes: beside
    ten agents each of them waits a tenth of a second and more for its turn.
    """

    def __init__(self, git: GitCall, repo: Path, trees: TreeMerger, method: MergeMethod) -> None:
        self._git = git
        self._repo = repo
        self._trees = trees
        self._method = method

    async def row(self, items: Sequence[WorkItem], onto: str) -> list[Grafted | Conflict]:
        """See `Merging.graft`."""
        known = await self._read(items)
        found: list[Grafted | Conflict] = []
        while len(found) < len(items):
            below = _top(found, onto)
            more = await self._stack(items[len(found) :], below, known)
            found += await self._until_unsolved(more, below)
        return found

    async def _read(self, items: Sequence[WorkItem]) -> _Known:
        """All that is to be known of the branches, side by side."""
        known = _Known(drivers=await self._trees.without_drivers(), steps={})
        turns = asyncio.Semaphore(_READERS)

        async def read_steps(base: str, head: str) -> None:
            async with turns:
                with suppress(WorkspaceError):  # said when it is the item's turn
                    known.steps[base, head] = await self._steps(base, head)

        async def read_tree(base: str) -> None:
            async with turns:
                with suppress(WorkspaceError):
                    await self._trees.tree_of(base)

        ranges = [range_of(item) for item in items]
        async with asyncio.TaskGroup() as group:
            for base in sorted({base for base, _ in ranges}):
                group.create_task(read_tree(base), name=f"tree of {base}")
            for base, head in ranges:
                group.create_task(read_steps(base, head), name=f"branch at {head}")
        return known

    async def _stack(
        self, items: Sequence[WorkItem], onto: str, known: _Known
    ) -> list[Grafted | Conflict]:
        found: list[Grafted | Conflict] = []
        for item in items:
            found.append(await self._put(item, _top(found, onto), known))
        return found

    async def _put(self, item: WorkItem, onto: str, known: _Known) -> Grafted | Conflict:
        """One commit for each of the branch, but for empty ones; a single one where the branch
        joined another, or where its steps fit only together.
        """
        base, head = range_of(item)
        steps = known.steps.get((base, head)) or await self._steps(base, head)
        tip = await self._replay(item, steps, onto, known)
        if tip is None:
            merged = await self._trees.merge(base, onto, head, known.drivers)
            if merged.conflicts:
                return await self._trees.conflict(merged)
            tip = await self._squash(item, merged.tree, onto)
        tree = await self._trees.tree_of(tip)
        if tip != onto and self._method is MergeMethod.MERGE:
            message = with_trailers(f"Merge {item.task_id}: {title_of(item)}", item, tree)
            tip = await self._trees.commit(tree, (onto, tip), message)
        return Grafted(result=tip, tree=tree)

    async def _until_unsolved(
        self, found: list[Grafted | Conflict], onto: str
    ) -> list[Grafted | Conflict]:
        """As far as nobody left conflict marks of ours in a file; the first who did is a conflict,
        and what was put on top of him is left out.
        """
        if not await self._trees.touch_marks(_layers(found, onto)):
            return found
        below = onto
        for place, one in enumerate(found):
            if isinstance(one, Conflict):
                continue
            unsolved = await self._trees.unsolved(below, one.result)
            if unsolved is not None:
                return [*found[:place], unsolved]
            below = one.result
        return found

    async def _steps(self, base: str, head: str) -> list[_Step]:
        """All that is to be known of them from one call."""
        answer = await self._git.must(
            self._repo,
            *("log", "--reverse", "--topo-order", "--no-show-signature"),
            *(f"--format={_STEP}", head, f"^{base}", "--"),
            doing="list the commits of the branch",
            cap_bytes=_STEPS_CAP_BYTES,
        )
        if len(answer.stdout) >= _STEPS_CAP_BYTES:
            raise WorkspaceError(
                f"the messages of {base[:12]}..{head[:12]} fill {_STEPS_CAP_BYTES} bytes",
                hint="shorten the branch's history, then approve the merge again",
            )
        found = (step.lstrip("\n").split("\n", 3) for step in answer.text.split("\0"))
        steps = []
        for commit, tree, parents, message in (one for one in found if len(one) == 4):
            self._trees.know(commit, tree)
            steps.append(_Step(commit=commit, parents=tuple(parents.split()), message=message))
        return steps

    async def _replay(
        self, item: WorkItem, steps: list[_Step], onto: str, known: _Known
    ) -> str | None:
        """The last of the commits put on `onto` one by one, without those that change nothing
        there; None: they are no plain row, or one of them does not fit.
        """
        kept: list[tuple[_Step, str]] = []
        tree, expected = await self._trees.tree_of(onto), range_of(item)[0]
        for step in steps:
            if step.parents != (expected,):
                return None
            merged = await self._trees.merge(expected, tree, step.commit, known.drivers)
            if merged.conflicts:
                return None
            expected = step.commit
            if merged.tree != tree:
                kept.append((step, merged.tree))
            tree = merged.tree
        tip = onto
        for place, (step, its_tree) in enumerate(kept, start=1):
            whole = tree if place == len(kept) else None
            message = with_trailers(step.message, item, whole)
            tip = await self._trees.commit(its_tree, (tip,), message)
        return tip

    async def _squash(self, item: WorkItem, tree: str, onto: str) -> str:
        if tree == await self._trees.tree_of(onto):
            return onto
        message = with_trailers(f"{item.task_id}: {title_of(item)}", item, tree)
        return await self._trees.commit(tree, (onto,), message)


def range_of(item: WorkItem) -> tuple[str, str]:
    """What the task's work is: from which commit to which.

    Raises:
        WorkspaceError: none is recorded.
    """
    if item.base_commit is None or item.head_commit is None:
        raise WorkspaceError(
            f"task {item.task_id!r} has no recorded work", hint="run it before it is merged"
        )
    return item.base_commit, item.head_commit


def title_of(item: WorkItem) -> str:
    """The task in one line of at most 72 characters."""
    return " ".join(item.description.split())[:72]


def with_trailers(message: str, item: WorkItem, tree: str | None) -> str:
    """`tree` is that of the whole work; None: this is a part of it, or not known yet."""
    is_proved = item.last_verdict is VerdictKind.PASS
    trailers = [f"Task: {item.task_id}"]
    if tree is not None:
        trailers.append(f"Verdict: {'PASS' if is_proved else 'accepted by the operator'}")
        trailers.append(f"Tree: {tree}")
    return f"{message.strip()}\n\n" + "\n".join(trailers) + "\n"


def _top(found: Sequence[Grafted | Conflict], onto: str) -> str:
    """Where the next one is put."""
    results = [one.result for one in found if isinstance(one, Grafted)]
    return results[-1] if results else onto


def _layers(found: Sequence[Grafted | Conflict], onto: str) -> list[tuple[str, str]]:
    row = [onto, *(one.result for one in found if isinstance(one, Grafted))]
    return list(pairwise(row))
