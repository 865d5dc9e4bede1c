"""Calling git so that nothing of the target's or the operator's configuration runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.domain.errors import EngineError, WorkspaceError
from engine.domain.values import dataclass
from engine.ports.process import CommandRunner

NAME, EMAIL = "aio-tui", "aio-tui@localhost"
"""Whom the engine's commits are by."""

_ENV: Mapping[str, str] = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_AUTHOR_NAME": NAME,
    "GIT_AUTHOR_EMAIL": EMAIL,
    "GIT_COMMITTER_NAME": NAME,
    "GIT_COMMITTER_EMAIL": EMAIL,
    "LC_ALL": "C",
}

_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.sparseCheckout=false",
    "core.attributesFile=/dev/null",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "submodule.recurse=false",
    "advice.detachedHead=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "status.relativePaths=false",
    "i18n.commitEncoding=utf-8",
    "worktree.useRelativePaths=false",
    # The operator named this repository, and nothing that its configuration could start is on.
    "safe.directory=*",
)

_FULL_NAME = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LOCK_TRIES = 10
_LOCK_PAUSE_S = 0.05
_LOCK_SIGNS = (".lock': File exists", "cannot lock ref")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitAnswer:
    """How a git command ended."""

    exit_code: int
    stdout: bytes
    stderr: str
    """Its complaint in one line, cut to 300 characters."""

    @property
    def is_ok(self) -> bool:
        return self.exit_code == 0

    @property
    def text(self) -> str:
        """Standard output without the line end, with undecodable bytes as escapes."""
        return self.stdout.decode(errors="backslashreplace").rstrip("\n")


class GitCall:
    """Runs git commands; waits a little where another git holds a lock."""

    def __init__(self, runner: CommandRunner, *, timeout_s: float = 300.0) -> None:
        self._runner = runner
        self._timeout_s = timeout_s

    async def ask(
        self,
        folder: Path,
        *arguments: str,
        admin: Path | None = None,
        config: Sequence[str] = (),
        stdin: bytes = b"",
        cap_bytes: int = 1_000_000,
        index: Path | None = None,
    ) -> GitAnswer:
        """Run git in `folder`, whatever its exit code will be.

        `admin` is the worktree's private git folder; with it `folder` is taken as its worktree
        without a look at the `.git` file there, which an agent may have changed. `config` are
        more `name=value` settings. `index`: another file than the worktree's own.

        Raises:
            WorkspaceError: git is not installed, or hangs.
        """
        argv = ["git", *(part for pair in (*_CONFIG, *config) for part in ("-c", pair)), *arguments]
        place = {} if admin is None else {"GIT_DIR": str(admin), "GIT_WORK_TREE": str(folder)}
        if index is not None:
            place["GIT_INDEX_FILE"] = str(index)
        for attempt in range(1, _LOCK_TRIES + 1):
            answer = await self._once(folder, argv, place, stdin, cap_bytes)
            if answer.is_ok or attempt == _LOCK_TRIES or not _is_locked(answer):
                break
            await asyncio.sleep(_LOCK_PAUSE_S)
        return answer

    async def _once(
        self,
        folder: Path,
        argv: list[str],
        place: Mapping[str, str],
        stdin: bytes,
        cap_bytes: int,
    ) -> GitAnswer:
        try:
            ended = await self._runner.run(
                argv,
                cwd=folder,
                timeout_s=self._timeout_s,
                extra_env={**_ENV, **place},
                stdin=stdin,
                cap_bytes=cap_bytes,
            )
        except EngineError as exc:
            raise WorkspaceError(f"git could not be started: {exc.message}", hint=exc.hint) from exc
        if ended.exit_code is None:
            raise WorkspaceError(
                f"git did not end within {self._timeout_s:g} s in {str(folder)!r}",
                hint="look whether the disk hangs, then run the task again",
            )
        return GitAnswer(
            exit_code=ended.exit_code,
            stdout=ended.stdout,
            stderr=" ".join(ended.stderr.decode(errors="replace").split())[:300],
        )

    async def must(
        self,
        folder: Path,
        *arguments: str,
        doing: str,
        admin: Path | None = None,
        config: Sequence[str] = (),
        stdin: bytes = b"",
        cap_bytes: int = 1_000_000,
        index: Path | None = None,
    ) -> GitAnswer:
        """The answer of a command that has to succeed.

        Raises:
            WorkspaceError: it did not; the message says what was being done and git's words.
        """
        answer = await self.ask(
            folder,
            *arguments,
            admin=admin,
            config=config,
            stdin=stdin,
            cap_bytes=cap_bytes,
            index=index,
        )
        if not answer.is_ok:
            raise WorkspaceError(
                f"git could not {doing}: {answer.stderr or f'exit code {answer.exit_code}'}",
                hint=_hint_for(answer.stderr),
            )
        return answer


def is_full_name(name: str) -> bool:
    """Whether it is an object's whole hash, so that what it names never changes."""
    return _FULL_NAME.fullmatch(name) is not None


def _is_locked(answer: GitAnswer) -> bool:
    return any(sign in answer.stderr for sign in _LOCK_SIGNS)


def _hint_for(complaint: str) -> str:
    hints = {
        "already checked out": "leave that branch in the other checkout, or choose another branch",
        "already used by worktree": "leave that branch in the other checkout",
        "No space left": "free some disk space, then run the task again",
        "cannot lock ref": "rename the branch that is in the way, or choose another branch",
        ".lock'": "end the other git command; if none runs, remove the lock file it left",
    }
    for sign, hint in hints.items():
        if sign in complaint:
            return hint
    return "try the same in the repository with git itself"
