"""`aio-tui compliance report`: whether personal data is safe here, by trying it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aio_tui.cli.exits import Exit
from aio_tui.cli.output import print_json, print_lines
from aio_tui.cli.session import engine_of
from aio_tui.text import clean
from engine.app import compliance
from engine.domain.errors import InputError


async def report(args: argparse.Namespace) -> Exit:
    """Try every control; exit 1 if one does not hold."""
    async with engine_of(args) as engine:
        made = await compliance.report(engine)
    lines = list(_lines(made))
    if args.out is not None:
        _write(args.out, _json(made) if args.json else "".join(f"{line}\n" for line in lines))
    elif args.json:
        print_json(_document(made))
    else:
        print_lines(lines)
    return Exit.DONE if made.holds else Exit.FAILED


def _document(made: compliance.ComplianceReport) -> dict[str, Any]:
    return {"holds": made.holds, **asdict(made)}


def _json(made: compliance.ComplianceReport) -> str:
    return json.dumps(_document(made), indent=2, default=str) + "\n"


def _lines(made: compliance.ComplianceReport) -> Iterator[str]:
    yield f"# Compliance of {made.project}, {made.made_at:%Y-%m-%d %H:%M} UTC"
    yield ""
    yield f"All controls hold: {'yes' if made.holds else 'NO'}"
    yield ""
    yield "## Controls, each tried now"
    for control in made.controls:
        yield f"- [{'x' if control.holds else ' '}] {control.name}: {clean(control.seen)}"
    yield from _counts("Guardrails that fired", made.fired)
    yield from _counts("Rules that agents ran against, by role", made.violations)
    yield ""
    yield "## What humans let pass"
    for one in made.overrides:
        what = " ".join(one.what.split())[:120]
        yield clean(
            f"- {one.at:%Y-%m-%d %H:%M} {one.approver}: {one.decision} ({one.kind},"
            f" {one.task_id or 'the run'}) {what}; reason: {one.reason or 'none given'}"
        )
    if not made.overrides:
        yield "- nothing"
    yield ""
    yield "## Not covered"
    for line in made.not_there:
        yield f"- {line}"


def _counts(title: str, counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    for name, inner in counts.items():
        yield f"- {clean(name)}: " + ", ".join(f"{what} {n}" for what, n in inner.items())
    if not counts:
        yield "- none"


def _write(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as exc:
        raise InputError(
            f"report {str(path)!r} cannot be written: {exc.strerror}", hint="choose another file"
        ) from exc
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
