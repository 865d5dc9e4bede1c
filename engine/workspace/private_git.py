"""A git directory for one task alone: its branch and some history, nothing of others.

An agent that may write may not be given the shared one: its refs and objects are everybody's.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

from engine.ports.workspace import Worktree
from engine.workspace.folders import remove_folder
from engine.workspace.gitcall import GitCall

_HISTORY = "--max-count=50"
_LIST_CAP_BYTES = 512_000_000
_CONFIG = (
    "[core]\n\trepositoryformatversion = {version}\n\tbare = false\n\tlogallrefupdates = true\n"
)
_SHA256 = "[extensions]\n\tobjectformat = sha256\n"
_SHA256_DIGITS = 64


async def seed_private_git(
    git: GitCall, repo: Path, worktree: Worktree, admin: Path, place: Path
) -> Path:
    """The private git directory of `worktree` in the folder `place`: the one that is there, or a
    new one if the branch's head has moved.

    Raises:
        WorkspaceError: git refuses; what was there before may be gone.
    """
    head = worktree.head_commit
    target, note = place / "git", place / "head"
    if target.is_dir() and note.is_file() and note.read_text("utf-8") == head:
        return target
    await asyncio.to_thread(remove_folder, place)
    fresh = place / "fresh"
    await asyncio.to_thread(_lay_out, fresh, worktree, admin)
    lines = await _listed(git, repo, "--parents", head)
    (fresh / "shallow").write_text(_boundary(lines), "utf-8")
    objects = await _listed(git, repo, "--objects", head)
    await git.must(
        repo,
        *("pack-objects", "-q", "--window=0", str(fresh / "objects/pack/pack")),
        doing="give the task a history of its own",
        stdin="".join(f"{line.split()[0]}\n" for line in objects).encode(),
    )
    fresh.rename(target)
    note.write_text(head, "utf-8")
    return target


async def _listed(git: GitCall, repo: Path, *arguments: str) -> list[str]:
    answer = await git.must(
        repo,
        *("rev-list", _HISTORY, *arguments),
        doing="read the history",
        cap_bytes=_LIST_CAP_BYTES,
    )
    return [line for line in answer.stdout.decode(errors="replace").splitlines() if line]


def _lay_out(folder: Path, worktree: Worktree, admin: Path) -> None:
    branch = folder / "refs" / "heads" / worktree.branch
    for needed in (folder / "objects" / "pack", folder / "info", branch.parent):
        needed.mkdir(mode=0o700, parents=True)
    is_sha256 = len(worktree.head_commit) == _SHA256_DIGITS
    config = _CONFIG.format(version=int(is_sha256)) + (_SHA256 if is_sha256 else "")
    (folder / "config").write_text(config, "utf-8")
    (folder / "HEAD").write_text(f"ref: refs/heads/{worktree.branch}\n", "utf-8")
    branch.write_text(f"{worktree.head_commit}\n", "utf-8")
    shutil.copyfile(admin / "index", folder / "index")


def _boundary(lines: Iterable[str]) -> str:
    """The commits whose parents are not there, as git's file `shallow` lists them."""
    family = [line.split() for line in lines]
    known = {commit for commit, *_ in family}
    return "".join(f"{commit}\n" for commit, *parents in family if not known.issuperset(parents))
