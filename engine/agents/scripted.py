"""The agent that replays a written conversation; all but its words is real."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from engine.agents.conversation import BASH, EDITOR
from engine.agents.script_file import Script, ScriptStep, read_script
from engine.agents.tool_calls import perform
from engine.ports.agent import (
    AgentEvent,
    AgentFailed,
    AgentFinished,
    AgentTurn,
    FailureClass,
    Permissions,
    TextDelta,
    ToolCall,
    Tools,
)
from engine.ports.clock import Clock

_WORD = re.compile(r"\s*\S+\s*")


class ScriptedAgent:
    """Says and does what its script has for the task and iteration; costs nothing.

    Raises:
        ConfigError: the script cannot be read or is wrong.
    """

    name = "scripted"

    def __init__(self, script: Path, clock: Clock) -> None:
        self._script: Script = read_script(script)
        self._clock = clock

    def check(self) -> str | None:
        """Nothing can keep it from working: its script was read."""
        return None

    async def run(
        self, turn: AgentTurn, tools: Tools, permissions: Permissions
    ) -> AsyncGenerator[AgentEvent, None]:
        """One iteration of the script; results of tools change nothing of what follows."""
        steps = self._script.steps(turn.task_id, turn.iteration)
        if steps is None and turn.origin is not None:
            origin, iteration = turn.origin  # it goes on as the task that it branched from would
            steps = self._script.steps(origin, iteration + turn.iteration)
        if steps is None:
            yield AgentFailed(
                failure=FailureClass.LOGICAL,
                message=f"script {self._script.path} has nothing for task {turn.task_id!r}; "
                "add it there, or choose another backend",
            )
            return
        said = ""
        for number, step in enumerate(steps, start=1):
            said = step.say or said
            async with aclosing(self._play(step, f"step-{number}", tools)) as played:
                async for event in played:
                    yield event
            await self._pause()
        yield AgentFinished(text=said, stop_reason="end_turn")

    async def _play(
        self, step: ScriptStep, call_id: str, tools: Tools
    ) -> AsyncGenerator[AgentEvent, None]:
        if step.say is not None:
            for chunk in words(step.say):
                yield TextDelta(text=chunk)
                await self._pause()
            return
        async with aclosing(perform(_call_of(step, call_id), tools, [])) as performed:
            async for event in performed:
                yield event

    async def _pause(self) -> None:
        if self._script.pace_s > 0:
            await self._clock.sleep(self._script.pace_s)


def words(text: str) -> list[str]:
    """`text` in pieces of one word with the blanks around it; they add up to it."""
    return _WORD.findall(text) or ([text] if text else [])


def _call_of(step: ScriptStep, call_id: str) -> ToolCall:
    if edit := step.edit:
        command, arguments = edit
        return ToolCall(call_id=call_id, tool=EDITOR, arguments={**arguments, "command": command})
    return ToolCall(call_id=call_id, tool=BASH, arguments={"command": step.bash})
