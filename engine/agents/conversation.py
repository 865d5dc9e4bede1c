"""The history of one turn as JSON, each message encoded once.

A request body is the join of what is already encoded, so that a step costs a copy of the history
and not a new encoding of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from engine.ports.agent import ToolResult
from engine.ports.secrecy import unchanged
from engine.redaction.redactor import redacted_leaves

BASH = "bash"
EDITOR = "str_replace_based_edit_tool"
_CACHED = {"type": "ephemeral"}
_TOOLS = (
    {"type": "bash_20250124", "name": BASH},
    {"type": "text_editor_20250728", "name": EDITOR, "cache_control": _CACHED},
)
_MARKED_MESSAGES = 2
"""With the marks on the tools and the system text that makes four, the most the API takes."""
_SIGNED = frozenset({"thinking", "redacted_thinking"})
_FIXED = frozenset({"type", "id", "tool_use_id", "name"})
_KEPT_RESULTS = 4
"""So many of the newest tool results are never taken out; includes the marked messages."""
_LONGEST_OUTPUT = 40_000
_PLACEHOLDER = "[output taken out to save room; run the command again if it is needed]"
_BYTES_PER_TOKEN = 3.0
"""Only until the server has counted a request."""
_ROOM = 0.6
"""Part of the window that is filled after old output was taken out: rarely, but then plenty,
because every change of the past empties the server's prompt cache."""


class Conversation:
    """Messages in order, the first one the prompt."""

    def __init__(
        self,
        *,
        model: str,
        max_output_tokens: int,
        system: str,
        prompt: str,
        outgoing: Callable[[str], str] = unchanged,
    ) -> None:
        self._outgoing = outgoing
        head: dict[str, Any] = {
            "model": model,
            "max_tokens": max_output_tokens,
            "stream": True,
            "tools": _TOOLS,
        }
        if system.strip():
            head["system"] = [{**_text(system), "cache_control": _CACHED}]
        self._head = msgspec.json.encode(head)[:-1] + b',"messages":['
        self._messages: list[bytes] = []
        self._marked: deque[tuple[int, bytes]] = deque()
        self._results: deque[int] = deque()
        self._size_bytes = len(self._head)
        self._bytes_per_token = _BYTES_PER_TOKEN
        self._add_user([_text(prompt)])

    def body(self) -> bytes:
        """The next request."""
        return self._head + b",".join(self._messages) + b"]}"

    def add_reply(self, content: Sequence[Mapping[str, Any]]) -> None:
        """What the model said; an empty reply leaves no message, as the API refuses those."""
        if content:
            said = [self._sendable(block) for block in content]
            self._add({"role": "assistant", "content": said})

    def add_results(self, results: Sequence[ToolResult]) -> None:
        """The answers to all tool calls of the last reply, together."""
        self._results.append(len(self._messages))
        self._add_user([self._sendable(_result(each)) for each in results])

    def add_note(self, note: str) -> None:
        """Something the engine tells the model."""
        self._add_user([self._sendable(_text(note))])

    def measured(self, tokens: int) -> None:
        """The server counted `tokens` in the request that `body` gave last."""
        if tokens > 0:
            self._bytes_per_token = self._size_bytes / tokens

    @property
    def tokens(self) -> float:
        """Size of the next request, estimated from what the server counted before."""
        return self._size_bytes / self._bytes_per_token

    def fit(self, context_tokens: int) -> None:
        """Replace the oldest tool outputs by a placeholder if the window would overflow."""
        if self.tokens <= context_tokens:
            return
        while self.tokens > context_tokens * _ROOM and len(self._results) > _KEPT_RESULTS:
            self._take_out(self._results.popleft())

    def _sendable(self, block: Mapping[str, Any]) -> dict[str, Any]:
        """The block without what may not leave this machine. Thoughts stay: they are signed."""
        if self._outgoing is unchanged or block.get("type") in _SIGNED:
            return dict(block)
        return {
            name: value if name in _FIXED else redacted_leaves(value, self._outgoing)
            for name, value in block.items()
        }

    def _add_user(self, content: list[dict[str, Any]]) -> None:
        plain = msgspec.json.encode({"role": "user", "content": content})
        content[-1] = {**content[-1], "cache_control": _CACHED}
        self._marked.append((len(self._messages), plain))
        self._add({"role": "user", "content": content})
        if len(self._marked) > _MARKED_MESSAGES:
            self._replace(*self._marked.popleft())

    def _add(self, message: Mapping[str, Any]) -> None:
        self._messages.append(msgspec.json.encode(message))
        self._size_bytes += len(self._messages[-1])

    def _replace(self, index: int, encoded: bytes) -> None:
        self._size_bytes += len(encoded) - len(self._messages[index])
        self._messages[index] = encoded

    def _take_out(self, index: int) -> None:
        message = msgspec.json.decode(self._messages[index])
        for block in message["content"]:
            if len(block.get("content", "")) > len(_PLACEHOLDER):
                block["content"] = _PLACEHOLDER
        self._replace(index, msgspec.json.encode(message))


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": _encodable(text)}


def _result(result: ToolResult) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": "tool_result",
        "tool_use_id": result.call_id,
        "content": _encodable(_shortened(result.output)) or "(no output)",
    }
    if result.is_error:
        block["is_error"] = True
    return block


def _shortened(output: str) -> str:
    left_out = len(output) - _LONGEST_OUTPUT
    if left_out <= 0:
        return output
    half = _LONGEST_OUTPUT // 2
    return f"{output[:half]}\n[{left_out} characters left out]\n{output[-half:]}"


def _encodable(text: str) -> str:
    """JSON cannot hold lone surrogates, which names of files may have."""
    return text.encode("utf-8", "replace").decode()
