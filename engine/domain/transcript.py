"""What was said and done in one iteration, line by line."""

from __future__ import annotations

from enum import StrEnum

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
