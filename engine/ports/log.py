"""What the engine logged, as values."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from engine.domain.values import dataclass


class LogLevel(IntEnum):
    """How much a line matters."""

    INFO = 20
    WARNING = 30
    ERROR = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry of the log; its text may hold anything."""

    at: datetime | None
    """None: its time cannot be read."""
    level: LogLevel
    source: str
    """The part of the program that said it, or `journal`."""
    text: str
    """May have several lines, such as a traceback."""
    task_id: str = ""
