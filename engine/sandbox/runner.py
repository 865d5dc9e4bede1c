"""Starting other programs so that none outlives its purpose."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from engine.ports.process import ProcessResult
from engine.sandbox import processes
from engine.sandbox.call import Call, Command
from engine.sandbox.capture import Capture
from engine.sandbox.environment import child_environment
from engine.sandbox.guardian import Guardian
from engine.sandbox.secrecy import deny_inspection

_runner_numbers = itertools.count(1)


class SubprocessRunner:
    """Runs programs in sessions of their own, with a private HOME and TMPDIR and no secrets.

    The first run makes this process unreadable to others of the same user (`deny_inspection`).

    Both folders are created, readable by the owner alone. `marker_root` is what `kill_leftovers`
    looks for after a crash; None: the folder that holds `home`. Git started by these programs does
    not look for repositories in or above `marker_root`: a worktree that lost its `.git` must not
    lead to the operator's checkout.
    """

    def __init__(self, home: Path, tmp: Path, *, marker_root: Path | None = None) -> None:
        for folder in (home, tmp):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = (marker_root or home.parent).resolve()
        self._own_env = {
            "HOME": str(home.resolve()),
            "TMPDIR": str(tmp.resolve()),
            "GIT_CEILING_DIRECTORIES": f"{self._root}:{self._root / 'worktrees'}",
        }
        self._mark = processes.engine_mark(os.getpid(), next(_runner_numbers))
        self._call_numbers = itertools.count(1)
        self._guardian: Guardian | None = None

    async def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        timeout_s: float,
        extra_env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        merge_stderr: bool = False,
        cap_bytes: int = 1_000_000,
        on_output: Callable[[bytes], None] | None = None,
        lent_files: Sequence[int] = (),
    ) -> ProcessResult:
        """See `CommandRunner.run`. What the program leaves running when it ends is killed.

        The mark of the call cannot be overridden by `extra_env`. An exception of `on_output` is
        raised when the program has ended.
        """
        self._take_precautions()
        mark = f"{self._mark}{next(self._call_numbers)}:{self._root}"
        env = child_environment(os.environ, self._own_env, extra_env or {})
        command = Command(
            argv=argv,
            cwd=cwd,
            env={**env, processes.MARK: mark},
            stdin=stdin,
            is_merged=merge_stderr,
            lent_files=lent_files,
        )
        capture = Capture(cap_bytes=cap_bytes, is_merged=merge_stderr, on_output=on_output)
        call = Call(mark, capture)
        started_s = time.monotonic()
        try:
            await call.start(command)
            await asyncio.wait({capture.exited}, timeout=timeout_s)
            is_timeout = not capture.exited.done()
        finally:
            await call.finish()
        if capture.fault is not None:
            raise capture.fault
        return ProcessResult(
            exit_code=None if is_timeout else call.exit_code,
            stdout=capture.stdout.kept(),
            stderr=capture.stderr.kept(),
            is_truncated=capture.stdout.is_truncated or capture.stderr.is_truncated,
            duration_s=time.monotonic() - started_s,
        )

    def close(self) -> None:
        """Dismiss the guardian; happens by itself when the runner is no longer referred to."""
        if self._guardian is not None:
            self._guardian.dismiss()
            self._guardian = None

    def _take_precautions(self) -> None:
        """Before the first program: nothing of it may outlive this process, or look into it."""
        if self._guardian is None and processes.is_supported():
            deny_inspection()
            self._guardian = Guardian(self._mark)
