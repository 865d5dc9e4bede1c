"""What a change does to the content of files, read from git's objects and not from a checkout."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from engine.domain.change import FileChange
from engine.domain.errors import WorkspaceError
from engine.domain.values import dataclass
from engine.workspace.gitcall import GitCall

FILE_CAP_BYTES = 2_000_000
"""Longer content is cut."""
TOTAL_CAP_BYTES = 64_000_000
"""Beyond it, in the order of paths, content is left out."""
_LISTING_CAP_BYTES = 20_000_000
_LINK, _EXECUTABLE, _SUBMODULE = "120000", "100755", "160000"
_HEADER_BYTES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One path at one commit."""

    mode: str
    object_id: str

    @property
    def is_there(self) -> bool:
        return self.object_id.strip("0") != ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One path at both commits."""

    raw_path: str
    """As git has it; bytes that are no UTF-8 are surrogates."""
    before: Side
    after: Side

    @property
    def path(self) -> str:
        """For everybody else: bytes that are no UTF-8 are escapes."""
        return self.raw_path.encode(errors="surrogateescape").decode(errors="backslashreplace")

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.before, self.after


async def read_changes(git: GitCall, repo: Path, base: str, head: str) -> tuple[FileChange, ...]:
    """Every path that differs between two commits, sorted, with what it holds in both.

    Raises:
        WorkspaceError: git refuses, or an object is missing (a partial clone).
    """
    pairs = sorted(await read_pairs(git, repo, base, head), key=lambda pair: pair.path)
    wanted = [s.object_id for p in pairs for s in p.sides if s.is_there and s.mode != _SUBMODULE]
    sizes = await _sizes(git, repo, tuple(dict.fromkeys(wanted)))
    contents = await _contents(git, repo, _affordable(sizes))
    return tuple(_change(pair, contents) for pair in pairs)


async def read_contents(
    git: GitCall, repo: Path, commit: str, paths: Collection[str]
) -> dict[str, bytes]:
    """What these paths hold at a commit, as far as they are plain files that are not too long.

    Raises:
        WorkspaceError: git refuses, or an object is missing.
    """
    if not paths:
        return {}
    answer = await git.must(
        repo, *("ls-tree", "-r", "-z", commit, "--"), doing="list the files",
        cap_bytes=_LISTING_CAP_BYTES,
    )  # fmt: skip
    found: dict[str, str] = {}
    for entry in answer.stdout.decode(errors="backslashreplace").split("\0"):
        facts, _, path = entry.partition("\t")
        mode, _, object_id = facts.partition(" blob ")
        if path in paths and object_id and mode != _LINK:
            found[path] = object_id
    contents = await _contents(
        git, repo, _affordable(await _sizes(git, repo, tuple(dict.fromkeys(found.values()))))
    )
    return {path: contents[one] for path, one in found.items() if one in contents}


async def read_pairs(git: GitCall, repo: Path, base: str, head: str) -> list[Pair]:
    """Every path that differs between two commits.

    Raises:
        WorkspaceError: git refuses, or there are more than fit 20 MB.
    """
    answer = await git.must(
        repo,
        *("diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev"),
        *("--ignore-submodules=none", "--end-of-options", base, head, "--"),
        doing="compare with the base",
        cap_bytes=_LISTING_CAP_BYTES,
    )
    if len(answer.stdout) >= _LISTING_CAP_BYTES:
        raise WorkspaceError(
            "the change touches too many files to be judged", hint="split it into smaller ones"
        )
    words = answer.stdout.decode(errors="surrogateescape").split("\0")
    return [_pair(facts, path) for facts, path in zip(words[::2], words[1::2], strict=False)]


def _pair(facts: str, path: str) -> Pair:
    old_mode, new_mode, old_id, new_id, _ = facts.removeprefix(":").split(" ")
    before = Side(mode=old_mode, object_id=old_id)
    return Pair(raw_path=path, before=before, after=Side(mode=new_mode, object_id=new_id))


async def _sizes(git: GitCall, repo: Path, object_ids: tuple[str, ...]) -> dict[str, int]:
    if not object_ids:
        return {}
    answer = await git.must(
        repo,
        *("cat-file", "--batch-check=%(objectname) %(objectsize)"),
        doing="read the sizes of files",
        stdin="".join(f"{object_id}\n" for object_id in object_ids).encode(),
        cap_bytes=_HEADER_BYTES * len(object_ids) + _HEADER_BYTES,
    )
    sizes = {}
    for line in answer.text.splitlines():
        object_id, _, size = line.partition(" ")
        if not size.isdecimal():
            raise WorkspaceError(
                f"object {object_id[:12]} is not in the repository",
                hint="fetch what the clone left out, or check the disk with 'git fsck'",
            )
        sizes[object_id] = int(size)
    return sizes


def _affordable(sizes: Mapping[str, int]) -> dict[str, int]:
    room, taken = TOTAL_CAP_BYTES, {}
    for object_id, size in sizes.items():
        if size <= FILE_CAP_BYTES and size <= room:
            taken[object_id] = size
            room -= size
    return taken


async def _contents(git: GitCall, repo: Path, sizes: Mapping[str, int]) -> dict[str, bytes]:
    if not sizes:
        return {}
    answer = await git.must(
        repo,
        *("cat-file", "--batch=%(objectsize)"),
        doing="read the content of files",
        stdin="".join(f"{object_id}\n" for object_id in sizes).encode(),
        cap_bytes=sum(sizes.values()) + _HEADER_BYTES * (len(sizes) + 1),
    )
    return dict(_cut_apart(answer.stdout, sizes))


def _cut_apart(stream: bytes, sizes: Mapping[str, int]) -> Iterable[tuple[str, bytes]]:
    """Git answers in the order of the questions: a line with the size, the content, a newline."""
    at = 0
    for object_id, size in sizes.items():
        at = stream.index(b"\n", at) + 1
        yield object_id, stream[at : at + size]
        at += size + 1


def _change(pair: Pair, contents: Mapping[str, bytes]) -> FileChange:
    sides = [side for side in pair.sides if side.is_there]
    return FileChange(
        path=pair.path,
        before=_content(pair.before, contents),
        after=_content(pair.after, contents),
        is_link=pair.after.mode == _LINK,
        is_executable=pair.after.mode == _EXECUTABLE,
        is_submodule=any(side.mode == _SUBMODULE for side in sides),
        is_cut=any(s.mode != _SUBMODULE and s.object_id not in contents for s in sides),
    )


def _content(side: Side, contents: Mapping[str, bytes]) -> bytes | None:
    if not side.is_there:
        return None
    if side.mode == _SUBMODULE:
        return side.object_id.encode()
    return contents.get(side.object_id, b"")
