"""Which worktrees and branches there are, what they hold, and how they are removed."""

from __future__ import annotations

from pathlib import Path

from engine.domain.settings import Settings
from engine.ports.process import CommandRunner
from engine.ports.worktrees import Holding, HoldingKind
from engine.workspace.filters import FilterGuard
from engine.workspace.gitcall import GitCall
from engine.workspace.merging_checkouts import Checkouts, Place
from engine.workspace.repository import inspect_base

_CAP_BYTES = 20_000_000


class GitHoldings:
    """See `engine.ports.worktrees.Holdings`."""

    def __init__(self, settings: Settings, runner: CommandRunner) -> None:
        self._settings = settings
        self._git = GitCall(runner)
        self._checkouts = Checkouts(self._git, settings.repo)
        self._filters = FilterGuard(self._git, settings.repo)

    async def survey(self, branches: frozenset[str]) -> list[Holding]:
        """See `Holdings.survey`."""
        _, base = await inspect_base(self._git, self._settings)
        places = await self._checkouts.all()
        found = [await self._worktree(place, base) for place in places]
        where = {place.branch: str(place.path) for place in places if place.branch}
        tips = await self._tips()
        found += [
            Holding(
                kind=HoldingKind.BRANCH,
                name=name,
                commit=tips[name],
                branch=name,
                unmerged=await self._unmerged(tips[name], base),
                checked_out_in=where.get(name, ""),
            )
            for name in sorted(branches & tips.keys())
        ]
        return found

    async def remove_worktree(self, path: Path) -> None:
        """See `Holdings.remove_worktree`. Ignored files in it go with it."""
        await self._git.must(
            self._settings.repo,
            *("worktree", "remove", str(path)),
            doing=f"remove the worktree {path.name!r}",
            config=await self._filters.settings(None),
        )

    async def remove_branch(self, name: str, tip: str) -> None:
        """See `Holdings.remove_branch`."""
        await self._git.must(
            self._settings.repo,
            *("update-ref", "-d", f"refs/heads/{name}", tip),
            doing=f"remove the branch {name!r}",
        )

    async def _worktree(self, place: Place, base: str) -> Holding:
        commit, uncommitted = "", 0
        if place.is_there:
            head = await self._git.ask(place.path, "rev-parse", "-q", "--verify", "HEAD")
            commit = head.text if head.is_ok else ""
            uncommitted = await self._uncommitted(place)
        return Holding(
            kind=HoldingKind.WORKTREE,
            name=str(place.path),
            commit=commit,
            branch=place.branch,
            is_ours=place.path.is_relative_to(self._settings.state / "worktrees"),
            unmerged=await self._unmerged(commit, base) if commit else 0,
            uncommitted=uncommitted,
        )

    async def _uncommitted(self, place: Place) -> int:
        answer = await self._git.must(
            place.path,
            *("status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"),
            *("--ignore-submodules=dirty", "--", ".", ":(exclude).aibrain"),
            doing=f"read the state of {place.path.name!r}",
            config=await self._filters.settings(None),
            cap_bytes=_CAP_BYTES,
        )
        return sum(1 for entry in answer.stdout.split(b"\0") if entry)

    async def _unmerged(self, commit: str, base: str) -> int:
        answer = await self._git.must(
            self._settings.repo,
            *("rev-list", "--count", commit, f"^{base}"),
            doing="count the commits",
        )
        return int(answer.text)

    async def _tips(self) -> dict[str, str]:
        answer = await self._git.must(
            self._settings.repo,
            *("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/"),
            doing="list the branches",
            cap_bytes=_CAP_BYTES,
        )
        pairs = (line.rpartition(" ") for line in answer.text.splitlines())
        return {ref.removeprefix("refs/heads/"): commit for ref, _, commit in pairs}
