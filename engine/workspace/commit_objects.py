"""Commits written as git's loose objects, without starting git for each."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

from engine.ports.clock import Clock
from engine.workspace.gitcall import EMAIL, NAME, GitCall
from engine.workspace.repository import common_dir

_SHA256_LENGTH = 64
_QUICK = 1
_READ_ONLY = 0o444


class CommitObjects:
    """Makes commits by the engine that nothing points to.

    Beside ten agents a call of git waits a tenth of a second for its turn, and a batch of forty
    needs two hundred commits. What is written is what `git commit-tree` writes; it is asked itself
    where objects belong to a group, whose rights it looks after.
    """

    def __init__(self, git: GitCall, repo: Path, clock: Clock) -> None:
        self._git = git
        self._repo = repo
        self._clock = clock
        self._folder: Path | None = None

    async def write(self, tree: str, parents: tuple[str, ...], message: str) -> str:
        """A commit of this moment.

        Raises:
            WorkspaceError: git cannot write one either.
        """
        return await self._write(tree, parents, message, int(self._clock.now().timestamp()))

    async def stand_in(self, tree: str, parents: tuple[str, ...]) -> str:
        """A commit for git to find a tree by; equal ones are one object."""
        return await self._write(tree, parents, "stands for a tree", 0)

    async def _write(self, tree: str, parents: tuple[str, ...], message: str, seconds: int) -> str:
        text = message.replace("\0", "\ufffd").encode(errors="replace")
        if self._folder is None:
            self._folder = await common_dir(self._git, self._repo) / "objects"
        with suppress(OSError):
            if not await asyncio.to_thread(_is_shared, self._folder):
                content = _content(tree, parents, text, seconds)
                is_long = len(tree) == _SHA256_LENGTH
                return await asyncio.to_thread(_write_loose, self._folder, content, is_long=is_long)
        answer = await self._git.must(
            self._repo,
            *("commit-tree", tree),
            *(word for parent in parents for word in ("-p", parent)),
            doing="write a commit",
            stdin=text,
        )
        return answer.text


def _content(tree: str, parents: tuple[str, ...], text: bytes, seconds: int) -> bytes:
    """The object as git hashes it."""
    by = f"{NAME} <{EMAIL}> {seconds} +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    head = "\n".join([*lines, f"author {by}", f"committer {by}", "", ""]).encode()
    return b"commit %d\0" % (len(head) + len(text)) + head + text


def _is_shared(objects: Path) -> bool:
    return bool(objects.stat().st_mode & stat.S_ISGID)


def _write_loose(objects: Path, content: bytes, *, is_long: bool) -> str:
    """Whole or not at all. The name of the object.

    Raises:
        OSError: nothing was written.
    """
    digest = hashlib.sha256(content) if is_long else hashlib.sha1(content, usedforsecurity=False)
    name = digest.hexdigest()
    place = objects / name[:2] / name[2:]
    if place.exists():
        os.utime(place)  # as git does: nobody takes it for one that is not needed any more
        return name
    place.parent.mkdir(exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix="tmp_obj_", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(zlib.compress(content, _QUICK))
            os.fchmod(file.fileno(), _READ_ONLY)
        Path(temporary).rename(place)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
    return name
