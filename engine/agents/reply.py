"""One reply of a model, put together from its stream of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.agents import faults
from engine.domain.usage import Usage
from engine.domain.values import dataclass

_APPENDED_BY: Mapping[str, tuple[str, str]] = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
}
"""Delta type: field of the delta, field of the block it is appended to."""
_USAGE_FIELDS: Mapping[str, str] = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_input_tokens": "cache_read_tokens",
    "cache_creation_input_tokens": "cache_write_tokens",
}


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    message: dict[str, Any] = {}
    content_block: dict[str, Any] = {}
    delta: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    error: dict[str, Any] = {}


_DECODER = msgspec.json.Decoder(_Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRequest:
    """A tool call as the model wrote it."""

    call_id: str
    name: str
    arguments: Mapping[str, Any] | None
    """None: what it wrote was no JSON object."""
    raw: str
    """The JSON text it wrote."""


class Reply:
    """Grows by `feed`; whole once `is_complete`."""

    def __init__(self) -> None:
        self.model = ""
        self.stop_reason = ""
        self.is_complete = False
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pieces: dict[tuple[int, str], list[str]] = {}
        self._tokens: dict[str, Any] = {}

    def feed(self, name: str, data: str) -> str:
        """Take the next event; the text it adds to what the agent says.

        Raises:
            ModelCallError: an error event, or something that is none of the Messages API.
        """
        try:
            event = _DECODER.decode(data or "{}")
        except (msgspec.DecodeError, RecursionError) as error:
            raise faults.of_unreadable(str(error)) from error
        kind = event.type or name
        if kind == "content_block_delta":
            return self._on_delta(event)
        if kind == "content_block_start":
            return self._on_block(event)
        self._on_frame(kind, event)
        return ""

    @property
    def text(self) -> str:
        """All that was said."""
        return "".join(block["text"] for block in self._joined() if block.get("type") == "text")

    @property
    def content(self) -> list[dict[str, Any]]:
        """The blocks as they go back to the server; without empty text, which it refuses."""
        return [
            {**block, "input": self._request(block).arguments or {}}
            if block.get("type") == "tool_use"
            else block
            for block in self._joined()
            if block.get("type") != "text" or block["text"].strip()
        ]

    @property
    def tool_requests(self) -> list[ToolRequest]:
        """In the order in which they are to be executed."""
        return [self._request(block) for block in self._joined() if block.get("type") == "tool_use"]

    @property
    def usage(self) -> Usage:
        """Tokens so far, one call, no price."""
        return Usage(calls=1, **self._tokens)

    @property
    def request_tokens(self) -> int:
        """Size of the request, cached parts included; 0 before it is known."""
        return self.usage.tokens - self.usage.output_tokens

    @property
    def is_billed(self) -> bool:
        """Whether the server began to answer."""
        return bool(self._tokens)

    def _on_frame(self, kind: str, event: _Event) -> None:
        if kind == "message_start":
            self.model = str(event.message.get("model") or "")
            self._count(event.message.get("usage"))
        elif kind == "message_delta":
            self.stop_reason = str(event.delta.get("stop_reason") or self.stop_reason)
            self._count(event.usage)
        elif kind == "message_stop":
            self.is_complete = True
        elif kind == "error":
            raise faults.of_stream_error(
                str(event.error.get("type") or "an error"), str(event.error.get("message") or "")
            )

    def _on_block(self, event: _Event) -> str:
        block = self._blocks[event.index] = event.content_block
        if block.get("type") != "text":
            return ""
        block["text"] = text = str(block.get("text") or "")
        return text

    def _on_delta(self, event: _Event) -> str:
        if event.index not in self._blocks:
            raise faults.of_unreadable(f"a delta for block {event.index}, which never began")
        kind = str(event.delta.get("type"))
        if kind == "input_json_delta":
            self._append(event.index, "input", event.delta.get("partial_json"))
            return ""
        if kind not in _APPENDED_BY:
            return ""
        source, target = _APPENDED_BY[kind]
        piece = self._append(event.index, target, event.delta.get(source))
        return piece if kind == "text_delta" else ""

    def _append(self, index: int, field: str, piece: object) -> str:
        text = piece if isinstance(piece, str) else ""
        self._pieces.setdefault((index, field), []).append(text)
        return text

    def _count(self, usage: object) -> None:
        for theirs, ours in _USAGE_FIELDS.items() if isinstance(usage, dict) else ():
            count = usage.get(theirs) if isinstance(usage, dict) else None
            if isinstance(count, int) and count >= 0:
                self._tokens[ours] = count

    def _joined(self) -> list[dict[str, Any]]:
        """The blocks in order, every streamed piece in its place."""
        for (index, field), pieces in self._pieces.items():
            block = self._blocks[index]
            begun = block.get(field)
            block[field] = (begun if isinstance(begun, str) else "") + "".join(pieces)
        self._pieces.clear()
        return [self._blocks[index] for index in sorted(self._blocks)]

    def _request(self, block: Mapping[str, Any]) -> ToolRequest:
        written = block.get("input")
        raw = written if isinstance(written, str) else ""
        return ToolRequest(
            call_id=str(block.get("id") or ""),
            name=str(block.get("name") or ""),
            arguments=written if isinstance(written, dict) else _object(raw),
            raw=raw,
        )


def _object(raw: str) -> Mapping[str, Any] | None:
    """An empty text is an empty object: tools without arguments stream nothing."""
    try:
        value = msgspec.json.decode(raw or "{}")
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
