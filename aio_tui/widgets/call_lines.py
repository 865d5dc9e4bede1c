"""The tool calls of an iteration, one line each, and the prompt it began with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aio_tui.text import fit
from aio_tui.widgets.line import Line, line, paragraph
from aio_tui.wording import Tone, counted, duration, ruling_sign
from engine.domain.transcript import EntryKind, TranscriptEntry


def prompt_lines(entries: Sequence[TranscriptEntry], width: int) -> list[Line]:
    """The prompt as it was sent."""
    text = "".join(entry.text for entry in entries if entry.kind is EntryKind.PROMPT)
    if not text:
        return [line(("no prompt is kept of this iteration", Tone.MUTED))]
    lines: list[Line] = []
    for row in text.split("\n"):
        lines.extend(paragraph(row, width, Tone.STRONG if row.startswith("#") else Tone.NORMAL))
    return lines


def call_lines(entries: Sequence[TranscriptEntry], width: int) -> list[Line]:
    """When each call came, what it was, how it ended; rulings about it below it."""
    calls = _calls(entries)
    if not calls:
        return [line(("no tool was called", Tone.MUTED))]
    bad = sum(any(entry.is_error for entry in after) for _, after in calls)
    words = counted(len(calls), "tool call") + (f", {bad} went wrong" if bad else "")
    lines = [line((words, Tone.STRONG))]
    start = entries[0].at
    for call, after in calls:
        is_bad = any(entry.is_error for entry in after)
        sign = ("✗ ", Tone.BAD) if is_bad else ("✓ ", Tone.GOOD) if after else ("▶ ", Tone.BUSY)
        at = (f"{_since(start, call.at):>7} ", Tone.MUTED)
        lines.append(line(at, sign, (fit(call.text, max(width - 10, 4)).rstrip(), Tone.KEY)))
        for entry in after:
            if entry.kind is EntryKind.GUARD or entry.is_error:
                told = entry.text.strip().split("\n")[-1]
                _, tone = ruling_sign(told, is_error=entry.is_error)
                lines.extend(paragraph(told[:400], width, tone, indent=" " * 10))
    return lines


def _calls(
    entries: Sequence[TranscriptEntry],
) -> list[tuple[TranscriptEntry, list[TranscriptEntry]]]:
    """Each call with what came of it, up to the next thing that the agent or the engine did."""
    calls: list[tuple[TranscriptEntry, list[TranscriptEntry]]] = []
    is_open = False
    for entry in entries:
        if entry.kind is EntryKind.TOOL:
            calls.append((entry, []))
            is_open = True
        elif entry.kind in (EntryKind.OUTPUT, EntryKind.GUARD) and is_open:
            calls[-1][1].append(entry)
        elif entry.kind in (EntryKind.TEXT, EntryKind.ENGINE, EntryKind.CHECK):
            is_open = False
    return calls


def _since(start: str, at: str) -> str:
    try:
        seconds = (datetime.fromisoformat(at) - datetime.fromisoformat(start)).total_seconds()
    except (ValueError, TypeError):
        return "?"
    return f"+{duration(max(seconds, 0.0))}"
