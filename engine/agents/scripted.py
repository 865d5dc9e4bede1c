"""The agent that replays a written conversation; all but its words is real."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from types import MappingProxyType

from engine.agents.conversation import BASH, EDITOR
from engine.agents.script_file import Script, ScriptStep, read_script
from engine.agents.script_meter import ScriptMeter
from engine.agents.tool_calls import perform
from engine.domain.settings import SCRIPTED
from engine.domain.usage import Price
from engine.domain.values import dataclass
from engine.ports.agent import (
    AgentEvent,
    AgentFailed,
    AgentFinished,
    AgentTurn,
    FailureClass,
    Permissions,
    TextDelta,
    ToolCall,
    ToolResult,
    Tools,
)
from engine.ports.clock import Clock

_WORD = re.compile(r"\s*\S+\s*")
_NO_PRICES: Mapping[str, Price] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model would say in one answer: texts, and a tool call at its end unless it is over."""

    said: tuple[str, ...]
    tool: ScriptStep | None

    @property
    def text(self) -> str:
        """All of it, a tool call as the JSON that it would be."""
        call = [] if self.tool is None else [json.dumps(dict(_call_of(self.tool, "").arguments))]
        return "\n".join([*self.said, *call])


def replies_in(steps: Sequence[ScriptStep]) -> Iterator[Reply]:
    """Each ends where a tool has to answer before the next one."""
    said: list[str] = []
    for step in steps:
        if step.say is not None:
            said.append(step.say)
        else:
            yield Reply(said=tuple(said), tool=step)
            said = []
    if said:
        yield Reply(said=tuple(said), tool=None)


class ScriptedAgent:
    """Says and does what its script has for the task and iteration. If the script names a model,
    its words are counted at the price of that one, or of the task's own; nothing is ever paid.

    Raises:
        ConfigError: the script cannot be read or is wrong.
    """

    name = SCRIPTED

    def __init__(
        self,
        script: Path,
        clock: Clock,
        *,
        prices: Mapping[str, Price] = _NO_PRICES,
        model: str | None = None,
    ) -> None:
        self._script: Script = read_script(script)
        self._clock = clock
        self._prices = prices
        self.model = (model or self._script.model) if self._script.model else None
        """Whose prices count; None: nothing is counted."""

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
                "add it there, which the next run reads, or choose another backend",
            )
            return
        meter = ScriptMeter(turn, self.model, self._prices)
        said, reason = "", "end_turn"
        for number, reply in enumerate(replies_in(steps), start=1):
            if meter.is_spent:
                reason = "money_limit"
                break
            async with aclosing(self._give(reply, f"step-{number}", tools, meter)) as given:
                async for event in given:
                    yield event
            said = next(filter(None, reversed(reply.said)), said)
        yield AgentFinished(text=said, stop_reason=reason)

    async def _give(
        self, reply: Reply, call_id: str, tools: Tools, meter: ScriptMeter
    ) -> AsyncGenerator[AgentEvent, None]:
        for called in meter.call():
            yield called
        for text in reply.said:
            for chunk in words(text):
                yield TextDelta(text=chunk)
                await self._pause()
            await self._pause()
        for used in meter.reply(reply.text):
            yield used
        if reply.tool is None:
            return
        results: list[ToolResult] = []
        async with aclosing(perform(_call_of(reply.tool, call_id), tools, results)) as performed:
            async for event in performed:
                yield event
        meter.hear("".join(result.output for result in results))
        await self._pause()

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
