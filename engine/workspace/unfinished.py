"""What lies in a worktree and in no commit, for somebody who reads it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from engine.domain.errors import WorkspaceError
from engine.files.temporary import temporary_folder
from engine.workspace.committing import add_all
from engine.workspace.folders import find_nested_repositories
from engine.workspace.gitcall import GitCall


async def unfinished_tree(
    git: GitCall, path: Path, admin: Path, head: str, *, config: Sequence[str]
) -> str:
    """A tree of all that would be committed in the worktree at `path` now; empty: it is that of
    `head`. The worktree's own index stays as it is, so an agent may be at work there.

    Raises:
        WorkspaceError: git refuses, or a file went away while it was read.
    """
    with temporary_folder("index") as folder:
        index = folder / "index"
        await asyncio.to_thread(_copy_index, admin / "index", index)
        nested = await asyncio.to_thread(find_nested_repositories, path)
        without = (f":(exclude,literal){name}" for name in nested)
        doing = "read what is not committed yet"
        await git.must(
            path, *add_all(), *without, doing=doing, admin=admin, config=config, index=index
        )
        written = await git.must(path, "write-tree", doing=doing, admin=admin, index=index)
    committed = await git.must(
        path, "rev-parse", "--verify", "--end-of-options", f"{head}^{{tree}}",
        doing="read the tree", admin=admin,
    )  # fmt: skip
    return "" if written.text == committed.text else written.text


def _copy_index(source: Path, target: Path) -> None:
    """With it git reads again only what changed; without it everything."""
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        return
    except OSError as error:
        raise WorkspaceError(
            f"the index of the worktree cannot be read: {error.strerror}",
            hint="look at it once its iteration has ended",
        ) from error
