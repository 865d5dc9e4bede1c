"""Shows an engine to an operator until he leaves, the terminal goes away, or somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Protocol

from aio_tui.arrival import Arrival
from aio_tui.cli.exits import Exit
from aio_tui.cli.foreground import TOO_SIMPLE, can_go_behind, die_with_guardian, go_behind
from aio_tui.cli.host import Host
from aio_tui.cli.identity import call_of, operator
from aio_tui.cli.output import print_lines
from aio_tui.keyboard import take_keys
from aio_tui.looks import Looks, choose_looks, started_with
from aio_tui.tour import offer
from aio_tui.wording import clock_time, counted, taken_tasks
from engine.domain.errors import ConfigError, EngineError
from engine.domain.run import RunOptions
from engine.domain.settings import Settings

_WEB_DRIVER = "TEXTUAL_DRIVER"
"""Set by `aio-tui serve`: a page is the terminal."""


async def watch(
    settings: Settings,
    options: RunOptions | None,
    *,
    notice: str = "",
    where: str = "",
    is_read_only: bool = False,
    is_plain: bool = False,
    bytes_a_second: int | None = None,
) -> Exit:
    """Open the cockpit; with `options` the run begins at once.

    The first frame is drawn before the engine is loaded. When the terminal goes away, or the
    operator leaves it, the cockpit ends, and a run that was begun goes on without it. SIGTERM ends
    both, the run at a safe point. `where`: what it is that is attached to. `is_plain`: lines of
    text instead of screens.
    `bytes_a_second`: at most so much is sent to the terminal (None: no limit).
    """
    if not is_plain and _WEB_DRIVER not in os.environ:
        _need_a_terminal()
    arrival = Arrival(settings, is_read_only=is_read_only)
    if not is_plain:  # which has no keys
        take_keys(settings.cockpit)
    looks = choose_looks(settings.cockpit, started_with(os.environ))
    notice = " · ".join(filter(None, (notice, _offer(is_plain=is_plain))))
    app = _guest(arrival, notice, looks, is_plain=is_plain, bytes_a_second=bytes_a_second)
    host = Host(
        arrival, options, operator=operator(), on_failure=app.exit, tell=app.tell, where=where
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(host.stay(), name="engine")
        tie = group.create_task(_die_with_guardian(arrival), name="tie to the shell's job")
        end = End.HUNG_UP
        try:
            end = await _show(app)
            if end is End.LEFT and arrival.is_embedded:
                _go_on_in_background(settings, await _waiting_words(arrival))
        finally:
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, host.end_run)
            tie.cancel()
            host.leave(goes_on=end in (End.HUNG_UP, End.LEFT))
    if host.failure is not None:
        raise host.failure
    if app.return_code:
        raise EngineError(
            "the cockpit failed; what it last showed is above", hint="start it again: runs go on"
        )
    if end is End.TERMINATED or host.is_run_ended:
        return Exit.INTERRUPTED
    return Exit.USAGE if app.has_refused else Exit.DONE


def _offer(*, is_plain: bool) -> str:
    if not is_plain:
        return offer(dict(os.environ))
    from aio_tui.plain.words import word_of

    return offer(dict(os.environ), word_of, of_what="commands")


async def _die_with_guardian(arrival: Arrival) -> None:
    """Once the first frame is there: it costs a module."""
    await arrival.is_wanted.wait()
    die_with_guardian()


class Guest(Protocol):
    """What shows the engine: the cockpit, or plain mode."""

    @property
    def is_left(self) -> bool: ...

    @property
    def return_code(self) -> int | None: ...

    @property
    def has_refused(self) -> bool:
        """Whether something that a script said was not done."""
        ...

    def exit(self) -> None: ...

    def tell(self, text: str) -> None: ...

    async def run_async(self) -> None: ...


def _guest(
    arrival: Arrival, notice: str, looks: Looks, *, is_plain: bool, bytes_a_second: int | None
) -> Guest:
    if is_plain:
        from aio_tui.plain.app import PlainApp, utc_now

        return PlainApp(
            arrival,
            operator=operator(),
            notice=notice,
            looks=looks,
            now=utc_now,
            is_read_only=arrival.is_read_only,
        )
    from aio_tui.app import Cockpit

    return Cockpit(
        arrival,
        operator=operator(),
        notice=notice,
        looks=looks,
        bytes_a_second=bytes_a_second,
        is_read_only=arrival.is_read_only,
    )


class End(Enum):
    """Why the cockpit ended."""

    QUIT = auto()
    LEFT = auto()
    """The operator wants the run to go on without him."""
    HUNG_UP = auto()
    """The terminal went away."""
    TERMINATED = auto()
    """By SIGTERM."""


async def _show(app: Guest) -> End:
    """Run the app until it ends."""
    from aio_tui.driver import let_go_of_terminal

    end = End.QUIT

    def on_hangup() -> None:
        nonlocal end
        if end is not End.HUNG_UP:
            end = End.HUNG_UP
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            let_go_of_terminal()
            go_behind()
            app.exit()

    def on_term() -> None:
        nonlocal end
        if end is End.QUIT:
            end = End.TERMINATED
            app.exit()

    with _hearing(on_hangup, on_term):
        await app.run_async()
    return End.LEFT if end is End.QUIT and app.is_left else end


async def _waiting_words(arrival: Arrival) -> list[str]:
    """What the run will wait for once the operator has left, how long, and what comes then."""
    overview = await arrival.overview()
    asked, taken = len(overview.escalations), taken_tasks(overview)
    waits_s = arrival.settings.escalations.run_waits_s
    waits = [f"{counted(asked, 'question')} to answer"] if asked else []
    if taken:
        waits.append(f"{counted(len(taken), 'task')} to hand back")
    if not waits:
        return []
    left = f"Left for you: {' and '.join(waits)}"
    if waits_s <= 0:
        return [f"{left}. When nothing else is left the run ends."]
    now = datetime.now(UTC)  # noqa: TID251  shown, not decided by
    until = now + timedelta(seconds=waits_s)
    if not asked:
        forgotten_s = arrival.settings.escalations.take_over_waits_s
        last = max(item.updated_at for item in taken) + timedelta(seconds=forgotten_s)
        until = min(until, last)
    stays = f"The run stays for that until {clock_time(until)}, then it parks and ends."
    if until <= now:
        stays = "The run does not stay for that, unless you are in its worktree."
    told = [f"{left}. {stays}"]
    call = call_of(arrival.settings)
    if asked:
        told.append(f"Answer there, or with '{call} escalations list' and '... approve ID'.")
    if taken:
        told.append(f"Hand back there, or with '{call} task hand-back {taken[0].task_id}'.")
    return told


def _go_on_in_background(settings: Settings, more: list[str]) -> None:
    """Give the terminal back, and say that the run goes on and `more`."""
    from aio_tui.driver import let_go_of_terminal

    is_possible = can_go_behind()
    told = [f"The run goes on (pid {os.getpid()}); '{call_of(settings)}' shows it again.", *more]
    if not is_possible and sys.stdin.isatty():
        told.append("This window has no shell to return to: close it when you like.")
    with contextlib.suppress(OSError):  # nobody reads it
        print_lines(told)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    let_go_of_terminal()
    go_behind()


@contextlib.contextmanager
def _hearing(on_hangup: Callable[[], None], on_term: Callable[[], None]) -> Iterator[None]:
    """Call back when the terminal goes away, and on SIGTERM.

    The kernel sends SIGHUP only to the leader of the session and those who are in front; the
    terminal itself tells everybody.
    """
    loop = asyncio.get_running_loop()
    with select.epoll() as terminal:

        def hung_up() -> None:
            loop.remove_reader(terminal.fileno())
            on_hangup()

        if sys.stdin.isatty():
            terminal.register(sys.stdin.fileno(), 0)  # a hang-up is reported unasked
        loop.add_reader(terminal.fileno(), hung_up)
        loop.add_signal_handler(signal.SIGHUP, hung_up)
        loop.add_signal_handler(signal.SIGTERM, on_term)
        try:
            yield
        finally:
            loop.remove_reader(terminal.fileno())
            loop.remove_signal_handler(signal.SIGTERM)
            if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
                loop.remove_signal_handler(signal.SIGHUP)


def _need_a_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "the cockpit needs a terminal, and this is none",
            hint="use 'aio-tui --plain', 'aio-tui run --headless', or open it in a terminal",
        )
    kind = os.environ.get("TERM", "")
    if kind in TOO_SIMPLE:
        raise ConfigError(
            f"the cockpit needs a terminal that can place text, and TERM is {kind!r}",
            hint="use 'aio-tui --plain' for lines of text, or set TERM to what the terminal is",
        )
