"""`aio-tui serve`: the cockpit in a browser, for whoever has the token."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from socket import gethostname

from aio_tui.cli.exits import Exit
from aio_tui.cli.identity import settings_of
from aio_tui.cli.output import print_lines
from engine.app.engine import open_engine
from engine.domain.errors import ConfigError, EngineRunningError
from engine.domain.settings import Settings

_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  to know it, not to use it


async def serve(args: argparse.Namespace) -> Exit:
    """Serve until SIGINT or SIGTERM. The engine runs here unless it runs elsewhere already."""
    from aio_tui.serving.guard import Guard, is_loopback
    from aio_tui.serving.server import cockpit_command, serving

    if not is_loopback(args.host) and not args.allow_remote:
        raise ConfigError(
            f"{args.host} can be reached from other machines, and nothing is encrypted",
            hint="use a tunnel (ssh -L) to 127.0.0.1, or say --allow-remote",
        )
    settings, token = settings_of(args), secrets.token_urlsafe(32)
    guard = Guard(token, hosts=frozenset({args.host}), any_address=args.host in _EVERYWHERE)
    command = cockpit_command(settings, is_read_only=args.read_only)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        _engine_here(settings, is_read_only=args.read_only),
        serving(command, guard, host=args.host, port=args.port) as port,
    ):
        print_lines([f"http://{_named(args.host)}:{port}/?token={token}"])
        print_lines(_tunnel(port) if is_loopback(args.host) else [])
        print_lines(["Whoever has this address can do what you can. Ctrl+C ends it."])
        await stop.wait()
    return Exit.DONE


def _tunnel(port: int) -> list[str]:
    return [
        f"From another machine: 'ssh -L {port}:127.0.0.1:{port} {gethostname()}' there, then the"
        " same address; with another port before the first colon, that port in the address.",
    ]


def _named(host: str) -> str:
    if host in _EVERYWHERE:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@asynccontextmanager
async def _engine_here(settings: Settings, *, is_read_only: bool) -> AsyncIterator[None]:
    """The engine in this process, for cockpits to attach to, where no other has it."""
    async with AsyncExitStack() as engines:
        if not is_read_only:
            with suppress(EngineRunningError):
                opened = open_engine(settings, takes_work=True)
                engine = await engines.enter_async_context(opened)
                engines.push_async_callback(engine.end_run)
        yield
