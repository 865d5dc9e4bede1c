"""`aio-tui notify test`: tries every way to the operator and says what happened."""

from __future__ import annotations

import argparse
import os
import sys

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_table
from aio_tui.cli.session import engine_of
from aio_tui.notices import kind_of, ring
from engine.domain.settings import Settings
from engine.ports.notify import Sent


async def test(args: argparse.Namespace) -> Exit:
    """Send a test notice; exit code 1 if one failed, or if nobody would be told at all."""
    async with engine_of(args) as engine:
        results = [ring_here(engine.settings), *await engine.try_notifications()]
    if args.json:
        print_json(
            [
                {"channel": each.channel, "is_sent": each.is_sent, "is_off": each.is_off,
                 "told": each.told}
                for each in results
            ]
        )  # fmt: skip
    else:
        rows = [(each.channel, _state(each), each.told) for each in results]
        print_table(("CHANNEL", "STATE", "WHAT HAPPENED"), rows)
    is_any_sent = any(each.is_sent for each in results)
    has_failed = any(not each.is_sent and not each.is_off for each in results)
    return Exit.DONE if is_any_sent and not has_failed else Exit.FAILED


def ring_here(settings: Settings) -> Sent:
    """Ring the terminal of this command, if it has one."""
    wanted = settings.notifications
    if not sys.stderr.isatty():
        return Sent(
            channel="terminal", is_sent=False, told="there is no terminal here", is_off=True
        )
    written = ring("A test of aio-tui", settings.project, wanted, os.environ)
    if not written:
        told = 'bell = false and terminal = "off"'
        return Sent(channel="terminal", is_sent=False, told=told, is_off=True)
    sys.stderr.write(written)
    sys.stderr.flush()
    bell = "bell and " if wanted.bell else ""
    through = ", through tmux (needs: set -g allow-passthrough on)" if "TMUX" in os.environ else ""
    return Sent(
        channel="terminal",
        is_sent=True,
        told=f"written: {bell}{kind_of(wanted, os.environ)}{through}; whether it is shown is the"
        " terminal's to decide",
    )


def _state(sent: Sent) -> str:
    if sent.is_off:
        return "off"
    return "sent" if sent.is_sent else "FAILED"
