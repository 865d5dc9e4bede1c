"""Sending a tool call through the guarded tools, with the events that show it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from engine.agents.conversation import BASH, EDITOR
from engine.agents.reply import ToolRequest
from engine.domain.transcript import CUT, NEW_LINE
from engine.ports.agent import AgentEvent, ToolCall, ToolFinished, ToolResult, Tools, ToolStarted

_LONGEST_SUMMARY = 200
_LONGEST_QUOTE = 200


async def perform(
    call: ToolCall, tools: Tools, results: list[ToolResult]
) -> AsyncGenerator[AgentEvent, None]:
    """Execute one call; its result is appended to `results` before the last event."""
    yield ToolStarted(call_id=call.call_id, tool=call.tool, summary=summary_of(call))
    result = await tools.call(call)
    results.append(result)
    yield ToolFinished(
        call_id=call.call_id,
        is_error=result.is_error,
        output=result.output,
        duration_s=result.duration_s,
    )


async def perform_request(
    request: ToolRequest, tools: Tools, results: list[ToolResult]
) -> AsyncGenerator[AgentEvent, None]:
    """Execute what a model asked for; nonsense gets an error result and executes nothing."""
    problem = _problem(request)
    if problem or request.arguments is None:
        results.append(ToolResult(call_id=request.call_id, output=problem, is_error=True))
        yield ToolStarted(call_id=request.call_id, tool=request.name, summary="not executable")
        yield ToolFinished(call_id=request.call_id, is_error=True, output=problem, duration_s=0.0)
        return
    call = ToolCall(call_id=request.call_id, tool=request.name, arguments=request.arguments)
    async for event in perform(call, tools, results):
        yield event


def summary_of(call: ToolCall) -> str:
    """One line for the screen: the command, or the edit and its path."""
    if call.tool == BASH:
        words = str(call.arguments.get("command") or "restart")
    else:
        command, path = (call.arguments.get(key, "?") for key in ("command", "path"))
        words = f"{command} {path}"
    line = NEW_LINE.join(" ".join(part.split()) for part in words.splitlines() if part.strip())
    return line if len(line) <= _LONGEST_SUMMARY else f"{line[: _LONGEST_SUMMARY - 1]}{CUT}"


def _problem(request: ToolRequest) -> str:
    """Why it cannot be a call at all; empty if it can. Single arguments are the tools' affair."""
    if request.name not in (BASH, EDITOR):
        return f"there is no tool {request.name[:100]!r}; use {BASH!r} or {EDITOR!r}"
    if request.arguments is None:
        return f"the input is no JSON object: {request.raw[:_LONGEST_QUOTE]!r}; nothing was run"
    return ""
