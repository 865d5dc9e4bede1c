"""Drawing for a thin line: at most so many bytes a second, and always the newest state.

What the terminal shows is remembered. When there is room again, only cells that differ from it by
now are sent, so what came and went meanwhile costs nothing and what came to stay is never lost.
The header and the status line go first: that is where endings and questions are told.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from rich.console import Console
from textual.strip import Strip

from aio_tui.shown import difference

_BURST_S = 0.5
"""How much may be saved up in a quiet time."""
_TOP, _BOTTOM = 3, 2
"""Rows that go first."""
_LEAST = 1000
_UNITS = {"": 1, "k": 1000, "m": 1_000_000}


def bytes_per_second(text: str) -> int:
    """For a command line: `8000` or `8k`.

    Raises:
        ArgumentTypeError: it is no such amount, or less than 1000.
    """
    number, unit = text.lower().rstrip("bkm/s"), text.lower().removesuffix("/s").removesuffix("b")
    suffix = unit[len(number) :]
    if not number.isdecimal() or suffix not in _UNITS:
        raise argparse.ArgumentTypeError(f"{text!r} is not bytes a second such as 8000 or 8k")
    rate = int(number) * _UNITS[suffix]
    if rate < _LEAST:
        raise argparse.ArgumentTypeError(f"{rate} bytes a second are too few: {_LEAST} at least")
    return rate


class Purse:
    """Bytes that may be spent; fills with time.

    Args:
        rate: bytes a second.
        now_s: seconds of a clock that never goes back.
    """

    def __init__(self, rate: int, now_s: Callable[[], float]) -> None:
        self._rate = rate
        self._now_s = now_s
        self._has = rate * _BURST_S
        self._at = now_s()

    def spend(self, size: int) -> None:
        """`size` bytes are sent."""
        self._fill()
        self._has -= size

    @property
    def is_empty(self) -> bool:
        self._fill()
        return self._has <= 0

    @property
    def refilled_in_s(self) -> float:
        """When a few rows will be affordable; looking for them takes longer than writing them."""
        self._fill()
        return max((self._rate * 0.1 - self._has) / self._rate, 0.02)

    def _fill(self) -> None:
        now = self._now_s()
        self._has = min(self._has + (now - self._at) * self._rate, self._rate * _BURST_S)
        self._at = now


class Thrift:
    """Brings a terminal up to date within its purse."""

    def __init__(self, purse: Purse, write: Callable[[str], None]) -> None:
        self.purse = purse
        self._write = write
        self._shown: list[Strip | None] = []
        """None: it may show anything there."""
        self._width = 0

    def forget(self) -> None:
        """The terminal may show anything now."""
        self._shown = []

    def draw(self, strips: Sequence[Strip], console: Console) -> bool:
        """Send what differs, as far as the purse goes; whether the terminal shows `strips` then."""
        width = strips[0].cell_length if strips else 0
        if len(self._shown) != len(strips) or self._width != width:
            self._shown, self._width = [None] * len(strips), width
        for y in _rows_in_order(len(strips)):
            if self._shown[y] is strips[y] or self._shown[y] == strips[y]:
                continue
            if self.purse.is_empty:
                return False
            sent = difference(self._shown[y], strips[y], y, console)
            if sent:
                self.purse.spend(len(sent.encode()))
                self._write(sent)
            self._shown[y] = strips[y]
        return True


def _rows_in_order(height: int) -> list[int]:
    first = [*range(min(_TOP, height)), *range(max(height - _BOTTOM, _TOP), height)]
    return [*first, *range(_TOP, max(height - _BOTTOM, _TOP))]
