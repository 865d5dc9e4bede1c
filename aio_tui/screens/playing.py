"""Time that passes while a replay is played: how fast, and in which steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from textual.timer import Timer
from textual.widget import Widget

from engine.app.replay import moves
from engine.app.replay.moves import Move

_SPEEDS = (1, 4, 15, 60, 240, 1000)
_FRAME_S, _CALM_FRAME_S = 0.1, 1.0
_LONGEST_WAIT_S = 2.0
"""How long one watches nothing happen; longer times are left out."""


class Player:
    """Calls `on_frame` with the seconds that have passed, again and again while it plays; `owner`
    keeps its time.
    """

    def __init__(self, owner: Widget, on_frame: Callable[[float], None]) -> None:
        self._owner = owner
        self._on_frame = on_frame
        self._speed = 2
        self._timer: Timer | None = None

    @property
    def is_playing(self) -> bool:
        """Whether time passes."""
        return self._timer is not None

    @property
    def speed(self) -> int:
        """How many times as fast as it was."""
        return _SPEEDS[self._speed]

    def play(self, *, is_calm: bool) -> None:
        """Let time pass; calm: in few, long steps."""
        frame_s = _CALM_FRAME_S if is_calm else _FRAME_S
        self._timer = self._owner.set_interval(frame_s, partial(self._on_frame, frame_s))

    def hold(self) -> None:
        """Let it stand still."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def change_speed(self, step: int) -> None:
        """So many speeds faster, or slower, as far as there are any."""
        self._speed = min(max(self._speed + step, 0), len(_SPEEDS) - 1)

    def frame(self, frame_s: float, said_at: datetime | None) -> Move:
        """The move of a frame of so many seconds; `said_at` is when the next word was said."""
        return moves.played(
            frame_s * self.speed, longest_s=_LONGEST_WAIT_S * self.speed, said_at=said_at
        )
