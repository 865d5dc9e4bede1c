"""When files were last touched, from one look at the newest commits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path

from engine.domain.values import dataclass
from engine.workspace.gitcall import GitCall

NEWEST_COMMITS = 2000
_CAP_BYTES = 20_000_000
_MARK = "\x01"
"""Begins a commit; a path that begins with it is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The recent past of a commit."""

    committed_at: datetime | None = None
    """Its own time."""
    changed_at: dict[str, datetime] = field(default_factory=dict)
    """Time of the last commit that touched a file; files that only older ones touched are absent.
    """


async def recent_history(git: GitCall, repo: Path, commit: str) -> History:
    """The last `NEWEST_COMMITS` commits up to `commit`.

    Raises:
        WorkspaceError: git refuses.
    """
    answer = await git.must(
        repo,
        *("log", f"--max-count={NEWEST_COMMITS}", "-z", "--name-only", "--no-renames"),
        *("--no-ext-diff", "--no-show-signature", "--diff-merges=first-parent"),
        *(f"--format={_MARK}%ct", commit, "--"),
        doing="read when files were changed",
        cap_bytes=_CAP_BYTES,
    )
    return _history(answer.stdout.decode(errors="backslashreplace"))


def _history(text: str) -> History:
    changed_at: dict[str, datetime] = {}
    newest: datetime | None = None
    for time, path in _touches(text):
        newest = newest or time
        if path:
            changed_at.setdefault(path, time)
    return History(committed_at=newest, changed_at=changed_at)


def _touches(text: str) -> Iterator[tuple[datetime, str]]:
    """Times with paths, newest first; a commit itself comes with an empty path."""
    time: datetime | None = None
    for field_text in text.split("\0"):
        word = field_text.removeprefix("\n")
        if word.startswith(_MARK) and word[1:].strip().isdecimal():
            time = datetime.fromtimestamp(int(word[1:]), UTC)
            yield time, ""
        elif word and time is not None:
            yield time, word
