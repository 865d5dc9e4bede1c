from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.agents.conversation import Conversation
from engine.ports.agent import ToolResult


def conversation(system: str = "sys", prompt: str = "go") -> Conversation:
    return Conversation(model="m", max_output_tokens=9, system=system, prompt=prompt)


def add_step(talk: Conversation, number: int, output: str) -> None:
    call = {"type": "tool_use", "id": f"t{number}", "name": "bash", "input": {"command": "x"}}
    talk.add_reply([call])
    talk.add_results([ToolResult(call_id=f"t{number}", output=output, is_error=False)])


def outputs(talk: Conversation) -> list[str]:
    return [
        block["content"]
        for message in json.loads(talk.body())["messages"]
        for block in message["content"]
        if block["type"] == "tool_result"
    ]


def marks(body: Any) -> int:
    return json.dumps(body).count('"cache_control"')


@given(st.text(), st.text(), st.lists(st.text(), max_size=8))
def test_any_text_makes_a_readable_request(system: str, prompt: str, results: list[str]) -> None:
    talk = conversation(system, prompt)
    for number, output in enumerate(results):
        add_step(talk, number, output)
    body = json.loads(talk.body())
    assert len(body["messages"]) == 1 + 2 * len(results)
    assert all(outputs(talk))


@given(st.text(st.characters(codec=None, categories=["Cs", "L", "Cc"])))
def test_lone_surrogates_are_replaced_and_all_else_is_kept(prompt: str) -> None:
    sent = json.loads(conversation(prompt=prompt).body())["messages"][0]["content"][0]["text"]
    assert sent == "".join("?" if "\ud800" <= char <= "\udfff" else char for char in prompt)


def test_no_system_text_sends_no_system_block() -> None:
    assert "system" not in json.loads(conversation(system=" ").body())


def test_an_empty_reply_leaves_no_message() -> None:
    talk = conversation()
    talk.add_reply([])
    assert len(json.loads(talk.body())["messages"]) == 1


def test_an_error_result_is_marked_as_one() -> None:
    talk = conversation()
    talk.add_results([ToolResult(call_id="t", output="no", is_error=True)])
    assert json.loads(talk.body())["messages"][-1]["content"][0]["is_error"] is True


def test_an_empty_output_says_so() -> None:
    talk = conversation()
    add_step(talk, 1, "")
    assert outputs(talk) == ["(no output)"]


def test_nothing_is_taken_out_while_there_is_room() -> None:
    talk = conversation()
    for number in range(10):
        add_step(talk, number, "x" * 1000)
    talk.fit(100_000)
    assert outputs(talk) == ["x" * 1000] * 10


def test_room_is_made_from_the_oldest_on_and_the_newest_stay() -> None:
    talk = conversation()
    for number in range(10):
        add_step(talk, number, f"{number}" * 3000)
    talk.fit(8_000)
    kept = [output for output in outputs(talk) if not output.startswith("[output taken out")]
    assert kept == [f"{number}" * 3000 for number in (6, 7, 8, 9)]
    assert marks(json.loads(talk.body())) <= 4


def test_taking_out_goes_below_the_limit_so_that_it_is_rare() -> None:
    talk = conversation()
    changes = 0
    for number in range(60):
        add_step(talk, number, "x" * 3000)
        before = outputs(talk)
        talk.fit(30_000)
        changes += outputs(talk) != before
    assert talk.tokens <= 30_000
    assert changes <= 5


def test_the_servers_own_count_beats_the_estimate() -> None:
    talk = conversation()
    for number in range(10):
        add_step(talk, number, "x" * 1000)
    talk.measured(1_000_000)
    talk.fit(100_000)
    assert outputs(talk)[0].startswith("[output taken out")


def test_short_output_is_not_replaced_by_a_longer_placeholder() -> None:
    talk = conversation()
    for number in range(10):
        add_step(talk, number, "ok")
    talk.fit(1)
    assert outputs(talk) == ["ok"] * 10


def test_the_estimate_follows_the_true_size_when_output_was_taken_out() -> None:
    talk = conversation()
    for number in range(12):
        add_step(talk, number, "x" * 3000)
    talk.measured(len(talk.body()))
    talk.fit(30_000)
    assert len(talk.body()) < 20_000
    assert abs(talk.tokens - len(talk.body())) < 100
