"""A change for somebody who reads it: which files, and the diff of one of them."""

from __future__ import annotations

from pathlib import Path

from engine.domain.change import ChangedFile, ChangedFiles, FileFate, FilePatch
from engine.domain.errors import WorkspaceError
from engine.workspace.gitcall import GitCall

MAX_FILES = 2000
"""More are counted and not listed."""
PATCH_CAP_BYTES = 200_000
_LISTING_CAP_BYTES = 20_000_000
_FATES = {"A": FileFate.ADDED, "D": FileFate.DELETED, "T": FileFate.RETYPED}
_COMPARED = ("--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", "--no-relative")


async def list_files(git: GitCall, repo: Path, base: str, head: str) -> ChangedFiles:
    """Every path that differs between two commits, with its numbers of lines.

    Raises:
        WorkspaceError: git refuses, or the list is longer than 20 MB.
    """
    answer = await git.must(
        repo,
        *("diff-tree", "-r", "--raw", "--numstat", "-z", *_COMPARED),
        *("--ignore-submodules=none", "--end-of-options", base, head, "--"),
        doing="list the changed files",
        cap_bytes=_LISTING_CAP_BYTES,
    )
    if len(answer.stdout) >= _LISTING_CAP_BYTES:
        raise WorkspaceError("the change touches too many files", hint="read it with git itself")
    words = answer.stdout.decode(errors="surrogateescape").split("\0")[:-1]
    half = 0
    while half < len(words) and words[half].startswith(":"):
        half += 2
    fates = {path: facts[-1:] for facts, path in zip(words[:half:2], words[1:half:2], strict=True)}
    counts = (word.split("\t", 2) for word in words[half:])
    files = sorted(
        (_file(path, fates.get(path, "M"), added, removed) for added, removed, path in counts),
        key=lambda file: file.path,
    )
    return ChangedFiles(
        base=base,
        head=head,
        files=tuple(files[:MAX_FILES]),
        left_out=max(len(files) - MAX_FILES, 0),
    )


def _file(path: str, fate: str, added: str, removed: str) -> ChangedFile:
    return ChangedFile(
        path=path.encode(errors="surrogateescape").decode(errors="backslashreplace"),
        raw_path=path,
        fate=_FATES.get(fate, FileFate.CHANGED),
        added=int(added) if added.isdecimal() else None,
        removed=int(removed) if removed.isdecimal() else None,
    )


async def read_patch(
    git: GitCall, repo: Path, base: str, head: str, file: ChangedFile
) -> FilePatch:
    """The unified diff of one file, cut after a whole line where it is too long.

    Raises:
        WorkspaceError: git refuses, or a commit is gone.
    """
    answer = await git.must(
        repo,
        *("--literal-pathspecs", "diff", *_COMPARED, "--submodule=short", "--unified=3"),
        *("--end-of-options", base, head, "--", file.raw_path),
        doing="compare the file with the base",
        cap_bytes=2 * PATCH_CAP_BYTES,  # half of it is kept from the end
    )
    text = answer.stdout
    is_cut = len(text) > PATCH_CAP_BYTES
    if is_cut:
        text = text[: text.rfind(b"\n", 0, PATCH_CAP_BYTES) + 1] or text[:PATCH_CAP_BYTES]
    return FilePatch(text=text.decode(errors="backslashreplace"), is_cut=is_cut)
