"""What the engine holds in the repository, whose it is, and what may go. Nothing with unmerged or
uncommitted work ever goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from engine.app.parts import Parts
from engine.domain.errors import WorkspaceError
from engine.domain.ids import TaskId
from engine.domain.merge import MergeRecord, MergeStep
from engine.domain.state import ENDED
from engine.domain.values import dataclass
from engine.domain.work import MergeState, WorkItem, is_task_branch
from engine.ports.store import Reader, TaskQuery
from engine.ports.worktrees import Holding, HoldingKind
from engine.workspace.survey import GitHoldings

_EVERYTHING = 1_000_000_000
_CHECKOUT_PREFIX = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A worktree or branch, and what cleaning would do with it."""

    holding: Holding
    owner: str
    """The task, `operator`, or `engine` for a checkout that a killed process left."""
    may_go: bool
    why: str
    """Why it may go, or why it stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the store says."""

    items: Mapping[TaskId, WorkItem]
    merges: tuple[MergeRecord, ...]

    def by_branch(self, name: str) -> WorkItem | None:
        return next((item for item in self.items.values() if item.branch == name), None)

    def is_merged(self, item: WorkItem, tip: str) -> bool:
        """Whether the base branch holds exactly what the branch has."""
        return item.merge_state is MergeState.MERGED and any(
            record.task_id == item.task_id and record.head == tip for record in self.merges
        )


class HeldPlaces:
    """Lists and cleans; cleaning only for the holder of the engine's lock."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._git = GitHoldings(parts.settings, parts.runner)

    async def survey(self, *, is_engine_running: bool) -> list[Finding]:
        """All worktrees and the branches of all tasks.

        Raises:
            WorkspaceError: git cannot be asked, or there is no base branch.
        """
        known = await self._store.read(_known)
        branches = frozenset(item.branch for item in known.items.values())
        found = await self._git.survey(branches)
        return [_finding(one, known, is_engine_running=is_engine_running) for one in found]

    async def clean(self) -> tuple[list[Finding], list[str]]:
        """Remove what may go; what went, and what git refused."""
        gone: list[Finding] = []
        refused: list[str] = []
        for finding in await self.survey(is_engine_running=False):
            if not finding.may_go:
                continue
            try:
                await self._remove(finding.holding)
                gone.append(finding)
            except WorkspaceError as error:
                refused.append(str(error))
        return gone, refused

    async def _remove(self, holding: Holding) -> None:
        if holding.kind is HoldingKind.WORKTREE:
            await self._git.remove_worktree(Path(holding.name))
        else:
            await self._git.remove_branch(holding.name, holding.commit)


def _known(reader: Reader) -> _Known:
    items = reader.tasks(TaskQuery(limit=_EVERYTHING))
    return _Known(
        items={item.task_id: item for item in items},
        merges=tuple(reader.merges(steps=frozenset({MergeStep.MERGED}))),
    )


def _finding(one: Holding, known: _Known, *, is_engine_running: bool) -> Finding:
    if one.kind is HoldingKind.BRANCH:
        return _of_branch(one, known)
    if not one.is_ours:
        return Finding(holding=one, owner="operator", may_go=False, why="it is yours")
    return _of_worktree(one, known, is_engine_running=is_engine_running)


def _of_worktree(one: Holding, known: _Known, *, is_engine_running: bool) -> Finding:
    name = Path(one.name).name
    item = known.items.get(TaskId(name))
    owner = "engine" if name.startswith(_CHECKOUT_PREFIX) else name
    if is_engine_running:
        return Finding(holding=one, owner=owner, may_go=False, why="an engine runs")
    if one.uncommitted:
        why = f"{one.uncommitted} files are uncommitted"
        return Finding(holding=one, owner=owner, may_go=False, why=why)
    if one.unmerged and not one.branch and not _is_as_engine_made_it(one):
        why = f"{one.unmerged} commits are on no branch"
        return Finding(holding=one, owner=owner, may_go=False, why=why)
    if item is None and owner != "engine":
        return Finding(holding=one, owner="operator", may_go=False, why="no task has this name")
    if item is not None and item.state not in ENDED:
        why = f"its task is {item.standing}"
        return Finding(holding=one, owner=owner, may_go=False, why=why)
    why = "left by a process that ended" if item is None else f"its task is {item.standing}"
    return Finding(holding=one, owner=owner, may_go=True, why=why)


def _is_as_engine_made_it(one: Holding) -> bool:
    """Whether a checkout stands at the commit that it was made for, as its name says."""
    return Path(one.name).name.startswith(f"{_CHECKOUT_PREFIX}base-{one.commit[:12]}-")


def _of_branch(one: Holding, known: _Known) -> Finding:
    item = known.by_branch(one.name)
    owner = item.task_id if item is not None else "operator"
    if not is_task_branch(one.name) or (item is not None and item.base_commit is None):
        why = "no task has worked on it"
    elif one.checked_out_in:
        why = f"it is checked out in {one.checked_out_in}"
    elif item is None or item.state not in ENDED:
        why = "its task is not over"
    elif one.unmerged and not known.is_merged(item, one.commit):
        why = f"{one.unmerged} commits are not merged"
    else:
        return Finding(holding=one, owner=owner, may_go=True, why="the base branch holds its work")
    return Finding(holding=one, owner=owner, may_go=False, why=why)
