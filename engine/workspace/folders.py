"""The files behind a worktree: its folder, and its private part of the repository.

Reading them costs microseconds where asking git costs milliseconds, and unlike the `.git` file in
the worktree an agent has no business in the private part.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path

_LOCKS = ("index.lock", "HEAD.lock", "ORIG_HEAD.lock")
_REMOVALS = 3
_EVERY_FILE = "*"
_UNFINISHED = ("rebase-merge", "rebase-apply", "sequencer", "BISECT_LOG")


def prepare_state(state: Path) -> None:
    """Make the state folder, invisible to the operator's git. A process that was killed in here may
    have left the file that hides it empty.
    """
    ignore = state / ".gitignore"
    if _first_line(ignore) != _EVERY_FILE:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore.write_text(f"{_EVERY_FILE}\n", encoding="utf-8")


def is_folder(path: Path) -> bool:
    """Whether it is a folder."""
    return path.is_dir()


def is_there(path: Path) -> bool:
    """Whether there is anything of that name."""
    return os.path.lexists(path)


def is_same(one: Path, other: Path) -> bool:
    """Whether two paths are one folder."""
    return one.resolve() == other.resolve()


def find_admin(common: Path, path: Path) -> Path | None:
    """The private git folder of the worktree at `path`; None if git knows of none."""
    folder = common / "worktrees"
    if not folder.is_dir():
        return None
    wanted = path.resolve() / ".git"
    others = (entry for entry in folder.iterdir() if entry.name != path.name)
    for admin in (folder / path.name, *others):
        recorded = _first_line(admin / "gitdir")
        if recorded and Path(recorded).parent.resolve() / ".git" == wanted:
            return admin
    return None


def find_worktrees(common: Path, below: Path) -> list[Path]:
    """Worktrees directly in the folder `below` that git knows of, whether they are there or not."""
    try:
        admins = list((common / "worktrees").iterdir())
    except OSError:
        return []
    recorded = (_first_line(admin / "gitdir") for admin in admins)
    paths = (Path(line).parent for line in recorded if line)
    return [below / path.name for path in paths if path.parent.resolve() == below.resolve()]


def is_intact(path: Path, admin: Path, branch: str | None) -> bool:
    """Whether folder and private part belong together, on `branch` (None: detached), with no
    merge or rebase that would have to be undone.
    """
    head = _first_line(admin / "HEAD")
    is_on_branch = head == f"ref: refs/heads/{branch}" if branch else not head.startswith("ref:")
    return (
        is_on_branch
        and not path.is_symlink()
        and _first_line(path / ".git") == f"gitdir: {admin}"
        and not any((admin / name).exists() for name in _UNFINISHED)
    )


def branch_tip(common: Path, branch: str) -> str:
    """What the branch's own file says; empty if git keeps it elsewhere or there is none."""
    return _first_line(common / "refs" / "heads" / branch)


def branch_lock(common: Path, branch: str) -> Path:
    """The file that git holds while it moves the branch."""
    return common / "refs" / "heads" / f"{branch}.lock"


def has_lock(common: Path, branch: str) -> bool:
    """Whether a git moves the branch, or was killed while it did."""
    return branch_lock(common, branch).exists()


def remove_branch_lock(common: Path, branch: str) -> None:
    """Remove the lock that a killed git left on the branch."""
    branch_lock(common, branch).unlink(missing_ok=True)


def remove_stale_locks(admin: Path) -> None:
    """Remove what a killed git left in this worktree. Call it only when no git runs here."""
    for name in _LOCKS:
        (admin / name).unlink(missing_ok=True)


def restore_git_file(path: Path, admin: Path) -> None:
    """Make `.git` in the worktree what git made it.

    Without it tools that honour ignore files look further up, find that the state folder is
    ignored, and skip every file of the worktree: a check of nothing, which passes.
    """
    file = path / ".git"
    wanted = f"gitdir: {admin}"
    if file.is_symlink() or _first_line(file) != wanted:
        remove_folder(file)
        file.write_text(f"{wanted}\n", encoding="utf-8", errors="surrogateescape")


def remove_folder(path: Path) -> None:
    """Remove a folder with everything in it, read-only folders too; nothing if it is missing."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return
    if not path.exists():
        return
    try:
        _remove_tree(path)
    except PermissionError:
        _unlock_folders(path)
        _remove_tree(path)


def _remove_tree(path: Path) -> None:
    """A process on its way out may still add a file to a folder that was just emptied."""
    for attempt in range(1, _REMOVALS + 1):
        try:
            shutil.rmtree(path)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or attempt == _REMOVALS:
                raise
        else:
            return


def _unlock_folders(path: Path) -> None:
    """Let the owner into every folder; a parent first, or its children could not be seen."""
    path.chmod(stat.S_IRWXU)
    for parent, names, _ in os.walk(path):
        for folder in (Path(parent) / name for name in names):
            if not folder.is_symlink():
                folder.chmod(stat.S_IRWXU)


def find_nested_repositories(path: Path) -> list[str]:
    """Folders below `path` that are repositories of their own, relative to it."""
    nested: list[str] = []
    for parent, folders, files in os.walk(path):
        if parent != str(path) and (".git" in folders or ".git" in files):
            nested.append(str(Path(parent).relative_to(path)))
            folders.clear()
        elif ".git" in folders:
            folders.remove(".git")
    return sorted(nested)


def _first_line(path: Path) -> str:
    """Its first line; empty if there is no such text file."""
    try:
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    return lines[0].strip() if lines else ""
