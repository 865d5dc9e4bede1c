"""An agent, whichever family it is of.

Engine-driven agents (the Messages API, the scripted one, the fixers) call `tools`, and the engine
executes. Agent-driven ones (ACP, command-line agents) execute by themselves inside the sandbox and
ask `permissions` first. Both end up before the same guardrails.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from engine.domain.action import Action, Outcome
from engine.domain.ids import TaskId
from engine.domain.usage import Usage
from engine.domain.values import dataclass
from engine.domain.work import AgentRole


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTurn:
    """Everything one iteration gives to an agent: a fresh context, no history."""

    task_id: TaskId
    project: str
    role: AgentRole
    iteration: int
    system: str
    """Who the agent is, the contract in words, the completion signal. Stable across iterations."""
    prompt: str
    """Objective, memory, knowledge, evidence of the last verdict, notes of the operator."""
    worktree: Path
    files: tuple[str, ...] = ()
    """Paths the task is about, relative to the worktree; empty: the whole of it."""
    may_spend_usd: float | None
    """What is left of the task's money; None: no limit."""
    origin: tuple[TaskId, int] | None = None
    """The task and the iteration of it after which this one began; None: it began by itself."""


class FailureClass(StrEnum):
    """Whether trying again can help (L6)."""

    TRANSIENT = "transient"
    """Network, 429, 5xx, overload, timeout: wait and go on."""
    LOGICAL = "logical"
    """Wrong key, wrong model, refused request: a human must change something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """A piece of what the agent says, as it arrives."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStarted:
    """The agent called a tool."""

    call_id: str
    tool: str
    summary: str
    """One line: the command, or the edit and its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished:
    """The tool answered."""

    call_id: str
    is_error: bool
    output: str
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled:
    """A model call failed in a transient way and will be tried again inside this turn."""

    attempt: int
    wait_s: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCalled:
    """A model call begins, which costs something; it ends with UsageReported, RetryScheduled or
    the turn.
    """

    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported:
    """One model call is over."""

    model: str
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFinished:
    """The turn is over; always the last event unless AgentFailed is."""

    text: str
    """All that the agent said in its last message."""
    stop_reason: str
    """Such as `end_turn`, `step_limit`, `max_tokens`, `refusal`, `money_limit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFailed:
    """The turn could not be finished."""

    failure: FailureClass
    message: str
    """One line: what, what was seen, what to do."""
    retry_after_s: float | None = None
    is_backend_wide: bool = False
    """With LOGICAL: no task of this backend can get further, so that none is to be blamed."""


AgentEvent = (
    TextDelta
    | ToolStarted
    | ToolFinished
    | RetryScheduled
    | ModelCalled
    | UsageReported
    | AgentFinished
    | AgentFailed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a model asked for, unchecked."""

    call_id: str
    tool: str
    """`bash` or `str_replace_based_edit_tool`."""
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What goes back to the model."""

    call_id: str
    output: str
    is_error: bool
    duration_s: float = 0.0


class Tools(Protocol):
    """The tools of one task, behind the guardrails."""

    async def call(self, call: ToolCall) -> ToolResult:
        """Judge, escalate if need be, execute. Bad arguments, a denial and a failing command are
        results with `is_error`, never exceptions. May wait for the operator for hours.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The answer to an agent that executes by itself."""

    outcome: Outcome
    """ALLOW or DENY; an ASK has been answered by the operator before this returns."""
    reason: str
    is_from_operator: bool = False
    """Whether the operator said so, rather than a rule."""
    instead: str = ""
    """The command that may run in the place of the asked one, which is denied."""
    rule: str = ""
    """The rule that the operator was asked by; empty: nobody was asked."""


class Permissions(Protocol):
    """The guardrails, for agents that execute by themselves."""

    async def ask(self, action: Action) -> Permission:
        """Judge the action; waits for the operator where a rule asks."""
        ...


class Agent(Protocol):
    """A backend that works on tasks."""

    @property
    def name(self) -> str:
        """As configuration and records name it."""
        ...

    def run(
        self, turn: AgentTurn, tools: Tools, permissions: Permissions
    ) -> AsyncGenerator[AgentEvent, None]:
        """One turn. The last event is AgentFinished or AgentFailed; nothing deliberate is raised.
        Closing the iterator or cancelling ends it at once and leaves no child process.
        """
        ...
