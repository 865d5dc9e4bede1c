"""Switching off content filters that the target's configuration would run."""

from __future__ import annotations

from pathlib import Path

from engine.workspace.gitcall import GitCall
from engine.workspace.repository import common_dir

_OFF = ("clean=", "smudge=", "process=", "required=false")

_Stamp = tuple[tuple[int, int, int], ...]


class FilterGuard:
    """Settings that make every configured filter do nothing; read again when the files change."""

    def __init__(self, git: GitCall, repo: Path) -> None:
        self._git = git
        self._repo = repo
        self._known: dict[Path | None, tuple[_Stamp, tuple[str, ...]]] = {}

    async def settings(self, admin: Path | None) -> tuple[str, ...]:
        """For git in the worktree behind `admin` (None: in the operator's checkout)."""
        sources = _sources(await common_dir(self._git, self._repo), admin)
        stamp = tuple(_stamp(path) for path in sources)
        known = self._known.get(admin)
        if known is None or known[0] != stamp:
            may_have_any = any(_may_name_filters(path) for path in sources)
            known = (stamp, await self._read(admin) if may_have_any else ())
            self._known[admin] = known
        return known[1]

    def forget(self, admin: Path) -> None:
        """That worktree is gone."""
        self._known.pop(admin, None)

    async def _read(self, admin: Path | None) -> tuple[str, ...]:
        # Exit code 1 means that there is none; a file that cannot be read fails every command.
        answer = await self._git.ask(
            self._repo, "config", "-z", "--name-only", "--get-regexp", r"^filter\.", admin=admin
        )
        drivers = {name.rpartition(".")[0] for name in answer.text.split("\0") if name}
        return tuple(f"{driver}.{off}" for driver in sorted(drivers) for off in _OFF)


def _sources(common: Path, admin: Path | None) -> list[Path]:
    own = [] if admin is None else [admin / "config.worktree"]
    return [common / "config", common / "config.worktree", *own]


def _may_name_filters(path: Path) -> bool:
    """Whether git has to be asked; most files name no filter and include no other file."""
    try:
        text = path.read_bytes().lower()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return b"filter" in text or b"include" in text


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return (0, 0, 0)
    return (facts.st_ino, facts.st_mtime_ns, facts.st_size)
