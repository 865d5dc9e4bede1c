"""What commands print: one JSON document on stdout with --json, plain lines without.

Text from outside (titles, commands, file names) is made harmless for the terminal first.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from aio_tui.text import clean
from engine.domain.steps import NextStep


def print_json(document: object) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json_text(document))


def json_text(document: object) -> str:
    """One JSON document, in ASCII."""
    return json.dumps(document, indent=2, ensure_ascii=True, default=_plain) + "\n"


def print_lines(lines: Sequence[str]) -> None:
    """Cleaned lines on stdout, at once: whoever reads a pipe or a file wants to follow a run."""
    sys.stdout.write("".join(f"{clean(line)}\n" for line in lines))
    sys.stdout.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Left-aligned columns, two spaces apart; the last one is not padded."""
    cells = [[clean(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def warn(line: str) -> None:
    """A line on stderr."""
    sys.stderr.write(f"aio-tui: {clean(line)}\n")


def _plain(value: object) -> Any:
    match value:
        case Enum():
            return value.value
        case Decimal():
            return float(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            return dict(value)
        case frozenset():
            return sorted(value)
        case _:
            return str(value)


def next_document(step: NextStep | None) -> dict[str, str | None] | None:
    """What can be done about it, for --json."""
    return (
        None
        if step is None
        else {
            "words": step.words,
            "step": step.step or None,
            "command": step.command or None,
        }
    )
