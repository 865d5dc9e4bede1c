"""The real SDK against a real local server: every way a call can fail, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from engine.agents.anthropic_agent import AnthropicAgent
from engine.domain.settings import ModelSettings
from engine.ports.agent import (
    AgentFailed,
    AgentFinished,
    FailureClass,
    ModelCalled,
    RetryScheduled,
    UsageReported,
)
from tests.support.agent_turns import (
    EndlessTools,
    NoPermissions,
    SelfRunningClock,
    TellingTools,
    a_turn,
    api_agent,
    events_of,
)
from tests.support.clock import FakeClock
from tests.support.messages_api import Answer, Fault, MessagesServer, Reply, replies

BASH = "bash"
DONE = Reply(text="all done")


def ls(command: str = "ls", **more: Any) -> Reply:
    return Reply(text="looking", calls=((BASH, {"command": command}),), **more)


def always(reply: Reply) -> Answer:
    return lambda _: reply


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
async def test_a_passing_refusal_is_retried(status: int) -> None:
    server = MessagesServer(replies(DONE), faults={1: Fault(status=status)})
    async with server, api_agent(server) as agent:
        events = await events_of(agent)
    (retry,) = (event for event in events if isinstance(event, RetryScheduled))
    assert (retry.attempt, retry.wait_s) == (1, 1.0)
    assert str(status) in retry.cause
    assert isinstance(events[-1], AgentFinished)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 418])
async def test_a_final_refusal_says_what_to_do_and_is_not_retried(status: int) -> None:
    server = MessagesServer(always(DONE), faults={0: Fault(status=status)})
    async with server, api_agent(server) as agent:
        events = await events_of(agent)
    (failed,) = events
    assert isinstance(failed, AgentFailed)
    assert failed.failure is FailureClass.LOGICAL
    assert f"answered {status}: told to fail; " in failed.message
    assert "\n" not in failed.message


async def test_a_wrong_key_is_named_by_its_variable_and_never_printed() -> None:
    server = MessagesServer(
        always(DONE), faults={0: Fault(status=401, message="bad key very-secret")}
    )
    async with server, api_agent(server, key="very-secret") as agent:
        (failed,) = await events_of(agent)
    assert isinstance(failed, AgentFailed)
    assert "401" in failed.message
    assert "check ANTHROPIC_API_KEY" in failed.message
    assert "very-secret" not in failed.message


async def test_waits_grow_and_end_after_the_last_retry() -> None:
    clock = SelfRunningClock()
    server = MessagesServer(always(DONE), faults={0: Fault(status=529, retry_after="7")})
    async with server, api_agent(server, clock, max_retries=5, retry_cap_s=10.0) as agent:
        last = (await events_of(agent))[-1]
    assert clock.slept_s == [7.0, 7.0, 7.0, 8.0, 10.0]
    assert isinstance(last, AgentFailed)
    assert (last.failure, last.retry_after_s) == (FailureClass.TRANSIENT, 7.0)


async def test_a_server_cannot_make_the_agent_wait_longer_than_the_cap() -> None:
    clock = SelfRunningClock()
    server = MessagesServer(replies(DONE), faults={1: Fault(status=429, retry_after="86400")})
    async with server, api_agent(server, clock, retry_cap_s=20.0) as agent:
        await events_of(agent)
    assert clock.slept_s == [20.0]


BROKEN_STREAMS = {
    "cut": Fault(cut_after=3),
    "cut at once": Fault(cut_after=0),
    "ended too early": Fault(end_after=6),
    "ended with nothing": Fault(end_after=0),
    "silent": Fault(silent_after=3),
    "silent before the first event": Fault(silent_after=0),
    "overloaded": Fault(error_after=3),
    "unknown error": Fault(error_after=3, error_type="strange_error"),
    "not JSON": Fault(raw_after=3),
    "not UTF-8": Fault(raw_after=3, raw="event: x\ndata: \udcff\n\n"),
    "nested without end": Fault(raw_after=3, raw='data: {"usage": ' + '{"a": ' * 5000 + "\n\n"),
    "wrong shape": Fault(
        raw_after=3, raw='event: x\ndata: {"type": "message_delta", "delta": 3}\n\n'
    ),
    "delta for no block": Fault(
        raw_after=1, raw='event: x\ndata: {"type": "content_block_delta", "index": 9}\n\n'
    ),
}


@pytest.mark.parametrize("fault", BROKEN_STREAMS.values(), ids=BROKEN_STREAMS.keys())
async def test_a_stream_that_breaks_is_dropped_and_the_call_repeated(fault: Fault) -> None:
    tools = TellingTools()
    server = MessagesServer(replies(ls("make it"), DONE), faults={1: fault})
    async with server, api_agent(server, silence_timeout_s=0.2) as agent:
        events = await events_of(agent, tools=tools)
    assert events[-1] == AgentFinished(text="all done", stop_reason="end_turn")
    assert sum(isinstance(event, RetryScheduled) for event in events) == 1
    assert server.bodies[0] == server.bodies[1]
    assert [call.arguments for call in tools.calls] == [{"command": "make it"}]


async def test_a_tool_call_that_arrived_in_a_broken_stream_is_never_executed() -> None:
    tools = TellingTools()
    server = MessagesServer(always(ls("rm everything")), faults={0: Fault(error_after=8)})
    async with server, api_agent(server, max_retries=2) as agent:
        events = await events_of(agent, tools=tools)
    assert tools.calls == []
    assert isinstance(events[-1], AgentFailed)
    assert events[-1].failure is FailureClass.TRANSIENT


async def test_what_a_broken_stream_cost_is_reported() -> None:
    server = MessagesServer(replies(DONE), faults={1: Fault(cut_after=2)})
    async with server, api_agent(server) as agent:
        events = await events_of(agent)
    assert sum(isinstance(event, UsageReported) for event in events) == 2


async def test_a_wrong_request_inside_a_stream_is_not_retried() -> None:
    fault = Fault(error_after=1, error_type="invalid_request_error")
    async with (
        MessagesServer(always(DONE), faults={0: fault}) as server,
        api_agent(server) as agent,
    ):
        last = (await events_of(agent))[-1]
    assert isinstance(last, AgentFailed)
    assert last.failure is FailureClass.LOGICAL
    assert len(server.bodies) == 1


async def test_an_unreachable_server_is_a_passing_fault() -> None:
    async with MessagesServer(always(DONE)) as server:
        pass
    clock = SelfRunningClock()
    async with api_agent(server, clock, max_retries=2) as agent:
        events = await events_of(agent)
    assert [type(event) for event in events] == [RetryScheduled, RetryScheduled, AgentFailed]
    assert isinstance(events[-1], AgentFailed)
    assert events[-1].failure is FailureClass.TRANSIENT
    assert "ANTHROPIC_BASE_URL" in events[-1].message
    assert clock.slept_s == [1.0, 2.0]


async def test_a_server_of_another_kind_is_told_apart() -> None:
    fault = Fault(content_type="text/html")
    async with (
        MessagesServer(always(DONE), faults={0: fault}) as server,
        api_agent(server) as agent,
    ):
        (failed,) = await events_of(agent)
    assert isinstance(failed, AgentFailed)
    assert failed.failure is FailureClass.LOGICAL
    assert "text/html" in failed.message


async def test_cancelling_in_mid_stream_hangs_up_at_once() -> None:
    server = MessagesServer(always(DONE), faults={0: Fault(silent_after=3)})
    async with server, api_agent(server) as agent, asyncio.TaskGroup() as group:
        heard = asyncio.Event()
        turn = group.create_task(_listen(agent, heard))
        await heard.wait()
        turn.cancel()
        async with asyncio.timeout(20):
            await server.hung_up.wait()


async def test_closing_the_iterator_in_mid_stream_hangs_up_at_once() -> None:
    server = MessagesServer(always(DONE), faults={0: Fault(silent_after=3)})
    async with server, api_agent(server) as agent:
        run = agent.run(a_turn(), TellingTools(), NoPermissions())
        await anext(run)  # the call begins
        await anext(run)
        await run.aclose()
        async with asyncio.timeout(20):
            await server.hung_up.wait()


async def _listen(agent: AnthropicAgent, heard: asyncio.Event) -> None:
    async for event in agent.run(a_turn(), TellingTools(), NoPermissions()):
        if not isinstance(event, ModelCalled):
            heard.set()


async def test_cancelling_during_a_wait_for_a_retry_ends_the_turn() -> None:
    clock = FakeClock()
    server = MessagesServer(always(DONE), faults={0: Fault(status=529)})
    async with server, api_agent(server, clock) as agent, asyncio.TaskGroup() as group:
        scheduled = asyncio.Event()
        turn = group.create_task(_listen(agent, scheduled))
        await scheduled.wait()
        turn.cancel()
    assert turn.cancelled()
    assert clock.sleepers == 0


async def test_cancelling_in_mid_tool_starts_no_further_tool() -> None:
    tools = EndlessTools()
    two = Reply(calls=((BASH, {"command": "one"}), (BASH, {"command": "two"})))
    server = MessagesServer(always(two))
    async with server, api_agent(server) as agent, asyncio.TaskGroup() as group:
        turn = group.create_task(events_of(agent, tools=tools))
        await tools.begun.wait()
        turn.cancel()
    assert [call.arguments["command"] for call in tools.calls] == ["one"]


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "set ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "two words"}, "check ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "line\nbreak"}, "check ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "schlüssel"}, "check ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "localhost:8080"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://h:x"}, "ANTHROPIC_BASE_URL"),
    ],
)
async def test_what_cannot_work_is_said_before_any_call(
    environ: Mapping[str, str], said: str
) -> None:
    agent = AnthropicAgent(ModelSettings(), {}, FakeClock(), environ=environ, random=lambda: 0.0)
    problem = agent.check()
    assert problem is not None
    assert said in problem
    assert await events_of(agent) == [
        AgentFailed(failure=FailureClass.LOGICAL, message=problem, is_backend_wide=True)
    ]


@pytest.mark.parametrize(
    ("fault", "is_backend_wide"),
    [
        (Fault(status=401), True),
        (Fault(status=402), True),
        (Fault(status=403), True),
        (Fault(status=404), True),
        (Fault(status=400, message="Your credit balance is too low"), True),
        (Fault(content_type="text/html"), True),
        (Fault(error_after=1, error_type="authentication_error"), True),
        (Fault(status=400), False),
        (Fault(status=413), False),
        (Fault(error_after=1, error_type="invalid_request_error"), False),
    ],
)
async def test_a_refusal_tells_whether_it_concerns_every_task(
    fault: Fault, is_backend_wide: bool
) -> None:
    async with (
        MessagesServer(always(DONE), faults={0: fault}) as server,
        api_agent(server) as agent,
    ):
        failed = (await events_of(agent))[-1]
    assert isinstance(failed, AgentFailed)
    assert failed.failure is FailureClass.LOGICAL
    assert failed.is_backend_wide is is_backend_wide
