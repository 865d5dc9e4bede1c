"""The model server as a program of its own, as acceptance tests and benchmarks use it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from engine.agents.anthropic_agent import AnthropicAgent
from engine.domain.ids import TaskId
from engine.domain.settings import ModelSettings
from engine.ports.agent import AgentFailed, AgentFinished, RetryScheduled
from tests.support.agent_turns import SelfRunningClock, TellingTools, a_turn, events_of

ROOT = Path(__file__).parents[2]
SCRIPT = {
    "version": 1,
    "tasks": {
        "BUG-1": {
            "iterations": [
                {"steps": [{"say": "look"}, {"bash": "ls"}, {"say": "first"}]},
                {"steps": [{"view": {"path": "a.py"}}, {"say": "second"}]},
            ]
        }
    },
    "faults": [{"request": 2, "status": 529, "retry_after": "1"}],
}


@asynccontextmanager
async def server(folder: Path) -> AsyncIterator[str]:
    script, port_file = folder / "script.json", folder / "port"
    script.write_text(json.dumps(SCRIPT))
    program = ("-m", "tests.support.messages_api", "--script", str(script))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *program,
        "--port-file",
        str(port_file),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    try:
        await process.stdout.readline()
        yield f"http://127.0.0.1:{port_file.read_text()}"
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.mark.slow
async def test_it_plays_its_script_by_task_and_iteration(tmp_path: Path) -> None:
    tools = TellingTools()
    second = a_turn(iteration=2, prompt="Task id: BUG-1\nIteration: 2\nGo on.")
    stranger = a_turn(task_id=TaskId("BUG-9"), prompt="Task id: BUG-9\nIteration: 1\nGo.")
    async with server(tmp_path) as url:
        agent = AnthropicAgent(
            ModelSettings(),
            {},
            SelfRunningClock(),
            environ={"ANTHROPIC_API_KEY": "local", "ANTHROPIC_BASE_URL": url},
            random=lambda: 0.0,
        )
        first_events = await events_of(agent, tools=tools)
        second_events = await events_of(agent, second, tools)
        (failed,) = await events_of(agent, stranger)
        await agent.close()
    assert sum(isinstance(event, RetryScheduled) for event in first_events) == 1
    assert first_events[-1] == AgentFinished(text="first", stop_reason="end_turn")
    assert second_events[-1] == AgentFinished(text="second", stop_reason="end_turn")
    assert [dict(call.arguments) for call in tools.calls] == [
        {"command": "ls"},
        {"command": "view", "path": "a.py"},
    ]
    assert isinstance(failed, AgentFailed)
    assert "no script for task 'BUG-9'" in failed.message
