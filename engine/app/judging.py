"""Ralph alone: judges a task's last commit, or the checked-out branch, outside of any run."""

from __future__ import annotations

from engine.app.parts import Parts
from engine.domain.errors import StateError
from engine.domain.transcript import EntryKind
from engine.domain.verdict import Verdict
from engine.domain.work import TaskType, WorkItem


class Silence:
    """Takes transcript lines and keeps none."""

    def append(self, kind: EntryKind, text: str, *, is_error: bool = False) -> None:
        """Nobody watches."""


class Judging:
    """Judges commits; queue and worktrees are left alone."""

    def __init__(self, parts: Parts) -> None:
        self._workspace = parts.workspace
        self._verifier = parts.verifier

    async def of_task(self, item: WorkItem) -> Verdict:
        """The last recorded commit of a task against the commit it started from.

        Raises:
            StateError: no iteration of it is recorded yet.
        """
        if item.head_commit is None or item.base_commit is None:
            raise StateError(f"task {item.task_id!r} has no recorded work", hint="run it first")
        return await self._verifier.verify(
            item.base_commit,
            item.head_commit,
            task_type=item.type,
            targets=item.tests,
            notes=Silence(),
        )

    async def of_branch(self, base: str, targets: tuple[str, ...]) -> Verdict:
        """What HEAD has over its common past with `base`; uncommitted changes do not count.

        Raises:
            WorkspaceError: a name leads to no commit, or there is no common past.
        """
        head = await self._workspace.resolve("HEAD")
        fork = await self._workspace.merge_base(await self._workspace.resolve(base), head)
        return await self._verifier.verify(
            fork,
            head,
            task_type=TaskType.BUGFIX,
            targets=targets,
            notes=Silence(),
            needs_effect=False,
        )
