"""What was said and done in one iteration, line by line."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import groupby

from engine.domain.values import dataclass

NEW_LINE = " ⏎ "
"""Stands for a line break in a TOOL entry."""
CUT = "…"
"""Ends a TOOL entry that was too long for its line."""


class EntryKind(StrEnum):
    """What a transcript line holds."""

    PROMPT = "prompt"
    TEXT = "text"
    TOOL = "tool"
    """A tool call, in one line."""
    OUTPUT = "output"
    """What the tool answered."""
    GUARD = "guard"
    """A ruling or an answer of the operator."""
    CHECK = "check"
    """Live output of a check."""
    VERDICT = "verdict"
    USAGE = "usage"
    RETRY = "retry"
    """A model call failed; when it is tried again."""
    ENGINE = "engine"
    """What the engine did: retry, commit, stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptEntry:
    """One line of a transcript file. `text` may hold anything that a program printed."""

    at: str
    """ISO 8601, UTC."""
    kind: EntryKind
    text: str
    is_error: bool = False


FLOWING = frozenset({EntryKind.TEXT, EntryKind.OUTPUT, EntryKind.CHECK})
"""Kinds whose entries are pieces of one text, cut anywhere."""


def joined(entries: Iterable[TranscriptEntry]) -> list[TranscriptEntry]:
    """The same entries with every text in one piece, stamped with when it began."""
    whole: list[TranscriptEntry] = []
    for (kind, is_error), run in groupby(entries, key=lambda entry: (entry.kind, entry.is_error)):
        pieces = list(run)
        if kind in FLOWING and len(pieces) > 1:
            text = "".join(piece.text for piece in pieces)
            pieces = [TranscriptEntry(at=pieces[0].at, kind=kind, text=text, is_error=is_error)]
        whole += pieces
    return whole
