"""One agent's turn: its events go to the transcript, its usage to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import assert_never

from engine.domain.transcript import EntryKind
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.loop.deadline import Deadline
from engine.loop.gate import TaskGate
from engine.loop.scope import to_the_end
from engine.loop.scribes import Notes
from engine.ports.agent import (
    Agent,
    AgentEvent,
    AgentFailed,
    AgentFinished,
    AgentTurn,
    ModelCalled,
    RetryScheduled,
    TextDelta,
    ToolFinished,
    ToolStarted,
    UsageReported,
)

_KEPT_TEXT = 20_000
_KEPT_OUTPUT = 200
"""Characters at the end of what a tool printed, by which its answer is known to repeat it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnResult:
    """How the turn ended."""

    text: str
    """What the agent said last; the completion signal is looked for in it."""
    stop_reason: str
    usage: Usage
    failure: AgentFailed | None = None
    told_messages: tuple[int, ...] = ()
    """Numbers of the operator's messages that the agent was given on its way."""


class Turn:
    """Collects the events of one turn."""

    def __init__(
        self, notes: Notes, *, on_usage: Callable[[UsageReported], Awaitable[bool]]
    ) -> None:
        self._notes = notes
        self._on_usage = on_usage
        self._said = ""
        self._heard = ""
        """The end of what the running tool has printed so far."""
        self._usage = Usage()
        self._result: TurnResult | None = None
        self._called = ""
        """The model that is being called; empty: none is."""

    def hear_tool(self, text: str) -> None:
        """A tool prints this while it runs."""
        self._heard = (self._heard + text)[-_KEPT_OUTPUT:]
        self._notes.append(EntryKind.OUTPUT, text)

    def _hear_end(self, output: str, *, is_error: bool) -> None:
        """What comes next begins a line, whatever the tool printed last."""
        self._notes.append(EntryKind.OUTPUT, _end_of_line(self._heard))
        unheard = _unheard(output, self._heard)
        self._notes.append(EntryKind.OUTPUT, unheard + _end_of_line(unheard), is_error=is_error)
        self._heard = ""

    async def take(
        self, agent: Agent, turn: AgentTurn, gate: TaskGate, deadline: Deadline
    ) -> TurnResult:
        """Run the agent until it ends or its time is up."""
        try:
            async with deadline.running(), aclosing(agent.run(turn, gate, gate)) as events:
                async for event in events:
                    _listen(gate, event)
                    if not await self._see(event):
                        return self._ended("money_limit")
        except asyncio.CancelledError:
            await to_the_end(self._count_lost_call())
            raise
        except TimeoutError:
            await self._count_lost_call()
            self._notes.append(EntryKind.ENGINE, "the iteration's time is up", is_error=True)
            return self._ended("time_limit")
        return self._result or self._ended("no_end")

    async def _count_lost_call(self) -> None:
        """A model call that was given up has cost something, and nobody says how much."""
        if self._called:
            lost = Usage(calls=1, unpriced_calls=1)
            self._usage += lost
            await self._on_usage(UsageReported(model=self._called, usage=lost))

    async def _see(self, event: AgentEvent) -> bool:  # noqa: C901  one arm per event
        """Whether the agent may go on."""
        if not isinstance(event, TextDelta):
            self._called = event.model if isinstance(event, ModelCalled) else ""
        match event:
            case ModelCalled():
                pass
            case TextDelta(text=text):
                self._said = (self._said + text)[-_KEPT_TEXT:]
                self._notes.append(EntryKind.TEXT, text)
            case ToolStarted(summary=summary):
                self._heard = ""
                self._notes.append(EntryKind.TOOL, summary)
            case ToolFinished(output=output, is_error=is_error):
                self._hear_end(output, is_error=is_error)
            case RetryScheduled(attempt=attempt, wait_s=wait_s, cause=cause):
                text = f"model call failed ({cause}); attempt {attempt + 1} in {wait_s:.0f} s"
                self._notes.append(EntryKind.RETRY, text, is_error=True)
            case UsageReported(usage=usage):
                self._usage += usage
                if not await self._on_usage(event):
                    text = "the task's budget, as it is now, is spent"
                    self._notes.append(EntryKind.ENGINE, text, is_error=True)
                    return False
            case AgentFinished(text=text, stop_reason=stop_reason):
                self._said = text or self._said
                self._result = self._ended(stop_reason)
            case AgentFailed(message=message):
                self._notes.append(EntryKind.ENGINE, message, is_error=True)
                self._result = self._ended("failed", failure=event)
            case _:
                assert_never(event)
        return True

    def _ended(self, stop_reason: str, *, failure: AgentFailed | None = None) -> TurnResult:
        return TurnResult(
            text=self._said, stop_reason=stop_reason, usage=self._usage, failure=failure
        )


def _end_of_line(text: str) -> str:
    """What `text` lacks to end one."""
    return "\n" if text and not text.endswith("\n") else ""


def _unheard(output: str, heard: str) -> str:
    """What a tool's answer says beyond what it printed before our eyes, such as its exit code; all
    of it where that is not found in it, as when it was shortened or put in other words.
    """
    printed = heard.rstrip("\n")
    if not printed.strip():
        return output
    _, found, rest = output.rpartition(printed)
    return rest.lstrip("\n") if found else output


def _listen(gate: TaskGate, event: AgentEvent) -> None:
    if isinstance(event, TextDelta):
        gate.hear(event.text)
    elif isinstance(event, ToolFinished):
        gate.heard_out()
