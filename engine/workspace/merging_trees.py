"""Three-way merges made of git's objects alone: no checkout, no index and no ref is touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.domain.errors import WorkspaceError
from engine.domain.values import dataclass
from engine.ports.merging import Conflict
from engine.workspace.commit_objects import CommitObjects
from engine.workspace.gitcall import GitAnswer, GitCall, is_full_name

_HUNKS_CAP = 4000
_FILE_CAP_BYTES = 200_000
_PATHS_CAP_BYTES = 20_000_000
_MARK = r"^(<<<<<<<|>>>>>>>) [0-9a-f]{40}"
_KNOWN_TREES = 1000
_CONFLICTS = 1
"""Exit code of `git merge-tree` for a result with conflicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The tree of a merge; files with conflicts hold both sides between marks."""

    tree: str
    conflicts: tuple[str, ...]


class TreeMerger:
    """Merges trees and makes commits of them in one repository."""

    def __init__(self, git: GitCall, repo: Path, objects: CommitObjects) -> None:
        self._git = git
        self._repo = repo
        self._objects = objects
        self._tree_of: dict[str, str] = {}
        """Trees by the full names of commits, the last ones that were asked for."""

    async def merge(
        self, base: str, ours: str, theirs: str, drivers: tuple[str, ...] | None = None
    ) -> Merged:
        """What `theirs` changed since `base`, done to `ours`. Each is a commit or a tree. Renames
        are followed. `drivers` is what `without_drivers` said; None: it is asked.

        The past of commits does not count: their trees stand in a small history of
        their own, because git before 2.40 cannot be told the base.

        Raises:
            WorkspaceError: git is older than 2.38, or an object is missing.
        """
        trees = [await self.tree_of(name) for name in (base, ours, theirs)]
        if trees[0] == trees[1]:
            return Merged(tree=trees[2], conflicts=())
        root = await self._objects.stand_in(trees[0], ())
        one = await self._objects.stand_in(trees[1], (root,))
        other = await self._objects.stand_in(trees[2], (root,))
        answer = await self._git.ask(
            self._repo,
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", one, other),
            config=await self.without_drivers() if drivers is None else drivers,
        )
        if answer.is_ok:
            tree = answer.text.strip("\0\n")
            self.know(tree, tree)
            return Merged(tree=tree, conflicts=())
        if answer.exit_code == _CONFLICTS:
            tree, *paths = answer.text.split("\0")
            return Merged(tree=tree, conflicts=tuple(sorted({path for path in paths if path})))
        raise WorkspaceError(
            f"git could not merge: {answer.stderr or f'exit code {answer.exit_code}'}",
            hint="git 2.38 or newer is needed; see 'git --version'",
        )

    async def commit(self, tree: str, parents: tuple[str, ...], message: str) -> str:
        """A commit by the engine that nothing points to."""
        commit = await self._objects.write(tree, parents, message)
        self.know(commit, tree)
        self.know(tree, tree)
        return commit

    async def tree_of(self, name: str) -> str:
        """Hash of the tree that a commit has; of a tree, its own."""
        known = self._tree_of.get(name)
        if known is not None:
            return known
        wanted = f"{name}^{{tree}}"
        answer = await self._git.must(
            self._repo, "rev-parse", "--verify", "--end-of-options", wanted, doing="read the tree"
        )
        self.know(name, answer.text)
        self.know(answer.text, answer.text)
        return answer.text

    def know(self, name: str, tree: str) -> None:
        """What `tree_of` is to answer without asking git: with ten agents at work each call costs
        a second. Short names are not known.
        """
        if is_full_name(name) and is_full_name(tree):
            if len(self._tree_of) >= _KNOWN_TREES:
                self._tree_of.clear()
            self._tree_of[name] = tree

    async def conflict(self, merged: Merged) -> Conflict:
        """The conflicting places of a merge, for the one who is to solve them."""
        parts: list[str] = []
        room = _HUNKS_CAP
        for path in merged.conflicts:
            marked = await self._marked(merged.tree, path)
            part = f"{path}:\n{marked or '(binary, deleted on one side, or of another kind)'}"
            parts.append(part[:room])
            room -= len(part)
            if room <= 0:
                break
        return Conflict(paths=merged.conflicts, hunks="\n".join(parts))

    async def touch_marks(self, layers: Sequence[tuple[str, str]]) -> bool:
        """Whether any of these changes, each from a commit to another, adds or removes a mark that
        `merge` leaves.
        """
        trees = [
            (await self.tree_of(before), await self.tree_of(after)) for before, after in layers
        ]
        pairs = "".join(f"{before} {after}\n" for before, after in trees if before != after)
        if not pairs:
            return False
        answer = await self._git.must(
            self._repo,
            *("diff-tree", "--stdin", "-r", "-z", "--no-renames", "--name-only"),
            *("--diff-filter=d", f"-G{_MARK}", "--"),
            doing="look for conflict marks",
            stdin=pairs.encode(),
            cap_bytes=_PATHS_CAP_BYTES,
        )
        return answer.stdout != pairs.encode()  # it repeats each pair, then says what is there

    async def unsolved(self, before: str, after: str) -> Conflict | None:
        """What `after` still has of the marks that `merge` leaves, in files changed since `before`.
        Marks of other origin, in a document or a test say, have no commit's full name.
        """
        touched = await self._git.must(
            self._repo,
            *("diff-tree", "-r", "-z", "--no-renames", "--name-only", "--diff-filter=d"),
            *(f"-G{_MARK}", before, after, "--"),
            doing="look for conflict marks",
            cap_bytes=_PATHS_CAP_BYTES,
        )
        paths = [
            path for path in touched.stdout.decode(errors="surrogateescape").split("\0") if path
        ]
        still = [path for path in paths if await self._has_marks(after, path)]
        if not still:
            return None
        return await self.conflict(
            Merged(tree=await self.tree_of(after), conflicts=tuple(sorted(still)))
        )

    async def _has_marks(self, commit: str, path: str) -> bool:
        answer = await self._git.ask(
            self._repo, "grep", "-q", "-I", "-E", "-e", _MARK, commit, "--", f":(literal){path}"
        )
        return answer.is_ok

    async def _marked(self, tree: str, path: str) -> str:
        answer = await self._git.ask(
            self._repo, "cat-file", "blob", f"{tree}:{path}", cap_bytes=_FILE_CAP_BYTES
        )
        return _marked_lines(answer)

    async def without_drivers(self) -> tuple[str, ...]:
        """Settings with which merge programs of the repository's configuration give up at once."""
        answer = await self._git.ask(
            self._repo, "config", "-z", "--name-only", "--get-regexp", r"^merge\..*\.driver$"
        )
        return tuple(f"{name}=false" for name in sorted(set(answer.text.split("\0"))) if name)


def _marked_lines(answer: GitAnswer) -> str:
    if not answer.is_ok or b"\0" in answer.stdout:
        return ""
    kept: list[str] = []
    is_inside = False
    for line in answer.text.splitlines():
        is_inside = is_inside or line.startswith("<<<<<<< ")
        if is_inside:
            kept.append(line)
        if line.startswith(">>>>>>> "):
            is_inside = False
    return "\n".join(kept)
