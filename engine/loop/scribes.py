"""Those who write down what happens while an agent works."""

from __future__ import annotations

from typing import Protocol

from engine.domain.decision import Decision
from engine.domain.transcript import EntryKind


class Recorder(Protocol):
    """Writes decisions durably before their effect."""

    async def record(self, decision: Decision) -> None: ...


class Notes(Protocol):
    """Takes transcript lines."""

    def append(self, kind: EntryKind, text: str, *, is_error: bool = False) -> None: ...
