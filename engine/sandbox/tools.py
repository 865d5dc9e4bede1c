"""The tools an agent works with, in one worktree: a shell and an editor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from engine.domain.errors import EngineError
from engine.domain.values import dataclass
from engine.ports.agent import ToolCall
from engine.ports.process import CommandRunner, ProcessResult
from engine.sandbox import editor, output, paths
from engine.sandbox.requests import (
    Create,
    Insert,
    Replace,
    RestartShell,
    RunCommand,
    ToolRequest,
    View,
    parse_request,
)

GIT_ENV: Mapping[str, str] = {
    "GIT_AUTHOR_NAME": "aio-tui",
    "GIT_AUTHOR_EMAIL": "aio-tui@localhost",
    "GIT_COMMITTER_NAME": "aio-tui",
    "GIT_COMMITTER_EMAIL": "aio-tui@localhost",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "GIT_CONFIG_COUNT": "2",
    "GIT_CONFIG_KEY_0": "core.hooksPath",
    "GIT_CONFIG_VALUE_0": "/dev/null",
    "GIT_CONFIG_KEY_1": "commit.gpgsign",
    "GIT_CONFIG_VALUE_1": "false",
}
"""Git as an agent gets it: its commits are the engine's, no hook of the target runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOutput:
    """What a tool answered."""

    output: str
    is_error: bool
    duration_s: float


class ToolBox:
    """Executes requests that the guardrails let through."""

    def __init__(
        self,
        runner: CommandRunner,
        worktree: Path,
        *,
        timeout_s: float,
        on_output: Callable[[str], None] | None = None,
        extra_env: Mapping[str, str] | None = None,
        unheld: CommandRunner | None = None,
    ) -> None:
        """`unheld` runs what a human released from the sandbox; None: as everything else."""
        self._runner = runner
        self._unheld = unheld or runner
        self._worktree = worktree
        self._timeout_s = timeout_s
        self._on_output = on_output
        self._env = {**GIT_ENV, **(extra_env or {})}

    def request(self, call: ToolCall) -> ToolRequest:
        """Parse a call; touches nothing.

        Raises:
            InputError: the call is malformed; its text is for the model.
        """
        return parse_request(call)

    def preview(self, request: ToolRequest) -> str:
        """See `engine.sandbox.preview`. Blocking."""
        from engine.sandbox.preview import preview  # late: only a question needs it

        return preview(self._worktree, request.demand)

    async def execute(
        self, request: ToolRequest, *, is_approved: bool = False, is_released: bool = False
    ) -> ToolOutput:
        """Do it. Failures of the command or the edit are outputs with `is_error`.

        `is_approved`: a human said yes to exactly this, so an edit may leave the worktree.
        `is_released`: a human said yes to what no sandbox lets happen, so a command runs without.
        Cancelling ends a command at once; an edit that has begun is finished.
        """
        started_s = time.monotonic()
        try:
            text, is_error = await self._perform(
                request, is_approved=is_approved, is_released=is_released
            )
        except EngineError as exc:
            text, is_error = str(exc), True
        return ToolOutput(
            output=output.printable(text),
            is_error=is_error,
            duration_s=time.monotonic() - started_s,
        )

    async def _perform(
        self, request: ToolRequest, *, is_approved: bool, is_released: bool
    ) -> tuple[str, bool]:
        match request.demand:
            case RunCommand(command=command):
                return await self._run(command, self._unheld if is_released else self._runner)
            case RestartShell():
                return "Every command runs in a fresh shell; there is nothing to restart.", False
            case View() | Create() | Replace() | Insert() as demand:
                text = await asyncio.to_thread(
                    _edit, self._worktree, demand, is_approved=is_approved
                )
                return text, False

    async def _run(self, command: str, runner: CommandRunner) -> tuple[str, bool]:
        decoder = output.Decoder(self._on_output)
        ended = await runner.run(
            ["bash", "--noprofile", "--norc", "-c", command],
            cwd=self._worktree,
            timeout_s=self._timeout_s,
            extra_env=self._env,
            merge_stderr=True,
            cap_bytes=4 * output.OUTPUT_CAP,
            on_output=decoder.feed,
        )
        decoder.end()
        text = output.for_model(ended.stdout, decoder.total_bytes)
        ending = _ending_of(ended, self._timeout_s)
        return "\n".join(part for part in (text.removesuffix("\n"), ending) if part), bool(ending)


def _ending_of(ended: ProcessResult, timeout_s: float) -> str:
    """How it ended, when that was not in good order; otherwise empty."""
    if ended.exit_code is None:
        return f"[stopped after {timeout_s:g} s, the time limit of one command]"
    if ended.exit_code < 0:
        return f"[ended by signal {-ended.exit_code}]"
    return f"[exit code {ended.exit_code}]" if ended.exit_code else ""


def _edit(worktree: Path, demand: View | Create | Replace | Insert, *, is_approved: bool) -> str:
    place = paths.locate(worktree, demand.path)
    if isinstance(demand, View):
        paths.require_readable(place, is_approved=is_approved)
        return output.shorten(editor.view(place, demand))
    paths.require_writable(place, is_approved=is_approved)
    match demand:
        case Create():
            return editor.create(place, demand)
        case Replace():
            return editor.replace(place, demand)
        case Insert():
            return editor.insert(place, demand)
