from __future__ import annotations

from engine.agents.fixer import FixerAgent
from engine.domain.work import AgentRole
from engine.ports.agent import AgentFinished, UsageReported
from tests.support.agent_turns import RefusingTools, TellingTools, a_turn, events_of

SIGNALS = {
    AgentRole.BUG_FIX: "<promise>ONE</promise>",
    AgentRole.CODE_QUALITY: "<promise>TWO</promise>",
}


async def test_it_runs_one_plain_command_of_the_targets_own_ruff() -> None:
    tools = TellingTools()
    await events_of(FixerAgent(signals=SIGNALS, ruff="/opt/my env/bin/ruff"), tools=tools)
    assert [dict(call.arguments) for call in tools.calls] == [
        {"command": "'/opt/my env/bin/ruff' check --fix --exit-zero"}
    ]


async def test_it_keeps_to_the_files_of_the_task_and_the_rules_of_the_check() -> None:
    tools = TellingTools()
    agent = FixerAgent(signals=SIGNALS, arguments=("--select", "F401"))
    await events_of(agent, a_turn(files=("a b.py",)), tools)
    assert [dict(call.arguments) for call in tools.calls] == [
        {"command": "ruff check --fix --exit-zero --select F401 'a b.py'"}
    ]


async def test_it_gives_the_signal_of_its_role_and_what_it_saw() -> None:
    tools = TellingTools(lambda _: "Found 2 errors (2 fixed, 0 remaining).")
    agent = FixerAgent(signals=SIGNALS)
    last = (await events_of(agent, a_turn(role=AgentRole.CODE_QUALITY), tools))[-1]
    assert isinstance(last, AgentFinished)
    assert last.text.endswith("(2 fixed, 0 remaining).\n<promise>TWO</promise>")


async def test_a_fix_that_could_not_run_gives_no_signal() -> None:
    last = (await events_of(FixerAgent(signals=SIGNALS), tools=RefusingTools()))[-1]
    assert isinstance(last, AgentFinished)
    assert "could not run" in last.text
    assert "promise" not in last.text


async def test_it_costs_nothing() -> None:
    events = await events_of(FixerAgent(signals=SIGNALS))
    assert not any(isinstance(event, UsageReported) for event in events)
