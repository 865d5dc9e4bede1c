"""What the repository's commits hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from engine.domain.change import ChangedFile, ChangedFiles, FileChange, FilePatch
from engine.domain.errors import WorkspaceError
from engine.domain.settings import Settings
from engine.workspace.gitcall import GitCall, is_full_name
from engine.workspace.patches import list_files, read_patch
from engine.workspace.reading import read_changes, read_contents
from engine.workspace.repository import resolve_base

_DIFF_CAP_BYTES = 20_000_000
_KNOWN_TREES = 1000


class Commits:
    """Reads them; changes nothing, and asks no worktree."""

    def __init__(self, settings: Settings, git: GitCall) -> None:
        self._settings = settings
        self._git = git
        self._tree_of: dict[str, str] = {}
        """Of commits by full name, which never have another."""

    async def base_commit(self) -> str:
        """See `Workspace.base_commit`."""
        return await resolve_base(self._git, self._settings)

    async def tree_hash(self, commit: str) -> str:
        """See `Workspace.tree_hash`."""
        known = self._tree_of.get(commit)
        if known is not None:
            return known
        answer = await self._git.must(
            self._settings.repo,
            "rev-parse",
            "--verify",
            "--end-of-options",
            f"{commit}^{{tree}}",
            doing="read the tree",
        )
        if is_full_name(commit):
            if len(self._tree_of) >= _KNOWN_TREES:
                self._tree_of.clear()
            self._tree_of[commit] = answer.text
        return answer.text

    async def diff(self, base: str, head: str) -> str:
        """See `Workspace.diff`. Above 20 MB its middle is cut out."""
        answer = await self._compare(base, head, "--no-color", "--submodule=short")
        return answer.decode(errors="replace")

    async def changed_files(self, base: str, head: str) -> tuple[str, ...]:
        """See `Workspace.changed_files`. Bytes that are no UTF-8 show as escapes."""
        answer = await self._compare(base, head, "--name-only", "-z")
        names = answer.decode(errors="backslashreplace").split("\0")
        return tuple(sorted(name for name in names if name))

    async def changed_lines(self, base: str, head: str) -> int:
        """See `Workspace.changed_lines`."""
        answer = await self._compare(base, head, "--numstat", "-z")
        counts = re.findall(rb"(?:^|\0)(\d+)\t(\d+)\t", answer)
        return sum(int(added) + int(removed) for added, removed in counts)

    async def changes(self, base: str, head: str) -> tuple[FileChange, ...]:
        """See `Workspace.changes`. Content above 2 MB is not read."""
        return await read_changes(self._git, self._settings.repo, base, head)

    async def listed(self, base: str, head: str) -> ChangedFiles:
        """Which files differ, with their numbers of lines, for somebody who reads them.

        Raises:
            WorkspaceError: git refuses, or a commit is gone.
        """
        return await list_files(self._git, self._settings.repo, base, head)

    async def patch(self, base: str, head: str, file: ChangedFile) -> FilePatch:
        """The unified diff of one file, its first 200 KB.

        Raises:
            WorkspaceError: git refuses, or a commit is gone.
        """
        return await read_patch(self._git, self._settings.repo, base, head, file)

    async def contents(self, commit: str, paths: Collection[str]) -> Mapping[str, bytes]:
        """See `Workspace.contents`. Content above 2 MB is not read."""
        return await read_contents(self._git, self._settings.repo, commit, paths)

    async def files_at(self, commit: str) -> tuple[str, ...]:
        """See `Workspace.files_at`. Bytes that are no UTF-8 show as escapes."""
        answer = await self._git.must(
            self._settings.repo,
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            commit,
            "--",
            doing="list the files",
            cap_bytes=_DIFF_CAP_BYTES,
        )
        names = answer.stdout.decode(errors="backslashreplace").split("\0")
        return tuple(name for name in names if name)

    async def resolve(self, ref: str) -> str:
        """See `Workspace.resolve`."""
        answer = await self._git.ask(
            self._settings.repo,
            "rev-parse",
            "-q",
            "--verify",
            "--end-of-options",
            f"{ref}^{{commit}}",
        )
        if not answer.is_ok:
            raise WorkspaceError(
                f"{ref!r} names no commit in {str(self._settings.repo)!r}",
                hint="name a branch, a tag or a commit",
            )
        return answer.text

    async def merge_base(self, one: str, other: str) -> str:
        """See `Workspace.merge_base`."""
        answer = await self._git.ask(self._settings.repo, "merge-base", one, other)
        if not answer.is_ok:
            raise WorkspaceError(
                f"{one[:12]} and {other[:12]} have no common past",
                hint="name a base that the branch came from",
            )
        return answer.text

    async def _compare(self, base: str, head: str, *options: str) -> bytes:
        answer = await self._git.must(
            self._settings.repo,
            "diff",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            *options,
            base,
            head,
            "--",
            doing="compare with the base",
            cap_bytes=_DIFF_CAP_BYTES,
        )
        return answer.stdout
