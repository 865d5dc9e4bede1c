"""What the local model server says: replies, the faults that spoil them, and their events."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TASK = re.compile(r"^Task id:\s*(\S+)", re.MULTILINE)
_ITERATION = re.compile(r"^Iteration:\s*(\d+)", re.MULTILINE)
_EDITS = ("view", "create", "str_replace", "insert")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the model says in one call."""

    text: str = ""
    calls: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    """(tool, input) in order."""
    stop_reason: str | None = None
    """None: `tool_use` with calls, else `end_turn`."""
    input_tokens: int | None = None
    """None: a quarter of the request's bytes."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong with one request. Event counts are of streamed events."""

    status: int | None = None
    retry_after: str | None = None
    message: str = "told to fail"
    cut_after: int | None = None
    end_after: int | None = None
    """The stream ends in order, but before the message does."""
    silent_after: int | None = None
    error_after: int | None = None
    error_type: str = "overloaded_error"
    raw_after: int | None = None
    raw: str = "event: content_block_delta\ndata: {nonsense\n\n"
    bad_tool_json: bool = False
    delta_pause_s: float = 0.0
    filler_bytes: int = 0
    """So much text before what the reply says."""
    content_type: str = "text/event-stream; charset=utf-8"


Answer = Callable[[Mapping[str, Any]], Reply]


class UnknownScriptError(LookupError):
    """The script has nothing for this task."""


def replies(*scripted: Reply) -> Answer:
    """The n-th call of a conversation gets the n-th reply, later ones an empty one."""

    def answer(body: Mapping[str, Any]) -> Reply:
        step = _calls_so_far(body)
        return scripted[step] if step < len(scripted) else Reply()

    return answer


def by_task(script: Mapping[str, Any]) -> Answer:
    """Answers by the marks `Task id:` and `Iteration:` of the request and the calls so far.

    It keeps no state, so a client that was killed and started again gets the same answers.
    """

    def answer(body: Mapping[str, Any]) -> Reply:
        text = "\n".join(_texts(body))
        task, iteration = _TASK.search(text), _ITERATION.search(text)
        task_id = task[1] if task else ""
        try:
            iterations = script["tasks"][task_id]["iterations"]
        except KeyError:
            raise UnknownScriptError(f"no script for task {task_id!r}") from None
        number = int(iteration[1]) if iteration else 1
        steps = iterations[min(number, len(iterations)) - 1]["steps"]
        return replies(*replies_of(steps))(body)

    return answer


def replies_of(steps: list[dict[str, Any]]) -> Iterator[Reply]:
    """Steps as replies: what is said goes with the tool call that follows it."""
    said: list[str] = []
    for step in steps:
        if "say" in step:
            said.append(step["say"])
            continue
        yield Reply(text="\n".join(said), calls=(_call(step),))
        said = []
    yield Reply(text="\n".join(said))


def _call(step: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    if "bash" in step:
        return "bash", {"command": step["bash"]}
    command = next(name for name in _EDITS if name in step)
    return "str_replace_based_edit_tool", {"command": command, **step[command]}


def _calls_so_far(body: Mapping[str, Any]) -> int:
    return sum(message["role"] == "assistant" for message in body["messages"])


def _texts(body: Mapping[str, Any]) -> Iterator[str]:
    first = body["messages"][0]["content"]
    for part in (body.get("system") or [], first):
        blocks = [{"text": part}] if isinstance(part, str) else part
        yield from (block.get("text", "") for block in blocks)


def error_body(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def events_of_reply(
    reply: Reply, fault: Fault, model: str, request_bytes: int
) -> Iterator[dict[str, Any]]:
    input_tokens = request_bytes // 4 if reply.input_tokens is None else reply.input_tokens
    usage = {"input_tokens": input_tokens, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
    yield {"type": "message_start", "message": {**message, "stop_reason": None, "usage": usage}}
    text = "x" * fault.filler_bytes + reply.text
    index = 0
    if text:
        yield from _block(index, {"type": "text", "text": ""}, "text_delta", "text", _words(text))
        index = 1
    for number, (name, arguments) in enumerate(reply.calls, start=index):
        raw = '{"command": "oops' if fault.bad_tool_json else json.dumps(arguments)
        call_id = f"toolu_{request_bytes}_{number}"
        start = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
        halves = [raw[: len(raw) // 2], raw[len(raw) // 2 :]]
        yield from _block(number, start, "input_json_delta", "partial_json", halves)
    stop = reply.stop_reason or ("tool_use" if reply.calls else "end_turn")
    output_tokens = (len(text) + sum(len(str(call)) for call in reply.calls)) // 4 + 1
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": None},
        "usage": {"output_tokens": output_tokens},
    }
    yield {"type": "message_stop"}


def whole_reply(reply: Reply, model: str, request_bytes: int) -> dict[str, Any]:
    """The message for a client that asked for no stream."""
    text = [{"type": "text", "text": reply.text}] if reply.text else []
    calls = [
        {"type": "tool_use", "id": f"toolu_{request_bytes}_{number}", "name": name, "input": given}
        for number, (name, given) in enumerate(reply.calls)
    ]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [*text, *calls],
        "stop_reason": reply.stop_reason or ("tool_use" if calls else "end_turn"),
        "stop_sequence": None,
        "usage": {"input_tokens": request_bytes // 4, "output_tokens": 1},
    }


def _block(
    index: int, start: Mapping[str, Any], kind: str, name: str, pieces: list[str]
) -> Iterator[dict[str, Any]]:
    yield {"type": "content_block_start", "index": index, "content_block": start}
    for piece in pieces:
        delta = {"type": kind, name: piece}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _words(text: str) -> list[str]:
    return re.findall(r"\s*\S{1,2000}\s*$|\s*\S{1,2000}", text) or [text]
