"""What terminals say by themselves: answers to questions that other programs asked, late or lost.

Such an answer comes in where keys come in. Textual knows a few; of all others it would make keys,
letter by letter, and letters are orders here.
"""

from __future__ import annotations

import re

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import (
    BRACKETED_PASTE_END,
    BRACKETED_PASTE_START,
    SPECIAL_SEQUENCES,
    _re_cursor_position,
    _re_extended_key,
    _re_in_band_window_resize,
    _re_mouse_event,
    _re_terminal_mode_response,
)

_ESCAPE = "\x1b"
_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_BEGUN_CSI = re.compile(r"\x1b\[[0-?]*[ -/]*")
_STRING = re.compile(r"\x1b(?:[P\]][0-9;<=>?!$+|]|[X^_].)", re.DOTALL)
"""The beginning of a device control, operating system or other command of any length; Alt and a
letter begin so too, but nothing like this follows them."""
_INTRODUCERS = "P]X^_"
_STRING_END = re.compile(r"\x1b\\|[\x07\x18\x1a]|\x1b(?=[^\\])")
_X10_MOUSE, _X10_LENGTH = "\x1b[M", 6
PASTE_LAPSES = 20
"""After so many lapses in a row, a paste without an end is over: its end was lost."""
_SHOWN_ESCAPE = "\N{SYMBOL FOR ESCAPE}"
_KNOWN = (
    _re_extended_key, _re_in_band_window_resize, _re_mouse_event, _re_cursor_position,
    _re_terminal_mode_response,
)  # fmt: skip


class Replies:
    """Takes them out of what comes from a terminal; keys, mouse, pastes and what Textual has asked
    for itself go through. What may be the beginning of one is held until more comes, or nothing
    does (`lapse`).

    A paste goes through as a whole, and no Escape in it is one: Textual would make keys of what
    follows that. So it is held until its end comes, or nothing does for long.
    """

    def __init__(self) -> None:
        self._held = ""
        self._is_in_string = False
        self._is_in_paste = False
        self._pasted: list[str] = []
        self._lapses = 0
        """In a row, since something came."""
        self._is_escape_out = False
        """An Escape came before what is held. It went through at once, for it may be the key."""

    def feed(self, text: str) -> str:
        """What of it is meant for the program."""
        self._lapses = 0
        is_escape_out, self._is_escape_out = self._is_escape_out and bool(text), False
        rest, self._held = f"{_ESCAPE if is_escape_out else ''}{self._held}{text}", ""
        passed: list[str] = []
        while rest:
            if self._is_in_paste:
                piece, rest = self._paste(rest)
            elif self._is_in_string:
                piece, rest = "", self._after_string(rest)
            else:
                piece, rest = self._next(rest)
            passed.append(piece)
        told = "".join(passed)
        if is_escape_out and self._held and not (told or self._is_in_string):
            self._held, self._is_escape_out = self._held.removeprefix(_ESCAPE), True
        return told.removeprefix(_ESCAPE) if is_escape_out else told

    def lapse(self) -> str:
        """Nothing came for a while: what was held, if it can have been a key, or a paste that is
        over though its end never came.
        """
        begun = f"{_ESCAPE if self._is_escape_out else ''}{self._held}"
        self._is_in_string = self._is_escape_out = False
        if self._is_in_paste:
            self._lapses += 1
            return self._end_of_paste() if self._lapses >= PASTE_LAPSES else ""
        held, self._held = self._held, ""
        return "" if begun.startswith("\x1b[") and len(begun) > 2 else held

    def _hold(self, rest: str) -> tuple[str, str]:
        self._held = rest
        return "", ""

    def _paste(self, rest: str) -> tuple[str, str]:
        before, mark, after = rest.partition(BRACKETED_PASTE_END)
        if mark:
            self._pasted.append(before)
            return self._end_of_paste(), after
        half = next(
            (n for n in range(len(BRACKETED_PASTE_END) - 1, 0, -1)
             if rest.endswith(BRACKETED_PASTE_END[:n])), 0,
        )  # fmt: skip
        self._pasted.append(rest[: len(rest) - half])
        return self._hold(rest[len(rest) - half :])

    def _end_of_paste(self) -> str:
        text, self._pasted, self._held = "".join([*self._pasted, self._held]), [], ""
        self._is_in_paste = False
        return text.replace(_ESCAPE, _SHOWN_ESCAPE) + BRACKETED_PASTE_END

    def _after_string(self, rest: str) -> str:
        end = _STRING_END.search(rest)
        if end is None:
            self._held = _ESCAPE if rest.endswith(_ESCAPE) else ""
            return ""
        self._is_in_string = False
        return rest[end.start() if end.group() == _ESCAPE else end.end() :]

    def _next(self, rest: str) -> tuple[str, str]:
        """What goes through of the beginning of `rest`, and what is left to be looked at."""
        if not rest.startswith(_ESCAPE):
            keys, escape, more = rest.partition(_ESCAPE)
            return keys, escape + more
        if rest[1:2] == "[":
            return self._control(rest)
        if _STRING.match(rest):
            self._is_in_string = True
            return "", rest[2:]
        if len(rest) == 2 and rest[1] in _INTRODUCERS:
            return self._hold(rest)
        self._is_escape_out = rest == _ESCAPE
        return _ESCAPE, rest[1:]

    def _control(self, rest: str) -> tuple[str, str]:
        if rest.startswith(_X10_MOUSE):
            is_whole = len(rest) >= _X10_LENGTH
            return (rest[:_X10_LENGTH], rest[_X10_LENGTH:]) if is_whole else self._hold(rest)
        found = _CSI.match(rest)
        if found is not None:
            sequence, more = found.group(), rest[found.end() :]
            self._is_in_paste = sequence == BRACKETED_PASTE_START
            return (sequence if _is_known(sequence) else ""), more
        begun = _BEGUN_CSI.match(rest)
        length = begun.end() if begun else 0
        if length == len(rest):
            return self._hold(rest)
        return ("" if length > 2 else rest[:length]), rest[length:]


def _is_known(sequence: str) -> bool:
    return (
        sequence in ANSI_SEQUENCES_KEYS
        or sequence in SPECIAL_SEQUENCES
        or any(pattern.fullmatch(sequence) for pattern in _KNOWN)
    )
