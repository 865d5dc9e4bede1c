"""The cockpit in a browser: who gets in, what a page loads, and that it works."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from aio_tui.cli.parser import build_parser
from tests.acceptance.program import AIO_TUI, Site, site

pytestmark = pytest.mark.slow


@contextmanager
def served(here: Site, *options: str) -> Iterator[str]:
    """The address with the token that the program prints."""
    process = subprocess.Popen(
        [AIO_TUI, "serve", "--port", "0", *options],
        cwd=here.repo, env=here.environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        process.stdout.close()


async def status(session: aiohttp.ClientSession, url: str, **headers: str) -> int:
    async with session.get(url, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def screen_shows(session: aiohttp.ClientSession, url: str, *steps: tuple[str, str]) -> None:
    """In one page, press keys and wait for text that the terminal gets after them."""
    origin = f"http://{urlsplit(url).netloc}"
    async with session.ws_connect(url, headers={"Origin": origin}) as page:
        for keys, text in steps:
            seen = ""
            await page.send_bytes(b"no text")
            await page.send_str(json.dumps(["stdin", keys]))
            async with asyncio.timeout(60):
                while text not in seen:
                    message = await page.receive()
                    assert message.type is aiohttp.WSMsgType.BINARY, (message, seen[-500:])
                    seen += message.data.decode(errors="replace")


async def test_only_who_has_the_token_gets_a_cockpit_and_it_loads_nothing_from_elsewhere(
    tmp_path: Path,
) -> None:
    with site(tmp_path, {}) as here:
        await here.bench.add("add")
        with served(here) as address:
            parts = urlsplit(address)
            root = f"http://{parts.netloc}/"
            socket = f"ws://{parts.netloc}/ws?width=100&height=30"
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(cookie_jar=jar) as session:
                for path in ("", "ws", "static/js/textual.js", "?token=", "?token=wrong"):
                    assert await status(session, root + path) == 403, path
                assert await status(session, address, Host="evil.example") == 403
                assert await status(session, address, Host="127.0.0.1:9") == 303  # a tunnel's port
                assert await status(session, address, Origin="http://evil.example") == 403
                async with session.get(address) as answer:
                    page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
                    assert str(answer.url) == root, "the token does not stay in the address"
                assert ".focus()" in page  # keys work without a click
                assert [url for url in re.findall(r"(?:src|href)=\W*(\w*:?//[^\s\"']+)", page)
                        if not url.startswith(root)] == []  # fmt: skip
                assert "default-src 'self'" in policy
                assert await status(session, f"{root}static/js/textual.js") == 200
                assert await status(session, root, Origin="http://evil.example") == 403
                assert await status(session, f"{root}ws", Origin="http://evil.example") == 403
                await screen_shows(session, socket, ("", "Mend add"), ("3", "no verdict yet"),
                                   ("-", "priority 6"))  # fmt: skip
            assert here.task("add")["priority"] == 6
        with served(here, "--read-only") as address:
            netloc = urlsplit(address).netloc
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(cookie_jar=jar) as session:
                assert await status(session, address) == 303
                socket = f"ws://{netloc}/ws?width=100&height=30"
                await screen_shows(session, socket, ("", "Mend add"), ("-", "only looks"))
            assert here.task("add")["priority"] == 6


async def test_it_ends_while_a_page_is_open_and_the_page_is_told(tmp_path: Path) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    with site(tmp_path, {}) as here, ExitStack() as server:
        await here.bench.add("add")
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            address = server.enter_context(served(here))
            assert await status(session, address) == 303
            origin = f"http://{urlsplit(address).netloc}"
            socket = f"{origin}/ws?width=100&height=30"
            async with session.ws_connect(socket, headers={"Origin": origin}) as page:
                seen = ""
                async with asyncio.timeout(60):
                    while "Mend add" not in seen:
                        seen += (await page.receive()).data.decode(errors="replace")
                async with asyncio.TaskGroup() as group:
                    group.create_task(asyncio.to_thread(server.close))
                    async for _ in page:
                        pass
                assert page.closed


def test_it_listens_for_other_machines_only_when_that_is_said(tmp_path: Path) -> None:
    with site(tmp_path, {}) as here:
        done = here.call("serve", "--host", "0.0.0.0")  # noqa: S104  it is refused
        assert done.returncode == 2
        assert "say --allow-remote" in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("port", ["-1", "65536", "99999", "http"])
def test_what_is_no_port_is_told_in_a_line(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser({"serve"}).parse_args(["serve", f"--port={port}"])
    assert ended.value.code == 2
    assert "argument --port: " in capsys.readouterr().err.splitlines()[-1]
    assert build_parser({"serve"}).parse_args(["serve", "--port", "0"]).port == 0
