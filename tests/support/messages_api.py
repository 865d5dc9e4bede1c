"""A local server that speaks the Messages API with streaming, from a script, with faults on order.

In a test: `async with MessagesServer(replies(Reply(text="done"))) as server: ... server.url`.
As a program: `python -m tests.support.messages_api --script FILE --port 0 --port-file F`; the
script is one that the scripted agent replays, with an optional list `faults`, each a `Fault` as
JSON with the number (from 1) of the `request` that it hits. GET /recorded tells what came in.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

_TASK = re.compile(r"^Task id:\s*(\S+)", re.MULTILINE)
_ITERATION = re.compile(r"^Iteration:\s*(\d+)", re.MULTILINE)
_EDITS = ("view", "create", "str_replace", "insert")
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


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


@dataclass(kw_only=True)
class Recorded:
    """One request; times are of the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    body: Any
    size_bytes: int
    arrived_s: float
    answered_s: float | None = None
    """None: not answered to the end."""
    was_hung_up: bool = False
    """The client closed the connection while the answer was held back."""


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


@dataclass
class MessagesServer:
    """Listens on 127.0.0.1 while it is entered."""

    answer: Answer
    faults: Mapping[int, Fault] = field(default_factory=dict)
    """By the number of the message request, from 1; 0 hits all that have no own one."""
    api_key: str | None = None
    """None: any key will do, but there must be one."""
    port: int = 0
    keeps_bodies: bool = True

    def __post_init__(self) -> None:
        self.recorded: list[Recorded] = []
        self._count = itertools.count(1)
        self._handlers: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None
        self.hung_up = asyncio.Event()
        """Set once a client closed the connection while its answer was held back."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[Any]:
        """Of the message requests, in order."""
        return [each.body for each in self.recorded if each.path == "/v1/messages"]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**16)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for handler in self._handlers:
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handler = asyncio.current_task()
        assert handler
        self._handlers.add(handler)
        try:
            while request := await _read_request(reader):
                if not await _Exchange(self, request, reader, writer).answer():
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the stream protocol of asyncio cannot bear a cancelled handler
        finally:
            self._handlers.discard(handler)
            writer.close()

    def fault_of_next(self) -> Fault:
        number = next(self._count)
        return self.faults.get(number) or self.faults.get(0) or Fault()


async def _read_request(reader: asyncio.StreamReader) -> Recorded | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    arrived_s = time.monotonic()
    path = first.split(" ")[1].split("?")[0]
    return Recorded(
        path=path,
        headers=headers,
        body=json.loads(raw or b"null"),
        size_bytes=len(raw),
        arrived_s=arrived_s,
    )


@dataclass
class _Exchange:
    server: MessagesServer
    request: Recorded
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> bool:
        """Whether the connection can be used again."""
        request = self.request
        if request.path == "/recorded":
            return await self._json(200, [self._told(each) for each in self.server.recorded])
        self.server.recorded.append(request)
        body = request.body
        if not self.server.keeps_bodies:
            request.body = None
        if problem := self._key_problem():
            return await self._error(401, problem)
        if request.path == "/v1/messages/count_tokens":
            return await self._json(200, {"input_tokens": request.size_bytes // 4})
        if request.path != "/v1/messages":
            return await self._error(404, f"no path {request.path}")
        return await self._message(body)

    async def _message(self, body: Mapping[str, Any]) -> bool:
        fault = self.server.fault_of_next()
        if fault.status is not None:
            return await self._error(fault.status, fault.message, fault.retry_after)
        try:
            reply = self.server.answer(body)
        except UnknownScriptError as error:
            return await self._error(400, str(error))
        events = list(_events(reply, fault, body["model"], self.request.size_bytes))
        return await self._stream(events, fault)

    async def _stream(self, events: list[dict[str, Any]], fault: Fault) -> bool:
        self._head(200, {"content-type": fault.content_type, "transfer-encoding": "chunked"})
        for number, event in enumerate(events):
            if number == fault.silent_after:
                return await self._hold_back()
            if number == fault.cut_after:
                self.writer.transport.abort()
                return False
            if number == fault.error_after:
                event = _error_body(fault.error_type, fault.message)
                events[number + 1 :] = []
            if number == fault.raw_after:
                self._chunk(fault.raw.encode("utf-8", "surrogateescape"))
            self._chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            if fault.delta_pause_s:
                await self.writer.drain()
                await asyncio.sleep(fault.delta_pause_s)
        self.writer.write(b"0\r\n\r\n")
        await self._done()
        return True

    async def _hold_back(self) -> bool:
        await self.writer.drain()
        with contextlib.suppress(ConnectionError):
            await self.reader.read(1)
        self.request.was_hung_up = True
        self.server.hung_up.set()
        return False

    def _key_problem(self) -> str:
        headers = self.request.headers
        given = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if not given or self.server.api_key not in (None, given):
            return "invalid x-api-key"
        return ""

    async def _error(self, status: int, message: str, retry_after: str | None = None) -> bool:
        headers = {} if retry_after is None else {"retry-after": retry_after}
        kind = _ERROR_TYPES.get(status, "api_error")
        return await self._json(status, _error_body(kind, message), headers)

    async def _json(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> bool:
        raw = json.dumps(body).encode()
        own = {"content-type": "application/json", "content-length": str(len(raw))}
        self._head(status, {**own, **(headers or {})})
        self.writer.write(raw)
        await self._done()
        return True

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Status", *(f"{k}: {v}" for k, v in headers.items())]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def _chunk(self, raw: bytes) -> None:
        self.writer.write(b"%x\r\n%b\r\n" % (len(raw), raw))

    async def _done(self) -> None:
        self.request.answered_s = time.monotonic()
        await self.writer.drain()

    @staticmethod
    def _told(request: Recorded) -> dict[str, Any]:
        return {key: value for key, value in vars(request).items() if key != "headers"}


def _error_body(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def _events(reply: Reply, fault: Fault, model: str, request_bytes: int) -> Iterator[dict[str, Any]]:
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


async def _program(arguments: argparse.Namespace) -> None:
    script = json.loads(arguments.script.read_text("utf-8"))
    faults = {each.pop("request"): Fault(**each) for each in script.get("faults", [])}
    server = MessagesServer(
        by_task(script), faults=faults, port=arguments.port, keeps_bodies=arguments.keep_bodies
    )
    async with server:
        partial = arguments.port_file.with_suffix(".part")
        partial.write_text(str(server.port))
        partial.replace(arguments.port_file)
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A local server that speaks the Messages API.")
    parser.add_argument("--script", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", type=Path, required=True, help="gets the port once it is up")
    parser.add_argument("--keep-bodies", action="store_true", help="for /recorded; takes memory")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_program(parser.parse_args()))


if __name__ == "__main__":
    main()
