from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.agents.faults import ModelCallError
from engine.agents.reply import Reply
from engine.domain.usage import Usage
from engine.ports.agent import FailureClass

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
KINDS = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop"]
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "thinking", "new_kind"]) | JSON},
    optional={"text": JSON, "input": JSON, "id": JSON, "name": JSON},
)
DELTAS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text_delta", "input_json_delta", "signature_delta"]) | JSON},
    optional={"text": JSON, "partial_json": JSON | st.just("{"), "stop_reason": JSON},
)
EVENTS = st.fixed_dictionaries(
    {"type": KINDS | JSON},
    optional={
        "index": st.integers(0, 2) | JSON,
        "content_block": BLOCKS,
        "delta": DELTAS,
        "usage": st.dictionaries(st.sampled_from(["input_tokens", "output_tokens"]), JSON),
        "message": st.dictionaries(st.sampled_from(["usage", "model"]), JSON),
    },
)


def fed(*events: dict[str, Any]) -> Reply:
    reply = Reply()
    for event in events:
        reply.feed(str(event["type"]), json.dumps(event))
    return reply


def block(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": content}


def delta(index: int, **content: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": content}


@given(st.lists(EVENTS, max_size=8))
def test_whatever_a_server_streams_is_a_reply_or_a_fault(events: list[dict[str, Any]]) -> None:
    try:
        reply = fed(*events)
    except ModelCallError:
        return
    assert isinstance(reply.text, str)
    assert reply.usage.tokens >= 0
    json.dumps(reply.content)
    assert len(reply.tool_requests) == sum(each.get("type") == "tool_use" for each in reply.content)


def test_blocks_keep_their_order_and_their_pieces() -> None:
    reply = fed(
        block(1, type="tool_use", id="t1", name="bash", input={}),
        block(0, type="text", text="a"),
        delta(1, type="input_json_delta", partial_json='{"comm'),
        delta(0, type="text_delta", text="b"),
        delta(1, type="input_json_delta", partial_json='and": "ls"}'),
        delta(0, type="text_delta", text="c"),
    )
    assert reply.text == "abc"
    assert reply.content == [
        {"type": "text", "text": "abc"},
        {"type": "tool_use", "id": "t1", "name": "bash", "input": {"command": "ls"}},
    ]


def test_thoughts_go_back_with_their_signature() -> None:
    reply = fed(
        block(0, type="thinking", thinking="", signature=""),
        delta(0, type="thinking_delta", thinking="hm"),
        delta(0, type="thinking_delta", thinking="m"),
        delta(0, type="signature_delta", signature="sig"),
    )
    assert reply.content == [{"type": "thinking", "thinking": "hmm", "signature": "sig"}]
    assert reply.text == ""


def test_input_that_came_with_the_start_of_its_block_counts() -> None:
    reply = fed(block(0, type="tool_use", id="t", name="bash", input={"command": "ls"}))
    assert reply.tool_requests[0].arguments == {"command": "ls"}


def test_a_tool_without_input_has_no_arguments() -> None:
    assert (
        fed(block(0, type="tool_use", id="t", name="bash", input={})).tool_requests[0].arguments
        == {}
    )


@pytest.mark.parametrize("raw", ["{", "[]", "3", '"ls"', "null", '{"a": 1} x', "[" * 100_000])
def test_input_that_is_no_object_is_kept_as_it_was_written(raw: str) -> None:
    reply = fed(
        block(0, type="tool_use", id="t", name="bash", input={}),
        delta(0, type="input_json_delta", partial_json=raw),
    )
    (request,) = reply.tool_requests
    assert (request.arguments, request.raw) == (None, raw)


def test_empty_text_is_not_sent_back() -> None:
    assert fed(block(0, type="text", text=" \n")).content == []


def test_later_token_counts_replace_earlier_ones() -> None:
    started = {
        "input_tokens": 10,
        "output_tokens": 1,
        "cache_read_input_tokens": 20,
        "cache_creation_input_tokens": 30,
        "service_tier": "standard",
    }
    reply = fed(
        {"type": "message_start", "message": {"model": "m", "usage": started}},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 9},
        },
    )
    assert reply.usage == Usage(
        input_tokens=10, output_tokens=9, cache_read_tokens=20, cache_write_tokens=30, calls=1
    )
    assert (reply.request_tokens, reply.model, reply.stop_reason) == (60, "m", "end_turn")


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        ("overloaded_error", FailureClass.TRANSIENT),
        ("api_error", FailureClass.TRANSIENT),
        ("rate_limit_error", FailureClass.TRANSIENT),
        ("authentication_error", FailureClass.LOGICAL),
        ("invalid_request_error", FailureClass.LOGICAL),
    ],
)
def test_an_error_event_tells_whether_trying_again_can_help(
    kind: str, failure: FailureClass
) -> None:
    with pytest.raises(ModelCallError, match="too bad") as caught:
        fed({"type": "error", "error": {"type": kind, "message": "too bad"}})
    assert caught.value.failure is failure


def test_only_the_last_event_makes_it_whole() -> None:
    reply = fed(block(0, type="text", text="x"))
    assert not reply.is_complete
    reply.feed("message_stop", '{"type": "message_stop"}')
    assert reply.is_complete


def test_unknown_events_are_passed_over() -> None:
    assert fed({"type": "ping"}, {"type": "brand_new", "index": 4}).content == []
