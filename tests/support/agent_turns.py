"""What an agent needs around it in a test: a turn, tools that tell, a clock that runs by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.agents.anthropic_agent import AnthropicAgent
from engine.domain.action import Action, Outcome
from engine.domain.ids import TaskId
from engine.domain.settings import ModelSettings
from engine.domain.work import AgentRole
from engine.ports.agent import (
    Agent,
    AgentEvent,
    AgentTurn,
    ModelCalled,
    Permission,
    ToolCall,
    ToolResult,
)
from tests.support.clock import FakeClock
from tests.support.messages_api import MessagesServer


class SelfRunningClock(FakeClock):
    """A sleep ends at once, moves the time on and is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.slept_s: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.advance(seconds)
        await asyncio.sleep(0)


class TellingTools:
    """Remembers every call and answers with `answer`."""

    def __init__(self, answer: Callable[[ToolCall], str] = lambda _: "done") -> None:
        self.calls: list[ToolCall] = []
        self._answer = answer

    async def call(self, call: ToolCall) -> ToolResult:
        self.calls.append(call)
        return ToolResult(call_id=call.call_id, output=self._answer(call), is_error=False)


class RefusingTools(TellingTools):
    """Every call ends in an error result."""

    async def call(self, call: ToolCall) -> ToolResult:
        return replace(await super().call(call), is_error=True, output="refused: not here")


class EndlessTools(TellingTools):
    """A call begins and never ends by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.was_cancelled = False

    async def call(self, call: ToolCall) -> ToolResult:
        self.calls.append(call)
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        raise AssertionError("nothing sets that event")


class NoPermissions:
    """For agents whose tools the engine executes; they never ask."""

    async def ask(self, action: Action) -> Permission:
        return Permission(outcome=Outcome.DENY, reason=f"nobody should ask for {action.target}")


def a_turn(**changes: Any) -> AgentTurn:
    turn = AgentTurn(
        task_id=TaskId("BUG-1"),
        project="demo",
        role=AgentRole.BUG_FIX,
        iteration=1,
        system="You repair programs.",
        prompt="Task id: BUG-1\nIteration: 1\nRepair it.",
        worktree=Path("tree"),
        may_spend_usd=None,
    )
    return replace(turn, **changes)


async def events_of(
    agent: Agent, turn: AgentTurn | None = None, tools: TellingTools | None = None
) -> list[AgentEvent]:
    """All events of one turn, but for the begin of each model call."""
    run = agent.run(turn or a_turn(), tools or TellingTools(), NoPermissions())
    return [event async for event in run if not isinstance(event, ModelCalled)]


@asynccontextmanager
async def api_agent(
    server: MessagesServer,
    clock: FakeClock | None = None,
    *,
    key: str = "local-key",
    context_tokens: int = 100_000,
    **settings: Any,
) -> AsyncIterator[AnthropicAgent]:
    """The real agent with the real SDK, talking to `server`."""
    agent = AnthropicAgent(
        ModelSettings(**{"model": "test-model", **settings}),
        {},
        clock or SelfRunningClock(),
        environ={"ANTHROPIC_API_KEY": key, "ANTHROPIC_BASE_URL": server.url},
        random=lambda: 1.0,
        context_tokens=context_tokens,
    )
    try:
        yield agent
    finally:
        await agent.close()
