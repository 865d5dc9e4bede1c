"""Serves the cockpit: each page that is opened gets a process that attaches to the engine."""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from textual_serve.server import Server

from aio_tui.serving.guard import Guard, page_for
from engine.domain.errors import ConfigError
from engine.domain.settings import Settings

_LONGEST_END_S = 15.0
"""So long the end waits for cockpits that do not; aiohttp would wait a minute."""
_SURROUNDINGS = ("COLORTERM=truecolor", "AIO_TUI_GLYPHS=unicode")


_KEYS_GO_TO_THE_TERMINAL = """<script>
new MutationObserver((_, watch) => {
  const keys = document.querySelector(".xterm-helper-textarea");
  if (keys) { keys.focus(); watch.disconnect(); }
}).observe(document.body, { childList: true, subtree: true });
</script></body>"""


class CockpitServer(Server):
    """textual-serve's, behind a guard, and with a page that loads nothing from elsewhere."""

    def __init__(self, command: str, guard: Guard, *, host: str, port: int) -> None:
        super().__init__(command, host=host, port=port, title="aio-tui")
        self._guard = guard
        self._pages: set[asyncio.Task[Any]] = set()

    async def make_app(self) -> web.Application:
        """The application, for a runner."""
        app = await self._make_app()
        app.middlewares.insert(0, self._guard.middleware)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Says nothing: the command has said where it is."""

    async def on_shutdown(self, app: web.Application) -> None:
        """Ends what the open pages show; a browser keeps its connection as long as it is let."""
        for page in self._pages:
            page.cancel()

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One page, with a cockpit of its own, until either ends."""
        page = asyncio.current_task()
        assert page is not None  # noqa: S101  nothing else calls it
        self._pages.add(page)
        try:
            return await super().handle_websocket(request)
        finally:
            self._pages.discard(page)

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page."""
        answer = await super().handle_index(request)
        assert isinstance(answer, web.Response)  # noqa: S101  what the decorator makes of it
        html = page_for(str(answer.text), address=self.public_url, host=request.host)
        html = html.replace("</body>", _KEYS_GO_TO_THE_TERMINAL)
        return web.Response(text=html, content_type="text/html")


def cockpit_command(settings: Settings, *, is_read_only: bool) -> str:
    """The command line of one cockpit."""
    words = ["env", *_SURROUNDINGS, sys.executable, "-m", "aio_tui.cli.main"]
    words += ["--repo", str(settings.repo), "--project", settings.project]
    return shlex.join([*words, *(["--read-only"] if is_read_only else [])])


@asynccontextmanager
async def serving(command: str, guard: Guard, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the body runs; gives the port, which is free and chosen here if `port` is 0.

    Raises:
        ConfigError: nobody can listen there.
    """
    server = CockpitServer(command, guard, host=host, port=port)
    runner = web.AppRunner(
        await server.make_app(), access_log=None, shutdown_timeout=_LONGEST_END_S
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {host} port {port}: {error.strerror or error}",
                hint="choose another with --port, or 0 for a free one",
            ) from error
        bound = runner.addresses[0][1]
        server.public_url = f"http://{host}:{bound}"
        yield bound
    finally:
        await runner.cleanup()
