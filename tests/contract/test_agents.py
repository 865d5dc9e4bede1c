"""What holds for every backend that the engine executes tools for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.agents.fixer import FixerAgent
from engine.agents.scripted import ScriptedAgent
from engine.domain.work import AgentRole
from engine.ports.agent import (
    Agent,
    AgentFailed,
    AgentFinished,
    TextDelta,
    ToolFinished,
    ToolStarted,
)
from tests.support.agent_turns import (
    EndlessTools,
    NoPermissions,
    RefusingTools,
    SelfRunningClock,
    TellingTools,
    a_turn,
    api_agent,
    events_of,
)
from tests.support.messages_api import MessagesServer, by_task

SIGNAL = "<promise>BUGFIX_COMPLETE</promise>"
SCRIPT = {
    "version": 1,
    "pace_s": 0.05,
    "tasks": {
        "BUG-1": {
            "iterations": [
                {
                    "steps": [
                        {"say": "I look first."},
                        {"bash": "python -m pytest"},
                        {"say": f"Repaired. {SIGNAL}"},
                    ]
                }
            ]
        }
    },
}


@pytest.fixture(params=["anthropic", "scripted", "fixer"])
async def agent(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Agent]:
    if request.param == "fixer":
        yield FixerAgent(ruff="/opt/venv/bin/ruff", signals={AgentRole.BUG_FIX: SIGNAL})
    elif request.param == "scripted":
        script = tmp_path / "script.json"
        script.write_text(json.dumps(SCRIPT))
        yield ScriptedAgent(script, SelfRunningClock())
    else:
        async with MessagesServer(by_task(SCRIPT)) as server, api_agent(server) as talking:
            yield talking


async def test_a_turn_ends_with_exactly_one_end(agent: Agent) -> None:
    events = await events_of(agent)
    ends = [event for event in events if isinstance(event, AgentFinished | AgentFailed)]
    assert ends == [events[-1]]


async def test_the_end_carries_the_completion_signal(agent: Agent) -> None:
    last = (await events_of(agent))[-1]
    assert isinstance(last, AgentFinished)
    assert SIGNAL in last.text
    assert last.stop_reason == "end_turn"


async def test_what_is_said_is_streamed_before_the_end(agent: Agent) -> None:
    events = await events_of(agent)
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert SIGNAL in said


async def test_every_tool_call_goes_through_the_tools(agent: Agent) -> None:
    tools = TellingTools()
    events = await events_of(agent, tools=tools)
    started = [event.call_id for event in events if isinstance(event, ToolStarted)]
    finished = [event.call_id for event in events if isinstance(event, ToolFinished)]
    assert [call.call_id for call in tools.calls] == started == finished
    assert len(started) == 1


async def test_a_refused_tool_call_is_shown_and_raises_nothing(agent: Agent) -> None:
    events = await events_of(agent, tools=RefusingTools())
    finished = [event for event in events if isinstance(event, ToolFinished)]
    assert [(event.is_error, event.output) for event in finished] == [(True, "refused: not here")]
    assert isinstance(events[-1], AgentFinished)


async def test_two_turns_at_once_do_not_mix(agent: Agent) -> None:
    one, two = await asyncio.gather(events_of(agent), events_of(agent))
    ends = [one[-1], two[-1]]
    assert all(isinstance(end, AgentFinished) and SIGNAL in end.text for end in ends)


async def test_cancelling_reaches_the_tool_and_leaves_no_task(agent: Agent) -> None:
    tools = EndlessTools()
    before = asyncio.all_tasks()
    async with asyncio.TaskGroup() as group:
        turn = group.create_task(events_of(agent, tools=tools))
        await tools.begun.wait()
        turn.cancel()
    assert tools.was_cancelled
    assert await _left_over(before) == set()


async def test_closing_the_iterator_early_leaves_no_task(agent: Agent) -> None:
    before = asyncio.all_tasks()
    run = agent.run(a_turn(), TellingTools(), NoPermissions())
    await anext(run)
    await run.aclose()
    assert await _left_over(before) == set()


async def _left_over(before: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
    """Tasks that do not end by themselves; closing a chain of generators takes a few rounds."""
    new = _own(asyncio.all_tasks() - before)
    if not new:
        return new
    _, pending = await asyncio.wait(new, timeout=30)
    return pending


def _own(tasks: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
    """Without those of the server that shares the loop."""
    return {task for task in tasks if "MessagesServer" not in repr(task.get_coro())}
