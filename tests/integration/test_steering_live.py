"""What changes for a task while its agent is at work: messages, limits, who works on it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import pytest

from engine.app.parts import Backends
from engine.app.system import SystemClock
from engine.domain.decision import DecisionKind
from engine.domain.errors import AgentError, ConfigError, InputError
from engine.domain.facts import MessageDelivered
from engine.domain.ids import TaskId
from engine.domain.orders import (
    BranchTask,
    GrantIterations,
    MessageTask,
    Order,
    OrderStatus,
    SetAgent,
    SetMoney,
    SetTokens,
)
from engine.domain.run import RunOptions
from engine.domain.state import TaskState
from engine.domain.transcript import EntryKind
from engine.domain.usage import Usage
from engine.ports.agent import (
    AgentEvent,
    AgentFinished,
    AgentTurn,
    Permissions,
    ToolCall,
    Tools,
    UsageReported,
)
from tests.support.engines import Bench, make_bench, run_with

pytestmark = pytest.mark.slow

ADD = TaskId("add")
Act = Callable[[], Awaitable[None]]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return make_bench(tmp_path)


async def give(bench: Bench, *orders: Order) -> None:
    """As another process would, while the engine runs or not."""
    async with bench.engine(takes_work=False) as guest:
        for order in orders:
            record = await guest.give(order, by="olive")
            assert record.status is OrderStatus.APPLIED, record.outcome


@dataclass
class Stepping:
    """An agent that takes steps of 1 USD and 100 tokens, and lets something happen before each."""

    before: list[Act]
    heard: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    name: str = "stepping"

    async def run(
        self, turn: AgentTurn, tools: Tools, permissions: Permissions
    ) -> AsyncGenerator[AgentEvent, None]:
        self.prompts.append(turn.prompt)
        for act in self.before:
            await act()
            yield UsageReported(model="m", usage=Usage(input_tokens=100, cost_usd=Decimal(1)))
            call = ToolCall(call_id="1", tool="bash", arguments={"command": "echo step >> log"})
            self.heard.append((await tools.call(call)).output)
        self.before = []
        yield AgentFinished(text="", stop_reason="end_turn")


async def nothing() -> None:
    """Between two steps nothing happens."""


async def test_a_message_reaches_the_agent_at_its_next_step_exactly_once(bench: Bench) -> None:
    async def tell() -> None:
        await give(bench, MessageTask(task_id=ADD, text="leave the tests alone"))

    await bench.add("add")
    agent = Stepping([nothing, tell, nothing])
    await run_with(bench, agent, RunOptions(max_iterations=2))
    assert ["leave the tests alone" in heard for heard in agent.heard] == [False, True, False]
    assert not any("leave the tests alone" in prompt for prompt in agent.prompts)
    async with bench.engine(takes_work=False) as guest:
        view = await guest.task_view(ADD)
        assert view.notes == ()
        told = [entry.fact for entry in view.facts if isinstance(entry.fact, MessageDelivered)]
        assert told == [MessageDelivered(iteration=1, text="leave the tests alone")]
        entries = (await guest.transcript(ADD, 1)).entries
        assert any(
            entry.kind is EntryKind.GUARD and "leave the tests alone" in entry.text
            for entry in entries
        )


async def test_a_message_that_comes_after_the_last_step_is_read_by_the_next_iteration(
    bench: Bench,
) -> None:
    """So is one that was given while no agent was at work, and it is not told twice."""
    await bench.add("add")
    await give(bench, MessageTask(task_id=ADD, text="mind the sign"))
    agent = Stepping([nothing])
    await run_with(bench, agent, RunOptions(max_iterations=2))
    assert ["mind the sign" in prompt for prompt in agent.prompts] == [True, False]
    assert "mind the sign" not in agent.heard[0]


async def test_a_message_to_an_iteration_that_is_lost_is_read_by_its_repetition(
    bench: Bench,
) -> None:
    async def tell() -> None:
        await give(bench, MessageTask(task_id=ADD, text="mind the sign"))

    async def crash() -> None:
        raise RuntimeError("the agent's code has a bug")

    await bench.add("add")
    agent = Stepping([tell, nothing, crash])
    await run_with(bench, agent, RunOptions(max_iterations=1))
    assert "mind the sign" in agent.heard[0]
    again = Stepping([nothing])
    await run_with(bench, again, RunOptions(max_iterations=1))
    assert "mind the sign" in again.prompts[0]
    assert "mind the sign" not in again.heard[0]


@pytest.mark.parametrize(
    "order", [SetMoney(task_id=ADD, max_cost_cents=150), SetTokens(task_id=ADD, max_tokens=150)]
)
async def test_a_limit_that_is_cut_ends_the_iteration_at_the_next_model_call(
    bench: Bench, order: SetMoney | SetTokens
) -> None:
    async def cut() -> None:
        await give(bench, order)

    await bench.add("add")
    agent = Stepping([cut, nothing, nothing, nothing])
    await run_with(bench, agent)
    assert len(agent.heard) == 1
    item = await bench.item("add")
    assert item.state is TaskState.FAILED
    assert "2.00 of 1.50 USD" in item.error_log or "200 of 150 tokens" in item.error_log


async def test_limits_that_are_raised_on_the_way_let_the_task_go_on(bench: Bench) -> None:
    bench.configure(more="[budgets]\ntask_cost_usd = 1\n")

    async def raise_them() -> None:
        await give(
            bench,
            SetMoney(task_id=ADD, max_cost_cents=None),
            SetMoney(task_id=ADD, max_cost_cents=1000),
            GrantIterations(task_id=ADD, iterations=1),
        )

    await bench.add("add", max_iterations=1)
    agent = Stepping([raise_them, nothing])
    await run_with(bench, agent, RunOptions(max_iterations=2))
    item = await bench.item("add")
    assert (item.iteration_count, item.max_cost_cents) == (2, 1000)


async def test_every_change_is_in_the_decision_log(bench: Bench) -> None:
    await bench.add("add")
    await give(
        bench,
        SetMoney(task_id=ADD, max_cost_cents=250),
        SetTokens(task_id=ADD, max_tokens=None),
        SetAgent(task_id=ADD, backend="scripted", model="m-2"),
        MessageTask(task_id=ADD, text="hello"),
    )
    async with bench.engine(takes_work=False) as guest:
        decisions, _ = await guest.decisions(ADD)
    assert [(one.kind, one.decision, one.value) for one in decisions] == [
        (DecisionKind.BUDGET_CHANGE, "set_money", "2.50 USD"),
        (DecisionKind.BUDGET_CHANGE, "set_tokens", "none"),
        (DecisionKind.STEERING, "set_agent", "scripted, model m-2"),
        (DecisionKind.STEERING, "message_task", "hello"),
    ]


async def test_the_model_of_a_task_is_the_one_its_agent_calls(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    bench.configure(
        backend="anthropic",
        more='[prices."m-2"]\ninput = 1\noutput = 1\ncache_read = 1\ncache_write = 1\n',
    )
    await bench.add("add", "scale")
    await give(bench, SetAgent(task_id=ADD, backend=None, model="m-2"))
    backends = Backends(bench.settings, SystemClock())
    one, other = await bench.item("add"), await bench.item("scale")
    assert backends.agent_for(one)._settings.model == "m-2"  # type: ignore[attr-defined]  # AnthropicAgent
    assert backends.agent_for(one) is not backends.agent_for(other)
    unpriced = replace(other, model="unpriced")  # from a version that did not refuse it
    with pytest.raises(ConfigError, match="'unpriced' has no price"):
        backends.agent_for(unpriced)
    await backends.close()


async def test_a_model_without_a_price_is_refused_where_a_limit_of_money_could_not_be_kept(
    bench: Bench,
) -> None:
    orders: list[Order] = [
        SetAgent(task_id=ADD, backend="anthropic", model="unpriced"),
        BranchTask(task_id=ADD, iteration=1, say="mind", backend="anthropic", model="unpriced"),
    ]
    await bench.add("add", "scale")
    await bench.run(RunOptions(max_tasks=1))
    async with bench.engine(takes_work=False) as guest:
        for order in orders:
            with pytest.raises(InputError, match="'unpriced' has no price, so its cost budget"):
                await guest.give(order, by="olive")
    bench.configure(more='[budgets]\ntask_cost_usd = "none"\nrun_cost_usd = "none"\n')
    async with bench.engine(takes_work=False) as guest:
        for order in orders:
            told = (await guest.give(order, by="olive")).outcome
            assert told.endswith(
                "; what 'unpriced' costs is not known: it has no price, and none of it is counted"
            )
        await guest.give(SetMoney(task_id=ADD, max_cost_cents=250), by="olive")
        with pytest.raises(InputError, match=r"limit of money cannot be kept.*--usd default"):
            await guest.give(orders[0], by="olive")
        known = SetAgent(task_id=ADD, backend="anthropic", model="claude-haiku-4-5")
        assert (await guest.give(known, by="olive")).outcome.endswith("model claude-haiku-4-5")


async def test_a_script_that_names_an_unpriced_model_is_refused_like_any_backend(
    bench: Bench,
) -> None:
    script = json.loads(bench.script_file.read_text())
    bench.script_file.write_text(json.dumps({**script, "model": "unpriced"}))
    await bench.add("add")
    backends = Backends(bench.settings, SystemClock())
    with pytest.raises(AgentError, match="'unpriced' has no price"):
        backends.agent_for(await bench.item("add"))


@pytest.mark.parametrize(
    "order",
    [
        SetMoney(task_id=ADD, max_cost_cents=-1),
        SetTokens(task_id=ADD, max_tokens=2**60),
        SetAgent(task_id=ADD, backend=None, model="a\nb"),
        MessageTask(task_id=ADD, text=" "),
    ],
)
async def test_what_no_task_can_be_steered_to_is_refused(bench: Bench, order: Order) -> None:
    await bench.add("add")
    before = await bench.item("add")
    async with bench.engine(takes_work=False) as guest:
        record = await guest.give(order, by="olive")
        assert record.status is OrderStatus.REFUSED
        with pytest.raises(InputError, match="'gpt', which is unknown"):
            await guest.give(SetAgent(task_id=ADD, backend="gpt", model=None), by="olive")
    assert await bench.item("add") == before
