"""Puts files of a fresh checkout back to what another commit has, and sees what was written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.domain.errors import WorkspaceError
from engine.ports.workspace import Written
from engine.workspace.folders import remove_folder
from engine.workspace.gitcall import GitCall
from engine.workspace.reading import Pair, read_pairs

_LISTING_CAP_BYTES = 20_000_000
_NEW = "?"


async def restore_files(
    git: GitCall,
    tree: Path,
    admin: Path,
    base: str,
    paths: frozenset[str],
    *,
    config: Sequence[str],
) -> None:
    """Make `paths` in the index and in the folder what they are at `base`.

    Raises:
        WorkspaceError: git refuses.
    """
    pairs = [pair for pair in await read_pairs(git, tree, base, "HEAD") if pair.path in paths]
    added = [pair.raw_path for pair in pairs if not pair.before.is_there]
    await asyncio.to_thread(_remove, tree, added)
    entries = sorted(pairs, key=lambda pair: pair.before.is_there)
    doing = "put back the tests of the base commit"
    await git.must(
        tree,
        *("update-index", "-z", "--index-info"),
        doing=doing,
        admin=admin,
        stdin=_joined(map(_entry, entries)),
    )
    await git.must(
        tree,
        *("checkout-index", "-f", "-u", "-z", "--stdin"),
        doing=doing,
        admin=admin,
        config=config,
        stdin=_joined(pair.raw_path for pair in pairs if pair.before.is_there),
    )


async def written_files(git: GitCall, tree: Path, admin: Path, *, config: Sequence[str]) -> Written:
    """Paths that differ from the index.

    Raises:
        WorkspaceError: git refuses, or there are more than fit 20 MB.
    """
    answer = await git.must(
        tree,
        *("ls-files", "-z", "-t", "--modified", "--others"),
        doing="see what the checks wrote",
        admin=admin,
        config=config,
        cap_bytes=_LISTING_CAP_BYTES,
    )
    if len(answer.stdout) >= _LISTING_CAP_BYTES:
        raise WorkspaceError(
            "the checks wrote too many files into the checkout",
            hint="let them write to a temporary folder",
        )
    lines = answer.stdout.decode(errors="backslashreplace").split("\0")
    found = {
        (tag == _NEW, path) for tag, _, path in (line.partition(" ") for line in lines) if path
    }
    return Written(
        edited=tuple(sorted(path for is_new, path in found if not is_new)),
        added=tuple(sorted(path for is_new, path in found if is_new)),
    )


def _entry(pair: Pair) -> str:
    if not pair.before.is_there:
        no_object = "0" * len(pair.after.object_id)
        return f"0 {no_object}\t{pair.raw_path}"
    return f"{pair.before.mode} {pair.before.object_id}\t{pair.raw_path}"


def _joined(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\0" for line in lines).encode(errors="surrogateescape")


def _remove(tree: Path, paths: Iterable[str]) -> None:
    """Remove files and the folders that they leave empty."""
    for path in paths:
        file = tree / path
        remove_folder(file)
        for folder in file.parents:
            if folder == tree or any(folder.iterdir()):
                break
            folder.rmdir()
