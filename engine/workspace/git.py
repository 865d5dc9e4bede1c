"""The workspace on git's command line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from engine.domain.errors import WorkspaceError
from engine.domain.settings import Settings
from engine.domain.work import BRANCH_RULE, WorkItem, discarded_ref, is_task_branch
from engine.ports.process import CommandRunner
from engine.ports.workspace import RepositoryFacts, Worktree, Written
from engine.workspace import folders
from engine.workspace.commits import Commits
from engine.workspace.committing import commit_all
from engine.workspace.filters import FilterGuard
from engine.workspace.gitcall import EMAIL, GitCall
from engine.workspace.private_git import seed_private_git
from engine.workspace.repository import (
    common_dir,
    inspect_repository,
    require_root,
    resolve_base,
)
from engine.workspace.restoring import restore_files, written_files
from engine.workspace.unfinished import unfinished_tree

_BASE_PREFIX = ".base-"
"""Task ids cannot begin with a dot."""
_LOCK_LOOKS, _LOCK_PAUSE_S = 10, 0.05


class GitWorkspace(Commits):
    """One worktree and one `fix/` or `feature/` branch per task, below the state folder.

    The list of worktrees changes one at a time, and so does what is done with each of them; files
    are written and removed in several at once. Several processes may use one repository, but a
    task's worktree belongs to the engine that holds the task.
    """

    def __init__(self, settings: Settings, runner: CommandRunner) -> None:
        super().__init__(settings, GitCall(runner))
        self._folder = settings.state / "worktrees"
        self._private = settings.state / "private"
        self._filters = FilterGuard(self._git, settings.repo)
        self._lock = asyncio.Lock()
        self._places: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()
        """Kept only as long as somebody holds one or waits for it."""

    async def inspect(self) -> RepositoryFacts:
        """See `Workspace.inspect`."""
        await require_root(self._git, self._settings.repo)
        config = await self._filters.settings(None)
        return await inspect_repository(self._git, self._settings, config=config)

    async def open(self, item: WorkItem) -> Worktree:
        """See `Workspace.open`. Ignored files (caches) survive a reset.

        Raises:
            WorkspaceError: the branch name is not allowed, the branch holds commits of somebody
                else or is checked out elsewhere, or the recorded commit is gone.
        """
        branch, path = _checked_branch(item), self._folder / item.task_id
        async with self._alone_in(path):
            folders.prepare_state(self._settings.state)
            base = item.base_commit or await resolve_base(self._git, self._settings)
            head = item.head_commit or base
            common = await common_dir(self._git, self._settings.repo)
            await _outwait_lock(common, branch)
            if folders.branch_tip(common, branch) != head:
                await self._refuse_foreign_commits(branch, head)
            if not await self._restore(path, branch, head):
                await self._discard(path)
                await self._add(path, head, "--no-track", "-B", branch)
        return Worktree(path=path, branch=branch, base_commit=base, head_commit=head)

    async def adopt(self, item: WorkItem) -> Worktree:
        """The task's worktree as it is, with all that lies in it; made as `open` makes it where
        there is none. Only for who has taken the task over.

        Raises:
            WorkspaceError: as `open`.
        """
        branch, path = _checked_branch(item), self._folder / item.task_id
        common = await common_dir(self._git, self._settings.repo)
        admin = folders.find_admin(common, path)
        if admin is None or not path.is_dir():
            return await self.open(item)
        folders.restore_git_file(path, admin)
        base = item.base_commit or await resolve_base(self._git, self._settings)
        head = item.head_commit or base
        return Worktree(path=path, branch=branch, base_commit=base, head_commit=head)

    async def commit(self, worktree: Worktree, message: str, *, author: str = "") -> str:
        """See `Workspace.commit`. Work that an agent committed itself stays as it is.

        `author` is whose work it is; empty: the engine's.

        An agent that left its branch is brought back to it if its work descends from
        `worktree.head_commit`. One that rewrote the branch gets its files committed on top of that
        commit, so no recorded commit is ever lost.

        Raises:
            WorkspaceError: it works on something that does not descend from its branch; nothing
                was committed.
        """
        admin = await self._admin(worktree.path)
        folders.remove_stale_locks(admin)
        folders.restore_git_file(worktree.path, admin)
        return await commit_all(
            self._git,
            worktree,
            admin,
            message,
            config=await self._filters.settings(admin),
            author=author,
        )

    async def unfinished(self, item: WorkItem) -> str:
        """A tree of what lies in the task's worktree, for somebody who reads it; empty: there is no
        worktree, or its last recorded commit has all of it.

        Raises:
            WorkspaceError: git refuses.
        """
        path, head = self._folder / item.task_id, item.head_commit or item.base_commit
        common = await common_dir(self._git, self._settings.repo)
        admin = folders.find_admin(common, path)
        if admin is None or head is None or not path.is_dir():
            return ""
        config = await self._filters.settings(admin)
        return await unfinished_tree(self._git, path, admin, head, config=config)

    @asynccontextmanager
    async def checkout(self, commit: str) -> AsyncIterator[Path]:
        """See `Workspace.checkout`."""
        path = self._folder / f"{_BASE_PREFIX}{commit[:12]}-{os.getpid()}"
        async with self._alone_in(path):
            folders.prepare_state(self._settings.state)
            await self._discard(path)
            try:
                await self._add(path, commit, "--detach")
                yield path
            finally:
                await self._discard(path)

    async def restore(self, tree: Path, base: str, paths: Collection[str]) -> None:
        """See `Workspace.restore`."""
        admin = await self._admin(tree)
        config = await self._filters.settings(admin)
        await restore_files(self._git, tree, admin, base, frozenset(paths), config=config)

    async def written_in(self, tree: Path) -> Written:
        """See `Workspace.written_in`."""
        admin = await self._admin(tree)
        config = await self._filters.settings(admin)
        return await written_files(self._git, tree, admin, config=config)

    async def close(self, item: WorkItem) -> None:
        """See `Workspace.close`. Nothing happens if there is none."""
        path = self._folder / item.task_id
        async with self._alone_in(path):
            await self._discard(path)
            await asyncio.to_thread(folders.remove_folder, self._private / item.task_id)

    async def put_aside(self, item: WorkItem) -> None:
        """Take the task's branch away, and keep its commits below `refs/aio-tui/discarded`. Nothing
        happens if there is none.

        Raises:
            WorkspaceError: git refuses, as where the branch is checked out; it stays then.
        """
        branch, repo = _checked_branch(item), self._settings.repo
        await self.close(item)
        async with self._lock:
            tip = folders.branch_tip(await common_dir(self._git, repo), branch)
            if tip is None:
                return
            kept = discarded_ref(branch, tip)
            await self._git.must(repo, "update-ref", kept, tip, doing="keep the work")
            await self._git.must(
                repo, "branch", "-q", "-D", "--", branch, doing=f"take branch {branch!r} away"
            )

    async def bring_back(self, item: WorkItem) -> None:
        """Undo `put_aside`: the branch is at the task's recorded commit again.

        Raises:
            WorkspaceError: git refuses, or a branch of that name is elsewhere by now.
        """
        branch, repo, head = _checked_branch(item), self._settings.repo, item.head_commit
        if head is None:
            return
        async with self._lock:
            tip = folders.branch_tip(await common_dir(self._git, repo), branch)
            if tip != head:
                ref = f"refs/heads/{branch}"
                doing = f"bring branch {branch!r} back"
                await self._git.must(repo, "update-ref", ref, head, "0" * len(head), doing=doing)
            kept = discarded_ref(branch, head)
            await self._git.must(repo, "update-ref", "-d", kept, doing="forget what was kept")

    async def private_git(self, worktree: Worktree) -> tuple[Path, Path]:
        """A git directory that an agent may write, and where the worktree expects it.

        Raises:
            WorkspaceError: the worktree is gone, or git refuses.
        """
        admin = await self._admin(worktree.path)
        place = self._private / worktree.path.name
        own = await seed_private_git(self._git, self._settings.repo, worktree, admin, place)
        return own, admin

    async def sweep(self) -> tuple[str, ...]:
        """See `Workspace.sweep`."""
        if not self._folder.is_dir():
            return ()
        common = await common_dir(self._git, self._settings.repo)
        found = {*self._folder.iterdir(), *folders.find_worktrees(common, self._folder)}
        checkouts = [path for path in found if path.name.startswith(_BASE_PREFIX)]
        left = [path for path in checkouts if not _is_used_elsewhere(path)]
        for path in left:
            async with self._alone_in(path):
                await self._discard(path)
        return tuple(sorted(path.name for path in left))

    async def _admin(self, path: Path) -> Path:
        common = await common_dir(self._git, self._settings.repo)
        admin = folders.find_admin(common, path)
        if admin is None:
            raise WorkspaceError(
                f"worktree {path.name!r} is not there any more",
                hint="run the task again; it goes on from its last recorded commit",
            )
        return admin

    async def _restore(self, path: Path, branch: str | None, head: str) -> bool:
        """Bring an intact worktree to `head`; False if there is none or git finds it broken."""
        common = await common_dir(self._git, self._settings.repo)
        admin = folders.find_admin(common, path)
        if admin is None or not folders.is_intact(path, admin, branch):
            return False
        folders.remove_stale_locks(admin)
        config = await self._filters.settings(admin)
        for command in (("reset", "-q", "--hard", head, "--"), ("clean", "-ffdq")):
            answer = await self._git.ask(path, *command, admin=admin, config=config)
            if not answer.is_ok:
                return False
        return True

    @asynccontextmanager
    async def _alone_in(self, path: Path) -> AsyncIterator[None]:
        """Nobody else makes, resets or removes the worktree at `path` meanwhile."""
        async with self._places.setdefault(path, asyncio.Lock()):
            yield

    async def _add(self, path: Path, commit: str, *options: str) -> None:
        """Make a worktree that is not there; files are written when others may go on."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        doing = f"make the worktree {path.name!r}"
        command = ("worktree", "add", "-q", "--no-checkout", *options, str(path), commit)
        async with self._lock:
            await self._git.must(self._settings.repo, *command, doing=doing)
        admin = await self._admin(path)
        config = await self._filters.settings(admin)
        await self._git.must(path, "reset", "-q", "--hard", doing=doing, admin=admin, config=config)

    async def _discard(self, path: Path) -> None:
        """Remove a worktree and what git knows of it; nothing if there is none."""
        common = await common_dir(self._git, self._settings.repo)
        try:
            await asyncio.to_thread(folders.remove_folder, path)
            admin = folders.find_admin(common, path)
            if admin is not None:
                async with self._lock:
                    await asyncio.to_thread(folders.remove_folder, admin)
                self._filters.forget(admin)
        except OSError as exc:
            raise WorkspaceError(
                f"worktree {path.name!r} cannot be removed: {exc}",
                hint=f"remove {str(path)!r} yourself",
            ) from exc

    async def _refuse_foreign_commits(self, branch: str, head: str) -> None:
        """Refuse if moving `branch` to `head` would drop commits that somebody else made."""
        if not (await self._git.ask(self._settings.repo, *_verify(branch))).is_ok:
            return
        answer = await self._git.must(
            self._settings.repo,
            *("log", "--format=%ce%x00%h", f"refs/heads/{branch}", "--not", head),
            *(f"--exclude={branch}", "--branches", "--remotes", "--tags", "--"),
            doing=f"read the commits of branch {branch!r}",
        )
        for line in answer.text.splitlines():
            committer, _, commit = line.partition("\0")
            if committer != EMAIL:
                raise WorkspaceError(
                    f"branch {branch!r} holds commit {commit} by {committer!r}, which is not ours",
                    hint=f"keep it under another name: git branch -m {branch} kept/{branch}",
                )


def _is_used_elsewhere(checkout: Path) -> bool:
    """Whether it belongs to another process that lives."""
    pid = checkout.name.rpartition("-")[2]
    return pid.isdecimal() and int(pid) != os.getpid() and Path(f"/proc/{pid}").exists()


async def _outwait_lock(common: Path, branch: str) -> None:
    """Give a living git time to move the task's branch, then remove the lock of a killed one."""
    for _ in range(_LOCK_LOOKS):
        if not folders.has_lock(common, branch):
            return
        await asyncio.sleep(_LOCK_PAUSE_S)
    folders.remove_branch_lock(common, branch)


def _verify(branch: str) -> tuple[str, ...]:
    return ("rev-parse", "-q", "--verify", f"refs/heads/{branch}")


def _checked_branch(item: WorkItem) -> str:
    if not is_task_branch(item.branch):
        raise WorkspaceError(
            f"task {item.task_id!r} wants branch {item.branch!r}", hint=f"use {BRANCH_RULE}"
        )
    return item.branch
