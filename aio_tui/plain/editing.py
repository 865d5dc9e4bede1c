"""The line that is being typed: done here as a terminal does it, so that it is known here."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator

from rich.cells import cell_len

MOST = 4096
"""Characters of a line; what is typed beyond is not taken, nor shown."""
_END, _ERASE, _KILL, _WORD, _REPRINT = "\x04", "\x7f\b", "\x15", "\x17", "\x12"
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # keys that are no letters
    r"|O."
    r"|[\]PX^_][^\x07\x1b\n\r]*(?:\x07|\x1b\\)?"  # what a terminal says of itself
    r"|[^\x00-\x1f\x7f]?)"
)
"""Of a terminal: it comes in one piece, and none is a key that means anything in a line."""


class LineEditor:
    """Shows what is typed as it comes, and gives the lines. Keys that erase work as they do in a
    shell; arrows and all else that is no text do nothing.
    """

    def __init__(self, show: Callable[[str], object]) -> None:
        self.begun = ""
        """What is typed and not entered."""
        self._show = show
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def feed(self, raw: bytes) -> Iterator[str | None]:
        """The lines that these bytes complete; None where input is said to be at its end."""
        for char in _SEQUENCE.sub("", self._decoder.decode(raw)):
            if char in "\r\n":
                line, self.begun = self.begun, ""
                self._show("\n")
                yield line
            elif char == _END:
                if raw == _END.encode() and not self.begun:
                    yield None
            else:
                self._press(char)

    def _press(self, char: str) -> None:
        if char in _ERASE:
            self._erase(self.begun[-1:])
        elif char == _KILL:
            self.clear()
        elif char == _WORD:
            kept = self.begun.rstrip()
            self._erase(self.begun[len(kept[: kept.rfind(" ") + 1]) :])
        elif char == _REPRINT:
            self._show(f"\n{self.begun}")
        elif len(self.begun) < MOST and (char == "\t" or char.isprintable()):
            char = " " if char == "\t" else char
            self.begun += char
            self._show(char)

    def clear(self) -> None:
        """Erase the line."""
        self._erase(self.begun)

    def _erase(self, end: str) -> None:
        if end:
            self.begun = self.begun[: -len(end)]
            self._show("\b \b" * cell_len(end))
