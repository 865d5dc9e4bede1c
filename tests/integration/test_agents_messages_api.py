"""The real SDK against a real local server: what goes out, and every way it can go wrong."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest

from engine.agents.anthropic_agent import AnthropicAgent
from engine.domain.settings import ModelSettings
from engine.domain.usage import Price, Usage
from engine.ports.agent import (
    AgentFinished,
    TextDelta,
    ToolFinished,
    ToolStarted,
    UsageReported,
)
from tests.support.agent_turns import (
    SelfRunningClock,
    TellingTools,
    a_turn,
    api_agent,
    events_of,
)
from tests.support.clock import FakeClock
from tests.support.messages_api import Answer, Fault, MessagesServer, Reply, replies

BASH = "bash"
EDITOR = "str_replace_based_edit_tool"
DONE = Reply(text="all done")
PRICE = Price(
    input_usd=Decimal(3),
    output_usd=Decimal(15),
    cache_read_usd=Decimal("0.3"),
    cache_write_usd=Decimal("3.75"),
)


def ls(command: str = "ls", **more: Any) -> Reply:
    return Reply(text="looking", calls=((BASH, {"command": command}),), **more)


def always(reply: Reply) -> Answer:
    return lambda _: reply


async def test_tool_results_go_back_in_one_message_in_order() -> None:
    both = Reply(calls=((BASH, {"command": "ls"}), (EDITOR, {"command": "view", "path": "a.py"})))
    tools = TellingTools(lambda call: f"answer to {call.tool}")
    async with MessagesServer(replies(both, DONE)) as server, api_agent(server) as agent:
        await events_of(agent, tools=tools)
    assert [call.tool for call in tools.calls] == [BASH, EDITOR]
    last = server.bodies[1]["messages"][-1]
    assert last["role"] == "user"
    assert [block["content"] for block in last["content"]] == [
        "answer to bash",
        "answer to str_replace_based_edit_tool",
    ]
    asked = server.bodies[1]["messages"][-2]["content"]
    assert [block["tool_use_id"] for block in last["content"]] == [block["id"] for block in asked]


async def test_the_request_names_model_limits_system_and_the_defined_tools() -> None:
    async with (
        MessagesServer(replies(DONE)) as server,
        api_agent(server, max_output_tokens=777) as agent,
    ):
        await events_of(agent)
    body = server.bodies[0]
    assert (body["model"], body["max_tokens"], body["stream"]) == ("test-model", 777, True)
    assert body["system"][0]["text"] == "You repair programs."
    assert [(tool["type"], tool["name"]) for tool in body["tools"]] == [
        ("bash_20250124", BASH),
        ("text_editor_20250728", EDITOR),
    ]
    assert server.recorded[0].headers["content-type"] == "application/json"


async def test_cache_marks_move_with_the_history_and_are_never_more_than_four() -> None:
    steps = [ls(f"echo {number}") for number in range(6)]
    async with MessagesServer(replies(*steps, DONE)) as server, api_agent(server) as agent:
        await events_of(agent)
    assert len(server.bodies) == 7
    for body in server.bodies:
        assert _marks(body) <= 4
        assert "cache_control" in body["messages"][-1]["content"][-1]
        assert "cache_control" in body["system"][-1]
        assert "cache_control" in body["tools"][-1]
    unmarked = [_without_marks(body["messages"]) for body in server.bodies]
    for before, after in itertools.pairwise(unmarked):
        assert after[: len(before)] == before


def _marks(value: Any) -> int:
    if isinstance(value, dict):
        return ("cache_control" in value) + sum(map(_marks, value.values()))
    return sum(map(_marks, value)) if isinstance(value, list) else 0


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_marks(each) for key, each in value.items() if key != "cache_control"}
    return [_without_marks(each) for each in value] if isinstance(value, list) else value


async def test_each_call_reports_its_tokens_and_its_price() -> None:
    async with MessagesServer(always(Reply(text="abc", input_tokens=1000))) as server:
        agent = AnthropicAgent(
            ModelSettings(model="priced"),
            {"priced": PRICE},
            SelfRunningClock(),
            environ={"ANTHROPIC_AUTH_TOKEN": "t", "ANTHROPIC_BASE_URL": server.url},
            random=lambda: 0.5,
        )
        events = await events_of(agent)
        await agent.close()
    usage = Usage(input_tokens=1000, output_tokens=1, calls=1, cost_usd=Decimal("0.003015"))
    assert UsageReported(model="priced", usage=usage) in events


async def test_a_call_without_a_price_says_so() -> None:
    async with MessagesServer(replies(DONE)) as server, api_agent(server) as agent:
        events = await events_of(agent)
    (report,) = (event for event in events if isinstance(event, UsageReported))
    assert (report.usage.unpriced_calls, report.usage.cost_usd) == (1, Decimal(0))


async def test_the_money_limit_is_checked_before_it_is_overspent() -> None:
    async with MessagesServer(always(ls(input_tokens=1_000_000))) as server:
        agent = AnthropicAgent(
            ModelSettings(model="priced"),
            {"priced": PRICE},
            SelfRunningClock(),
            environ={"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": server.url},
            random=lambda: 0.5,
        )
        last = (await events_of(agent, a_turn(may_spend_usd=4.0)))[-1]
        await agent.close()
    assert last == AgentFinished(text="looking", stop_reason="money_limit")
    assert len(server.bodies) == 2


async def test_without_money_no_call_is_made() -> None:
    async with MessagesServer(always(DONE)) as server, api_agent(server) as agent:
        events = await events_of(agent, a_turn(may_spend_usd=0.0))
    assert events == [AgentFinished(text="", stop_reason="money_limit")]
    assert server.bodies == []


async def test_the_step_limit_ends_a_turn_that_never_ends_itself() -> None:
    async with MessagesServer(always(ls())) as server, api_agent(server, max_steps=3) as agent:
        last = (await events_of(agent))[-1]
    assert last == AgentFinished(text="looking", stop_reason="step_limit")
    assert len(server.bodies) == 3


async def test_unreadable_tool_input_comes_back_as_an_error_and_runs_nothing() -> None:
    tools = TellingTools()
    server = MessagesServer(replies(ls(), DONE), faults={1: Fault(bad_tool_json=True)})
    async with server, api_agent(server) as agent:
        events = await events_of(agent, tools=tools)
    assert tools.calls == []
    result = server.bodies[1]["messages"][-1]["content"][0]
    assert result["is_error"] is True
    assert "no JSON object" in result["content"]
    assert server.bodies[1]["messages"][-2]["content"][-1]["input"] == {}
    assert isinstance(events[-1], AgentFinished)


async def test_an_unknown_tool_comes_back_as_an_error() -> None:
    tools = TellingTools()
    odd = Reply(calls=(("launch_rocket", {}), (BASH, {"command": "ls"})))
    async with MessagesServer(replies(odd, DONE)) as server, api_agent(server) as agent:
        events = await events_of(agent, tools=tools)
    assert [call.tool for call in tools.calls] == [BASH]
    first, second = server.bodies[1]["messages"][-1]["content"]
    assert first["is_error"] is True
    assert "launch_rocket" in first["content"]
    assert "is_error" not in second
    shown = [event.is_error for event in events if isinstance(event, ToolFinished)]
    assert shown == [True, False]


async def test_missing_arguments_are_for_the_tools_to_refuse() -> None:
    tools = TellingTools(lambda _: "argument 'command' is missing")
    empty = Reply(calls=((BASH, {}),))
    async with MessagesServer(replies(empty, DONE)) as server, api_agent(server) as agent:
        await events_of(agent, tools=tools)
    assert [call.arguments for call in tools.calls] == [{}]


async def test_an_empty_answer_ends_the_turn() -> None:
    async with MessagesServer(always(Reply())) as server, api_agent(server) as agent:
        last = (await events_of(agent))[-1]
    assert last == AgentFinished(text="", stop_reason="end_turn")


@pytest.mark.parametrize("reason", ["refusal", "model_context_window_exceeded", "stop_sequence"])
async def test_other_stop_reasons_end_the_turn_under_their_name(reason: str) -> None:
    async with (
        MessagesServer(always(Reply(text="no", stop_reason=reason))) as server,
        api_agent(server) as agent,
    ):
        last = (await events_of(agent))[-1]
    assert last == AgentFinished(text="no", stop_reason=reason)


async def test_a_paused_turn_goes_on_with_the_same_history() -> None:
    paused = Reply(text="thinking on", stop_reason="pause_turn")
    async with MessagesServer(replies(paused, DONE)) as server, api_agent(server) as agent:
        last = (await events_of(agent))[-1]
    assert last == AgentFinished(text="all done", stop_reason="end_turn")
    assert [message["role"] for message in server.bodies[1]["messages"]] == ["user", "assistant"]


async def test_a_reply_cut_at_the_output_limit_gets_one_more_chance() -> None:
    tools = TellingTools()
    cut = ls("echo half", stop_reason="max_tokens")
    async with MessagesServer(always(cut)) as server, api_agent(server) as agent:
        last = (await events_of(agent, tools=tools))[-1]
    assert tools.calls == []
    assert last == AgentFinished(text="looking", stop_reason="max_tokens")
    assert len(server.bodies) == 2
    assert "cut off" in server.bodies[1]["messages"][-1]["content"][0]["text"]


async def test_old_tool_output_makes_room_before_the_window_overflows() -> None:
    steps = [ls(f"step {number}") for number in range(20)]
    tools = TellingTools(lambda call: f"{call.arguments['command']}: " + "x" * 4000)
    async with (
        MessagesServer(replies(*steps, DONE)) as server,
        api_agent(server, context_tokens=8000) as agent,
    ):
        last = (await events_of(agent, tools=tools))[-1]
    assert isinstance(last, AgentFinished)
    sizes = [each.size_bytes // 4 for each in server.recorded]
    assert max(sizes) <= 8100
    results = [
        block["content"]
        for message in server.bodies[-1]["messages"][2::2]
        for block in message["content"]
    ]
    assert len(results) == 20
    assert results[0].startswith("[output taken out")
    assert results[-1].startswith("step 19: ")


async def test_what_the_server_counts_decides_when_to_make_room() -> None:
    tools = TellingTools(lambda _: "x" * 1000)
    steps = [ls(input_tokens=1000) for _ in range(6)]
    server = MessagesServer(replies(*steps, ls(input_tokens=120_000), DONE))
    async with server, api_agent(server) as agent:
        await events_of(agent, tools=tools)
    taken_out = ["output taken out" in json.dumps(body) for body in server.bodies]
    assert taken_out == [False] * 7 + [True]


async def test_output_that_no_window_could_hold_is_shortened_in_the_middle() -> None:
    tools = TellingTools(lambda _: "begin " + "x" * 2_000_000 + " end")
    async with MessagesServer(replies(ls(), DONE)) as server, api_agent(server) as agent:
        events = await events_of(agent, tools=tools)
    content = server.bodies[1]["messages"][-1]["content"][0]["content"]
    assert content.startswith("begin ")
    assert content.endswith(" end")
    assert len(content) < 50_000
    (shown,) = (event for event in events if isinstance(event, ToolFinished))
    assert len(shown.output) > 2_000_000


async def test_names_that_are_no_text_can_be_sent() -> None:
    tools = TellingTools(lambda _: "file \udcff\x00\x1b[31m")
    async with MessagesServer(replies(ls(), DONE)) as server, api_agent(server) as agent:
        last = (await events_of(agent, tools=tools))[-1]
    assert isinstance(last, AgentFinished)
    content = server.bodies[1]["messages"][-1]["content"][0]["content"]
    assert content == "file ?\x00\x1b[31m"


async def test_many_small_deltas_become_few_events_and_no_text_is_lost() -> None:
    text = " ".join(f"word{number}" for number in range(2000))
    async with (
        MessagesServer(always(Reply(text=text))) as server,
        api_agent(server, FakeClock()) as agent,
    ):
        events = await events_of(agent)
    deltas = [event.text for event in events if isinstance(event, TextDelta)]
    assert "".join(deltas) == text
    assert len(deltas) == 2


async def test_summaries_are_one_line() -> None:
    edit = (EDITOR, {"command": "create", "path": "src/a.py", "file_text": "x\ny"})
    both = Reply(calls=((BASH, {"command": "cat <<E\nx\nE"}), edit))
    async with MessagesServer(replies(both, DONE)) as server, api_agent(server) as agent:
        events = await events_of(agent)
    shown = [event.summary for event in events if isinstance(event, ToolStarted)]
    assert shown == ["cat <<E ⏎ x ⏎ E", "create src/a.py"]
