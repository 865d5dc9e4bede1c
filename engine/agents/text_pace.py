"""Merging what an agent says into few pieces."""

from __future__ import annotations

from engine.ports.clock import Clock

_INTERVAL_S = 0.05


class TextPace:
    """Gives the first piece at once and then at most 20 a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: list[str] = []
        self._next_at_s = clock.monotonic_s()

    def add(self, piece: str) -> str:
        """Take `piece`, which may be empty; what is due now, or nothing."""
        if piece:
            self._held.append(piece)
        now_s = self._clock.monotonic_s()
        if not self._held or now_s < self._next_at_s:
            return ""
        self._next_at_s = now_s + _INTERVAL_S
        return self.rest()

    def rest(self) -> str:
        """All that was held back."""
        text = "".join(self._held)
        self._held.clear()
        return text
