"""Ralph alone: judges a task's last commit, or any branch, outside of any run."""

from __future__ import annotations

from dataclasses import asdict

from engine.app.parts import Parts
from engine.domain.errors import StateError, WorkspaceError
from engine.domain.ids import TaskId
from engine.domain.transcript import EntryKind
from engine.domain.values import dataclass
from engine.domain.verdict import Verdict
from engine.domain.work import TaskType, WorkItem
from engine.loop.verifying.case import Question
from engine.loop.verifying.proofs import is_same_outcome


class Silence:
    """Takes transcript lines and keeps none."""

    def append(self, kind: EntryKind, text: str, *, is_error: bool = False) -> None:
        """Nobody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """What is asked about a branch."""

    base: str
    """Any name of a commit; what `head` has over their common past is judged."""
    head: str = "HEAD"
    """Any name of a commit; what is checked out, unless another is named."""
    targets: tuple[str, ...] = ()
    task_type: TaskType = TaskType.BUGFIX
    """Says what the change may touch."""
    scope: tuple[str, ...] = ()
    """Globs of paths that it may touch; empty: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """A verdict that was given again, beside the one before."""

    verdict: Verdict
    recorded: Verdict | None
    """None: nothing was recorded of this tree."""

    @property
    def is_same(self) -> bool | None:
        """Whether they agree; None: there is nothing to compare with."""
        return None if self.recorded is None else is_same_outcome(self.verdict, self.recorded)


class Judging:
    """Judges commits; queue and worktrees are left alone."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self._workspace = parts.workspace
        self._verifier = parts.verifier

    async def of_task(self, task_id: TaskId) -> Verdict:
        """The last recorded commit of a task against the commit it started from.

        Raises:
            UnknownTaskError: there is no such task.
            StateError: no iteration of it is recorded yet.
        """
        return await self._answer(_about(await self._item(task_id)))

    async def of_task_again(self, task_id: TaskId) -> Rechecked:
        """As `of_task`, with the checks run again, beside the recorded verdict.

        Raises:
            UnknownTaskError, StateError: as `of_task`.
        """
        question = _about(await self._item(task_id))
        points = await self._store.read(lambda reader: reader.checkpoints(task_id))
        of_it = [point.verdict for point in points if point.commit == question.head]
        kept = await self._verifier.recorded(question)
        verdict = await self._answer(question, fresh=True)
        return Rechecked(verdict=verdict, recorded=of_it[-1] if of_it else kept)

    async def of_branch(self, branch: Branch) -> Verdict:
        """What its head has over the common past with the base; uncommitted changes do not count.

        Raises:
            WorkspaceError: a name leads to no commit, or there is no common past.
        """
        return await self._answer(await self._fork(branch))

    async def of_branch_again(self, branch: Branch) -> Rechecked:
        """As `of_branch`, with the checks run again, beside the kept proof.

        Raises:
            WorkspaceError: as `of_branch`.
        """
        question = await self._fork(branch)
        recorded = await self._verifier.recorded(question)
        return Rechecked(verdict=await self._answer(question, fresh=True), recorded=recorded)

    async def has_uncommitted_changes(self) -> bool:
        """Whether the operator's checkout holds what no verdict is about."""
        try:
            return (await self._workspace.inspect()).is_dirty
        except WorkspaceError:  # such as a detached HEAD, which can be judged all the same
            return False

    async def _fork(self, branch: Branch) -> Question:
        head = await self._workspace.resolve(branch.head)
        base = await self._workspace.resolve(branch.base)
        return Question(
            base=await self._workspace.merge_base(base, head),
            head=head,
            task_type=branch.task_type,
            targets=branch.targets,
            scope=branch.scope,
            needs_effect=False,
        )

    async def _item(self, task_id: TaskId) -> WorkItem:
        return await self._store.read(lambda reader: reader.task(task_id))

    async def _answer(self, question: Question, *, fresh: bool = False) -> Verdict:
        return await self._verifier.verify(**asdict(question), notes=Silence(), fresh=fresh)


def _about(item: WorkItem) -> Question:
    if item.head_commit is None or item.base_commit is None:
        raise StateError(f"task {item.task_id!r} has no recorded work", hint="run it first")
    return Question(
        base=item.base_commit,
        head=item.head_commit,
        task_type=item.type,
        targets=item.tests,
        scope=item.scope,
    )
