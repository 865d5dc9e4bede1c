"""The one hole in a sandbox without network: a proxy that leads to the hosts that a contract names.

It listens on a Unix socket, which a held program reaches through `relay`. HTTPS goes through
CONNECT and is not looked into; plain HTTP is passed on.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

SEEN_AT = Path("/run/gateway")
"""The socket's folder, inside."""
PORT = 3128
"""Where the relay listens, inside."""
NAME = "socket"
_HEAD_BYTES = 65_536
_HEAD_S = 30.0
_CONNECT_S = 30.0
_CHUNK_BYTES = 65_536


class _RefusedError(Exception):
    """What the client is told, in one line."""


def proxy_environment(hosts: Sequence[str]) -> dict[str, str]:
    """What makes programs use the relay. The sandbox's own loopback is reached without it."""
    url = f"http://127.0.0.1:{PORT}"
    own = [name for name in ("localhost", "127.0.0.1", "::1") if name not in hosts]
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    return dict.fromkeys(names, url) | {"NO_PROXY": ",".join(own), "no_proxy": ",".join(own)}


def is_named(host: str, hosts: Sequence[str]) -> bool:
    """Whether one of the contract's entries fits; `*.` and a domain fits all below it."""
    plain = host.lower().rstrip(".")
    return any(
        plain.endswith(glob[1:].lower()) if glob.startswith("*.") else plain == glob.lower()
        for glob in hosts
        if glob != "*"
    )


@asynccontextmanager
async def gateway(folder: Path, hosts: Sequence[str]) -> AsyncIterator[None]:
    """A proxy on the socket `folder / NAME` that leads to `hosts`; its connections end with it."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  a handler of asyncio is a task
        tasks.add(task)
        try:
            await _answer(reader, writer, hosts)
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_unix_server(serve, folder / NAME, limit=_HEAD_BYTES)
    try:
        yield
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hosts: Sequence[str]
) -> None:
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _HEAD_S)
        is_tunnel, host, port, first = _parsed(head)
        up_reader, up_writer = await _opened(host, port, hosts)
    except (OSError, ValueError, EOFError, asyncio.LimitOverrunError, TimeoutError) as error:
        await _tell(writer, 502, f"no connection: {type(error).__name__}")
        return
    except _RefusedError as error:
        await _tell(writer, 403, str(error))
        return
    try:
        if is_tunnel:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            up_writer.write(first)
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(reader, up_writer))
            both.create_task(_pump(up_reader, writer))
    finally:
        up_writer.close()


async def _tell(writer: asyncio.StreamWriter, status: int, text: str) -> None:
    body = f"aio-tui: {text}\n".encode("utf-8", "replace")
    head = f"HTTP/1.1 {status} Refused\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with suppress(OSError):
        writer.write(head.encode() + body)
        await writer.drain()


def _parsed(head: bytes) -> tuple[bool, str, int, bytes]:
    """Whether it is a tunnel, host, port, and what the host is to be sent first."""
    lines = head.decode("latin-1").split("\r\n")
    method, target, version = lines[0].split(" ")
    if method == "CONNECT":
        parts = urlsplit(f"//{target}")
        return True, parts.hostname or "", parts.port or 443, b""
    parts = urlsplit(target)
    if parts.scheme != "http":
        raise _RefusedError("only CONNECT and whole http:// addresses are served")
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    kept = [
        line
        for line in lines[1:]
        if line and not line.lower().startswith(("proxy-", "connection:", "keep-alive:"))
    ]
    again = (f"{method} {path} {version}", *kept, "Connection: close", "", "")
    return False, parts.hostname or "", parts.port or 80, "\r\n".join(again).encode("latin-1")


async def _opened(
    host: str, port: int, hosts: Sequence[str]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to a named host. A name of the outer world that leads to this machine is
    refused: whoever answers for names may not choose what is reached here.
    """
    if not is_named(host, hosts):
        raise _RefusedError(f"host {host} is not named by the contract")
    loop = asyncio.get_running_loop()
    found = await asyncio.wait_for(
        loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), _CONNECT_S
    )
    address = str(found[0][4][0])
    seen = ipaddress.ip_address(address)
    is_of_here = seen.is_loopback or seen.is_link_local or seen.is_unspecified
    if is_of_here and host not in ("localhost", address):
        raise _RefusedError(f"host {host} leads to this machine")
    return await asyncio.wait_for(asyncio.open_connection(address, port), _CONNECT_S)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on until the one side ends, then end the other's half."""
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
