"""`aio-tui report`: what happened while nobody looked, and the one next step of each task."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import json_text, print_lines
from aio_tui.cli.report_document import as_document
from aio_tui.cli.report_html import as_html
from aio_tui.cli.report_markdown import as_markdown
from aio_tui.cli.report_text import as_lines
from aio_tui.cli.session import engine_of
from aio_tui.cli.since import since_of
from aio_tui.keyboard import take_keys
from aio_tui.text import clean
from engine.domain.errors import ConfigError
from engine.ports.cockpit import MOST_REPORTED
from engine.ports.report import Report

_MOST_TO_READ, _MOST_IN_JSON = 50, MOST_REPORTED
"""Tasks of a chapter that are named: nobody reads more, and a program has room for it."""


async def report(args: argparse.Namespace) -> Exit:
    """Print the report, or write it to a file; exit code 3 if something waits for a human."""
    async with engine_of(args) as engine:
        with suppress(ConfigError):  # a report is not refused for keys that doctor complains of
            take_keys(engine.settings.cockpit)
        since = since_of(args.since, engine.now())
        most = _MOST_IN_JSON if args.json else _MOST_TO_READ
        told = await engine.report(
            since=since,
            is_last_run=args.since is None,
            most=None if args.every_task else most,
        )
    text = _rendered(told, args)
    if args.out is not None:
        _write(args.out, text)
    else:
        print_lines(text.splitlines())
    return Exit.WAITING if told.waits_for_human else Exit.DONE


def _rendered(told: Report, args: argparse.Namespace) -> str:
    if args.json:
        return json_text(as_document(told))
    if args.html:
        return as_html(told)
    if args.markdown:
        return as_markdown(told)
    return "".join(f"{clean(line)}\n" for line in as_lines(told))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(
            f"the report cannot be written to {str(path)!r}: {error.strerror}",
            hint="name another file with --out",
        ) from error
    print_lines([f"written to {path}"])
