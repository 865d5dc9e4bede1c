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
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.support.messages_script import (
    Answer,
    Fault,
    Reply,
    UnknownScriptError,
    by_task,
    error_body,
    events_of_reply,
    replies,
    whole_reply,
)

__all__ = ["Answer", "Fault", "MessagesServer", "Recorded", "Reply", "by_task", "replies"]

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


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
        if not body.get("stream"):
            whole = whole_reply(reply, body["model"], self.request.size_bytes)
            return await self._json(200, whole)
        events = list(events_of_reply(reply, fault, body["model"], self.request.size_bytes))
        return await self._stream(events, fault)

    async def _stream(self, events: list[dict[str, Any]], fault: Fault) -> bool:
        self._head(200, {"content-type": fault.content_type, "transfer-encoding": "chunked"})
        for number, event in enumerate(events):
            if number == fault.silent_after:
                return await self._hold_back()
            if number == fault.cut_after:
                self.writer.transport.abort()
                return False
            if number == fault.end_after:
                break
            if number == fault.error_after:
                event = error_body(fault.error_type, fault.message)
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
        return await self._json(status, error_body(kind, message), headers)

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
        print(server.url, flush=True)  # noqa: T201  a program that tells where it listens
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
