"""Where a branch is checked out, and whether somebody is at work there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from engine.domain.values import dataclass
from engine.workspace.folders import find_admin, is_there
from engine.workspace.gitcall import GitCall
from engine.workspace.repository import common_dir

_LOCK_LOOKS, _LOCK_PAUSE_S = 10, 0.05
_PENDING = {
    "rebase-merge/head-name": "a rebase",
    "rebase-apply/head-name": "a rebase",
    "BISECT_START": "a bisection",
}
"""Files that name a branch which git moves, or returns to, when it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A worktree."""

    path: Path
    admin: Path
    """Its private git folder."""
    branch: str
    """Empty: detached."""
    is_there: bool
    """False: its folder is missing."""
    is_locked: bool = False
    """Git was told to keep it although its folder may be missing, on a drive that is away, say."""


class Checkouts:
    """The worktrees of one repository, the operator's and the engine's."""

    def __init__(self, git: GitCall, repo: Path) -> None:
        self._git = git
        self._repo = repo

    async def all(self) -> list[Place]:
        """Every worktree, the main one first."""
        common = await common_dir(self._git, self._repo)
        answer = await self._git.must(
            self._repo, "worktree", "list", "--porcelain", "-z", doing="list the worktrees"
        )
        entries = answer.stdout.decode(errors="surrogateescape").split("\0\0")
        return [_place(entry, common) for entry in entries if entry.strip("\0")]

    async def of_branch(self, branch: str) -> list[Place]:
        """Worktrees that have the branch checked out; those that are gone for good do not count."""
        return [
            place
            for place in await self.all()
            if place.branch == branch and (place.is_there or place.is_locked)
        ]

    async def pending(self, branch: str) -> str:
        """What under way will move the branch when it ends, in words; empty: nothing."""
        for place in await self.all():
            for name, words in _PENDING.items():
                if _names(place.admin / name, branch):
                    return f"{words} of {branch!r} is under way in {str(place.path)!r}"
        return ""

    def is_git_at_work(self, place: Place) -> bool:
        """Whether a git process works in the worktree; True where that cannot be known."""
        if not Path("/proc/self/cwd").exists():
            return True
        inside = (str(place.path), str(place.admin))
        return any(_is_inside(cwd, inside) for cwd in _folders_of_git())


def _place(entry: str, common: Path) -> Place:
    fields = dict(_field(line) for line in entry.split("\0") if line)
    path = Path(fields["worktree"])
    admin = common if (path / ".git").is_dir() else find_admin(common, path) or common
    return Place(
        path=path,
        admin=admin,
        branch=fields.get("branch", "").removeprefix("refs/heads/"),
        is_there=path.is_dir() and "bare" not in fields,
        is_locked="locked" in fields,
    )


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(" ")
    return name, value


def _names(file: Path, branch: str) -> bool:
    try:
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return False
    return text.strip().removeprefix("refs/heads/") == branch


def _folders_of_git() -> Iterator[str]:
    """Working folders of the git processes of this machine."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text(encoding="utf-8").startswith("git"):
                yield str((process / "cwd").readlink())
        except (OSError, UnicodeDecodeError):
            continue


def _is_inside(folder: str, roots: tuple[str, ...]) -> bool:
    return any(folder == root or folder.startswith(f"{root}/") for root in roots)


async def outwait(lock: Path) -> bool:
    """Give a living git time to remove its lock; whether it is gone."""
    for _ in range(_LOCK_LOOKS):
        if not is_there(lock):
            return True
        await asyncio.sleep(_LOCK_PAUSE_S)
    return not is_there(lock)
