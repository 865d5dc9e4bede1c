"""Moving the base branch, and the operator's checkout of it, without losing a byte of his."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.domain.errors import WorkspaceError
from engine.domain.values import dataclass
from engine.ports.merging import BaseTip, Refusal
from engine.workspace.filters import FilterGuard
from engine.workspace.folders import branch_lock, remove_stale_locks
from engine.workspace.gitcall import GitCall
from engine.workspace.merging_checkouts import Checkouts, Place, outwait
from engine.workspace.repository import common_dir

_CAP_BYTES = 20_000_000
_NO_BLOB = ""
_REFLOG = "aio-tui: merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """Blobs of one path before and after; empty: it is not there."""

    before: str
    after: str


class Landing:
    """Moves one branch at a time. For the one process that holds the engine's lock."""

    def __init__(
        self, git: GitCall, repo: Path, checkouts: Checkouts, filters: FilterGuard
    ) -> None:
        self._git = git
        self._repo = repo
        self._checkouts = checkouts
        self._filters = filters

    async def land(self, base: BaseTip, commit: str) -> Refusal | None:
        """See `Merging.land`."""
        pending = await self._checkouts.pending(base.branch)
        if pending:
            return _in_the_way(pending, "end it first")
        places = await self._checkouts.of_branch(base.branch)
        if len(places) > 1:
            names = ", ".join(repr(str(place.path)) for place in places)
            return _in_the_way(
                f"{base.branch!r} is checked out in {names}", "leave it in all but one"
            )
        if await self._tip(base.branch) != base.commit:
            return _moved(base)
        if not places:
            return await self._move_ref(base, commit)
        return await self._fast_forward(places[0], base, commit)

    async def mend(self, base: BaseTip, commit: str) -> Refusal | None:
        """See `Merging.mend`. What was begun is brought to its end: the work was proved before."""
        common = await common_dir(self._git, self._repo)
        places = await self._checkouts.of_branch(base.branch)
        lock = branch_lock(common, base.branch)
        if not await outwait(lock) and not self._is_git_anywhere(places):
            lock.unlink(missing_ok=True)
        for place in places:
            if not place.is_there:
                continue
            refusal = await self._mend_place(place, base, commit)
            if refusal is not None:
                return refusal
        return None

    def _is_git_anywhere(self, places: Sequence[Place]) -> bool:
        return any(self._checkouts.is_git_at_work(place) for place in places)

    async def _mend_place(self, place: Place, base: BaseTip, commit: str) -> Refusal | None:
        if not await outwait(place.admin / "index.lock"):
            if self._checkouts.is_git_at_work(place):
                return _in_the_way(f"git is at work in {str(place.path)!r}", "let it end")
            remove_stale_locks(place.admin)
        if await self._tip(base.branch) != base.commit:
            return None
        changes = await self._changes(base.commit, commit)
        seen = await self._blobs_in(place, list(changes))
        if all(seen[path] == change.before for path, change in changes.items()) and (
            not await self._is_index_at(place, commit)
        ):
            return None
        foreign = await self._foreign(place, changes, seen)
        if foreign:
            return _in_the_way(
                f"a merge was interrupted while it updated {str(place.path)!r}, and "
                f"{foreign[0]!r} was changed there besides",
                "commit or stash it, or put it right with git",
            )
        await self._git.must(
            place.path,
            *("read-tree", "--reset", "-u", commit),
            doing="finish the update of the checkout",
            config=await self._filters.settings(None),
        )
        return await self._move_ref(base, commit)

    async def _foreign(
        self, place: Place, changes: Mapping[str, _Change], seen: Mapping[str, str]
    ) -> list[str]:
        """Paths whose content is neither what it was nor what it becomes, nor a part of that."""
        known = [
            path
            for path, change in changes.items()
            if seen[path] not in (change.before, change.after, _NO_BLOB)
            and not await self._is_beginning(place.path / path, change.after)
        ]
        dirty = await self._dirty(place)
        return sorted({*known, *(path for path in dirty if path not in changes)})

    async def _is_beginning(self, file: Path, blob: str) -> bool:
        """Whether the file holds the first bytes of the blob: git was killed while it wrote."""
        if blob == _NO_BLOB:
            return False
        answer = await self._git.ask(self._repo, "cat-file", "blob", blob, cap_bytes=_CAP_BYTES)
        try:
            there = await asyncio.to_thread(file.read_bytes)
        except OSError:
            return False
        return answer.is_ok and answer.stdout.startswith(there)

    async def _is_index_at(self, place: Place, commit: str) -> bool:
        answer = await self._git.ask(
            place.path,
            *("diff-index", "--cached", "--quiet", commit, "--"),
            config=await self._filters.settings(None),
        )
        return answer.is_ok

    async def _changes(self, before: str, after: str) -> dict[str, _Change]:
        answer = await self._git.must(
            self._repo,
            *("diff-tree", "-r", "-z", "--no-renames", before, after, "--"),
            doing="compare with the base branch",
            cap_bytes=_CAP_BYTES,
        )
        words = answer.stdout.decode(errors="surrogateescape").split("\0")
        pairs = zip(words[0::2], words[1::2], strict=False)
        return {path: _change(meta) for meta, path in pairs if path}

    async def _blobs_in(self, place: Place, paths: list[str]) -> dict[str, str]:
        """What the files of a checkout would be as blobs; empty: there is no such file."""
        links = [path for path in paths if (place.path / path).is_symlink()]
        blobs = {path: await self._blob_of_link(place.path / path) for path in links}
        there = [path for path in paths if path not in blobs and (place.path / path).is_file()]
        blobs |= await self._blobs_of_files(place, there)
        return {path: blobs.get(path, _NO_BLOB) for path in paths}

    async def _blob_of_link(self, link: Path) -> str:
        target = os.fsencode(await asyncio.to_thread(link.readlink))
        answer = await self._git.must(
            self._repo, "hash-object", "--stdin", doing="read a link", stdin=target
        )
        return answer.text

    async def _blobs_of_files(self, place: Place, there: list[str]) -> dict[str, str]:
        if not there:
            return {}
        answer = await self._git.must(
            place.path,
            *("hash-object", "--stdin-paths"),
            doing="read the checkout",
            stdin="".join(f"{_quoted(path)}\n" for path in there).encode(errors="surrogateescape"),
            config=await self._filters.settings(None),
            cap_bytes=_CAP_BYTES,
        )
        return dict(zip(there, answer.text.split("\n"), strict=True))

    async def _fast_forward(self, place: Place, base: BaseTip, commit: str) -> Refusal | None:
        problem = await self._problem(place, base, commit)
        if problem is not None:
            return problem
        answer = await self._git.ask(
            place.path,
            *("merge", "-q", "--ff-only", "--commit", "--no-squash", "--no-autostash"),
            *("--no-overwrite-ignore", "--no-verify-signatures", commit),
            config=(*await self._filters.settings(None), *_plain_merge(base.branch)),
        )
        if await self._tip(base.branch) == commit:
            return None
        if await self._tip(base.branch) != base.commit:
            return _moved(base)
        await self._take_files_back(place, base, commit)
        return _in_the_way(
            f"git does not update {str(place.path)!r}: {answer.stderr or 'without a reason'}",
            "move what is in the way",
        )

    async def _take_files_back(self, place: Place, base: BaseTip, commit: str) -> None:
        """Git updates the files before it moves the branch, and leaves them if it then may not.
        What was changed there since makes git refuse, and it stays as it is.
        """
        if await self._is_index_at(place, commit):
            await self._git.ask(
                place.path,
                *("read-tree", "-m", "-u", commit, base.commit),
                config=await self._filters.settings(None),
            )

    async def _problem(self, place: Place, base: BaseTip, commit: str) -> Refusal | None:
        where = repr(str(place.path))
        if not place.is_there:
            return _in_the_way(
                f"{base.branch!r} is checked out in {where}, which is away", "bring it back"
            )
        if (place.admin / "info" / "sparse-checkout").exists():
            return _by_hand(f"{where} is a sparse checkout", commit)
        dirty = await self._dirty(place)
        if dirty:
            more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
            return _in_the_way(
                f"{where} has uncommitted changes in {dirty[0]!r}{more}", "commit or stash them"
            )
        if await self._needs_filters(place, base.commit, commit):
            return _by_hand(f"{where} needs content filters, which are off here", commit)
        return None

    async def _dirty(self, place: Place) -> list[str]:
        """Tracked files with uncommitted changes, staged or not."""
        answer = await self._git.must(
            place.path,
            *("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames"),
            *("--ignore-submodules=dirty", "--", ".", ":(exclude).aibrain"),
            doing="read the state of the checkout",
            config=await self._filters.settings(None),
            cap_bytes=_CAP_BYTES,
        )
        entries = answer.stdout.decode(errors="surrogateescape").split("\0")
        return [entry[3:] for entry in entries if entry]

    async def _needs_filters(self, place: Place, before: str, after: str) -> bool:
        settings = await self._filters.settings(None)
        drivers = {name.rpartition(".")[0].removeprefix("filter.") for name in settings}
        if not drivers:
            return False
        paths = await self._changes(before, after)
        answer = await self._git.must(
            place.path,
            *("check-attr", "-z", "--stdin", "filter"),
            doing="read the attributes",
            stdin="\0".join(paths).encode(errors="surrogateescape"),
            cap_bytes=_CAP_BYTES,
        )
        return not drivers.isdisjoint(answer.text.split("\0")[2::3])

    async def _move_ref(self, base: BaseTip, commit: str) -> Refusal | None:
        answer = await self._git.ask(
            self._repo,
            *("update-ref", "-m", _REFLOG, f"refs/heads/{base.branch}", commit, base.commit),
        )
        if answer.is_ok:
            return None
        if await self._tip(base.branch) != base.commit:
            return _moved(base)
        raise WorkspaceError(
            f"git could not move {base.branch!r}: {answer.stderr}",
            hint="try the same in the repository with git itself",
        )

    async def _tip(self, branch: str) -> str:
        answer = await self._git.ask(
            self._repo, "rev-parse", "-q", "--verify", f"refs/heads/{branch}"
        )
        return answer.text if answer.is_ok else ""


def _change(meta: str) -> _Change:
    """From `:mode mode blob blob status`, the line that diff-tree writes."""
    _, _, before, after, _ = meta.split(" ")
    return _Change(before=_blob(before), after=_blob(after))


def _blob(object_id: str) -> str:
    return object_id if object_id.strip("0") else _NO_BLOB


def _plain_merge(branch: str) -> tuple[str, ...]:
    """Settings against what the repository's configuration makes of every merge: a strategy of its
    own would put a commit on the branch that nobody judged.
    """
    return ("pull.twohead=ort", "merge.ff=only", f"branch.{branch}.mergeOptions=")


def _quoted(path: str) -> str:
    """As git reads a path on a line of its own."""
    if "\n" not in path and not path.startswith('"'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _moved(base: BaseTip) -> Refusal:
    return Refusal(
        cause="moved", why=f"{base.branch!r} is no longer at {base.commit[:12]}; it is tried again"
    )


def _in_the_way(what: str, action: str) -> Refusal:
    return Refusal(cause="checkout", why=f"{what}; {action}, then approve the merge again")


def _by_hand(what: str, commit: str) -> Refusal:
    return Refusal(
        cause="checkout", why=f"{what}; merge it there with: git merge --ff-only {commit}"
    )
