"""Agents with the real shell and editor in a real folder."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from engine.agents.fixer import FixerAgent
from engine.agents.scripted import ScriptedAgent
from engine.checks.environment import find_ruff
from engine.domain.errors import InputError
from engine.domain.work import AgentRole
from engine.ports.agent import Agent, AgentFinished, ToolCall, ToolFinished, ToolResult
from engine.sandbox.runner import SubprocessRunner
from engine.sandbox.tools import ToolBox
from tests.support.agent_turns import NoPermissions, SelfRunningClock, a_turn, api_agent
from tests.support.messages_api import MessagesServer, by_task

SIGNAL = "<promise>DONE</promise>"
BROKEN = "import os\n\n\ndef add(a: int, b: int) -> int:\n    return a - b\n"
STEPS = [
    {"say": "I read it."},
    {"view": {"path": "sums.py"}},
    {"str_replace": {"path": "sums.py", "old_str": "a - b", "new_str": "a + b"}},
    {"bash": "python3 -c 'import sums; print(sums.add(2, 3))'"},
    {"say": SIGNAL},
]
SCRIPT = {"version": 1, "tasks": {"BUG-1": {"iterations": [{"steps": STEPS}]}}}


class UnguardedTools:
    """The real tools, without guardrails before them."""

    def __init__(self, folder: Path) -> None:
        self.worktree = folder / "tree"
        self.worktree.mkdir()
        (self.worktree / "sums.py").write_text(BROKEN)
        runner = SubprocessRunner(folder / "home", folder / "tmp")
        self._box = ToolBox(runner, self.worktree, timeout_s=30.0)

    async def call(self, call: ToolCall) -> ToolResult:
        try:
            request = self._box.request(call)
        except InputError as error:
            return ToolResult(call_id=call.call_id, output=str(error), is_error=True)
        done = await self._box.execute(request)
        return ToolResult(
            call_id=call.call_id,
            output=done.output,
            is_error=done.is_error,
            duration_s=done.duration_s,
        )

    @property
    def text(self) -> str:
        return (self.worktree / "sums.py").read_text()


async def outputs_of(agent: Agent, tools: UnguardedTools) -> tuple[list[str], AgentFinished]:
    run = agent.run(a_turn(worktree=tools.worktree), tools, NoPermissions())
    events = [event async for event in run]
    assert isinstance(events[-1], AgentFinished)
    outputs = [event.output.strip() for event in events if isinstance(event, ToolFinished)]
    return outputs, events[-1]


@pytest.mark.slow
async def test_the_fixer_really_fixes_what_ruff_can_fix(tmp_path: Path) -> None:
    tools = UnguardedTools(tmp_path)
    agent = FixerAgent(signals={AgentRole.BUG_FIX: SIGNAL}, ruff=find_ruff(sys.executable))
    (output,), finished = await outputs_of(agent, tools)
    assert "1 fixed" in output
    assert tools.text == BROKEN.removeprefix("import os\n")
    assert finished.text.endswith(SIGNAL)


@pytest.mark.slow
async def test_a_missing_ruff_is_told_and_gives_no_signal(tmp_path: Path) -> None:
    tools = UnguardedTools(tmp_path)
    agent = FixerAgent(signals={AgentRole.BUG_FIX: SIGNAL}, ruff="/no/such/ruff")
    (output,), finished = await outputs_of(agent, tools)
    assert "/no/such/ruff" in output
    assert SIGNAL not in finished.text


@pytest.mark.slow
async def test_a_model_and_a_script_do_the_same_work(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text(json.dumps(SCRIPT))
    (tmp_path / "scripted").mkdir()
    (tmp_path / "model").mkdir()
    by_script, by_model = UnguardedTools(tmp_path / "scripted"), UnguardedTools(tmp_path / "model")
    scripted = ScriptedAgent(tmp_path / "script.json", SelfRunningClock())
    async with MessagesServer(by_task(SCRIPT)) as server, api_agent(server) as model:
        one = await outputs_of(scripted, by_script)
        two = await outputs_of(model, by_model)
    assert one == two
    assert one[0][-1] == "5"
    assert by_script.text == by_model.text == BROKEN.replace("a - b", "a + b")


@pytest.mark.slow
async def test_cancelling_a_turn_ends_the_command_it_runs(tmp_path: Path) -> None:
    script = {"bash": "exec sleep 1000 > begun"}
    whole = {"tasks": {"BUG-1": {"iterations": [{"steps": [script]}]}}}
    tools = UnguardedTools(tmp_path)
    fifo = tools.worktree / "begun"
    os.mkfifo(fifo)
    async with MessagesServer(by_task(whole)) as server, api_agent(server) as agent:
        async with asyncio.TaskGroup() as group:
            turn = group.create_task(outputs_of(agent, tools))
            reader = await asyncio.to_thread(fifo.open)
            turn.cancel()
        with reader:
            ended = await asyncio.to_thread(reader.read)
    assert turn.cancelled()
    assert ended == ""
