"""Running other programs under control."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessResult:
    """How a program ended."""

    exit_code: int | None
    """None: it was stopped at its time limit. Negative: ended by that signal."""
    stdout: bytes
    stderr: bytes
    """Empty when merged into stdout."""
    is_truncated: bool
    """Whether output beyond the cap was dropped from `stdout` or `stderr`."""
    duration_s: float

    @property
    def is_timeout(self) -> bool:
        return self.exit_code is None


class CommandRunner(Protocol):
    """Starts programs so that none outlives its purpose."""

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
        """Run `argv` in its own session with a clean environment (no secrets of the caller).

        At the time limit and on cancellation the whole group gets TERM, then KILL; when this
        returns or raises, no process of the group is left. Output beyond `cap_bytes` keeps its
        beginning and its end. `on_output` sees everything as it arrives. `lent_files`: open
        descriptors that the program gets beside its three, under the same numbers.

        Raises:
            EngineError: the program could not be started (missing, not executable).
        """
        ...
