"""A merge queue that kills its process with SIGKILL at one named point.

Points are such as `git merge, before`, `commit, after` or `move land, after its commit`. `git
merge, halfway` leaves what git leaves when it is killed while it updates a checkout.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

from engine.app.parts import Parts
from engine.ports.process import ProcessResult
from engine.sandbox.runner import SubprocessRunner
from engine.store.sqlite import SqliteStore
from engine.workspace import merging
from engine.workspace.commit_objects import CommitObjects
from tests.crash.dying_engine import DyingStore, DyingTrail, Fuse
from tests.support.merge_engine import QuickProver, combination, quick_engine


class MergeFuse(Fuse):
    """Knows what it is for."""

    def is_for(self, point: str) -> bool:
        return point == self._point


class DyingRunner(SubprocessRunner):
    """Dies before, in the middle of, or after a git command; names are its verb and, for
    `update-ref`, what kind of ref it moves.
    """

    def __init__(self, parts: Parts, fuse: MergeFuse) -> None:
        state = parts.settings.state
        super().__init__(state / "home", parts.scratch.path, marker_root=state)
        self._fuse = fuse

    async def run(self, argv: Sequence[str], *, cwd: Path, **named: Any) -> ProcessResult:
        name = _name(argv, named.get("stdin", b""))
        self._fuse.at(f"{name}, before")
        if name == "git merge" and self._fuse.is_for("git merge, halfway"):
            _leave_half(cwd, argv[-1])
            self._fuse.at("git merge, halfway")
        ended = await super().run(argv, cwd=cwd, **named)
        self._fuse.at(f"{name}, after")
        return ended


def _name(argv: Sequence[str], stdin: bytes) -> str:
    words = list(argv)
    while "-c" in words:
        at = words.index("-c")
        del words[at : at + 2]
    if words[:2] == ["git", "update-ref"]:
        said = [*words, *stdin.decode().split()]
        ref = next(word for word in said if word.startswith("refs/"))
        return f"git update-ref {ref.split('/')[1]}"
    return " ".join(words[:2])


def _leave_half(repo: Path, commit: str) -> None:
    """One file is new or gone, one is half written, the others are old; the index is locked."""
    (repo / ".git" / "index.lock").touch()
    changed = _git(repo, "diff", "--name-only", "HEAD", commit).decode().split()
    there = set(_git(repo, "ls-tree", "-r", "--name-only", commit).decode().split())
    for place, path in enumerate(changed[:2]):
        if path not in there:
            (repo / path).unlink()
            return
        content = _git(repo, "show", f"{commit}:{path}")
        (repo / path).parent.mkdir(parents=True, exist_ok=True)
        (repo / path).write_bytes(content if place == 0 else content[: len(content) // 2])


def _git(repo: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=repo, capture_output=True, check=True).stdout


def _dying(fuse: MergeFuse, witness: Path) -> Any:
    def change(parts: Parts) -> Parts:
        store = DyingStore(cast("SqliteStore", parts.store), fuse, witness)
        return replace(
            parts,
            store=store,
            runner=DyingRunner(parts, fuse),
            decisions=DyingTrail(parts.decisions, fuse),
        )

    return change


class DyingObjects(CommitObjects):
    """Dies before or after it has written a commit."""

    fuse: ClassVar[MergeFuse]

    async def write(self, tree: str, parents: tuple[str, ...], message: str) -> str:
        self.fuse.at("commit, before")
        commit = await super().write(tree, parents, message)
        self.fuse.at("commit, after")
        return commit


async def main(repo: str, point: str) -> None:
    """Work through the queue until the fuse blows."""
    DyingObjects.fuse = MergeFuse(point)
    merging.CommitObjects = DyingObjects  # type: ignore[attr-defined]  # here to die
    change = _dying(DyingObjects.fuse, Path(repo).with_name("witness"))
    prover = QuickProver(combination(Path(repo)))
    async with quick_engine(Path(repo), prover, change=change) as engine:
        await engine.work_through_merges()
