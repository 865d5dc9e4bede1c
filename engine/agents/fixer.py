"""The agent without a model: it runs the target's own fixing tools."""

from __future__ import annotations

import shlex
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from engine.agents.conversation import BASH
from engine.agents.tool_calls import perform
from engine.domain.work import AgentRole
from engine.ports.agent import (
    AgentEvent,
    AgentFinished,
    AgentTurn,
    Permissions,
    TextDelta,
    ToolCall,
    ToolResult,
    Tools,
)

_LONGEST_TAIL = 2_000


class FixerAgent:
    """Runs `ruff check --fix` over the task's files, or the whole worktree; costs nothing.

    Args:
        signals: what to say when the work is done, by role.
        arguments: those of the check whose findings are to go, such as `--select`.
        ruff: the program; a plain name is looked up where the agent's tools look, in the target's
            environment first.
    """

    name = "fixer"

    def __init__(
        self,
        *,
        signals: Mapping[AgentRole, str],
        arguments: Sequence[str] = (),
        ruff: str = "ruff",
    ) -> None:
        self._command = (ruff, "check", "--fix", "--exit-zero", *arguments)
        self._signals = signals

    def check(self) -> str | None:
        """Nothing can be said before its tool has run."""
        return None

    async def run(
        self, turn: AgentTurn, tools: Tools, permissions: Permissions
    ) -> AsyncGenerator[AgentEvent, None]:
        """One pass; what it could not fix is for the checks to say."""
        results: list[ToolResult] = []
        command = shlex.join((*self._command, *turn.files))
        call = ToolCall(call_id="fix-1", tool=BASH, arguments={"command": command})
        async with aclosing(perform(call, tools, results)) as performed:
            async for event in performed:
                yield event
        text = self._account(command, results[0], turn.role)
        yield TextDelta(text=text)
        yield AgentFinished(text=text, stop_reason="end_turn")

    def _account(self, command: str, result: ToolResult, role: AgentRole) -> str:
        tail = result.output.strip()[-_LONGEST_TAIL:] or "it said nothing"
        if result.is_error:
            return f"I could not run `{command}`: {tail}"
        signal = self._signals.get(role, "")
        return f"I ran `{command}`: {tail}\n{signal}".rstrip()
