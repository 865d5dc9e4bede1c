"""`aio-tui`: reads the command line, runs one command, turns its end into an exit code."""

from __future__ import annotations

import argparse
import asyncio
import atexit
import gc
import importlib
import io
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from aio_tui.cli.exits import Exit, exit_of
from aio_tui.cli.foreground import stand_in_front
from aio_tui.cli.parser import build_parser
from engine.domain.errors import EngineError, InputError

_NEW_OBJECTS_PER_COLLECTION = 50_000
"""With Python's own 700 the collector runs a hundred times before the first frame, for 11 ms, and
finds nothing.
"""

_PLAIN, _INPUT = "--plain", 0
_COCKPITS = frozenset({"cockpit:open_cockpit", "run:run", "demo:demo"})
"""Commands whose run may go on when the operator leaves."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (default: that of the process) and give its exit code."""
    collect_seldom()
    _have_streams()
    words = sys.argv[1:] if argv is None else argv
    if _PLAIN in words:
        return _with_lines(words)
    return _main(words)


def _with_lines(words: Sequence[str]) -> int:
    """As `_main`, held against what is pasted before anything reads it."""
    from aio_tui.cli.quit_key import arm, disarm

    disarm(_INPUT)
    try:
        return _main(words)
    finally:
        arm(_INPUT)


def _main(words: Sequence[str]) -> int:
    args = build_parser(words).parse_args(words)
    try:
        _refuse_orders(args)
        return _dispatch(args)
    except EngineError as error:
        if args.debug:
            raise
        _complain(str(error))
        return int(exit_of(error))
    except KeyboardInterrupt:
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.FAILED)
    except OSError as error:
        if args.debug:
            raise
        _complain(f"{error.strerror or error} ({error.filename or 'no file named'})")
        return int(Exit.FAILED)


def collect_seldom() -> None:
    """Let the garbage collector come for many objects at a time, and for none at the end: the
    process goes away with all that it has. To look through that took a tenth of a short command.
    """
    gc.set_threshold(_NEW_OBJECTS_PER_COLLECTION)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


def _have_streams() -> None:
    """Where standard streams are closed, nothing is read, and what is written goes nowhere; what
    their encoding lacks becomes a question mark.
    """
    for fd, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number, which is this one
            setattr(sys, name, os.fdopen(fd, mode, closefd=False))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding != "utf-8":
            stream.reconfigure(errors="replace")


def _refuse_orders(args: argparse.Namespace) -> None:
    """With --read-only nothing passes but what is declared to look.

    Raises:
        InputError: it would order or write; nothing was done.
    """
    if args.read_only and not args.looks(args):
        raise InputError(
            f"'{_as_called(args)}' gives orders or writes, and --read-only only looks",
            hint="leave --read-only out to let it",
        )


def _as_called(args: argparse.Namespace) -> str:
    telling = [name for name in ("detach", "or_demo", "yes", "out") if getattr(args, name, False)]
    return " ".join([args.verb, *(f"--{name.replace('_', '-')}" for name in telling)])


def _dispatch(args: argparse.Namespace) -> int:
    if args.command in _COCKPITS and not getattr(args, "headless", False):
        ended = stand_in_front()
        if ended is not None:
            return ended
    module_name, _, function_name = args.command.partition(":")
    command = getattr(importlib.import_module(f"aio_tui.cli.{module_name}"), function_name)
    return int(asyncio.run(_until_told_to_stop(command(args))))


async def _until_told_to_stop(command: Coroutine[Any, Any, Exit]) -> Exit:
    """SIGTERM cancels a command as Ctrl+C does, so that it leaves nothing half done; the commands
    that run an engine for long have handlers of their own.
    """
    this, is_told = asyncio.current_task(), False

    def stop() -> None:
        nonlocal is_told
        is_told = True
        if this is not None:
            this.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        return await command
    except asyncio.CancelledError:
        if is_told:
            return Exit.INTERRUPTED
        raise


def _complain(line: str) -> None:
    from aio_tui.cli.output import warn

    warn(line)


if __name__ == "__main__":
    sys.exit(main())
