"""The base branch on git's command line: what the merge queue does with it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.errors import WorkspaceError
from engine.domain.settings import MergeMethod, Settings
from engine.domain.values import dataclass
from engine.domain.verdict import VerdictKind
from engine.domain.work import WorkItem
from engine.ports.merging import BaseTip, Conflict, Grafted, Refusal
from engine.ports.process import CommandRunner
from engine.workspace.filters import FilterGuard
from engine.workspace.gitcall import EMAIL, GitCall
from engine.workspace.merging_checkouts import Checkouts
from engine.workspace.merging_landing import Landing
from engine.workspace.merging_proposal import propose
from engine.workspace.merging_trees import TreeMerger
from engine.workspace.repository import inspect_base

_NOWHERE = "0" * 40
_STEP = "%H%n%T%n%P%n%B%x00"
_STEPS_CAP_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One commit of a task's branch."""

    commit: str
    parents: tuple[str, ...]
    message: str


class GitMerging:
    """See `engine.ports.merging.Merging`. For the one process that holds the engine's lock.

    Args:
        settings: which repository, and how work lands.
        runner: starts git and `gh`.
        environ: of the operator; only a pull request sees anything of it.
    """

    def __init__(
        self, settings: Settings, runner: CommandRunner, environ: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self._runner = runner
        self._environ = environ
        self._git = GitCall(runner)
        self._trees = TreeMerger(self._git, settings.repo)
        self._checkouts = Checkouts(self._git, settings.repo)
        filters = FilterGuard(self._git, settings.repo)
        self._landing = Landing(self._git, settings.repo, self._checkouts, filters)

    async def base(self) -> BaseTip:
        """See `Merging.base`."""
        branch, commit = await inspect_base(self._git, self._settings)
        return BaseTip(branch=branch, commit=commit)

    async def graft(self, item: WorkItem, onto: str) -> Grafted | Conflict:
        """See `Merging.graft`. One commit for each of the branch, but for empty ones; a single one
        where the branch joined another, or where its steps fit only together.
        """
        base, head = _range(item)
        tip = await self._replay(item, await self._steps(base, head), base, onto)
        if tip is None:
            merged = await self._trees.merge(base, onto, head)
            if merged.conflicts:
                return await self._trees.conflict(merged)
            tip = await self._squash(item, merged.tree, onto)
        unsolved = await self._trees.unsolved(onto, tip)
        if unsolved is not None:
            return unsolved
        tree = await self._trees.tree_of(tip)
        if tip != onto and self._settings.merge.method is MergeMethod.MERGE:
            message = _with_trailers(f"Merge {item.task_id}: {_title(item)}", item, tree)
            tip = await self._trees.commit(tree, (onto, tip), message)
        return Grafted(result=tip, tree=tree)

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

    async def tag(self, name: str, commit: str) -> None:
        """See `Merging.tag`."""
        ref = f"refs/tags/{name}"
        known = await self._git.ask(self._settings.repo, "rev-parse", "-q", "--verify", ref)
        if known.is_ok and known.text == commit:
            return
        await self._git.must(
            self._settings.repo, "update-ref", ref, commit, _NOWHERE, doing=f"make the tag {name}"
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
        old_base, head = _range(item)
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
            title=f"{item.task_id}: {_title(item)}",
            body=_with_trailers(item.description, item, None),
            environ=self._environ,
        )

    async def _steps(self, base: str, head: str) -> list[_Step]:
        """All that is to be known of them from one call: under load each costs seconds."""
        answer = await self._git.must(
            self._settings.repo,
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

    async def _replay(self, item: WorkItem, steps: list[_Step], base: str, onto: str) -> str | None:
        """The last of the commits put on `onto` one by one, without those that change nothing
        there; None: they are no plain row, or one of them does not fit.
        """
        kept: list[tuple[_Step, str]] = []
        tree, expected = await self._trees.tree_of(onto), base
        for step in steps:
            if step.parents != (expected,):
                return None
            merged = await self._trees.merge(expected, tree, step.commit)
            if merged.conflicts:
                return None
            expected = step.commit
            if merged.tree != tree:
                kept.append((step, merged.tree))
            tree = merged.tree
        tip = onto
        for place, (step, its_tree) in enumerate(kept, start=1):
            whole = tree if place == len(kept) else None
            message = _with_trailers(step.message, item, whole)
            tip = await self._trees.commit(its_tree, (tip,), message)
        return tip

    async def _squash(self, item: WorkItem, tree: str, onto: str) -> str:
        if tree == await self._trees.tree_of(onto):
            return onto
        message = _with_trailers(f"{item.task_id}: {_title(item)}", item, tree)
        return await self._trees.commit(tree, (onto,), message)

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


def _range(item: WorkItem) -> tuple[str, str]:
    if item.base_commit is None or item.head_commit is None:
        raise WorkspaceError(
            f"task {item.task_id!r} has no recorded work", hint="run it before it is merged"
        )
    return item.base_commit, item.head_commit


def _title(item: WorkItem) -> str:
    return " ".join(item.description.split())[:72]


def _with_trailers(message: str, item: WorkItem, tree: str | None) -> str:
    """`tree` is that of the whole work; None: this is a part of it, or not known yet."""
    is_proved = item.last_verdict is VerdictKind.PASS
    trailers = [f"Task: {item.task_id}"]
    if tree is not None:
        trailers.append(f"Verdict: {'PASS' if is_proved else 'accepted by the operator'}")
        trailers.append(f"Tree: {tree}")
    return f"{message.strip()}\n\n" + "\n".join(trailers) + "\n"
