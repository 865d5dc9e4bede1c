"""Notices to chat, mail and webhooks, through Apprise."""

from __future__ import annotations

import asyncio
import logging
import os
import stat
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from engine.domain.errors import ConfigError, NotifyError
from engine.notify.wording import defanged
from engine.ports.notify import Notice

T = TypeVar("T")
_MOST_URLS = 50


class Services:
    """All services whose Apprise URLs the operator gave. URLs hold passwords: they are read when
    they are needed, and neither they nor what Apprise says about them is shown or logged.

    Args:
        variable: the environment variable with URLs, separated by blanks or lines.
        file: a file with one URL a line, `#` begins a comment; None: there is none.
    """

    name = "apprise"

    def __init__(
        self, *, variable: str, file: Path | None, environment: Mapping[str, str] = os.environ
    ) -> None:
        self._variable = variable
        self._file = file
        self._environment = environment

    @property
    def obstacle(self) -> str:
        if self._file is not None or self._environment.get(self._variable, "").strip():
            return ""
        return f"{self._variable} is not set, and no apprise_file is configured"

    async def send(self, notice: Notice) -> None:
        """See `Channel.send`. A service that hangs is left alone with its thread, which dies with
        the process at the latest.

        Raises:
            ConfigError: the URLs cannot be read or understood.
            NotifyError: a service did not take it.
        """
        await in_thread(lambda: self._send(notice))

    def _send(self, notice: Notice) -> None:
        urls = self._urls()
        logging.getLogger("apprise").disabled = True  # it names URLs
        import apprise  # late: a hundred services, only where they are used

        title, body = defanged(notice.title), defanged(notice.body)
        failed: list[str] = []
        for number, url in enumerate(urls, start=1):
            service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if service is None:
                failed.append(f"URL {number} is none that Apprise understands")
                continue
            name = f"{service.service_name} (URL {number})"
            try:
                sender = apprise.Apprise()
                sender.add(service)
                is_taken = sender.notify(
                    title=title, body=body, body_format=apprise.NotifyFormat.TEXT
                )
            except Exception as error:  # noqa: BLE001  a hundred services, each with its own
                failed.append(f"{name} failed ({type(error).__name__})")
            else:
                failed += [] if is_taken else [f"{name} did not take it"]
        if failed:
            raise NotifyError(
                f"{len(failed)} of {len(urls)} services: {'; '.join(failed)}",
                hint="check the URL and the network; URLs are not shown here",
            )

    def _urls(self) -> list[str]:
        text = self._environment.get(self._variable, "").replace(",\n", "\n")
        urls = text.split()
        if self._file is not None:
            urls += _lines_of(self._file)
        if not urls:
            raise ConfigError("no URL was found", hint="write one a line, as Apprise has them")
        return urls[:_MOST_URLS]


def _lines_of(file: Path) -> list[str]:
    """The file's URLs; it must be the operator's own and closed to others."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="utf-8") as opened:
            found = os.fstat(descriptor)
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
                raise ConfigError(
                    f"{str(file)!r} may be read or written by others",
                    hint=f"chown it to yourself and run: chmod 600 {file}",
                )
            lines = (line.strip() for line in opened.read(1_000_000).splitlines())
    except OSError as error:
        raise ConfigError(
            f"{str(file)!r} cannot be read ({error.strerror})", hint="check apprise_file"
        ) from error
    except UnicodeDecodeError:
        raise ConfigError(f"{str(file)!r} is no text", hint="write one URL a line") from None
    return [line for line in lines if line and not line.startswith("#")]


async def in_thread(work: Callable[[], T]) -> T:
    """What `work` gives, from a thread that nobody waits for once this is cancelled: neither the
    run nor the end of the process.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[], object]) -> None:
        if not outcome.done():
            set_it()

    def run() -> None:
        try:
            given = work()
        except Exception as error:  # noqa: BLE001  passed on to who waits
            settled = partial(outcome.set_exception, error)
        else:
            settled = partial(outcome.set_result, given)
        _call(loop, lambda: settle(settled))

    threading.Thread(target=run, name="notify", daemon=True).start()
    return await outcome


def _call(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(work)
    except RuntimeError:
        return  # the loop has ended meanwhile
