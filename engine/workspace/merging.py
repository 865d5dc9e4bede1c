"""The base branch on git's command line: what the merge queue does with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.domain.errors import WorkspaceError
from engine.domain.settings import Settings
from engine.domain.work import WorkItem
from engine.ports.clock import Clock
from engine.ports.merging import BaseTip, Conflict, Grafted, Refusal
from engine.ports.process import CommandRunner
from engine.workspace.commit_objects import CommitObjects
from engine.workspace.filters import FilterGuard
from engine.workspace.gitcall import EMAIL, GitCall
from engine.workspace.merging_checkouts import Checkouts
from engine.workspace.merging_grafting import Grafting, range_of, title_of, with_trailers
from engine.workspace.merging_landing import Landing
from engine.workspace.merging_proposal import propose
from engine.workspace.merging_trees import TreeMerger
from engine.workspace.repository import inspect_base


class GitMerging:
    """See `engine.ports.merging.Merging`. For the one process that holds the engine's lock.

    Args:
        settings: which repository, and how work lands.
        runner: starts git and `gh`.
        environ: of the operator; only a pull request sees anything of it.
        clock: dates commits.
    """

    def __init__(
        self, settings: Settings, runner: CommandRunner, environ: Mapping[str, str], clock: Clock
    ) -> None:
        self._settings = settings
        self._runner = runner
        self._environ = environ
        self._git = GitCall(runner)
        objects = CommitObjects(self._git, settings.repo, clock)
        self._trees = TreeMerger(self._git, settings.repo, objects)
        method = settings.merge.method
        self._grafting = Grafting(self._git, settings.repo, self._trees, method)
        self._checkouts = Checkouts(self._git, settings.repo)
        filters = FilterGuard(self._git, settings.repo)
        self._landing = Landing(self._git, settings.repo, self._checkouts, filters)

    async def base(self) -> BaseTip:
        """See `Merging.base`."""
        branch, commit = await inspect_base(self._git, self._settings)
        return BaseTip(branch=branch, commit=commit)

    async def graft(self, items: Sequence[WorkItem], onto: str) -> list[Grafted | Conflict]:
        """See `Merging.graft`."""
        return await self._grafting.row(items, onto)

    async def parent(self, commit: str) -> str:
        """See `Merging.parent`."""
        answer = await self._git.must(
            self._settings.repo, "rev-parse", "--verify", f"{commit}^", doing="read a commit"
        )
        return answer.text

    async def contains(self, branch: str, commit: str) -> bool:
        """See `Merging.contains`."""
        answer = await self._git.ask(
            self._settings.repo, "merge-base", "--is-ancestor", commit, f"refs/heads/{branch}"
        )
        return answer.is_ok

    async def tag(self, names: Sequence[str], commit: str) -> None:
        """See `Merging.tag`."""
        refs = [f"refs/tags/{name}" for name in names]
        answer = await self._git.must(
            self._settings.repo,
            *("for-each-ref", "--format=%(objectname) %(refname)", *refs),
            doing="read the tags",
        )
        known = {f"{commit} {ref}" for ref in refs}.intersection(answer.text.split("\n"))
        missing = [ref for ref in refs if f"{commit} {ref}" not in known]
        if missing:
            await self._git.must(
                self._settings.repo,
                *("update-ref", "--stdin"),
                stdin="".join(f"create {ref} {commit}\n" for ref in missing).encode(),
                doing=f"make the tag {missing[0].removeprefix('refs/tags/')}",
            )

    async def land(self, base: BaseTip, commit: str) -> Refusal | None:
        """See `Merging.land`."""
        return await self._landing.land(base, commit)

    async def mend(self, base: BaseTip, commit: str) -> Refusal | None:
        """See `Merging.mend`."""
        return await self._landing.mend(base, commit)

    async def undo(self, base: BaseTip, *, before: str, after: str, message: str) -> str | Conflict:
        """See `Merging.undo`."""
        merged = await self._trees.merge(after, base.commit, before)
        if merged.conflicts:
            return await self._trees.conflict(merged)
        return await self._trees.commit(merged.tree, (base.commit,), message)

    async def follow(self, item: WorkItem, base: str) -> str:
        """See `Merging.follow`."""
        old_base, head = range_of(item)
        places = await self._checkouts.of_branch(item.branch)
        if places:
            raise WorkspaceError(
                f"branch {item.branch!r} is checked out in {str(places[0].path)!r}",
                hint="leave it there, or solve the conflict in it yourself",
            )
        tip = await self._own_tip(item, head)
        merged = await self._trees.merge(old_base, head, base)
        where = f", conflicts in {', '.join(merged.conflicts)}" if merged.conflicts else ""
        message = f"{item.task_id}: joins {base[:12]}{where}\n"
        joined = await self._trees.commit(merged.tree, (head, base), message)
        await self._git.must(
            self._settings.repo,
            *("update-ref", f"refs/heads/{item.branch}", joined, tip),
            doing=f"move branch {item.branch!r}",
        )
        return joined

    async def propose(self, item: WorkItem, base_branch: str) -> str:
        """See `Merging.propose`."""
        return await propose(
            self._runner,
            self._settings.repo,
            branch=item.branch,
            base_branch=base_branch,
            title=f"{item.task_id}: {title_of(item)}",
            body=with_trailers(item.description, item, None),
            environ=self._environ,
        )

    async def _own_tip(self, item: WorkItem, head: str) -> str:
        """Where the branch is: at `head`, or at what a killed process put on top of it.

        Raises:
            WorkspaceError: somebody else moved it.
        """
        ref = f"refs/heads/{item.branch}"
        repo = self._settings.repo
        tip = (await self._git.must(repo, "rev-parse", ref, doing="read the branch")).text
        if tip == head:
            return tip
        committer = await self._git.must(
            repo, *("log", "-1", "--format=%ce", tip, "--"), doing="read the branch"
        )
        is_above = await self._git.ask(repo, "merge-base", "--is-ancestor", head, tip)
        if not is_above.is_ok or committer.text != EMAIL:
            raise WorkspaceError(
                f"branch {item.branch!r} is at {tip[:12]}, not at its recorded {head[:12]}",
                hint="keep what is on it under another name, then retry the task",
            )
        return tip
