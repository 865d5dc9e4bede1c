"""Turning what an agent left in its worktree into commits on its branch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from engine.domain.errors import WorkspaceError
from engine.domain.values import dataclass
from engine.ports.workspace import Worktree
from engine.workspace.folders import find_nested_repositories
from engine.workspace.gitcall import GitCall

_NEVER = (":(exclude).aibrain/state",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Status:
    head: str
    branch: str
    """`(detached)` without one."""
    has_staged: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Git, bound to one worktree."""

    git: GitCall
    worktree: Worktree
    admin: Path
    config: Sequence[str]

    async def must(self, *arguments: str, doing: str, stdin: bytes = b"") -> str:
        answer = await self.git.must(
            self.worktree.path,
            *arguments,
            doing=doing,
            admin=self.admin,
            config=self.config,
            stdin=stdin,
        )
        return answer.text


async def commit_all(
    git: GitCall,
    worktree: Worktree,
    admin: Path,
    message: str,
    *,
    config: Sequence[str],
    author: str = "",
) -> str:
    """Commit all changes on the worktree's branch, as the engine's or `author`'s work; its head
    afterwards.
    """
    place = _Place(git, worktree, admin, config)
    await _stage(place)
    status = await _read_status(place)
    if await _return_to_branch(place, status):
        status = await _read_status(place)
    if not status.has_staged:
        return status.head
    await place.must(
        *("commit", "-q", "--no-verify", "--no-gpg-sign"),
        *("--cleanup=whitespace", "--allow-empty-message", "-F", "-"),
        *([f"--author={_identity(author)}"] if author else ()),
        doing="commit",
        stdin=message.replace("\0", "\ufffd").encode(errors="replace") or b"\n",
    )
    return await place.must("rev-parse", "HEAD", doing="read the new commit")


def _identity(name: str) -> str:
    """A name as git takes it for an author's.

    >>> _identity("kim <x>")
    'kim x <kim-x@localhost>'
    """
    words = "".join(char if char.isprintable() and char not in "<>" else " " for char in name)
    plain = " ".join(words.split()) or "operator"
    return f"{plain} <{plain.replace(' ', '-')}@localhost>"


async def _stage(place: _Place) -> None:
    """Stage everything except repositories that an agent made or cloned inside the worktree:
    git would record only their commit, or fail on those that have none.
    """
    path = place.worktree.path
    added = await place.git.ask(path, *add_all(), admin=place.admin, config=place.config)
    if added.is_ok and "embedded git repository" not in added.stderr:
        return
    nested = await asyncio.to_thread(find_nested_repositories, path)
    await place.must("reset", "-q", "HEAD", "--", doing="unstage nested repositories")
    await place.must(
        *add_all(), *(f":(exclude,literal){name}" for name in nested), doing="stage the changes"
    )


def add_all() -> tuple[str, ...]:
    """Words that stage everything but the engine's own state."""
    return ("add", "-A", "--", ".", *_NEVER)


async def _read_status(place: _Place) -> _Status:
    text = await place.must(
        *("status", "--porcelain=v2", "--branch", "-z"),
        *("--untracked-files=no", "--ignore-submodules=dirty", "--no-renames"),
        doing="read the state of the worktree",
    )
    head = branch = ""
    has_staged = False
    for entry in text.split("\0"):
        if entry.startswith("# branch.oid "):
            head = entry.removeprefix("# branch.oid ")
        elif entry.startswith("# branch.head "):
            branch = entry.removeprefix("# branch.head ")
        elif entry[:2] in ("1 ", "2 ", "u "):
            has_staged = has_staged or entry[2] != "."
    return _Status(head=head, branch=branch, has_staged=has_staged)


async def _return_to_branch(place: _Place, status: _Status) -> bool:
    """Make HEAD the task's branch with every recorded commit in it; whether anything moved.

    The files stay as they are. Only HEAD and the task's own branch are written: an agent may have
    switched to a branch of the operator's.
    """
    worktree = place.worktree
    is_on_branch = status.branch == worktree.branch
    if is_on_branch and status.head == worktree.head_commit:
        return False
    descends = await _descends(place, status.head)
    if is_on_branch and descends:
        return False
    if not is_on_branch and not descends:
        raise WorkspaceError(
            f"the agent left branch {worktree.branch!r} for {status.branch!r} at "
            f"{status.head[:12]!r}, which does not descend from it; nothing was committed",
            hint="run the task again; it goes on from its last recorded commit",
        )
    tip = status.head if descends else worktree.head_commit
    ref = f"refs/heads/{worktree.branch}"
    await place.must("update-ref", ref, tip, doing="bring the branch to the work")
    await place.must("symbolic-ref", "HEAD", ref, doing="return to the branch")
    return True


async def _descends(place: _Place, commit: str) -> bool:
    answer = await place.git.ask(
        place.worktree.path,
        *("merge-base", "--is-ancestor", place.worktree.head_commit, commit),
        admin=place.admin,
    )
    return answer.is_ok
