"""Telling an operator who does not look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What is told. Its texts hold no control characters and are of bounded length, whatever an
    agent or a task's title said.
    """

    title: str
    """One line."""
    lines: tuple[str, ...]
    """What waits, where, for how long, and what to type; one line each."""
    document: Mapping[str, object]
    """The same for programs."""

    @property
    def body(self) -> str:
        return "\n".join(self.lines)


class Channel(Protocol):
    """One way to an operator."""

    @property
    def name(self) -> str:
        """Such as `desktop`; without anything secret."""
        ...

    @property
    def obstacle(self) -> str:
        """Why it is off; empty: it is on."""
        ...

    async def send(self, notice: Notice) -> None:
        """Return once it is handed over; may take long, and is cancelled then.

        Raises:
            EngineError: it was not; the message holds nothing secret.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a notice in one channel."""

    channel: str
    is_sent: bool
    told: str
    """Why not; or how."""
    is_off: bool = False
    """It was not tried."""
