"""Keys that come faster than a human types them: a paste that does not say that it is one."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from textual.events import Key

FULL = "-full"
"""Class of an input that takes no more: what is typed on is dropped before it gets there."""
_WITHIN_S = 0.05
_TAIL_S = 0.5
"""So long after a paste comes what a busy machine or a slow line kept of it."""
_TYPING_S = 0.7
"""Who types on pauses no longer than that between two keys."""


class Burst:
    """Holds keys for a moment, so that not even the first ones of a paste do anything.

    Args:
        most_typed: printable keys within 50 ms that may still be typed ones.
        hold_s: how long a key is held to see what comes with it.
    """

    def __init__(self, *, most_typed: int = 12, hold_s: float = 0.005) -> None:
        self.hold_s = hold_s
        self._most_typed = most_typed
        self._held: list[Key] = []
        self._times: deque[float] = deque(maxlen=most_typed + 1)
        self._pasted_at = float("-inf")
        self._refused_at = float("-inf")
        self._refused: Collection[str] = ()

    @property
    def is_holding(self) -> bool:
        return bool(self._held)

    def add(self, key: Key) -> bool:
        """Hold `key`, or drop it with all that are held: whether a paste has just shown itself."""
        if key.is_printable:
            self._times.append(key.time)
        since_s = key.time - self._pasted_at
        was_pasting = since_s < _TAIL_S
        if was_pasting or (key.is_printable and self._is_too_fast()):
            if since_s < _WITHIN_S or not was_pasting:
                self._pasted_at = key.time
            self._held.clear()
            return not was_pasting
        self._held.append(key)
        return False

    def note_paste(self, time: float) -> None:
        """The terminal told of a paste: what is held belongs to it, and what follows at once."""
        self._pasted_at = time
        self._held.clear()

    def note_refused(self, time: float, keys: Collection[str] = ()) -> None:
        """One of `keys`, which ask for a line of text, did not: what was meant for that follows."""
        self._refused_at, self._refused = time, keys

    def is_for_refused(self, key: Key) -> bool:
        """Whether `key` was typed on for a line that did not come up; it does nothing then. The
        refused key itself, pressed again, is no text.
        """
        is_again = key.key in self._refused
        is_typed_on = key.time - self._refused_at < _TYPING_S and not is_again
        is_text = key.is_printable or key.key == "enter"
        self._refused_at = key.time if is_typed_on and is_text else float("-inf")
        return is_typed_on and is_text

    def _is_too_fast(self) -> bool:
        return len(self._times) > self._most_typed and self._times[-1] - self._times[0] < _WITHIN_S

    def release(self) -> list[Key]:
        """The keys that were held, in their order; they are held no longer."""
        held, self._held = self._held, []
        return held


class Commanded:
    """A screen on which a letter is a command: no paste gets through to it."""

    burst: Burst

    def ignore_paste(self) -> None:
        """Tell the operator that a paste had no effect."""
        raise NotImplementedError

    def ignore_typed(self) -> None:
        """Tell the operator that what was typed after a refused key had no effect."""
