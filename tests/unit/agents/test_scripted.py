from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.agents.script_file import ScriptStep
from engine.agents.scripted import ScriptedAgent, words
from engine.domain.errors import ConfigError
from engine.domain.ids import TaskId
from engine.domain.usage import Price, Usage
from engine.ports.agent import (
    AgentEvent,
    AgentFailed,
    AgentFinished,
    FailureClass,
    ModelCalled,
    TextDelta,
    ToolFinished,
    ToolStarted,
    UsageReported,
)
from tests.support.agent_turns import (
    NoPermissions,
    SelfRunningClock,
    TellingTools,
    a_turn,
    events_of,
)


def script(
    tmp_path: Path,
    *iterations: list[dict[str, Any]],
    pace_s: float = 0.0,
    model: str | None = None,
) -> Path:
    tasks = {"BUG-1": {"iterations": [{"steps": steps} for steps in iterations]}}
    path = tmp_path / "script.json"
    named = {} if model is None else {"model": model}
    path.write_text(json.dumps({"version": 1, "pace_s": pace_s, **named, "tasks": tasks}))
    return path


def priced(path: Path, *, model: str | None = None) -> ScriptedAgent:
    """A dollar for a token of output, a tenth for one that is sent anew, a hundredth for one that
    was sent before, by the models `m-1` and, at twice that, `m-2`.
    """
    prices = {
        name: Price(
            input_usd=Decimal(0),
            output_usd=Decimal(1_000_000 * times),
            cache_read_usd=Decimal(10_000 * times),
            cache_write_usd=Decimal(100_000 * times),
        )
        for name, times in (("m-1", 1), ("m-2", 2))
    }
    return ScriptedAgent(path, SelfRunningClock(), prices=prices, model=model)


def reports_in(events: list[AgentEvent]) -> list[UsageReported]:
    return [event for event in events if isinstance(event, UsageReported)]


async def test_every_kind_of_step_reaches_its_tool_in_order(tmp_path: Path) -> None:
    steps: list[dict[str, Any]] = [
        {"bash": "ls"},
        {"view": {"path": "a.py", "view_range": [1, 2]}},
        {"create": {"path": "b.py", "file_text": ""}},
        {"str_replace": {"path": "a.py", "old_str": "x", "new_str": "y"}},
        {"insert": {"path": "a.py", "insert_line": 0, "insert_text": "z"}},
    ]
    tools = TellingTools()
    await events_of(ScriptedAgent(script(tmp_path, steps), SelfRunningClock()), tools=tools)
    assert [(call.tool, dict(call.arguments)) for call in tools.calls] == [
        ("bash", {"command": "ls"}),
        *(
            ("str_replace_based_edit_tool", {"command": name, **step[name]})
            for step in steps[1:]
            for name in step
        ),
    ]
    assert len({call.call_id for call in tools.calls}) == len(steps)


async def test_events_come_in_the_order_of_the_script(tmp_path: Path) -> None:
    path = script(tmp_path, [{"say": "look now"}, {"bash": "ls"}, {"say": "done"}])
    events = await events_of(ScriptedAgent(path, SelfRunningClock()))
    assert [type(event) for event in events] == [
        TextDelta,
        TextDelta,
        ToolStarted,
        ToolFinished,
        TextDelta,
        AgentFinished,
    ]
    assert events[-1] == AgentFinished(text="done", stop_reason="end_turn")


async def test_a_turn_that_ends_with_a_tool_keeps_what_was_said_last(tmp_path: Path) -> None:
    path = script(tmp_path, [{"say": "first"}, {"say": "last"}, {"bash": "ls"}])
    events = await events_of(ScriptedAgent(path, SelfRunningClock()))
    assert events[-1] == AgentFinished(text="last", stop_reason="end_turn")


TWO_CALLS: list[dict[str, Any]] = [{"say": "x" * 36}, {"bash": "ls"}, {"say": "y" * 8}]
SHORT = a_turn(system="s" * 20, prompt="p" * 40)


async def test_words_are_counted_as_the_calls_of_a_model_would_be(tmp_path: Path) -> None:
    agent = priced(script(tmp_path, TWO_CALLS, model="m-1"))
    first, second = reports_in(await events_of(agent, SHORT, TellingTools(lambda _: "o" * 24)))
    call = json.dumps({"command": "ls"})
    said = -(-len("x" * 36 + "\n" + call) // 4)
    assert (first.model, first.usage) == (
        "scripted/m-1",
        Usage(
            calls=1,
            cache_write_tokens=5 + 10,
            output_tokens=said,
            cost_usd=Decimal(said) + Decimal("1.5"),
        ),
    )
    sent = said + 6
    assert second.usage == Usage(
        calls=1,
        cache_read_tokens=15,
        cache_write_tokens=sent,
        output_tokens=2,
        cost_usd=2 + Decimal("0.15") + Decimal(sent) / 10,
    )


async def test_a_call_is_reported_before_its_tool_answers(tmp_path: Path) -> None:
    agent = priced(script(tmp_path, TWO_CALLS, model="m-1"))
    run = agent.run(SHORT, TellingTools(), NoPermissions())
    assert [type(event) for event in [event async for event in run]] == [
        ModelCalled,
        TextDelta,
        UsageReported,
        ToolStarted,
        ToolFinished,
        ModelCalled,
        TextDelta,
        UsageReported,
        AgentFinished,
    ]


async def test_a_script_without_a_model_costs_nothing_whatever_the_task_names(
    tmp_path: Path,
) -> None:
    agent = priced(script(tmp_path, TWO_CALLS), model="m-1")
    run = agent.run(SHORT, TellingTools(), NoPermissions())
    seen = [type(event) for event in [event async for event in run]]
    assert ModelCalled not in seen
    assert UsageReported not in seen


async def test_the_model_of_the_task_counts_where_the_script_names_one(tmp_path: Path) -> None:
    path = script(tmp_path, TWO_CALLS, model="m-1")
    one, two = [
        sum(report.usage.cost_usd for report in reports_in(await events_of(agent, SHORT)))
        for agent in (priced(path), priced(path, model="m-2"))
    ]
    assert two == 2 * one > 0


async def test_a_model_without_a_price_is_counted_as_of_unknown_cost(tmp_path: Path) -> None:
    agent = priced(script(tmp_path, TWO_CALLS, model="m-9"))
    for report in reports_in(await events_of(agent, SHORT)):
        assert report.usage.cost_usd == 0
        assert report.usage.unpriced_calls == 1


async def test_it_ends_when_the_money_of_the_task_is_spent(tmp_path: Path) -> None:
    tools = TellingTools()
    agent = priced(script(tmp_path, TWO_CALLS, model="m-1"))
    events = await events_of(agent, replace(SHORT, may_spend_usd=3.0), tools)
    assert len(reports_in(events)) == len(tools.calls) == 1
    assert events[-1] == AgentFinished(text="x" * 36, stop_reason="money_limit")


@pytest.mark.parametrize(("iteration", "said"), [(1, "one"), (2, "two"), (3, "two"), (99, "two")])
async def test_the_last_iteration_repeats(tmp_path: Path, iteration: int, said: str) -> None:
    path = script(tmp_path, [{"say": "one"}], [{"say": "two"}])
    events = await events_of(ScriptedAgent(path, SelfRunningClock()), a_turn(iteration=iteration))
    assert events[-1] == AgentFinished(text=said, stop_reason="end_turn")


async def test_the_pace_is_kept_by_the_clock(tmp_path: Path) -> None:
    clock = SelfRunningClock()
    path = script(tmp_path, [{"say": "three words here"}, {"bash": "ls"}], pace_s=0.25)
    await events_of(ScriptedAgent(path, clock))
    assert clock.slept_s == [0.25] * 5


async def test_no_pace_means_no_pause(tmp_path: Path) -> None:
    clock = SelfRunningClock()
    await events_of(ScriptedAgent(script(tmp_path, [{"say": "three words here"}]), clock))
    assert clock.slept_s == []


async def test_an_unknown_task_fails_under_its_name(tmp_path: Path) -> None:
    agent = ScriptedAgent(script(tmp_path, [{"say": "hi"}]), SelfRunningClock())
    (failed,) = await events_of(agent, a_turn(task_id=TaskId("BUG-9")))
    assert isinstance(failed, AgentFailed)
    assert failed.failure is FailureClass.LOGICAL
    assert "'BUG-9'" in failed.message


@given(st.text())
def test_streamed_words_add_up_to_the_text(text: str) -> None:
    assert "".join(words(text)) == text


ONE_TASK = '{"version": 1, "tasks": {"BUG-1": {"iterations": [{"steps": [%s]}]}}}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1"),
        ('{"version": 1,\n "tasks": {,}}', "line 2, column 12"),
        ("[]", "Expected `object`"),
        ('{"version": 1}', "`tasks`"),
        ('{"version": 2, "tasks": {}}', "version 2; known is 1"),
        ('{"version": 1, "tasks": {}, "pase_s": 1}', "`pase_s`"),
        ('{"version": 1, "tasks": {}, "pace_s": -1}', "pace_s"),
        ('{"version": 1, "tasks": {}, "model": ""}', "model"),
        ('{"version": 1, "tasks": {"BUG-1": {"iterations": []}}}', "task 'BUG-1'"),
        (ONE_TASK % '{"say": "a"}, {"run": "ls"}', "steps[1]"),
        (ONE_TASK % '{"say": "a", "bash": "ls"}', "this one has say, bash"),
        (ONE_TASK % "{}", "this one has none"),
        (ONE_TASK % '{"bash": 3}', "steps[0].bash"),
    ],
)
def test_a_broken_script_is_refused_where_it_breaks(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "script.json"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        ScriptedAgent(path, SelfRunningClock())
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        ScriptedAgent(tmp_path / "none.json", SelfRunningClock())


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"[" * 100_000, b"\x00"])
def test_bytes_that_are_no_json_are_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "script.json"
    path.write_bytes(raw)
    with pytest.raises(ConfigError):
        ScriptedAgent(path, SelfRunningClock())


def test_only_edits_have_a_command_and_arguments() -> None:
    assert ScriptStep(say="x").edit is None
    assert ScriptStep(view={"path": "a"}).edit == ("view", {"path": "a"})
